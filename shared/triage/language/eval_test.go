package language

import (
	"bufio"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const data = "../../../../shared/data/"

// TestHeldOutLines judges the model on the lines that training never saw, a language at a time.
func TestHeldOutLines(t *testing.T) {
	floors := map[string]float64{
		"en": .97, "it": .94, "es": .91, "fr": .94, "de": .94, "pt": .92, "ru": .94, "nl": .93, "sv": .88, "da": .78, "no": .7, "pl": .92, "cs": .87,
		"sk": .7, "ro": .9, "tr": .93, "fi": .92, "hu": .9, "hr": .85, "sl": .78, "et": .88, "is": .9, "id": .9, "vi": .95, "bg": .92,
	}
	for _, code := range Codes {
		if code == None {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(data, "languages", code+".txt"))
		if err != nil {
			t.Skipf("../shared/data is not beside this repository: %v", err)
		}
		var n, right, none int
		for line := range strings.Lines(string(raw)) {
			line = strings.TrimSpace(line)
			if !HeldOut(line) {
				continue
			}
			n++
			switch got := Detect(line, ""); got {
			case code:
				right++
			case None:
				none++
			}
		}
		accuracy := float64(right) / float64(n)
		t.Logf("%s: %d lines, right %.3f, untold %.3f", code, n, accuracy, float64(none)/float64(n))
		if accuracy < floors[code] {
			t.Errorf("%s: accuracy %.3f, floor %.3f", code, accuracy, floors[code])
		}
	}
}

// TestTweets judges the model on short public messages of another kind than it was trained on.
func TestTweets(t *testing.T) {
	floors := map[string]float64{"en": .96, "it": .94, "es": .97, "fr": .96, "de": .87, "pt": .92, "ru": .91}
	n, right, none := map[string]int{}, map[string]int{}, map[string]int{}
	for _, name := range []string{"care-en.jsonl", "tweets-6.jsonl", "tweets-ru.jsonl"} {
		f, err := os.Open(filepath.Join(data, "dev", name))
		if err != nil {
			t.Skipf("../shared/data is not beside this repository: %v", err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var row struct{ Lang, Text string }
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			n[row.Lang]++
			switch got := Detect(row.Text, ""); got {
			case row.Lang:
				right[row.Lang]++
			case None:
				none[row.Lang]++
			}
		}
	}
	for code := range n {
		accuracy := float64(right[code]) / float64(n[code])
		t.Logf("%s: %d messages, right %.3f, untold %.3f", code, n[code], accuracy, float64(none[code])/float64(n[code]))
		if accuracy < floors[code] {
			t.Errorf("%s: accuracy %.3f, floor %.3f", code, accuracy, floors[code])
		}
	}
}

// TestGuess judges the likeliest language where an answer is wanted however unsure: whole tweets, lines of thirty languages, and their first three words.
func TestGuess(t *testing.T) {
	n, right := 0, 0
	for _, name := range []string{"care-en.jsonl", "tweets-6.jsonl", "tweets-ru.jsonl"} {
		f, err := os.Open(filepath.Join(data, "dev", name))
		if err != nil {
			t.Skipf("../shared/data is not beside this repository: %v", err)
		}
		defer f.Close()
		for lines := bufio.NewScanner(f); lines.Scan(); {
			var row struct{ Lang, Text string }
			if err := json.Unmarshal(lines.Bytes(), &row); err != nil {
				t.Fatal(err)
			}
			n++
			if Guess(row.Text) == row.Lang {
				right++
			}
		}
	}
	if tweets := float64(right) / float64(n); tweets < .975 {
		t.Errorf("tweets: %.4f, floor .975", tweets)
	} else {
		t.Logf("tweets in seven languages: %.4f", tweets)
	}
	var whole, three float64
	codes := strings.Fields("en it es fr de pt ru nl sv da no pl cs sk ro tr fi hu hr sl et is id vi bg el he th fa ar")
	for _, code := range codes {
		raw, err := os.ReadFile(filepath.Join(data, "languages", code+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		var n, right, n3, right3 float64
		for line := range strings.Lines(string(raw)) {
			if line = strings.TrimSpace(line); !HeldOut(line) {
				continue
			}
			if n++; Guess(line) == code {
				right++
			}
			if w := strings.Fields(line); len(w) >= 3 {
				if n3++; Guess(strings.Join(w[:3], " ")) == code {
					right3++
				}
			}
		}
		whole, three = whole+right/n/float64(len(codes)), three+right3/n3/float64(len(codes))
	}
	t.Logf("thirty languages: %.4f, by three words %.4f", whole, three)
	if whole < .945 || three < .925 {
		t.Errorf("thirty languages: %.4f, floor .945; by three words %.4f, floor .925", whole, three)
	}
}
