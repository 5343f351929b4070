package work

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// Scheduled is an answer that leaves later.
type Scheduled struct {
	ID      string    `json:"id"` // by which it is taken back
	Message string    `json:"message"`
	By      Assignee  `json:"by"`
	At      time.Time `json:"at"`
	Stopped desk.Stop `json:"stopped,omitempty"` // why it does not leave by itself
	Then    *Then     `json:"then,omitempty"`
}

func scheduled(c *desk.Conversation) (all []Scheduled) {
	for _, s := range c.Scheduled {
		one := Scheduled{ID: s.Effect, Message: s.Message, By: Assignee{s.By.ID, s.By.Name}, At: s.At, Stopped: s.Stopped}
		if !s.Then.IsZero() {
			then := thenOf(s.Then)
			one.Then = &then
		}
		all = append(all, one)
	}
	return all
}

// Then is what is done to a conversation together with an answer.
type Then struct {
	Resolve  bool            `json:"resolve,omitempty"`
	Snooze   string          `json:"snooze,omitempty"` // for how long, as 72h
	Tags     []string        `json:"tags,omitempty"`
	Priority triage.Priority `json:"priority,omitempty"`
}

func thenOf(x desk.Then) Then {
	out := Then{Resolve: x.Resolve, Tags: x.Tags, Priority: x.Priority}
	if x.Snooze > 0 {
		out.Snooze = strings.TrimSuffix(strings.TrimSuffix(x.Snooze.String(), "0s"), "0m")
	}
	return out
}

// read checks what is asked for.
func (x Then) read() (out desk.Then, p *Problem) {
	out = desk.Then{Resolve: x.Resolve, Priority: x.Priority}
	if x.Priority != "" && !x.Priority.Known() {
		return out, Refuse(http.StatusUnprocessableEntity, "then", "a priority is low, normal, high or urgent")
	}
	if x.Snooze != "" {
		d, err := time.ParseDuration(x.Snooze)
		if err != nil || d < time.Minute || d > longestSnooze || d%time.Minute != 0 {
			return out, Refuse(http.StatusUnprocessableEntity, "then", "write for how long to snooze in hours and minutes, as 72h, up to a year")
		}
		out.Snooze = d
	}
	if x.Resolve && out.Snooze > 0 {
		return out, Refuse(http.StatusUnprocessableEntity, "then", "resolve or snooze: not both")
	}
	out.Tags, p = tags("then", x.Tags)
	return out, p
}

func tags(field string, all []string) (out []string, p *Problem) {
	for _, t := range all {
		tag, ok := desk.Tag(t)
		if !ok {
			p := badTag()
			p.Field = field
			return nil, p
		}
		if !slices.Contains(out, tag) {
			out = append(out, tag)
		}
	}
	if len(out) > desk.MaxTags {
		return nil, Refuse(http.StatusUnprocessableEntity, field, "a conversation has eight tags at most")
	}
	return out, nil
}

func badTag() *Problem {
	return Refuse(http.StatusUnprocessableEntity, "tag", "a tag is of letters, digits and hyphens, 32 bytes at most")
}

// latest bounds for how long an answer may wait to leave.
const latest = 31 * 24 * time.Hour

// leaves is when an answer leaves: the zero time for at once.
func (o *order) leaves(at string, undo bool) (time.Time, *Problem) {
	switch {
	case at == "" && undo && o.brand.Undo > 0:
		return o.Now().Add(o.brand.Undo), nil
	case at == "":
		return time.Time{}, nil
	}
	t, err := time.Parse(time.RFC3339, at)
	switch {
	case err != nil:
		return t, Refuse(http.StatusBadRequest, "at", "write a time with its zone, as 2026-11-23T09:00:00+01:00")
	case !t.After(o.Now()):
		return t, coded(http.StatusUnprocessableEntity, string(desk.TooEarly), "at", "an answer can only leave at a time to come: leave the field out to send it at once")
	case t.Sub(o.Now()) > latest:
		return t, Refuse(http.StatusUnprocessableEntity, "at", "an answer waits for a month at most")
	}
	return t, nil
}

// takeBack takes back an answer that has not left: {"answer": its id among the scheduled}.
func takeBack(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct{ Answer string }
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	ev := desk.TakenBack{Act: o.act, Answer: v.Answer}
	m, err := o.store.Message(ctx, o.conversation.Ref, func(m desk.Message) bool { return m.Effect == v.Answer && m.Direction == "out" })
	if err != nil {
		return nil, o.Unable("conversation", err)
	}
	if m != nil {
		ev.Was = *m // where there is none the decision says so
	}
	return ev, nil
}

// tagIt puts tags on and takes them off: {"add": ["…"], "remove": ["…"]}.
func tagIt(_ context.Context, o *order) (desk.Event, *Problem) {
	var v struct{ Add, Remove []string }
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	ev := desk.Tagged{Act: o.act}
	var p *Problem
	if ev.Add, p = tags("add", v.Add); p != nil {
		return nil, p
	}
	if ev.Remove, p = tags("remove", v.Remove); p != nil {
		return nil, p
	}
	if len(ev.Add)+len(ev.Remove) == 0 {
		return nil, Refuse(http.StatusUnprocessableEntity, "add", "name a tag to put on, or one to take off")
	}
	return ev, nil
}

// maxMentions bounds whom one note calls.
const maxMentions = 5

// mentions are the agents of the brand whom a note names, as @oleg or by a name without spaces between, in their order.
func (o *order) mentions(text string) (all []string) {
	for _, id := range atNames(text) {
		if _, ok := o.assignee(id); ok && id != o.brand.Team.ID && !slices.Contains(all, id) && len(all) < maxMentions {
			all = append(all, id)
		}
	}
	return all
}

// atNames are the words of a text that name somebody as @oleg, in small letters.
func atNames(text string) (all []string) {
	words := strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("()[],;:!?\"", r) })
	for _, w := range words {
		if name, at := strings.CutPrefix(w, "@"); at && strings.TrimRight(name, ".") != "" {
			all = append(all, strings.ToLower(strings.TrimRight(name, ".")))
		}
	}
	return all
}

// Named is what became of the names in a note.
type Named struct {
	Called  []string // by name
	Resting []string // by name: in quiet hours, or reached by no way
	Unknown []string // as they stand there: nobody of the brand has this id
}

// Named tells whom an agent's note calls, as the turn that kept it decided.
func (d *Desk) Named(c Conversation, by *policy.Agent, text string) (n Named) {
	b := d.Policy.Brand(c.Brand)
	if b == nil {
		return n
	}
	o := order{Desk: d, brand: b}
	called := o.mentions(text)
	for _, id := range called {
		if id == by.ID {
			continue
		}
		_, rests, _ := d.Policy.Mention(b, id, c.Priority, d.Now())
		if name := d.Policy.Agent(id).Name; rests {
			n.Resting = append(n.Resting, name)
		} else {
			n.Called = append(n.Called, name)
		}
	}
	for _, id := range atNames(text) {
		if _, ok := o.assignee(id); !ok && !slices.Contains(n.Unknown, id) && len(n.Unknown) < maxMentions {
			n.Unknown = append(n.Unknown, id)
		}
	}
	return n
}
