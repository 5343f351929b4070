package desk

import (
	"cmp"
	"slices"
	"time"

	"pronto/shared/oncall"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Corrected is an agent saying what triage got wrong: a message's mood or language, or the conversation's priority. What is "" is not said.
type Corrected struct {
	Act
	Was      Message // as it is kept
	Mood     triage.Mood
	Language string // ISO 639-1
	Priority triage.Priority

	Judgement triage.Judgement // of its text, told what a person has said of it
	Newest    bool             // it is the newest of the contact's: its mood is the conversation's
	Waits     bool             // it waits for an answer: it has a say in the priority
	Beside    triage.Judgement // of what waits beside it, the one of the highest priority; none: the zero Judgement
}

// Correction is what agents have said of a message.
type Correction struct {
	Mood     triage.Mood `json:"mood,omitempty"`     // "": nothing was said of it
	Was      triage.Mood `json:"was,omitempty"`      // as triage had it
	Language string      `json:"language,omitempty"` // "": nothing was said of it
	Label    string      `json:"label,omitempty"`    // the language under which the label is kept; "" for none
	By       string      `json:"by"`                 // who spoke last
	At       time.Time   `json:"at"`
}

// Label is a message's mood as a person told it, for triage to learn from. It carries keys and no text: what was written stays where it lies, and is forgotten there.
type Label struct {
	Ref
	Message  string      `json:"message"`
	Raw      string      `json:"raw"` // S3 key of what was written
	At       time.Time   `json:"at"`  // arrival of the message
	Language string      `json:"language"`
	Mood     triage.Mood `json:"mood,omitempty"` // "": the label was taken back
	Was      triage.Mood `json:"was,omitempty"`  // as triage had it
	By       string      `json:"by,omitempty"`
	Told     time.Time   `json:"told"`
}

// NewCorrected is the event of an agent's correcting a message, "" for the newest of the contact's. said are the conversation's messages, oldest first; beside are
// those that wait for an answer with it. ok is false when the contact has written no such message.
func NewCorrected(a Act, said []Message, message string) (ev Corrected, beside []Message, ok bool) {
	ev.Act = a
	var newest string
	for _, m := range said {
		if m.Direction == "in" && m.Kind != KindThird && m.Withdrawn == nil && (!machine(m) || newest == "") {
			newest = m.ID
		}
	}
	for _, m := range said {
		switch {
		case m.Kind == "reply":
			beside, ev.Waits = nil, false
		case m.Direction != "in" || m.Kind == KindThird:
		case m.ID == cmp.Or(message, newest):
			ev.Was, ok = m, true
			ev.Newest, ev.Waits = m.ID == newest, m.Withdrawn == nil && !machine(m)
		case m.Withdrawn == nil && !machine(m):
			beside = append(beside, m)
		}
	}
	return ev, beside, ok
}

// Told is what is known of the corrected message for certain, once this is taken: its mood and language, "" where nobody has said.
func (e Corrected) Told() (mood triage.Mood, language string) {
	mood, language = e.Mood, e.Language
	if x := e.Was.Corrected; x != nil {
		mood, language = cmp.Or(mood, x.Mood), cmp.Or(language, x.Language)
	}
	return mood, language
}

// corrected takes an agent's word over triage's.
func corrected(f Facts, ev Corrected, p *policy.Policy, now time.Time) Decision {
	d, ok := act(f, ev.Act, "corrected", p, now)
	if !ok {
		return d.Decision
	}
	c := &d.Conversation
	switch {
	case ev.Was.Withdrawn != nil:
		d.refuse(Gone)
		return d.Decision
	case c.Merged != "" && (ev.Language != "" || ev.Priority != ""):
		d.refuse(Moved)
		return d.Decision
	case ev.Priority != "" && !c.Owed() && c.Status != StatusPending:
		d.refuse(NotOpen)
		return d.Decision
	}
	if ev.Mood != "" || ev.Language != "" {
		d.relabel(ev)
		d.reread(ev)
	}
	if ev.Language != "" {
		d.speak(ev)
	}
	if ev.Priority != "" {
		d.why(ev.By.ID + " sets the priority to " + string(ev.Priority))
		d.prioritise(ev.Priority, []string{ev.By.Name + " set it"})
	}
	return d.done()
}

// relabel writes on the message what was said of it, and keeps its mood as a label: one for each message, under the message's language.
func (d *doing) relabel(ev Corrected) {
	m := ev.Was
	x := Correction{Was: m.Mood}
	if m.Corrected != nil {
		x = *m.Corrected
	}
	x.Mood, x.Language = ev.Told()
	x.By, x.At = ev.By.ID, d.now
	if ev.Mood != "" {
		d.why(ev.By.ID + " says that the mood is " + string(ev.Mood) + instead(string(m.Mood), string(ev.Mood)))
	}
	if x.Mood != "" {
		x.Label = cmp.Or(x.Language, ev.Judgement.Language, d.Conversation.Language)
		d.unlabel(m, x.Label)
		d.Labels = append(d.Labels, Label{
			Ref: d.Conversation.Ref, Message: m.ID, Raw: m.Raw, At: m.At, Language: x.Label, Mood: x.Mood, Was: x.Was, By: x.By, Told: d.now,
		})
	}
	m.Mood, m.Corrected = ev.Judgement.Sentiment.Label, &x
	d.Message, d.Again = &m, true
}

// unlabel takes back a message's label, unless it is kept under this language.
func (t *turn) unlabel(m Message, unless string) {
	if x := m.Corrected; x != nil && x.Label != "" && x.Label != unless {
		t.Labels = append(t.Labels, Label{Ref: t.Conversation.Ref, Message: m.ID, At: m.At, Language: x.Label, Told: t.now})
	}
}

func instead(was, is string) string {
	switch was {
	case "":
		return ""
	case is:
		return ", as triage had it"
	}
	return ", not " + was
}

// reread lets the conversation follow from what the message is now known to say.
func (d *doing) reread(ev Corrected) {
	c, j := &d.Conversation, ev.Judgement
	told, _ := ev.Told()
	if h := c.Persona(); h == nil || h.State == Hinted && h.Message == ev.Was.ID {
		d.unsaid(ev.Was.ID)
		d.hint(j.Persona, ev.Was)
	}
	if ev.Newest {
		c.Sentiment = j.Sentiment
		if told != "" {
			c.Sentiment.Why = []string{ev.By.Name + " says so"}
		}
	}
	if !ev.Waits || !c.Owed() || ev.Priority != "" {
		return
	}
	p, why := j.Priority, j.PriorityWhy
	if b := ev.Beside; rank(b.Priority) > rank(p) {
		p, why = b.Priority, b.PriorityWhy
	}
	why = append([]string{ev.By.Name + " corrected what triage had read"}, why...)
	for _, kind := range []sla.Kind{sla.FirstResponse, sla.NextResponse} {
		if late := breachWords(kind); slices.Contains(c.PriorityWhy, late) {
			why = append(why, late)
			if r := rank(p); r < rank(triage.High) {
				p = priorities[r+1]
			}
		}
	}
	if p != c.Priority {
		d.why("priority " + string(p) + ", not " + string(c.Priority))
	}
	d.prioritise(p, why)
}

// prioritise sets the priority. What becomes urgent calls for somebody; who was called only because it was is not called any more.
func (t *turn) prioritise(p triage.Priority, why []string) {
	c := &t.Conversation
	was := c.Priority
	c.Priority, c.PriorityWhy = p, why
	switch {
	case p == triage.Urgent && was != triage.Urgent && c.Owed() && c.Taken == "":
		t.startPaging(oncall.Urgent)
	case p != triage.Urgent && c.Paging != nil && c.Paging.Why == oncall.Urgent:
		c.Paging = nil
	}
}

// speak answers in another language from now on, and remembers it of the contact.
func (d *doing) speak(ev Corrected) {
	c := &d.Conversation
	d.why(ev.By.ID + " says that the language is " + ev.Language + instead(c.Language, ev.Language))
	if ev.Newest {
		c.Language = ev.Language
	}
	if d.facts.Contact != nil && ev.Newest {
		person := *d.facts.Contact
		person.Language = ev.Language
		d.Contact = &person
	}
}
