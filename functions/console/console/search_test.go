package console_test

import (
	"fmt"
	"net/url"
	"slices"
	"testing"
	"time"

	"pronto/functions/console/work"
)

// found follows a search to its end.
func (w *world) found(agent, q string) (ids []string) {
	w.t.Helper()
	for cursor, pages := "", 0; ; pages++ {
		var p work.Page
		w.ask(agent, "GET", "/api/v1/search?q="+url.QueryEscape(q)+"&cursor="+url.QueryEscape(cursor), "").is(200).into(&p)
		for _, c := range p.Items {
			ids = append(ids, c.ID)
		}
		if cursor = p.Cursor; cursor == "" {
			return ids
		}
		if pages > 50 {
			w.t.Fatalf("%q has no end", q)
		}
	}
}

func TestSearch(t *testing.T) {
	w := open(t)
	ada := w.complaint() // Ada Marsh <ada@home.example>, My suitcase
	w.Clock.Turn(time.Hour)
	letter := func(n int, from, subject string) string {
		t.Helper()
		w.SendMail("x@home.example", fmt.Sprintf("From: %s\nTo: care@acme.example\nSubject: %s\nMessage-ID: <s%d@home.example>\n\nHello, number %d.\n", from, subject, n, n), "care@acme.example")
		w.Settle()
		w.Clock.Turn(time.Hour)
		return w.Outbox()[len(w.Outbox())-1].Conversation
	}
	second := letter(1, "Ada Marsh <ada@home.example>", "Réservation AZ1234 à Rome")
	zoe := letter(2, "Zoë Marsh <zoe@home.example>", "Suitcase lost on AZ1234")
	w.ask("ana", "POST", conv(zoe, "resolve"), "").is(200)
	for q, want := range map[string][]string{
		"suitcase":                  {zoe, ada}, // newest first, also what is done
		"SUITCASE az1234":           {zoe},      // all of it must be there
		"reservation":               {second},   // whatever the accents
		"marsh":                     {zoe, second, ada},
		"Ada Marsh":                 {second, ada},
		"zoe":                       {zoe},
		"marsh suitcase":            {zoe, ada},
		"ada@home.example":          {second, ada},
		"ADA+shop@Home.example":     {second, ada},
		"ada@home.example suitcase": {ada},
		"ada@home.example lost":     nil,
		ada:                         {ada},
		"nobody":                    nil,
		"nobody@home.example":       nil,
		"responsibilities":          nil, // a word of sixteen letters is no id
		"suit":                      nil,
	} {
		if got := w.found("marta", q); !slices.Equal(got, want) {
			t.Errorf("%q finds %v, want %v", q, got, want)
		}
		if got := w.found("rosa", q); len(got) != 0 {
			t.Errorf("Rosa finds %v by %q", got, q)
		}
	}
	for _, q := range []string{"", "  ", "a b c d e f g", "\xff"} {
		if p := w.ask("marta", "GET", "/api/v1/search?q="+url.QueryEscape(q), "").is(400).problem(); p.Field != "q" {
			t.Errorf("%q: %+v", q, p)
		}
	}
}

// A search goes on where it stopped, however many have the word, and shows each once.
func TestASearchOverManyPages(t *testing.T) {
	w := open(t)
	var want []string
	for n := range 110 {
		w.mail(n, "Suitcase of flight", fmt.Sprintf("Where is it, number %d?", n))
		want = append(want, w.Outbox()[len(w.Outbox())-1].Conversation)
		if n%3 > 0 {
			w.Clock.Turn(time.Second) // some at one moment
		}
	}
	for range 5 { // and one of them is long
		w.Clock.Turn(time.Hour)
		w.SendMail("p7@home7.example", fmt.Sprintf("From: p7@home7.example\nTo: care@acme.example\nSubject: Re: Suitcase of flight\nMessage-ID: <r%d@p.example>\nReferences: <7@p.example>\n\nStill nothing after %s.\n", w.Clock.Now().Unix(), w.Clock.Now()), "care@acme.example")
		w.Settle()
	}
	got := w.found("marta", "suitcase")
	unique := slices.Compact(slices.Sorted(slices.Values(got)))
	if len(got) != 110 || len(unique) != 110 {
		t.Errorf("%d found, %d different", len(got), len(unique))
	}
	if got := w.found("marta", "p7@home7.example"); len(got) != 1 || got[0] != want[7] {
		t.Errorf("by address: %v", got)
	}
}

// Ada has written three times about other things: whoever opens one sees the others, the settled one too, and nothing of another's.
func TestWhatSheHasWrittenBefore(t *testing.T) {
	w := open(t)
	for n := 1; n <= 3; n++ {
		w.from(n, "ada@home.example", "care@acme.example", fmt.Sprintf("Where do I find booking number %d, please?", n))
		w.Turn(3 * time.Minute)
	}
	w.from(4, "otto@work.example", "care@acme.example", "Where is my booking?")
	all := w.view("ana", "view=all").Items
	var hers []work.Conversation
	for _, c := range all {
		if c.Contact.Address == "ada@home.example" {
			hers = append(hers, c)
		}
	}
	if len(all) != 4 || len(hers) != 3 {
		t.Fatalf("%d conversations, %d of hers", len(all), len(hers))
	}
	w.ask("ana", "POST", conv(hers[0].ID, "resolve"), "").is(200)
	var h work.History
	w.ask("ana", "GET", "/api/v1/contacts/"+hers[0].Contact.ID+"/conversations", "").is(200).into(&h)
	if len(h.Items) != 3 || h.More || !h.Items[0].Last.After(h.Items[1].Last) || !h.Items[1].Last.After(h.Items[2].Last) {
		t.Errorf("her history is %+v", h)
	}
	w.ask("rosa", "GET", "/api/v1/contacts/"+hers[0].Contact.ID+"/conversations", "").is(404)
}
