package cost

import (
	"bytes"
	"strings"
	"testing"

	"pronto/infra/wiring"
)

func TestABillIsItsItems(t *testing.T) {
	m := Measured{Mail: Counts{Writes: 28, Reads: 5, SQS: 1, S3Gets: 1, Mails: 1}, Answer: Counts{Writes: 20, Reads: 4, SQS: 1, S3Puts: 1, S3Gets: 1, Mails: 1}}
	v := Volumes{Mails: 1000, Answers: 500, Requests: 10_000, KB: 300, Traces: true}
	all, names := Bill(v, m), map[string]Item{}
	for _, i := range all {
		if names[string(i.Group)+i.Name] != (Item{}) {
			t.Errorf("%s stands there twice", i.Name)
		}
		names[string(i.Group)+i.Name] = i
		if i.USD() <= 0 || !strings.HasPrefix(i.Price.Source, "https://aws.amazon.com/") || i.Price.For == "" {
			t.Errorf("%+v", i)
		}
	}
	for name, want := range map[string]float64{
		string(Work) + "table: writing": 38_000, string(Work) + "table: reading": 7_000, string(SES) + "mails out": 1_500, string(SES) + "their size": 2_000, string(Work) + "API": 11_500,
		string(Work) + "bucket: writing (SES's mails and what agents did)": 1_500,
	} {
		if got := names[name].Amount; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	var out bytes.Buffer
	Write(&out, v, m, all)
	for _, want := range []string{"A month with 1,000 mails of 300 KB", "alarms", "in all", "0.29 × 0.023 ", " × 0.000000625 ", "a million mails alone, beside SES, traces"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("the bill lacks %q:\n%s", want, out.String())
		}
	}
}

// Second opinions cost where the rule book wants them, and are no item elsewhere.
func TestSecondOpinionsAreOnTheBill(t *testing.T) {
	without, with := Bill(Volumes{Mails: 1000}, Measured{}), Bill(Volumes{Mails: 1000, Second: true}, Measured{})
	if got := Sum(with, Work) - Sum(without, Work); len(with) != len(without)+1 || got < .0899 || got > .0901 {
		t.Errorf("they cost %v", got)
	}
}

// Twice the messages are twice the work, a little less because more of SES's events come together; nobody writing costs nothing but what is there anyway.
func TestWorkGrowsWithMessages(t *testing.T) {
	m := Measured{Mail: Counts{Writes: 28, Reads: 5, SQS: 1, S3Gets: 1, Mails: 1}}
	one, two := Sum(Bill(Volumes{Mails: 1000, KB: 20}, m), Work), Sum(Bill(Volumes{Mails: 2000, KB: 20}, m), Work)
	if two > 2*one || two < 1.99*one {
		t.Errorf("%v and %v", one, two)
	}
	for _, i := range Bill(Volumes{}, m) {
		if i.Group != Idle {
			t.Errorf("%+v", i)
		}
	}
}

// What is gathered on purpose shares an invocation, the more of it comes: never more than a batch takes, and little that comes alone.
func TestEventsShareABatch(t *testing.T) {
	if n := gathered(100); n < 99 || n > 100 {
		t.Errorf("a hundred a month come in %v batches", n)
	}
	if n := gathered(2e6); n < 2.5e5 || n > 3.5e5 {
		t.Errorf("two millions a month, one in 1.3 s, come in %v batches of 40 s by five pollers", n)
	}
	if n := gathered(1e12); n < 0.99e10 || n > 1.01e10 {
		t.Errorf("a batch takes a hundred: %v", n)
	}
}

// Lambda traces one invocation a second of each function, and a twentieth of the rest.
func TestTracesAreLambdasToChoose(t *testing.T) {
	on, second := Volumes{Traces: true}, month.Seconds()
	for n, want := range map[float64]float64{0: 0, 1000: 1000, second: second, 3 * second: 1.1 * second} {
		if got := on.traced(n); got < want-1 || got > want+1 {
			t.Errorf("of %v: %v, want %v", n, got, want)
		}
	}
	if (Volumes{}).traced(1000) != 0 {
		t.Error("traces that are off")
	}
}

// A function that is added wants its time.
func TestEveryFunctionHasItsTime(t *testing.T) {
	for _, f := range wiring.Functions() {
		if took[f.Name] <= 0 || took[f.Name] > f.Timeout {
			t.Errorf("%s takes %v", f.Name, took[f.Name])
		}
	}
}
