package work

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// agents is the channel of agents' doings in natural keys.
const agents = Agents

// Agents is that channel, for who takes a doing of the past once more.
const Agents = "agent"

// Request is what comes with a doing.
type Request struct {
	Body  []byte // a JSON object, docs/api.md has its fields; empty for none
	Match string // If-Match: the version that the agent saw, as 7 or "7"; "" or "*" for any
	Key   string // Idempotency-Key: the same key with the same request does its work once; "" for a request that is no repetition
	Page  string // by which name a page of the agent's keeps drafts; "" for a program
}

// Do lets an agent do something to a conversation: the doing becomes an event, and the answer is the conversation as it is then. replayed tells that the
// very same request was taken before.
func (d *Desk) Do(ctx context.Context, by *policy.Agent, id string, v Verb, r Request) (c Conversation, replayed bool, p *Problem) {
	do := doings[v]
	if by != nil && do == nil {
		return c, false, Refuse(http.StatusNotFound, "", "there is no such doing: claim, unassign, assign, reply, note, snooze, resolve, reopen, take_back, tag, undo, spam, forward, pass_on, merge, unmerge, split, confirm, refuse, correct, confirm_persona, dismiss_persona and allow_receipts are all")
	}
	about, p := d.find(ctx, by, v, id)
	if p != nil {
		return c, false, p
	}
	o := &order{Desk: d, conversation: about, brand: d.Policy.Brand(about.Brand), by: by}
	if p := o.begin(v, r); p != nil {
		return c, false, p
	}
	if slices.Contains(DraftsOf, v) {
		if o.act.Draft, p = d.sends(ctx, desk.DraftKey{Brand: about.Brand, Agent: by.ID, About: about.Conversation, Of: string(v)}, r); p != nil {
			return c, false, p
		}
	}
	ev, p := do(ctx, o)
	if p != nil {
		return c, false, p
	}
	decision, err := d.turn(ctx, ev)
	if o.giveBack != nil && (err != nil || decision.Nothing) {
		o.giveBack()
	}
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return c, false, keyUsed()
	case err != nil:
		return c, false, d.Unable("doing", err)
	case decision.Refused == desk.Crossing:
		return c, false, d.crossed(ctx, decision)
	case decision.Refused != "":
		return c, false, d.refused(ctx, about.Ref, decision.Refused)
	}
	if decision.Nothing {
		o.journalAgain(ctx, ev)
	} else {
		o.journal(ctx, ev)
	}
	out, err := d.whole(ctx, about.Ref)
	if err != nil {
		return c, false, d.Unable("conversation", err)
	}
	return *out, decision.Nothing, nil
}

// turn takes an agent's event.
func (d *Desk) turn(ctx context.Context, ev desk.Event) (desk.Decision, error) {
	var promise string
	decision, err := d.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision {
		made := desk.Decide(f, ev, d.Policy, d.Now())
		promise = desk.Turned(f, made)
		return made
	})
	if err == nil && !decision.Nothing {
		c := decision.Conversation
		d.Log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", decision.Event, "status", c.Status,
			"priority", c.Priority, "assignee", c.Assignee.ID, "effects", len(decision.Effects), "promise", promise, "trace", decision.Trace().String(), "why", decision.Why, "policy", decision.Policy)
		if b := decision.Beside; b != nil {
			c := b.Conversation
			d.Log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", b.Event, "status", c.Status,
				"priority", c.Priority, "assignee", c.Assignee.ID, "effects", len(b.Effects), "trace", b.Trace().String(), "why", b.Why, "policy", b.Policy)
		}
	}
	return decision, err
}

// refused says why a doing was not taken, with the version that the conversation has now.
func (d *Desk) refused(ctx context.Context, ref desk.Ref, why desk.Refusal) *Problem {
	p := coded(http.StatusConflict, string(why), "", why.Words())
	switch why {
	case desk.NotFound:
		p = coded(http.StatusNotFound, string(why), "", why.Words())
	case desk.Changed:
		p = coded(http.StatusPreconditionFailed, string(why), "", why.Words())
	case desk.TooEarly:
		p = coded(http.StatusUnprocessableEntity, string(why), "until", why.Words())
	}
	c, err := d.store.Conversation(ctx, ref)
	if err != nil {
		return d.Unable("conversation", err)
	}
	if c != nil {
		p.Version = c.Version
	}
	return p
}

// order is one request for a doing.
type order struct {
	*Desk
	conversation *desk.Conversation
	brand        *policy.Brand
	by           *policy.Agent
	raw          []byte // the body
	text         string // that was written
	kept         kept   // where it lies
	act          desk.Act
	giveBack     func()   // what was taken of a budget, for what is not done
	uploads      desk.Ref // where the files lie that it names
	unnoted      error    // why a note for a rebuild could not be written
}

// begin reads what came with the request.
func (o *order) begin(v Verb, r Request) *Problem {
	o.raw = r.Body
	if len(o.raw) == 0 {
		o.raw = []byte("{}")
	}
	expect, ok := ifMatch(r.Match)
	if !ok {
		return Refuse(http.StatusBadRequest, "If-Match", "If-Match is the version of the conversation, as 7 or \"7\"")
	}
	c := o.conversation
	o.uploads = c.Ref
	once, p := o.once(c.Brand, o.by, v, c.Conversation, r)
	if p != nil {
		return p
	}
	o.act = desk.Act{
		Subject: desk.Subject{Ref: c.Ref, Channel: once.Channel, Keys: []string{once.Key}, Delivery: once.Digest},
		By:      policy.Assignee{ID: o.by.ID, Name: o.by.Name}, Expect: expect,
	}
	return nil
}

// message is what an agent writes. Its id is of the key and the words: other words under a used key do not overwrite what was kept.
func (o *order) message(kind, text string) desk.Message {
	return desk.Message{
		ID: o.keys.Message(o.conversation.Brand, agents, o.act.Keys[0]+"\n"+o.act.Delivery), Direction: "out", Kind: kind, At: o.Now(),
		Author: party(o.by), Excerpt: mail.Cut(text, desk.ExcerptBytes),
	}
}

// once is the natural key of a request about something.
func (d *Desk) once(brand string, by *policy.Agent, v Verb, about string, r Request) (store.Once, *Problem) {
	key, ok := idempotencyKey(r.Key)
	if !ok {
		return store.Once{}, Refuse(http.StatusBadRequest, "Idempotency-Key", "a key is 1 to 200 printable ASCII characters")
	}
	body := r.Body
	if len(body) == 0 {
		body = []byte("{}")
	}
	return store.Once{
		Channel: agents, Key: d.keys.Message(brand, agents, by.ID+"\n"+key), Digest: d.keys.Digest(about + "\n" + string(v) + "\n" + string(body)),
	}, nil
}

// keyUsed is the problem of a key that another request had.
func keyUsed() *Problem {
	return Refuse(http.StatusUnprocessableEntity, "Idempotency-Key", "this key was used for something else: take a new one for a new request")
}

// never is an expectation that no version meets.
const never = -1

// ifMatch reads If-Match: a bare version, an ETag of ours, "*" or nothing for any.
func ifMatch(s string) (expect int, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" || s == "*" {
		return 0, true
	}
	s = strings.TrimPrefix(s, "W/")
	if n := len(s); n > 1 && s[0] == '"' && s[n-1] == '"' {
		s = s[1 : n-1]
	}
	n, err := strconv.ParseUint(s, 10, 31)
	if err != nil {
		return 0, false
	}
	if n == 0 {
		return never, true
	}
	return int(n), true
}

// idempotencyKey reads the key, in quotes or without; a request without one gets one of its own.
func idempotencyKey(s string) (string, bool) {
	if s == "" {
		return rand.Text(), true
	}
	if n := len(s); n > 1 && s[0] == '"' && s[n-1] == '"' {
		s = s[1 : n-1]
	}
	bad := strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' })
	return s, s != "" && len(s) <= 200 && !bad
}

// decode takes the fields of into and no others. No body is an empty one.
func decode(raw []byte, into any) *Problem {
	if len(raw) == 0 {
		return nil
	}
	in := json.NewDecoder(strings.NewReader(string(raw)))
	in.DisallowUnknownFields()
	err := in.Decode(into)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return Refuse(http.StatusBadRequest, strings.ToLower(kind.Field), "this field must not be a "+kind.Value)
	}
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return Refuse(http.StatusBadRequest, strings.Trim(field, `"`), "no such field is known here")
	}
	return Refuse(http.StatusBadRequest, "", "the body is not one JSON object")
}
