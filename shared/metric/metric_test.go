package metric

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

var at = time.Date(2026, 11, 23, 9, 0, 2, 500_000_000, time.UTC)

const stamp = `{"time":"2026-11-23T09:00:02.5Z","level":"INFO","msg":`

// Lines as the functions write them (docs/operations.md), and what they tell.
func TestWhatLinesTell(t *testing.T) {
	ms := func(name string, v float64) Value { return Value{Name: name, Unit: "Milliseconds", Value: v, At: at} }
	one := func(name, reason string) Value {
		return Value{Name: name, Unit: "Count", Value: 1, Reason: reason, At: at}
	}
	for name, c := range map[string]struct {
		line string
		want []Value
	}{
		"a message":            {`"turn","event":"received","arrived":"2026-11-23T09:00:00Z","suppressed":"","receipt":"000001-0"}`, []Value{one(Received, ""), ms(TurnLatency, 2500)}},
		"a machine's":          {`"turn","event":"received","arrived":"2026-11-23T09:00:02Z","suppressed":"list"}`, []Value{one(Received, ""), ms(TurnLatency, 500), one(Suppressed, "list")}},
		"a clock ahead":        {`"turn","event":"received","arrived":"2026-11-23T09:00:09Z"}`, []Value{one(Received, ""), ms(TurnLatency, 0)}},
		"delivered twice":      {`"turn","event":"received","taken":true}`, nil},
		"a receipt left":       {`"effect","kind":"receipt","state":"accepted","why":"","decided":"2026-11-23T09:00:01.25Z"}`, []Value{ms(ReceiptLatency, 1250)}},
		"SES told of it":       {`"effect","kind":"receipt","state":"accepted","why":"provider_event"}`, nil},
		"a reply left":         {`"effect","kind":"reply","state":"accepted","why":"","decided":"2026-11-23T09:00:01.25Z"}`, nil},
		"put off":              {`"effect","kind":"receipt","state":"queued","why":"refused_for_now"}`, nil},
		"failed":               {`"effect","kind":"page","state":"failed","why":"no_way_reaches_the_agent"}`, []Value{one(Failed, "")}},
		"held":                 {`"held","brand":"-","held":"x","reason":"unreadable","detail":"depth"}`, []Value{one(Held, "unreadable")}},
		"a clock":              {`"turn","event":"ticked","due":"2026-11-23T09:00:02Z","why":["first_response was due and is breached"],"promise":"broken"}`, []Value{ms(ClockLag, 500), one(PromisesBroken, "")}},
		"kept":                 {`"turn","event":"replied","promise":"kept"}`, []Value{one(PromisesKept, "")}},
		"the sum holds":        {`"reconciliation","day":"2026-11-23","received":7,"receipted":3,"suppressed":{"list":1},"held":{"unreadable":1},"in_flight":1,"failed":1}`, []Value{{Name: ReconcileGap, Unit: "Count", At: at}}},
		"the sum does not":     {`"reconciliation","received":5,"receipted":6,"suppressed":{},"held":{},"in_flight":0,"failed":0}`, []Value{{Name: ReconcileGap, Unit: "Count", Value: 1, At: at}}},
		"a day's cost":         {`"cost","day":"2026-11-22","messages":7,"usd":0.000244,"a_message":34.88,"parts":{"table":19.9}}`, []Value{{Name: CostAMessage, Unit: "None", Value: 34.88, At: time.Date(2026, 11, 22, 23, 59, 0, 0, time.UTC)}}},
		"a day for nothing":    {`"cost","day":"2026-11-22","messages":0,"why":"no_messages"}`, nil},
		"a cost of no day":     {`"cost","day":"yesterday","a_message":34.88}`, nil},
		"channels":             {`"channels","channels":2,"silent":1}`, []Value{one(ChannelsSilent, "")}},
		"accounts":             {`"accounts","accounts":3,"failing":1,"silent":0,"behind":1}`, []Value{one(AccountsFailing, ""), {Name: AccountsSilent, Unit: "Count", At: at}}},
		"a sweep":              {`"sweep","found":3}`, nil},
		"silence":              {`"silence","brand":"acme-air","on":true}`, nil},
		"of another kind":      {`"turn","event":7}`, nil},
		"suppressed elsewhere": {`"reconciliation","suppressed":"list"}`, nil},
	} {
		got := Of([]byte(stamp + c.line + "\n"))
		if len(got) != len(c.want) {
			t.Errorf("%s: %+v, want %+v", name, got, c.want)
			continue
		}
		for i := range got {
			if got[i].At = got[i].At.UTC(); got[i] != c.want[i] {
				t.Errorf("%s: %+v, want %+v", name, got[i], c.want[i])
			}
		}
	}
	for _, junk := range []string{"", "{", "null", "[]", `{"msg":"turn"`, "plain words"} {
		if got := Of([]byte(junk)); got != nil {
			t.Errorf("%q tells %v", junk, got)
		}
	}
}

// The line is passed on as it was, and after it stands what CloudWatch's specification asks for.
func TestTheEmbeddedFormat(t *testing.T) {
	var out bytes.Buffer
	w, text := Writer(&out, "live"), stamp+`"held","brand":"-","held":"x","reason":"unreadable"}`+"\n"
	if n, err := w.Write([]byte(text)); err != nil || n != len(text) {
		t.Fatalf("%d, %v", n, err)
	}
	line, rest, _ := strings.Cut(out.String(), "\n")
	if line+"\n" != text {
		t.Errorf("the line became %s", line)
	}
	var m struct {
		AWS struct {
			Timestamp         int64
			CloudWatchMetrics []struct {
				Namespace  string
				Dimensions [][]string
				Metrics    []struct{ Name, Unit string }
			}
		} `json:"_aws"`
		Stage, Reason string
		Held          float64
	}
	if err := json.Unmarshal([]byte(rest), &m); err != nil {
		t.Fatal(err)
	}
	d := m.AWS.CloudWatchMetrics
	if m.AWS.Timestamp != at.UnixMilli() || len(d) != 1 || d[0].Namespace != "Pronto" || len(d[0].Dimensions) != 2 || len(d[0].Dimensions[1]) != 2 || d[0].Metrics[0].Name != Held {
		t.Errorf("%+v", m)
	}
	if m.Stage != "live" || m.Reason != "unreadable" || m.Held != 1 {
		t.Errorf("%+v", m)
	}
	out.Reset()
	if _, err := w.Write([]byte(stamp + `"sweep","found":1}` + "\n")); err != nil || strings.Count(out.String(), "\n") != 1 {
		t.Errorf("a line that tells nothing became %q, %v", out.String(), err)
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("full") }

func TestAnErrorIsPassedOn(t *testing.T) {
	if n, err := Writer(full{}, "live").Write([]byte("{}\n")); n != 0 || err == nil {
		t.Errorf("%d, %v", n, err)
	}
}

func FuzzOf(f *testing.F) {
	f.Add([]byte(stamp + `"turn","event":"received","arrived":"2026-11-23T09:00:00Z"}`))
	f.Add([]byte(stamp + `"reconciliation","received":1}`))
	f.Add([]byte(stamp + `"cost","day":"2026-11-22","a_message":-1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, v := range Of(b) {
			if v.Value < 0 || v.Name == "" {
				t.Errorf("%+v", v)
			}
			if _, err := v.embedded("live"); err != nil {
				t.Error(err)
			}
		}
	})
}

func BenchmarkWrite(b *testing.B) {
	w, text := Writer(&bytes.Buffer{}, "live"), []byte(stamp+`"turn","brand":"acme-air","conversation":"mzxw6ytboi3dsnzq","event":"received","arrived":"2026-11-23T09:00:00Z","suppressed":""}`+"\n")
	for b.Loop() {
		if _, err := w.Write(text); err != nil {
			b.Fatal(err)
		}
	}
}
