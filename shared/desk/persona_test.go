package desk_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// suggesting is a mention by Mira that suggests a card.
func suggesting(id string, card triage.Card, at time.Time, words ...string) desk.Received {
	ev := said(id, "My suitcase "+id+" is broken.", at)
	ev.Judgement.Persona = &triage.Persona{Card: card, Evidence: words}
	return ev
}

func theAct() desk.Act {
	return desk.Act{Subject: desk.Subject{Ref: desk.Ref{Brand: "acme-air", Conversation: "c1"}, Channel: "agent"}, By: policy.Assignee{ID: "ana", Name: "Ana Ferrante"}}
}

// persona is the newest hint in short: "habitual confirmed as always, for years".
func persona(d desk.Decision) string {
	p := d.Conversation.Persona()
	if p == nil {
		return ""
	}
	return strings.TrimSpace(string(p.Card) + " " + string(p.State) + " " + strings.Join(p.Words, ", "))
}

// What a person says of a hint stays, and what was dismissed does not come back for the same words.
func TestAHintIsForTheAgentToJudge(t *testing.T) {
	p := rules(t, "")
	at := nine
	facts := desk.Facts{Budget: free()}
	do := func(ev desk.Event, want string) {
		t.Helper()
		d := desk.Decide(facts, ev, p, at)
		if d.Refused != "" {
			t.Fatalf("%T refused: %s", ev, d.Refused)
		}
		if got := persona(d); got != want {
			t.Errorf("%T at %s: %q, want %q", ev, at.Format(time.TimeOnly), got, want)
		}
		for _, w := range d.Why {
			if strings.Contains(w, "habitual") || strings.Contains(w, "as always") {
				t.Errorf("the ledger will have %q", w)
			}
		}
		facts, at = after(d), at.Add(5*time.Minute)
	}
	confirm := func(c triage.Card) desk.Event { return desk.PersonaConfirmed{Act: theAct(), Card: c} }
	dismiss := func(c triage.Card) desk.Event { return desk.PersonaDismissed{Act: theAct(), Card: c} }
	do(said("m1", "My suitcase is broken.", at), "")
	do(suggesting("m2", triage.Habitual, at, "as always", "for years", "like last time"), "habitual hinted as always, for years, like last time")
	do(suggesting("m3", triage.Sociable, at, "you know me", "my status"), "habitual hinted as always, for years, like last time") // it rests on less
	do(dismiss(triage.Habitual), "habitual dismissed as always, for years, like last time")
	do(suggesting("m4", triage.Habitual, at, "for years", "as always", "like last time"), "habitual dismissed as always, for years, like last time")
	do(suggesting("m5", triage.Habitual, at, "for years", "same agent"), "habitual dismissed as always, for years, like last time") // one new word is not enough
	do(suggesting("m6", triage.Habitual, at, "for years", "same agent", "step by step"), "habitual hinted same agent, step by step")
	do(suggesting("m7", triage.Sociable, at, "you know me", "my status"), "sociable hinted you know me, my status")
	do(confirm(triage.Sociable), "sociable confirmed you know me, my status")
	do(suggesting("m8", triage.Aggressive, at, "thieves", "liars", "shame on you"), "sociable confirmed you know me, my status")
	do(dismiss(triage.Sociable), "sociable dismissed you know me, my status") // who errs may say so
	do(confirm(triage.Sociable), "sociable confirmed you know me, my status")
	h := facts.Conversation.Persona()
	if h.By != "ana" || !h.Decided.Equal(at.Add(-5*time.Minute)) || h.Message != "m7" {
		t.Errorf("who and when: %+v", h)
	}
	if d := desk.Decide(facts, confirm(triage.Sociable), p, at); !d.Nothing || d.Refused != "" {
		t.Errorf("said twice: %+v", d)
	}
	for _, ev := range []desk.Event{confirm(triage.Habitual), dismiss(triage.Habitual)} {
		if d := desk.Decide(facts, ev, p, at); d.Refused != desk.NoHint {
			t.Errorf("%T of what is not shown: %q", ev, d.Refused)
		}
	}
}

// Who deletes or changes a message takes its words back from everywhere.
func TestAHintGoesWithItsMessage(t *testing.T) {
	p := rules(t, "")
	first := desk.Decide(desk.Facts{Budget: free()}, suggesting("m1", triage.Habitual, nine, "as always", "for years"), p, nine)
	about := desk.Subject{Ref: first.Conversation.Ref, Channel: "custom"}
	gone := desk.Deleted{Subject: about, Was: *first.Message, At: nine.Add(time.Minute)}
	changed := desk.Edited{Subject: about, Was: *first.Message, Raw: "custom/2", At: nine.Add(time.Minute), Judgement: triage.Default(triage.Input{Text: "Where is it?"})}
	other := changed
	other.Judgement.Persona = &triage.Persona{Card: triage.Talkative, Evidence: []string{"by the way", "you know"}}
	confirmed := desk.Decide(after(first), desk.PersonaConfirmed{Act: theAct(), Card: triage.Habitual}, p, nine)
	dismissed := desk.Decide(after(first), desk.PersonaDismissed{Act: theAct(), Card: triage.Habitual}, p, nine)
	for _, c := range []struct {
		of   desk.Decision
		ev   desk.Event
		want string
	}{
		{first, gone, ""}, {first, changed, ""}, {first, other, "talkative hinted by the way, you know"},
		{confirmed, gone, "habitual confirmed"}, {confirmed, other, "habitual confirmed"},
		{dismissed, gone, "habitual dismissed"},
	} {
		if got := persona(desk.Decide(after(c.of), c.ev, p, nine.Add(time.Minute))); got != c.want {
			t.Errorf("%s, then %T: %q, want %q", persona(c.of), c.ev, got, c.want)
		}
	}
	// Whether the words are the same can not be told any more: the card stays dismissed.
	d := desk.Decide(after(dismissed), gone, p, nine.Add(time.Minute))
	if got := persona(desk.Decide(after(d), suggesting("m2", triage.Habitual, nine.Add(time.Hour), "as always", "for years"), p, nine.Add(time.Hour))); got != "habitual dismissed" {
		t.Errorf("it came back: %q", got)
	}
	// What is not the contact's own suggests nothing of him.
	stranger := suggesting("m3", triage.Aggressive, nine, "thieves", "liars")
	stranger.Contact = "oskar"
	if got := persona(desk.Decide(after(first), stranger, p, nine)); got != "habitual hinted as always, for years" {
		t.Errorf("a participant's words: %q", got)
	}
}

// Whatever is hinted, confirmed or dismissed: priority, targets, who has it, receipts, pages and webhooks are what they would be without it.
func TestAHintDecidesNothing(t *testing.T) {
	p := rules(t, "")
	first := desk.Decide(desk.Facts{Budget: free()}, said("m1", "My suitcase is broken and nobody answers.", nine), p, nine)
	due := *first.Conversation.Next
	later := said("m2", "Still nothing!", due.Add(-time.Minute))
	answer := desk.Replied{Act: theAct(), Message: desk.Message{ID: "a1", Direction: "out", Kind: "reply", At: due, Author: channel.Party{Name: "Ana"}}}
	corrected, _, _ := desk.NewCorrected(theAct(), []desk.Message{*first.Message}, "")
	corrected.Mood, corrected.Judgement = triage.Neutral, triage.Default(triage.Input{Text: first.Message.Excerpt, Mood: triage.Neutral})
	edited := desk.Edited{Subject: subject(first), Was: *first.Message, Raw: "2", At: due, Judgement: later.Judgement}
	events := map[string]desk.Event{
		"a message": later, "the clock": desk.Ticked{Subject: subject(first)}, "an answer": answer, "a correction": corrected, "an edit": edited,
		"a claim": desk.Claimed{Act: theAct()}, "given back": desk.Unassigned{Act: theAct()}, "resolved": desk.Ended{Act: theAct()},
	}
	for name, ev := range events {
		plain := bare(t, desk.Decide(after(first), ev, p, due))
		for _, card := range triage.Cards {
			for _, state := range []desk.PersonaState{desk.Hinted, desk.HintConfirmed, desk.HintDismissed} {
				f := after(first)
				c := *f.Conversation
				c.Personas = []desk.Persona{{Card: card, Words: []string{"canary"}, Message: "m1", At: nine, State: state, By: "ana", Decided: nine}}
				f.Conversation = &c
				if got := bare(t, desk.Decide(f, ev, p, due)); got != plain {
					t.Errorf("%s, %s %s:\n%s\nwithout\n%s", name, card, state, got, plain)
				}
			}
			suggested := later
			suggested.Judgement.Persona = &triage.Persona{Card: card, Evidence: []string{"canary", "another"}}
			if name == "a message" {
				if got := bare(t, desk.Decide(after(first), suggested, p, due)); got != plain {
					t.Errorf("a message that suggests %s:\n%s\nwithout\n%s", card, got, plain)
				}
			}
		}
	}
}

// bare is a decision without the hints of its conversation.
func bare(t *testing.T, d desk.Decision) string {
	t.Helper()
	d.Conversation.Personas = slices.Clone(d.Conversation.Personas)[:0]
	b, err := json.Marshal(d)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "canary") {
		t.Errorf("the hint is in %s", b)
	}
	return string(b)
}

func subject(d desk.Decision) desk.Subject {
	return desk.Subject{Ref: d.Conversation.Ref, Channel: "custom"}
}
