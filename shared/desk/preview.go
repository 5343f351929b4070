package desk

import (
	"cmp"
	"slices"
	"time"

	"pronto/shared/channel"
	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/triage"
)

// Past is a message that opened a conversation, as the table keeps both.
type Past struct {
	Message      Message
	Conversation Conversation
}

// Preview is what another rule book would have made of messages that came: judged twice by Decide, by the one and by the other, with nobody writing a second time.
//
// It is judged by a message's first words, as the row has them. What follows in a conversation is left out, since that depends on what stood there; so are room and
// the budgets of domain and brand, which all messages share. A sender's own budget is counted.
type Preview struct {
	Brand    string      `json:"brand"`
	Day      string      `json:"day"`      // the newest
	Days     []PastDay   `json:"days"`     // that were read, the newest first: more than one where that had few
	Messages int         `json:"messages"` // that were judged
	More     bool        `json:"more"`     // a day had more: this is an even sample of it
	Differ   int         `json:"differ"`   // that would have been treated in another way
	Priority int         `json:"priority"` // of these: by what
	Assignee int         `json:"assignee"`
	Due      int         `json:"due"`
	Receipt  int         `json:"receipt"`
	Pages    int         `json:"pages"`
	Text     int         `json:"text"`
	Samples  []Previewed `json:"samples"` // the first of each kind
}

// PastDay is how many messages of a day were judged.
type PastDay struct {
	Day      string `json:"day"`
	Messages int    `json:"messages"`
	More     bool   `json:"more"` // it had more: this is an even sample of it
}

// Span is the day, or the days, of which there were messages: 2026-11-20 – 2026-11-22; of all that were read, where there were none.
func (v Preview) Span() string {
	var first, last string
	for _, d := range v.Days {
		if d.Messages > 0 || v.Messages == 0 {
			last = cmp.Or(last, d.Day)
			first = d.Day
		}
	}
	if first == last {
		return cmp.Or(last, v.Day)
	}
	return first + " – " + last
}

// Previewed is one message by both.
type Previewed struct {
	Conversation string    `json:"conversation"`
	At           time.Time `json:"at"`
	Differs      []string  `json:"differs"` // priority, assignee, due, receipt, pages, text
	Was          Treated   `json:"was"`
	Is           Treated   `json:"is"`
}

// Treated is what is made of a message.
type Treated struct {
	Priority triage.Priority `json:"priority"`
	Assignee string          `json:"assignee"`
	Due      time.Time       `json:"due,omitzero"`
	Receipt  string          `json:"receipt"` // full, or the code of its silence
	Language string          `json:"language,omitempty"`
	Pages    []string        `json:"pages"` // who is called at once, and who when it is late
	Text     string          `json:"text,omitempty"`
}

// The points in which a message may be treated in another way, in their order.
var differences = []string{"priority", "assignee", "due", "receipt", "pages", "text"}

// maxSamples is how many messages are shown of each kind of difference.
const maxSamples = 5

// Previewing judges the past of one brand by two rule books. The rota's changes of the day are those of now.
func Previewing(was, is *policy.Policy, brand, day string, past []Past, shifts []oncall.Override) Preview {
	v := Preview{Brand: brand, Day: day, Days: []PastDay{}, Samples: []Previewed{}}
	if was.Brand(brand) == nil || is.Brand(brand) == nil {
		return v
	}
	past = slices.Clone(past)
	slices.SortFunc(past, func(a, b Past) int { return a.Message.At.Compare(b.Message.At) })
	before, after := &previewer{p: was, shifts: shifts, met: map[string]*Contact{}}, &previewer{p: is, shifts: shifts, met: map[string]*Contact{}}
	shown := map[string]int{}
	for _, x := range past {
		mood := x.Message.Mood
		if before.label(x) != after.label(x) {
			mood = "" // they judge by other rules: what was judged then says nothing
		}
		one := Previewed{Conversation: x.Conversation.Conversation, At: x.Message.At, Was: before.treat(x, mood), Is: after.treat(x, mood)}
		v.Messages++
		if one.Differs = one.Was.differs(one.Is); len(one.Differs) == 0 {
			continue
		}
		v.Differ++
		for i, n := range []*int{&v.Priority, &v.Assignee, &v.Due, &v.Receipt, &v.Pages, &v.Text} {
			if slices.Contains(one.Differs, differences[i]) {
				*n++
			}
		}
		if kind := one.Differs[0]; shown[kind] < maxSamples {
			shown[kind]++
			v.Samples = append(v.Samples, one)
		}
	}
	return v
}

// differs names the points in which two differ.
func (t Treated) differs(o Treated) (all []string) {
	alike := t.Assignee == o.Assignee && t.Due.Equal(o.Due) && t.Receipt == o.Receipt && t.Language == o.Language // what a text tells is the same
	for i, differ := range []bool{
		t.Priority != o.Priority, t.Assignee != o.Assignee, !t.Due.Equal(o.Due), t.Receipt != o.Receipt || t.Language != o.Language, !slices.Equal(t.Pages, o.Pages),
		alike && t.Text != o.Text,
	} {
		if differ {
			all = append(all, differences[i])
		}
	}
	return all
}

// previewer judges by one rule book, and remembers whom it has met.
type previewer struct {
	p      *policy.Policy
	shifts []oncall.Override
	met    map[string]*Contact
}

func (v *previewer) input(x Past, mood triage.Mood) triage.Input {
	return triage.Input{Subject: x.Message.Subject, Text: x.Message.Excerpt, Mood: mood, Hint: x.Conversation.Language}
}

// label is the mood of a message by this rule book.
func (v *previewer) label(x Past) triage.Mood {
	return v.p.Brand(x.Conversation.Brand).Judge(v.input(x, "")).Sentiment.Label
}

// treat judges one message.
func (v *previewer) treat(x Past, mood triage.Mood) Treated {
	c, m, b := x.Conversation, x.Message, v.p.Brand(x.Conversation.Brand)
	silence := m.Outcome.Suppressed
	switch silence {
	case OverSenderHour, OverSenderDay, OverDomainBudget, OverBrandBudget:
		silence = "" // budgets are the rule book's
	case ownAddress:
		silence = ""
	}
	if silence == "" && (v.p.Own(m.Author.Address) || v.p.OwnAccount(c.Channel, m.Author.Address)) {
		silence = ownAddress
	}
	m.Outcome = Outcome{}
	d := Decide(Facts{Contact: v.met[c.Contact], Budget: Budget{Domain: true, Brand: true}, Overrides: v.shifts}, Received{
		Subject: Subject{Ref: c.Ref, Channel: c.Channel, Contact: c.Contact}, Message: m, Digest: m.ID, Judgement: b.Judge(v.input(x, mood)), Zone: c.Zone,
		Silence: silence, Machine: silence != "" && c.Promise == nil, Proved: true,
	}, v.p, m.At)
	if d.Contact != nil {
		v.met[c.Contact] = d.Contact
	}
	return v.told(d, b)
}

// told is a decision in the points that are compared.
func (v *previewer) told(d Decision, b *policy.Brand) Treated {
	c := d.Conversation
	t := Treated{Priority: c.Priority, Assignee: c.Assignee.ID, Pages: []string{}}
	if c.Promise != nil {
		t.Due = c.Promise.By.UTC()
		for _, r := range v.p.Page(b, 0, c.Priority, t.Due) {
			if b.Escalation.Pages(oncall.Breached) {
				t.Pages = append(t.Pages, r.Agent+" when it is late")
			}
		}
	}
	if d.Message != nil {
		t.Receipt = string(d.Message.Outcome.Suppressed)
	}
	for _, e := range d.Effects {
		switch {
		case e.Page != nil:
			t.Pages = append(t.Pages, e.Page.Agent+" at once")
		case e.Receipt != nil:
			t.Receipt, t.Text, t.Language = "full", said(e, b, d.At), e.Receipt.Language
		}
	}
	return t
}

// said is the text of a receipt as it would leave.
func said(e Effect, b *policy.Brand, now time.Time) string {
	r := e.Receipt
	t, language := b.Receipt(r.Language)
	agent := r.Assignee.Name
	if r.Assignee.Team {
		agent = ""
	}
	is := reply.Receipt{
		Language: language, Mood: r.Mood, Short: r.Short, Name: r.To.Name, Agent: agent, Brand: b.Name, Due: r.Due, Now: now, Zone: r.Zone.Location(b.Zone), ZoneSure: r.Zone.Sure,
	}
	if e.Channel != Email {
		rules, _ := channel.Of(e.Channel)
		if u, ok := b.Use(e.Channel); ok {
			rules = u.Rules
		}
		return b.Name + ": " + b.Post(rules, is)
	}
	is.Footer = b.Signature
	out := reply.Render(t, is)
	return b.From.Name + " <" + b.From.Addr + ">\n" + out.Subject + "\n\n" + out.Text
}
