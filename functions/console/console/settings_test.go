package console_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
)

func (w *world) macros(agent, method, path, body string, headers ...string) (out work.Settings[work.Macro]) {
	w.t.Helper()
	w.ask(agent, method, "/api/v1/macros"+path, body, headers...).is(200).into(&out)
	return out
}

// A lead writes a macro in two languages; in a conversation it reads in the customer's, with the customer's name as the card has it; changed under an old version it is not.
func TestMacros(t *testing.T) {
	w := open(t)
	id := w.complaint()
	body := `{"name":"Refund","texts":{"en":"Dear {name|customer},\nthe refund is on its way. Until {due|soon}.","it":"Gentile {name|cliente},\nil rimborso è in arrivo."},"then":{"resolve":true,"tags":["Refund"]}}`
	all := w.macros("ana", "POST", "?brand=acme-air", body, "Idempotency-Key", "k")
	if again := w.macros("ana", "POST", "?brand=acme-air", body, "Idempotency-Key", "k"); len(all.Items) != 1 || len(again.Items) != 1 {
		t.Fatalf("%+v, then %+v", all, again)
	}
	m := all.Items[0]
	var filled work.FilledMacros
	w.ask("marta", "GET", conv(id, "macros"), "").is(200).into(&filled)
	if f := filled.Items[0]; f.Language != "en" || !strings.HasPrefix(f.Text, "Dear Ada Marsh,\n") || !strings.Contains(f.Text, "Until today at ") && strings.Contains(f.Text, "soon") || !f.Then.Resolve {
		t.Errorf("filled: %+v", f)
	}
	contact := "/api/v1/contacts/" + w.ask("ana", "GET", conv(id), "").conversation().Contact.ID
	w.ask("marta", "PUT", contact+"/card", `{"name":"Ada Márquez Marsh","language":"it","zone":"America/New_York"}`).is(200)
	w.ask("marta", "GET", conv(id, "macros"), "").is(200).into(&filled)
	if f := filled.Items[0]; f.Language != "it" || !strings.HasPrefix(f.Text, "Gentile Ada Márquez Marsh,") {
		t.Errorf("by the card: %+v", f)
	}
	w.macros("ana", "PUT", "/"+m.ID+"?brand=acme-air", `{"name":"Refund","texts":{"en":"Paid."}}`, "If-Match", "1")
	w.ask("ana", "PUT", "/api/v1/macros/"+m.ID+"?brand=acme-air", `{"name":"Refund","texts":{"en":"Paid twice."}}`, "If-Match", "1").is(412)
	if all := w.macros("ana", "GET", "?brand=acme-air", ""); all.Items[0].Version != 2 || all.Items[0].Texts["en"] != "Paid." || all.Items[0].Then != nil {
		t.Errorf("changed: %+v", all.Items[0])
	}
	for body, field := range map[string]string{
		`{"name":"","texts":{"en":"x"}}`: "name", `{"name":"x","texts":{}}`: "texts", `{"name":"x","texts":{"english":"x"}}`: "texts", `{"name":"x","texts":{"en":"{nmae}"}}`: "texts",
		`{"name":"x","texts":{"en":"x"},"then":{"snooze":"soon"}}`: "then",
	} {
		if p := w.ask("ana", "POST", "/api/v1/macros?brand=acme-air", body).is(422).problem(); p.Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	for range 2 { // a repetition is no second
		if all := w.macros("ana", "DELETE", "/"+m.ID+"?brand=acme-air", "", "Idempotency-Key", "d"); len(all.Items) != 0 {
			t.Errorf("dropped: %+v", all)
		}
	}
	var audit work.Audit
	w.ask("ana", "GET", "/api/v1/audit?brand=acme-air", "").is(200).into(&audit)
	var events []string
	for _, a := range audit.Items {
		events = append(events, a.Event)
	}
	slices.Sort(events) // they are of one moment
	if !slices.Equal(events, []string{"card_changed", "macro_dropped", "macro_kept", "macro_kept"}) {
		t.Errorf("the audit: %v", events)
	}
}

// What an agent writes on the card is what the next receipt goes by: name, language, zone.
func TestTheCardOutweighsTheMail(t *testing.T) {
	w := open(t)
	id := w.complaint()
	contact := "/api/v1/contacts/" + w.ask("ana", "GET", conv(id), "").conversation().Contact.ID
	w.ask("marta", "PUT", contact+"/card", `{"name":"Zoë Marsh","language":"it","zone":"America/New_York","form":"formal","no_call":true,"say":"ZOH-ee"}`).is(200)
	c := w.ask("marta", "GET", conv(id), "").conversation()
	if card := c.Contact.Card; card == nil || card.Name != "Zoë Marsh" || card.By != "marta" || !card.NoCall || c.Contact.Zone.Name != "America/New_York" || c.Contact.Zone.Offset != -5*3600 {
		t.Errorf("the card: %+v %+v", c.Contact.Card, c.Contact.Zone)
	}
	w.Turn(time.Hour)
	w.SendMail("ada@home.example", "From: Ada <ada@home.example>\nTo: care@acme.example\nSubject: Another thing\nDate: Mon, 23 Nov 2026 11:00:00 +0100\nMessage-ID: <9@home.example>\n\nMy seat is broken, this is terrible.\n", "care@acme.example")
	w.Settle()
	r := w.last("receipt")
	if !strings.Contains(r.Text, "Zoë Marsh") || r.Headers["Content-Language"] != "it" && !strings.Contains(r.Text, "risposta") && !strings.Contains(r.Text, "risponder") {
		t.Errorf("the receipt: %+v", r)
	}
	for body, field := range map[string]string{`{"zone":"Mars/Base"}`: "zone", `{"form":"rude"}`: "form", `{"language":"Italian"}`: "language", `{"channel":"pigeon"}`: "channel", `{"name":"` + strings.Repeat("x", 121) + `"}`: "name"} {
		if p := w.ask("ana", "PUT", contact+"/card", body).is(422).problem(); p.Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	w.ask("marta", "PUT", contact+"/card", `{}`).is(200)
	if c := w.ask("marta", "GET", conv(id), "").conversation(); c.Contact.Card != nil {
		t.Errorf("taken off: %+v", c.Contact.Card)
	}
}

func TestAnAnswerIsReadBeforeItLeaves(t *testing.T) {
	w := open(t)
	id := w.complaint()
	const more = `\n\nIt is here.`
	for text, code := range map[string]string{"Dear Ada,": "", "Dear Adam,": "other_name", "Hello ADA,": "name_spelled", "We found it, {name}.": "variable_left", "Dear customer,": "", "Dear Ada,\\n\\nIt is here.\\n\\nMarta Lindqvist": "signed_twice", "Dear Ada,\\n\\nIt is here.\\nmarta lindqvist\\nAcme Air": "signed_twice", "Marta Lindqvist is on it.": ""} {
		var got work.Checked
		if code != "signed_twice" {
			text += more
		}
		w.ask("marta", "POST", conv(id, "check"), `{"text":"`+text+`"}`).is(200).into(&got)
		if len(got.Warnings) > 1 || (len(got.Warnings) == 1) != (code != "") || code != "" && got.Warnings[0].Code != code {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func TestBulletins(t *testing.T) {
	w := open(t)
	var all work.Settings[work.Bulletin]
	w.ask("ana", "POST", "/api/v1/bulletins?brand=acme-air", `{"text":"The check-in of Rome is down.","until":"2026-11-23T12:00:00Z"}`).is(200).into(&all)
	w.ask("ana", "POST", "/api/v1/bulletins?brand=acme-air", `{"text":"New seats.","from":"2026-11-24T09:00:00Z"}`).is(200).into(&all)
	var now []string
	for _, b := range all.Items {
		if b.Now {
			now = append(now, b.Text)
		}
	}
	if len(all.Items) != 2 || !slices.Equal(now, []string{"The check-in of Rome is down."}) {
		t.Errorf("%+v", all)
	}
	w.Turn(4 * time.Hour)
	w.ask("marta", "GET", "/api/v1/bulletins?brand=acme-air", "").is(200).into(&all)
	if slices.ContainsFunc(all.Items, func(b work.Bulletin) bool { return b.Now }) {
		t.Errorf("after its time: %+v", all)
	}
	for body, field := range map[string]string{`{"text":" "}`: "text", `{"text":"x","until":"2026-11-23T09:00:00Z"}`: "until"} {
		if p := w.ask("ana", "POST", "/api/v1/bulletins?brand=acme-air", body).is(422).problem(); p.Field != field {
			t.Errorf("%s: %+v", body, p)
		}
	}
}

// A view is its maker's; a shared one is everybody's, and only a lead makes it.
func TestViewsAreKept(t *testing.T) {
	w := open(t)
	var all work.Settings[work.View]
	w.ask("marta", "POST", "/api/v1/views?brand=acme-air", `{"name":"Italian refunds","of":"all","language":"it","tag":"Refund"}`).is(200).into(&all)
	v := all.Items[0]
	if v.Tag != "refund" || v.By != "marta" {
		t.Errorf("%+v", v)
	}
	w.ask("marta", "POST", "/api/v1/views?brand=acme-air", `{"name":"x","shared":true}`).is(403)
	w.ask("ana", "GET", "/api/v1/views?brand=acme-air", "").is(200).into(&all)
	if len(all.Items) != 0 {
		t.Errorf("ana sees %+v", all)
	}
	w.ask("ana", "DELETE", "/api/v1/views/"+v.ID+"?brand=acme-air", "").is(404)
	w.ask("ana", "POST", "/api/v1/views?brand=acme-air", `{"name":"Mentions","channel":"custom","shared":true}`).is(200).into(&all)
	shared := all.Items[0].ID
	w.ask("marta", "GET", "/api/v1/views?brand=acme-air", "").is(200).into(&all)
	if len(all.Items) != 2 {
		t.Errorf("marta sees %+v", all)
	}
	w.ask("marta", "DELETE", "/api/v1/views/"+shared+"?brand=acme-air", "").is(403)
	w.ask("ida", "DELETE", "/api/v1/views/"+shared+"?brand=acme-air", "").is(200)
	for _, body := range []string{`{"name":"x","of":"best"}`, `{"name":"x","channel":"pigeon"}`, `{"name":"x","language":"Italian"}`} {
		w.ask("marta", "POST", "/api/v1/views?brand=acme-air", body).is(400)
	}
}

// The queue is narrowed by language and tag.
func TestTheQueueIsNarrowed(t *testing.T) {
	w := open(t)
	w.mail(1, "Terrible", "This is terrible, and my flight was late again.")
	w.mail(2, "Volo", "Il volo era in ritardo e nessuno risponde al telefono, che vergogna.")
	en, it := w.Outbox()[0].Conversation, w.Outbox()[1].Conversation
	w.ask("ana", "POST", conv(en, "tag"), `{"add":["VIP"]}`).is(200)
	w.Settle()
	for query, want := range map[string][]string{"language=it": {it}, "tag=vip": {en}, "tag=vip&language=it": {}, "tag=VIP&view=all&channel=email": {en}} {
		if got, _ := w.all("ana", query); !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%s: %v, want %v", query, got, want)
		}
	}
}
