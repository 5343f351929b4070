package intake_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/local/comprehend"
	"pronto/infra/local/desktest"
	"pronto/infra/local/faults"
	"pronto/shared/desk"
	"pronto/shared/setup"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// unsure is a text of whose mood triage is not sure, and that it does not put to the front.
func unsure(t *testing.T) string {
	t.Helper()
	for _, text := range []string{"The new app is different from the old one.", "So this is the new lounge then.", "I was told to write here about my booking again.", "I got another seat on another row, and wrote to you."} {
		if j := triage.Default(triage.Input{Text: text}); j.Margin < .2 && j.Sentiment.Label == triage.Neutral && j.Language == "en" {
			return text
		}
	}
	t.Fatal("triage is sure of all of them")
	return ""
}

// doubting is a desk whose rule book wants second opinions, with who gives them.
func doubting(t *testing.T, says comprehend.Scores) *world {
	t.Helper()
	w := open(t, desktest.Options{Policy: book(t, "    rota:\n →     triage: {second_opinion: comprehend}\n    rota:\n")})
	w.AWS.Comprehend.JudgeBy(func(string, string) comprehend.Scores { return says })
	return w
}

var furious = comprehend.Scores{Negative: .93, Neutral: .05, Mixed: .02}

// turned is what a turn decided: the conversation, and the words of its record.
func (w *world) turned(l line) (*desk.Conversation, []string) {
	w.Helper()
	s := store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table))
	ref := desk.Ref{Brand: l.Brand, Conversation: l.Conversation}
	c, err := s.Conversation(w.Context(), ref)
	if err != nil || c == nil {
		w.Fatalf("%v, %v", c, err)
	}
	turns, err := s.Turns(w.Context(), ref, 0, 10)
	if err != nil || len(turns) == 0 {
		w.Fatalf("%v, %v", turns, err)
	}
	return c, turns[len(turns)-1].Why
}

// Where triage is not sure the second opinion weighs as much, and the turn says so; where it is sure, in Russian, of a machine's mail and by default nobody is asked.
func TestASecondOpinionIsAsked(t *testing.T) {
	w := doubting(t, furious)
	c, why := w.turned(w.take("mira@customer.example", letter(1, "mira@customer.example", unsure(t))))
	if c.Priority != triage.High || c.Sentiment.Label != triage.Negative || !slices.Contains(why, "second opinion: negative .93") || !slices.Contains(c.PriorityWhy, "second opinion: negative .93") || c.PriorityWhy[len(c.PriorityWhy)-1] != "table: no hurry + negative = high" {
		t.Errorf("%s, %s, %q, %q", c.Priority, c.Sentiment.Label, c.PriorityWhy, why)
	}
	w.take("mira@customer.example", letter(2, "mira@customer.example", "Your staff was rude and my suitcase is broken. Terrible!"))
	w.take("mira@customer.example", letter(3, "mira@customer.example", "Здравствуйте, это новый чемодан или другой."))
	w.take("mira@customer.example", letter(4, "mira@customer.example", unsure(t)+" I am away.", "Auto-Submitted: auto-replied"))
	if asked := w.AWS.Usage()["comprehend"]["DetectSentiment"]; asked != 1 {
		t.Errorf("asked %d times", asked)
	}
	w.quiet()
	if denied := w.Denied(); len(denied) > 0 {
		t.Error(denied)
	}
	plain := open(t, desktest.Options{})
	plain.take("mira@customer.example", letter(1, "mira@customer.example", unsure(t)))
	if asked := plain.AWS.Usage()["comprehend"]; len(asked) > 0 {
		t.Errorf("asked by default: %v", asked)
	}
}

// Whatever happens to the question, the receipt leaves, by our own judgement and soon, and the turn says why there is no second one.
func TestNoSecondOpinionDelaysAReceipt(t *testing.T) {
	for why, f := range map[string]faults.Fault{
		"too late": {Kind: faults.Slow, Delay: time.Minute}, "throttled": {Kind: faults.Throttle}, "unavailable": {Kind: faults.ServerError}, "unavailable ": {Kind: faults.Torn},
	} {
		w := doubting(t, furious)
		f.Service = "comprehend"
		if err := w.AWS.Faults.Set(f); err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		c, said := w.turned(w.take("mira@customer.example", letter(1, "mira@customer.example", unsure(t))))
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("%s: it took %s", why, took)
		}
		if want := "no second opinion: " + strings.TrimSpace(why); c.Priority != triage.Normal || !slices.Contains(said, want) || len(w.left()) != 1 {
			t.Errorf("%s: %s, %q", why, c.Priority, said)
		}
		if asked := w.AWS.Usage()["comprehend"]["DetectSentiment"]; asked != 1 {
			t.Errorf("%s: asked %d times", why, asked)
		}
		if lines, err := json.Marshal(w.Ledger.Lines()); err != nil || !strings.Contains(string(lines), `"second opinion"`) || strings.Contains(string(lines), "lounge") || strings.Contains(string(lines), `"level":"ERROR"`) {
			t.Errorf("%s: the ledger: %s", why, lines)
		}
		if errs := w.Errors(); len(errs) > 0 {
			t.Errorf("%s: %v", why, errs)
		}
	}
}

func (w *world) asked() int { return w.AWS.Usage()["comprehend"]["DetectSentiment"] }

// receipts is how many receipts left since the last call.
func (w *world) receipts() (n int) {
	w.Helper()
	for _, p := range w.left() {
		if p.Kind == "receipt" {
			n++
		}
	}
	return n
}

// Nobody can have more asked than he can be sent: what is repeated, shares a receipt, is not proved, or comes beyond the sender's budget is not asked about.
func TestASecondOpinionIsAskedOfWhatIsReceipted(t *testing.T) {
	w := doubting(t, furious)
	text := unsure(t)
	for n := range 30 {
		w.take("mira@customer.example", letter(n, "mira@customer.example", text))
		w.Turn(3 * time.Minute)
	}
	if n, receipts := w.asked(), w.receipts(); n != 1 || receipts != 1 {
		t.Errorf("of 30 identical mails %d were asked about, and %d receipted", n, receipts)
	}
	for n := range 8 {
		w.take("noel@customer.example", letter(100+n, "noel@customer.example", text+" It is my "+strings.Repeat("very ", n)+"own."))
		w.Turn(3 * time.Minute)
	}
	if n, receipts := w.asked(), w.receipts(); receipts == 0 || receipts == 8 || n-1 > receipts {
		t.Errorf("%d receipts and %d questions of another", receipts, n-1)
	}
	before := w.asked()
	w.take("mallory@elsewhere.fail.example", letter(200, "olga@customer.example", text))
	if n := w.asked(); n != before {
		t.Errorf("asked %d times of a mail that nobody proves", n-before)
	}
}

// A brand's questions of one hour have an end, which the turn names.
func TestSecondOpinionsHaveABudget(t *testing.T) {
	w := open(t, desktest.Options{Policy: book(t, "    rota:\n →     triage: {second_opinion: {by: comprehend, per_hour: 2}}\n    rota:\n")})
	w.AWS.Comprehend.JudgeBy(func(string, string) comprehend.Scores { return furious })
	for n, from := range []string{"ada@customer.example", "bo@customer.example", "carl@customer.example"} {
		c, why := w.turned(w.take(from, letter(n, from, unsure(t))))
		if over := slices.Contains(why, "no second opinion: over budget"); over != (n == 2) || (c.Priority == triage.High) == over {
			t.Errorf("%s: %s, %q", from, c.Priority, why)
		}
	}
	if n := w.asked(); n != 2 || w.receipts() != 3 {
		t.Errorf("asked %d times", n)
	}
	w.Turn(time.Hour)
	w.take("dan@customer.example", letter(9, "dan@customer.example", unsure(t)))
	if n := w.asked(); n != 3 {
		t.Errorf("in the next hour asked %d times in all", n)
	}
}
