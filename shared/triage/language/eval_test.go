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
		"en": .98, "it": .95, "es": .92, "fr": .96, "de": .96, "pt": .93, "ru": .95, "nl": .95, "sv": .9, "da": .82, "no": .74, "pl": .95, "cs": .9,
		"sk": .8, "ro": .95, "tr": .95, "fi": .96, "hu": .94, "hr": .89, "sl": .81, "et": .95, "is": .94, "id": .96, "vi": .97, "bg": .94, "ar": .98, "fa": .95,
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
	floors := map[string]float64{"en": .98, "it": .95, "es": .98, "fr": .97, "de": .88, "pt": .95, "ru": .95}
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
	if tweets := float64(right) / float64(n); tweets < .98 {
		t.Errorf("tweets: %.4f, floor .98", tweets)
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
	if whole < .965 || three < .945 {
		t.Errorf("thirty languages: %.4f, floor .965; by three words %.4f, floor .945", whole, three)
	}
}
