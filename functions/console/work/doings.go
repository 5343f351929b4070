package work

import (
	"context"
	"net/http"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/setup"
)

// doings are what an agent can do to a conversation: each reads its body and makes the event.
var doings = map[Verb]func(context.Context, *order) (desk.Event, *Problem){
	Claim: func(_ context.Context, o *order) (desk.Event, *Problem) {
		return desk.Claimed{Act: o.act}, decode(o.raw, &struct{}{})
	},
	Unassign: func(_ context.Context, o *order) (desk.Event, *Problem) {
		return desk.Unassigned{Act: o.act}, decode(o.raw, &struct{}{})
	},
	Resolve: func(_ context.Context, o *order) (desk.Event, *Problem) {
		return desk.Ended{Act: o.act}, decode(o.raw, &struct{}{})
	},
	Reopen: func(_ context.Context, o *order) (desk.Event, *Problem) {
		return desk.Reopened{Act: o.act}, decode(o.raw, &struct{}{})
	},
	CallSpam: func(_ context.Context, o *order) (desk.Event, *Problem) {
		return desk.CalledSpam{Act: o.act}, decode(o.raw, &struct{}{})
	},
	AllowReceipts: func(_ context.Context, o *order) (desk.Event, *Problem) {
		o.act.Contact = o.conversation.Contact
		return desk.OptedIn{Act: o.act}, decode(o.raw, &struct{}{})
	},
	RefuseGuest: func(_ context.Context, o *order) (desk.Event, *Problem) {
		return desk.GuestRefused{Act: o.act}, decode(o.raw, &struct{}{})
	},
	PassOn: func(_ context.Context, o *order) (desk.Event, *Problem) {
		o.act.Contact = o.conversation.Contact
		return desk.PassedOn{Act: o.act}, decode(o.raw, &struct{}{})
	},
	Merge: merge, Unmerge: unmerge, Split: split,
	Relate: relate, Unrelate: unrelate,
	Confirm: confirm, Correct: correct, ConfirmPersona: confirmPersona, DismissPersona: dismissPersona,
	TakeBack: takeBack, TagIt: tagIt,
	Undo: func(_ context.Context, o *order) (desk.Event, *Problem) {
		return desk.Undone{Act: o.act}, decode(o.raw, &struct{}{})
	},
	Assign: assign, Reply: answerCustomer, Forward: forward, Note: note, Snooze: snooze,
}

// assign hands over: {"to": an agent of the brand or its team, "note": "…"}.
func assign(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct {
		To, Note string
		Draft    *int
	}
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	to, ok := o.assignee(v.To)
	if !ok {
		return nil, Refuse(http.StatusUnprocessableEntity, "to", "nobody of this id answers for the brand: name an agent of it, or "+o.brand.Team.ID)
	}
	ev := desk.Assigned{Act: o.act, To: to}
	if reply.Clean(v.Note) == "" {
		return ev, nil
	}
	m, p := o.written(ctx, "note", "note", v.Note)
	if p != nil {
		return nil, p
	}
	ev.Note = &m
	return ev, nil
}

func (o *order) assignee(id string) (policy.Assignee, bool) {
	if id == o.brand.Team.ID {
		return policy.Assignee{ID: id, Name: o.brand.Team.Name, Team: true}, true
	}
	a := o.Policy.Agent(id)
	if a == nil || !slices.Contains(a.Brands, o.brand.ID) {
		return policy.Assignee{}, false
	}
	return policy.Assignee{ID: a.ID, Name: a.Name}, true
}

// answerCustomer is the reply: {"text": "…", "attachments": [ids of uploads], "cc": [addresses], "at": when it is to leave, "undo": true for after the brand's moment for taking back,
// "then": what is to be done beside, "seen": up to where the conversation was seen}.
func answerCustomer(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct {
		Text        string
		Attachments []string
		Cc          []string
		At          string
		Undo        bool
		Then        Then
		Seen        int
		Draft       *int // the version of the draft that it is: see sends
	}
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	if v.Seen < 0 {
		return nil, Refuse(http.StatusUnprocessableEntity, "seen", "write the seen of the conversation as it was when the answer was begun, or leave it out")
	}
	o.act.Seen = v.Seen
	use, ok := o.brand.Use(o.conversation.Channel)
	if !ok {
		return nil, coded(http.StatusConflict, "channel_not_used", "", "the brand does not use this conversation's channel any more: the policy says so")
	}
	c := o.conversation
	if m := measured(o.brand, o.by, use, c.Thread.Account, channel.Piece{Text: v.Text, To: c.Party.Address}, 0); m.Refused != "" {
		return nil, coded(http.StatusUnprocessableEntity, string(m.Refused), "text", m.Words)
	}
	at, p := o.leaves(v.At, v.Undo)
	if p != nil {
		return nil, p
	}
	then, p := v.Then.read()
	if p != nil {
		return nil, p
	}
	files, p := o.attached(ctx, use.Rules, v.Attachments)
	if p != nil {
		return nil, p
	}
	cc, p := o.copies(ctx, v.Cc)
	if p != nil {
		return nil, p
	}
	m, p := o.written(ctx, "reply", "text", v.Text)
	m.Cc, m.Files, m.Attachments = cc, files, len(files)
	return desk.Replied{Act: o.act, Message: m, At: at, Then: then}, p
}

// note keeps a private note: {"text": "…"}. Whom it names as @oleg is called.
func note(ctx context.Context, o *order) (desk.Event, *Problem) {
	var v struct {
		Text  string
		Draft *int
	}
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	m, p := o.written(ctx, "note", "text", v.Text)
	return desk.Noted{Act: o.act, Message: m, Mentions: o.mentions(v.Text)}, p
}

// longestSnooze keeps a slip of the keyboard from putting a customer off for ever.
const longestSnooze = 366 * 24 * time.Hour

// snooze puts off: {"until": a time with its zone}.
func snooze(_ context.Context, o *order) (desk.Event, *Problem) {
	var v struct{ Until string }
	if p := decode(o.raw, &v); p != nil {
		return nil, p
	}
	until, err := time.Parse(time.RFC3339, v.Until)
	if err != nil {
		return nil, Refuse(http.StatusBadRequest, "until", "write a time with its zone, as 2026-11-23T09:00:00+01:00")
	}
	if until.Sub(o.Now()) > longestSnooze {
		return nil, Refuse(http.StatusUnprocessableEntity, "until", "a conversation is put off for a year at most")
	}
	return desk.PutOff{Act: o.act, Until: until}, nil
}

// maxRunes bounds what an agent writes.
const maxRunes = 20_000

// written keeps an agent's words before the event names them: an event whose text is nowhere could never be sent.
func (o *order) written(ctx context.Context, kind, field, text string) (desk.Message, *Problem) {
	if utf8.RuneCountInString(text) > maxRunes {
		return desk.Message{}, Refuse(http.StatusUnprocessableEntity, field, "a text has "+strconv.Itoa(maxRunes)+" characters at most")
	}
	text = reply.Clean(text)
	if text == "" {
		return desk.Message{}, o.wordless(kind, field)
	}
	return o.laid(ctx, kind, text)
}

// wordless says in what there are no words.
func (o *order) wordless(kind, field string) *Problem {
	switch {
	case kind == "note":
		return Refuse(http.StatusUnprocessableEntity, field, "the note has no words yet")
	case o.conversation.Contact == "": // which a letter opens
		return Refuse(http.StatusUnprocessableEntity, field, "the letter has no words yet")
	}
	return Refuse(http.StatusUnprocessableEntity, field, "the answer has no words yet")
}

// laid keeps a text, maybe an empty one, where the note of a rebuild lies with it.
func (o *order) laid(ctx context.Context, kind, text string) (desk.Message, *Problem) {
	m := o.message(kind, text)
	m.Raw = setup.WordsPrefix + o.conversation.Conversation + "/" + m.ID
	var err error
	if o.kept, err = o.keepOnce(ctx, m.Raw, text); err != nil {
		return desk.Message{}, o.Unable("keep", err)
	}
	o.text = text
	return m, nil
}

func party(a *policy.Agent) channel.Party { return channel.Party{Name: a.Name, Address: a.ID} }
