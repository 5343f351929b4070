package intake_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
)

// roomy writes the example's rule book with room for so many conversations an agent, and gives its path.
func roomy(t *testing.T, room string) string {
	t.Helper()
	book, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(string(book), "    language: en ", "    room: "+room+"\n    language: en ", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// Two fit on each desk. The first two go to whoever is first on shift, the next two to the second, and the fifth to the first again: nobody is sent away. Every
// receipt is signed by exactly who has it.
func TestWhoHasNoRoomIsPassedOver(t *testing.T) {
	w := open(t, desktest.Options{Policy: roomy(t, "2")})
	var signed []string
	for i := range 5 {
		from := string(rune('a'+i)) + "@customer.example"
		turn := w.take(from, letter(i, from, question(i)))
		out := w.Outbox()
		for id, name := range map[string]string{"ana": "Ana Ferrante", "marta": "Marta Lindqvist", "oleg": "Oleg Savchuk"} {
			if turn.Assignee == id && strings.Contains(out[len(out)-1].Text, name) {
				signed = append(signed, id)
			}
		}
	}
	if len(signed) != 5 || signed[0] != signed[1] || signed[2] != signed[3] || signed[2] == signed[0] || signed[4] != signed[0] {
		t.Errorf("receipts are signed by %v", signed)
	}
	w.quiet()
}

// No message waits for a number: what cannot be counted is taken to have room.
func TestWhatCannotBeCountedHoldsNobodyUp(t *testing.T) {
	w := open(t, desktest.Options{Policy: roomy(t, "1"), Change: impatient})
	if err := w.AWS.Faults.Set(faults.Fault{Kind: faults.ServerError, Service: "dynamodb", Operation: "Query"}); err != nil {
		t.Fatal(err)
	}
	if turn := w.take(mira, letter(1, mira, question(1))); turn.Assignee == "" {
		t.Errorf("%+v", turn)
	}
	if n := len(w.Outbox()); n != 1 {
		t.Errorf("%d receipts", n)
	}
}
