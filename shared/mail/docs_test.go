package mail

import (
	"os"
	"strings"
	"testing"
)

// docs/email.md has every reason with its words, and every detail of an unreadable mail.
func TestTheReasonsAreInTheDocs(t *testing.T) {
	b, err := os.ReadFile("../../docs/email.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(b)
	for s, words := range silenceWords {
		if !strings.Contains(doc, "| `"+string(s)+"` | "+words) {
			t.Errorf("docs/email.md lacks %s: %s", s, words)
		}
	}
	for reason := range unreadableWords {
		if !strings.Contains(doc, "`"+reason+"`") {
			t.Errorf("docs/email.md lacks %s", reason)
		}
	}
}
