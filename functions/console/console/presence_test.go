package console_test

import (
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/wiring"
)

// Marta sees Oleg come, type, pause, go without a word, and come again. None of it moves the conversation, and saying the same again writes nothing.
func TestWhoIsAtAConversation(t *testing.T) {
	w := open(t)
	id := w.complaint()
	version, turns := w.etag(id), w.turns()
	say := func(agent, typing string) work.Presence {
		t.Helper()
		var all work.Presence
		w.ask(agent, "PUT", conv(id, "presence"), typing).is(200).into(&all)
		return all
	}
	sees := func(want string) {
		t.Helper()
		var all work.Presence
		w.ask("marta", "GET", conv(id, "presence"), "").is(200).into(&all)
		var got []string
		for _, x := range all.Items {
			got = append(got, x.Agent.Name+" "+x.Here.Words())
		}
		if s := strings.Join(got, ", "); s != want {
			t.Errorf("Marta sees %q, want %q", s, want)
		}
	}
	written := func() string {
		i := w.rows()["C#acme-air#"+id+" V#oleg"]
		return value(i["doc"])
	}
	sees("")
	if all := say("oleg", ""); len(all.Items) != 0 {
		t.Errorf("Oleg sees himself: %+v", all)
	}
	sees("Oleg Savchuk looks at it")
	first := written()
	w.Clock.Turn(4 * time.Second)
	if say("oleg", `{"typing":false}`); written() != first {
		t.Error("what is not new was written")
	}
	if all := say("oleg", `{"typing":true}`); written() == first || len(all.Items) != 0 {
		t.Error("that he types was not written")
	}
	sees("Oleg Savchuk types")
	w.Clock.Turn(4 * time.Second)
	say("ana", "")
	sees("Oleg Savchuk types, Ana Ferrante looks at it")
	say("oleg", `{"typing":false}`)
	sees("Ana Ferrante looks at it, Oleg Savchuk looks at it")
	w.ask("ana", "DELETE", conv(id, "presence"), "").is(200)
	sees("Oleg Savchuk looks at it")
	w.Clock.Turn(time.Minute)
	sees("Oleg Savchuk has looked at it")
	w.Clock.Turn(10 * time.Minute)
	sees("")
	say("oleg", "")
	sees("Oleg Savchuk looks at it")

	w.ask("rosa", "PUT", conv(id, "presence"), "").is(404) // another brand's agent
	w.ask("marta", "PUT", conv(id, "presence"), `{"typing":1}`).is(400)
	if w.etag(id) != version || w.turns() != turns {
		t.Errorf("the conversation moved from %s to %s, and there are %d turns of %d", version, w.etag(id), w.turns(), turns)
	}
}

// turns counts the rows that relay reads.
func (w *world) turns() (n int) {
	for key := range w.rows() {
		if strings.Contains(key, " T#") {
			n++
		}
	}
	return n
}

// A turn is taken as ever by whoever is looked at: presence shares no row with it, so that faults of the one are none of the other.
func TestPresenceIsNoPartOfATurn(t *testing.T) {
	w := open(t)
	id := w.complaint()
	stop := make(chan struct{})
	done := make(chan int)
	go func() {
		n := 0
		for {
			select {
			case <-stop:
				done <- n
				return
			default:
				w.ask("oleg", "PUT", conv(id, "presence"), `{"typing":`+[]string{"true", "false"}[n%2]+`}`)
				n++
			}
		}
	}()
	for range 20 {
		w.ask("ana", "POST", conv(id, "note"), `{"text":"Note."}`).is(200)
	}
	close(stop)
	if n := <-done; n == 0 || w.turns() != 21 {
		t.Errorf("%d looks, %d turns in %s", n, w.turns(), wiring.Table)
	}
}
