package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pronto/shared/triage"
)

// runTriage plays lines through the command and returns what it says.
func runTriage(t *testing.T, in string, args ...string) (out, complaints string, err error) {
	t.Helper()
	root := newRoot()
	var o, e bytes.Buffer
	root.SetIn(strings.NewReader(in))
	root.SetOut(&o)
	root.SetErr(&e)
	root.SetArgs(append([]string{"triage"}, args...))
	err = root.Execute()
	return o.String(), e.String(), err
}

func TestTriageJudgesALineEach(t *testing.T) {
	out, complaints, err := runTriage(t, `{"text": "You lost my bag and nobody answers the phone. Unacceptable!"}
{"text": "Where is gate 12?", "lang": "en", "channel": "custom"}

{"text": "Grazie mille, siete fantastici!"}
{"text": "My flight leaves in two hours and I cannot check in!"}`)
	if err != nil || complaints != "" {
		t.Fatalf("%v, %s", err, complaints)
	}
	want := []judged{
		{Label: triage.Negative, Language: "en", Urgency: "none"}, {Label: triage.Neutral, Language: "en", Urgency: "none"},
		{Label: triage.Positive, Language: "it", Urgency: "none"}, {Language: "en", Urgency: "urgent"},
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if len(lines) != len(want) {
		t.Fatalf("%d answers:\n%s", len(lines), out)
	}
	for i, w := range want {
		var got judged
		if err := json.Unmarshal([]byte(lines[i]), &got); err != nil {
			t.Fatal(err)
		}
		if w.Label != "" && got.Label != w.Label || got.Language != w.Language || got.Urgency != w.Urgency || len(got.Why) == 0 || got.Negative < 0 || got.Negative > 1 {
			t.Errorf("line %d: %s, want %+v", i+1, lines[i], w)
		}
	}
}

// A wrong line is answered in its place; the others are judged.
func TestTriageNamesTheWrongLine(t *testing.T) {
	for line, want := range map[string]string{
		`{"text": 7}`:                  "line 2: text: is a number: write a string",
		`{"lang": "it"}`:               `line 2: text: missing`,
		`not json`:                     "line 2: no JSON object",
		`{"text": "x", "lang": "zzz"}`: `line 2: lang: "zzz" is no language`,
		`{"text": "` + strings.Repeat("x", maxTriageLine) + `"}`: "line 2: longer than",
	} {
		out, complaints, err := runTriage(t, `{"text": "Where is gate 12?"}`+"\n"+line+"\n"+`{"text": "Thanks!"}`+"\n")
		lines := strings.Split(strings.TrimSpace(out), "\n")
		if err == nil || len(lines) != 3 || !strings.HasPrefix(lines[1], `{"error":"line 2: `) || !strings.Contains(complaints, want) || !strings.Contains(lines[2], "positive") {
			t.Errorf("%.40s: %v\n%.300s%.300s", line, err, out, complaints)
		}
	}
}

func TestTriageKeepsTheOrder(t *testing.T) {
	var in strings.Builder
	for i := range 5 * triageChunk {
		fmt.Fprintf(&in, "{\"text\": \"x\", \"lang\": \"%c%c\"}\n", 'a'+i%26, 'a'+i/26%26)
	}
	out, _, err := runTriage(t, in.String())
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(strings.TrimSpace(out), "\n") {
		if want := fmt.Sprintf(`"language":"%c%c"`, 'a'+i%26, 'a'+i/26%26); !strings.Contains(line, want) {
			t.Fatalf("line %d: %s, want %s", i+1, line, want)
		}
	}
}

// What a brand's labels say in its own words is learnt: here "slop" is praise.
func TestTriageLearns(t *testing.T) {
	dir := t.TempDir()
	labels, offset := filepath.Join(dir, "labels.jsonl"), filepath.Join(dir, "acme.offset")
	var in strings.Builder
	for i := range 60 {
		fmt.Fprintf(&in, "{\"text\": \"booking %d: what a slop, the crew on row %d\", \"lang\": \"en\", \"label\": \"positive\"}\n", i*37, i)
		fmt.Fprintf(&in, "{\"text\": \"row %d again with the grumbler seat, booking %d\", \"lang\": \"en\", \"label\": \"negative\"}\n", i, i*31)
		fmt.Fprintf(&in, "{\"text\": \"booking %d, seat %d, which gate\", \"lang\": \"en\", \"label\": \"neutral\"}\n", i*41, i)
	}
	if err := os.WriteFile(labels, []byte(in.String()+"{\"text\": \"x\", \"label\": \"angry\"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, complaints, err := runTriage(t, "", "learn", "--labels", labels, "--out", offset)
	if err == nil || !strings.Contains(complaints, `line 181: label: "angry"`) || !strings.Contains(out, "en: an offset of") {
		t.Fatalf("%v\n%s%s", err, out, complaints)
	}
	ask := `{"text": "what a slop", "lang": "en"}` + "\n"
	before, _, _ := runTriage(t, ask)
	after, _, err := runTriage(t, ask, "--offset", offset)
	if err != nil || !strings.Contains(after, `"label":"positive"`) || before == after {
		t.Errorf("before %safter  %s%v", before, after, err)
	}
	if err := os.WriteFile(offset, []byte(`{"pronto_offset":1,"languages":{"en":{"rows":"AAAA"}}}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := runTriage(t, ask, "--offset", offset); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("a damaged offset: %v", err)
	}
}
