package console

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// agents is the channel of agents' doings in natural keys.
const agents = "agent"

// doing answers POST /api/v1/conversations/{id}/{doing}: an agent's doing becomes an event, and its turn the answer: the conversation as it is now.
func (h *Handler) doing(w http.ResponseWriter, r *http.Request, by *policy.Agent) {
	do := doings[r.PathValue("doing")]
	if do == nil {
		problem(w, http.StatusNotFound, "", "there is no such doing: claim, unassign, assign, reply, note, snooze, resolve and reopen are all")
		return
	}
	c := h.find(w, r, by)
	if c == nil {
		return
	}
	o := &order{Handler: h, conversation: c, brand: h.policy.Brand(c.Brand), by: by}
	if !o.begin(w, r) {
		return
	}
	ev, p := do(r.Context(), o)
	if p != nil {
		tell(w, *p)
		return
	}
	d, err := h.turn(r.Context(), ev)
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		problem(w, http.StatusUnprocessableEntity, "Idempotency-Key", "this key was used for something else: take a new one for a new request")
	case err != nil:
		h.unable(w, "doing", err)
	case d.Refused != "":
		h.refuse(w, r.Context(), c.Ref, d.Refused)
	default:
		h.done(w, r, c.Ref, d)
	}
}

// turn takes an agent's event.
func (h *Handler) turn(ctx context.Context, ev desk.Event) (desk.Decision, error) {
	d, err := h.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, h.policy, h.now()) })
	if err == nil && !d.Nothing {
		c := d.Conversation
		h.log.Info("turn", "brand", c.Brand, "conversation", c.Conversation, "sequence", c.Sequence, "event", d.Event, "status", c.Status,
			"priority", c.Priority, "assignee", c.Assignee.ID, "effects", len(d.Effects), "why", d.Why, "policy", d.Policy)
	}
	return d, err
}

func (h *Handler) done(w http.ResponseWriter, r *http.Request, ref desk.Ref, d desk.Decision) {
	c, err := h.whole(r.Context(), ref)
	if err != nil {
		h.unable(w, "conversation", err)
		return
	}
	if d.Nothing {
		w.Header().Set("Idempotency-Replayed", "true")
	}
	h.showOne(w, c)
}

// refuse says why a doing was not taken, with the version that the conversation has now.
func (h *Handler) refuse(w http.ResponseWriter, ctx context.Context, ref desk.Ref, why desk.Refusal) {
	p := Problem{Status: http.StatusConflict, Code: string(why), Detail: why.Words()}
	switch why {
	case desk.NotFound:
		p.Status = http.StatusNotFound
	case desk.Changed:
		p.Status = http.StatusPreconditionFailed
	case desk.TooEarly:
		p.Status, p.Field = http.StatusUnprocessableEntity, "until"
	}
	c, err := h.store.Conversation(ctx, ref)
	if err != nil {
		h.unable(w, "conversation", err)
		return
	}
	if c != nil {
		p.Version = c.Version
	}
	tell(w, p)
}

// order is one request for a doing.
type order struct {
	*Handler
	conversation *desk.Conversation
	brand        *policy.Brand
	by           *policy.Agent
	raw          []byte // the body
	act          desk.Act
}

// begin reads body and headers.
func (o *order) begin(w http.ResponseWriter, r *http.Request) (ok bool) {
	if o.raw, ok = read(w, r); !ok {
		return false
	}
	expect, ok := ifMatch(r.Header.Get("If-Match"))
	if !ok {
		problem(w, http.StatusBadRequest, "If-Match", "If-Match is the version of the conversation, as 7 or \"7\"")
		return false
	}
	key, ok := idempotencyKey(r.Header.Get("Idempotency-Key"))
	if !ok {
		problem(w, http.StatusBadRequest, "Idempotency-Key", "a key is 1 to 200 printable ASCII characters")
		return false
	}
	c := o.conversation
	o.act = desk.Act{
		Subject: desk.Subject{
			Ref: c.Ref, Channel: agents, Keys: []string{o.keys.Message(c.Brand, agents, o.by.ID+"\n"+key)},
			Delivery: o.keys.Digest(c.Conversation + "\n" + r.PathValue("doing") + "\n" + string(o.raw)),
		},
		By: policy.Assignee{ID: o.by.ID, Name: o.by.Name}, Expect: expect,
	}
	return true
}

// message is what an agent writes. Its id is of the key and the words: other words under a used key do not overwrite what was kept.
func (o *order) message(kind, text string) desk.Message {
	return desk.Message{
		ID: o.keys.Message(o.conversation.Brand, agents, o.act.Keys[0]+"\n"+o.act.Delivery), Direction: "out", Kind: kind, At: o.now(),
		Author: party(o.by), Excerpt: excerpt(text),
	}
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

// maxBody bounds a request's body: 20,000 runes as JSON may escape them.
const maxBody = 256 << 10

// read takes a body whole, or answers that it is too large.
func read(w http.ResponseWriter, r *http.Request) ([]byte, bool) {
	var raw json.RawMessage
	in := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	err := in.Decode(&raw)
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		problem(w, http.StatusRequestEntityTooLarge, "", "a request has 256 KB at most")
		return nil, false
	case r.ContentLength == 0 || r.ContentLength < 0 && err != nil && len(raw) == 0 && err.Error() == "EOF":
		return []byte("{}"), true
	case err != nil || in.More():
		problem(w, http.StatusBadRequest, "", "the body is not one JSON object")
		return nil, false
	}
	return raw, true
}

// body reads a body into a struct, or answers what is wrong with it.
func body(w http.ResponseWriter, r *http.Request, into any) bool {
	raw, ok := read(w, r)
	if !ok {
		return false
	}
	if p := decode(raw, into); p != nil {
		tell(w, *p)
		return false
	}
	return true
}

// decode takes the fields of into and no others.
func decode(raw []byte, into any) *Problem {
	in := json.NewDecoder(strings.NewReader(string(raw)))
	in.DisallowUnknownFields()
	err := in.Decode(into)
	var kind *json.UnmarshalTypeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &kind):
		return &Problem{Status: http.StatusBadRequest, Field: strings.ToLower(kind.Field), Detail: "this field must not be a " + kind.Value}
	}
	if field, unknown := strings.CutPrefix(err.Error(), "json: unknown field "); unknown {
		return &Problem{Status: http.StatusBadRequest, Field: strings.Trim(field, `"`), Detail: "no such field is known here"}
	}
	return &Problem{Status: http.StatusBadRequest, Detail: "the body is not one JSON object"}
}
