package work

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// Circular is one answer that goes to many, as it stands.
type Circular struct {
	ID        string            `json:"id"`
	Version   int               `json:"version"`
	Brand     string            `json:"brand"`
	State     string            `json:"state"` // prepared, going, done, stopped
	By        string            `json:"by"`
	At        time.Time         `json:"at"`
	Texts     map[string]string `json:"texts"`
	Anyhow    bool              `json:"anyhow"`
	Resolve   bool              `json:"resolve"`
	Chosen    int               `json:"chosen"`
	Next      int               `json:"next"` // how many were come to
	Sent      int               `json:"sent"`
	Taken     int               `json:"taken_back"`
	LeftOut   []CircularLeft    `json:"left_out"`
	Foreseen  map[string]int    `json:"foreseen,omitempty"` // of one alone, of those not come to: by reason how many would be left out, "" for who would get it
	Languages map[string]int    `json:"languages,omitempty"`
	Warned    int               `json:"warned,omitempty"` // texts with something to look at
	Samples   []CircularSample  `json:"samples,omitempty"`
}

// CircularLeft is a conversation that did not get it.
type CircularLeft struct {
	Conversation string       `json:"conversation"`
	Reason       desk.LeftOut `json:"reason"`
	Words        string       `json:"words"`
}

// CircularSample is how it reads in one conversation.
type CircularSample struct {
	Conversation string        `json:"conversation"`
	To           channel.Party `json:"to"`
	Agent        string        `json:"agent"` // who signs
	Language     string        `json:"language"`
	Text         string        `json:"text"`
	Warnings     []Warning     `json:"warnings"`
}

// CircularList are a brand's, newest first.
type CircularList struct {
	Items []Circular `json:"items"`
}

// Bounds: what one request does must fit into a function's time.
const (
	maxCirculars    = 50 // kept of a brand
	circularPart    = 20 // conversations of one request
	circularSamples = 5
	maxCircularText = 20_000 // runes, of all languages together
)

// Circulars lists them.
func (d *Desk) Circulars(ctx context.Context, by *policy.Agent, brand string) (CircularList, *Problem) {
	b, p := d.brand(by, SendMany, brand)
	if p != nil {
		return CircularList{}, p
	}
	all, err := store.KeptOf[desk.Circular](ctx, d.store, b.ID, store.Circulars)
	if err != nil {
		return CircularList{}, d.Unable("circulars", err)
	}
	out := CircularList{Items: []Circular{}}
	for _, k := range all {
		out.Items = append(out.Items, circular(b.ID, k))
	}
	slices.SortFunc(out.Items, func(a, b Circular) int { return cmp.Or(b.At.Compare(a.At), cmp.Compare(a.ID, b.ID)) })
	return out, nil
}

func circular(brand string, k store.Kept[desk.Circular]) Circular {
	x := k.Value
	c := Circular{
		ID: k.ID, Version: k.Version, Brand: brand, State: "prepared", By: x.By, At: x.At, Texts: x.Texts, Anyhow: x.Anyhow, Resolve: x.Resolve, Chosen: len(x.To), Next: x.Next,
		Sent: x.Sent(), Taken: x.Taken, LeftOut: []CircularLeft{},
	}
	switch {
	case x.Stopped != nil:
		c.State = "stopped"
	case x.Next >= len(x.To):
		c.State = "done"
	case x.Next > 0:
		c.State = "going"
	}
	for _, id := range x.To[:x.Next] {
		if why := x.LeftOut[id]; why != "" {
			c.LeftOut = append(c.LeftOut, CircularLeft{id, why, why.Words()})
		}
	}
	return c
}

// Circular is one, with what it would do to those that it has not come to: how many would get it in which language, how many would not and why, and how it reads.
func (d *Desk) Circular(ctx context.Context, by *policy.Agent, brand, id string) (Circular, *Problem) {
	b, k, p := d.findCircular(ctx, by, brand, id)
	if p != nil {
		return Circular{}, p
	}
	return d.foreseen(ctx, b, k)
}

func (d *Desk) findCircular(ctx context.Context, by *policy.Agent, brand, id string) (*policy.Brand, store.Kept[desk.Circular], *Problem) {
	b, p := d.brand(by, SendMany, brand)
	if p != nil {
		return nil, store.Kept[desk.Circular]{}, p
	}
	all, err := store.KeptOf[desk.Circular](ctx, d.store, b.ID, store.Circulars)
	if err != nil {
		return nil, store.Kept[desk.Circular]{}, d.Unable("circular", err)
	}
	for _, k := range all {
		if k.ID == id {
			return b, k, nil
		}
	}
	return nil, store.Kept[desk.Circular]{}, coded(http.StatusNotFound, string(desk.NotFound), "", "there is no such circular")
}

func (d *Desk) foreseen(ctx context.Context, b *policy.Brand, k store.Kept[desk.Circular]) (Circular, *Problem) {
	out, x := circular(b.ID, k), k.Value
	if out.State != "prepared" && out.State != "going" {
		return out, nil
	}
	out.Foreseen, out.Languages = map[string]int{}, map[string]int{}
	found, err := d.ofCircular(ctx, b.ID, x.To[x.Next:])
	if err != nil {
		return out, d.Unable("circular", err)
	}
	for _, id := range x.To[x.Next:] {
		piece, why, err := d.circularPiece(ctx, b, x, found[desk.Ref{Brand: b.ID, Conversation: id}])
		if err != nil {
			return out, d.Unable("circular", err)
		}
		out.Foreseen[string(why)]++
		if why != "" {
			continue
		}
		out.Languages[piece.Language]++
		if len(piece.Warnings) > 0 {
			out.Warned++
		}
		// What is to be looked at comes first.
		if n := len(out.Samples); n < circularSamples || len(piece.Warnings) > 0 && len(out.Samples[n-1].Warnings) == 0 {
			out.Samples = append(out.Samples[:min(n, circularSamples-1)], piece)
			slices.SortStableFunc(out.Samples, func(a, b CircularSample) int { return cmp.Compare(min(1, len(b.Warnings)), min(1, len(a.Warnings))) })
		}
	}
	return out, nil
}

func (d *Desk) ofCircular(ctx context.Context, brand string, ids []string) (map[desk.Ref]*desk.Conversation, error) {
	var refs []desk.Ref
	for _, id := range ids {
		refs = append(refs, desk.Ref{Brand: brand, Conversation: id})
	}
	return d.store.Conversations(ctx, refs)
}

// circularPiece is what one conversation would get, or why it would get nothing.
func (d *Desk) circularPiece(ctx context.Context, b *policy.Brand, x desk.Circular, c *desk.Conversation) (piece CircularSample, why desk.LeftOut, err error) {
	if why := outOfCircular(c, x.At); why != "" {
		return piece, why, nil
	}
	person, err := d.store.Contact(ctx, c.Brand, c.Contact)
	if err != nil {
		return piece, "", err
	}
	if person != nil && noReceipts(person, d.Now()) != nil {
		return piece, desk.Unwanted, nil
	}
	signer := d.signerOf(c, x)
	language := preferred(c, person)
	text, has := x.Texts[language]
	if !has && x.Anyhow {
		language = b.Language
		text, has = x.Texts[language]
	}
	if !has {
		return piece, desk.NoText, nil
	}
	text, missing := reply.Fill(text, d.filling(signer, c, person)(language))
	use, ok := b.Use(c.Channel)
	switch {
	case len(missing) > 0:
		return piece, desk.NoVariable, nil
	case !ok, measured(b, signer, use, c.Thread.Account, channel.Piece{Text: text, To: c.Party.Address}, 0).Refused != "":
		return piece, desk.TooLongText, nil
	}
	return CircularSample{Conversation: c.Conversation, To: c.Party, Agent: signer.Name, Language: language, Text: text, Warnings: warnings(text, names(c, person))}, "", nil
}

// outOfCircular is why a conversation as it stands gets nothing.
func outOfCircular(c *desk.Conversation, since time.Time) desk.LeftOut {
	switch {
	case c == nil || c.Withdrawn || c.Merged != "" || c.Status == desk.StatusClosed:
		return desk.NoAnswerable
	case c.Status == desk.StatusResolved:
		return desk.Settled
	case c.Answered.After(since):
		return desk.AnsweredElse
	case c.Last.After(since):
		return desk.WroteSince
	}
	return ""
}

// signerOf is who has the conversation; what the team has is signed by who sends the circular.
func (d *Desk) signerOf(c *desk.Conversation, x desk.Circular) *policy.Agent {
	if a := d.Policy.Agent(c.Assignee.ID); a != nil && !c.Assignee.Team {
		return a
	}
	return d.Policy.Agent(x.By)
}

// PrepareCircular keeps a circular without sending anything: {"texts": {"en": "…"}, "view", "channel", "language", "tag", "conversations": […], "incident": true for those
// alone whose receipt told of the brand's incident, "anyhow": true, "resolve": true}.
func (d *Desk) PrepareCircular(ctx context.Context, by *policy.Agent, brand string, r Request) (out Circular, again bool, p *Problem) {
	b, p := d.brand(by, SendMany, brand)
	if p != nil {
		return out, false, p
	}
	var v struct {
		Texts                        map[string]string
		View, Channel, Language, Tag string
		Conversations                []string
		Incident, Anyhow, Resolve    bool
	}
	if p := decode(r.Body, &v); p != nil {
		return out, false, p
	}
	x := desk.Circular{Anyhow: v.Anyhow, Resolve: v.Resolve, By: by.ID, At: d.Now().UTC()}
	if x.Texts, p = circularTexts(v.Texts); p != nil {
		return out, false, p
	}
	if _, has := x.Texts[b.Language]; v.Anyhow && !has {
		return out, false, Refuse(http.StatusUnprocessableEntity, "texts", "who has no text in their language is to get the brand's: write one in "+b.Language)
	}
	q := Query{View: cmp.Or(v.View, "all"), Brand: b.ID, Channel: v.Channel, Language: v.Language, Tag: v.Tag}
	if x.To, p = d.chosenFor(ctx, by, q, v.Conversations, v.Incident); p != nil {
		return out, false, p
	}
	kept, err := store.KeptOf[desk.Circular](ctx, d.store, b.ID, store.Circulars)
	if err != nil {
		return out, false, d.Unable("circular", err)
	}
	once, p := d.once(b.ID, by, SendMany, "", r)
	if p != nil {
		return out, false, p
	}
	if len(kept) >= maxCirculars && !slices.ContainsFunc(kept, func(k store.Kept[desk.Circular]) bool { return k.ID == once.Key }) {
		return out, false, Refuse(http.StatusConflict, "", "a brand keeps 50 circulars at most: take one off first")
	}
	again, p = d.keepCircular(ctx, b, once.Key, 0, x, desk.CircularKept, by, once)
	if p != nil {
		return out, again, p
	}
	out, p = d.Circular(ctx, by, b.ID, once.Key)
	return out, again, p
}

func circularTexts(texts map[string]string) (map[string]string, *Problem) {
	all, n := map[string]string{}, 0
	for language, text := range texts {
		if text = reply.Clean(text); text == "" {
			continue
		}
		if !policy.IsLanguage(language) {
			return nil, Refuse(http.StatusUnprocessableEntity, "texts", "write languages by their two letters (ISO 639-1), as in en")
		}
		all[language] = text
		n += utf8.RuneCountInString(text)
	}
	switch {
	case len(all) == 0:
		return nil, Refuse(http.StatusUnprocessableEntity, "texts", "write the answer in one language at least")
	case len(all) > maxTextsOf || n > maxCircularText:
		return nil, Refuse(http.StatusUnprocessableEntity, "texts", "write it in 12 languages at most, and with "+strconv.Itoa(maxCircularText)+" characters in all")
	}
	return all, nil
}

// chosenFor are the conversations that a circular goes to: those that are named, or those of a list, as far as MaxCircular.
func (d *Desk) chosenFor(ctx context.Context, by *policy.Agent, q Query, named []string, incident bool) (to []string, p *Problem) {
	if len(named) > desk.MaxCircular {
		return nil, Refuse(http.StatusUnprocessableEntity, "conversations", "a circular goes to 500 conversations at most: prepare another for the others")
	}
	for _, id := range named {
		if !known(id) {
			return nil, Refuse(http.StatusUnprocessableEntity, "conversations", "this is no conversation's id: "+strconv.Quote(strings.ToValidUTF8(id[:min(len(id), 40)], "?")))
		}
		if !slices.Contains(to, id) {
			to = append(to, id)
		}
	}
	told := func(*desk.Conversation) bool { return true }
	if incident {
		w, err := d.store.Switch(ctx, q.Brand)
		if err != nil {
			return nil, d.Unable("circular", err)
		}
		if w.Incident == nil {
			return nil, Refuse(http.StatusConflict, "incident", "receipts of this brand tell of no incident: choose otherwise")
		}
		told = func(c *desk.Conversation) bool {
			_, said := w.Incident.Texts[c.Language]
			return said && c.Receipt != nil && !c.Receipt.At.Before(w.Incident.At) && c.Receipt.At.Before(w.Incident.Until)
		}
	}
	for len(named) == 0 {
		page, p := d.Queue(ctx, by, q)
		if p != nil {
			return nil, p
		}
		var ids []string
		for _, c := range page.Items {
			ids = append(ids, c.ID)
		}
		found, err := d.ofCircular(ctx, q.Brand, ids)
		if err != nil {
			return nil, d.Unable("circular", err)
		}
		for _, id := range ids {
			if c := found[desk.Ref{Brand: q.Brand, Conversation: id}]; c != nil && told(c) && len(to) < desk.MaxCircular {
				to = append(to, id)
			}
		}
		if q.Cursor = page.Cursor; q.Cursor == "" || len(to) >= desk.MaxCircular {
			break
		}
	}
	if len(to) == 0 {
		return nil, Refuse(http.StatusUnprocessableEntity, "view", "nobody waits there: choose another list")
	}
	return to, nil
}

func (d *Desk) keepCircular(ctx context.Context, b *policy.Brand, id string, version int, x desk.Circular, name desk.ChangeName, by *policy.Agent, once store.Once) (again bool, p *Problem) {
	again, err := d.store.Keep(ctx, store.Circulars, id, version, x, desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: name, About: id}, once)
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return false, keyUsed()
	case errors.Is(err, store.ErrMoved):
		return false, coded(http.StatusPreconditionFailed, string(desk.Changed), "", "somebody else goes on with it: look again")
	case err != nil:
		return false, d.Unable("circular", err)
	}
	return again, nil
}

// GoOn gives the answer to the next conversations of a circular, some at a time. It leaves each two minutes later, and until then is taken back by StopCircular. Whoever dies in
// between, or presses twice, gives nobody two: the answer's natural key is of the circular and the conversation.
func (d *Desk) GoOn(ctx context.Context, by *policy.Agent, brand, id string, r Request) (out Circular, again bool, p *Problem) {
	return d.circularStep(ctx, by, brand, id, r, desk.CircularGone, func(b *policy.Brand, x *desk.Circular) *Problem {
		if x.Stopped != nil {
			return coded(http.StatusConflict, "stopped", "", "it was stopped: prepare a new one")
		}
		part := x.To[x.Next:min(len(x.To), x.Next+circularPart)]
		found, err := d.ofCircular(ctx, b.ID, part)
		if err != nil {
			return d.Unable("circular", err)
		}
		for _, one := range part {
			why, p := d.sendCircular(ctx, b, id, *x, found[desk.Ref{Brand: b.ID, Conversation: one}])
			if p != nil {
				return p
			}
			if x.Next++; why != "" {
				if x.LeftOut == nil {
					x.LeftOut = map[string]desk.LeftOut{}
				}
				x.LeftOut[one] = why
			}
		}
		return nil
	})
}

// sendCircular gives one conversation its answer.
func (d *Desk) sendCircular(ctx context.Context, b *policy.Brand, id string, x desk.Circular, c *desk.Conversation) (desk.LeftOut, *Problem) {
	author := d.Policy.Agent(x.By)
	if author == nil {
		return desk.NotTaken, nil
	}
	if c != nil && slices.ContainsFunc(c.Scheduled, func(s desk.Scheduled) bool { return s.Bulk && s.Made.After(x.At) }) {
		return "", nil // given before its giver died
	}
	piece, why, err := d.circularPiece(ctx, b, x, c)
	if err != nil {
		return "", d.Unable("circular", err)
	}
	if why != "" {
		return why, nil
	}
	signer := d.signerOf(c, x)
	o := &order{Desk: d, conversation: c, brand: b, by: author}
	if p := o.begin(Reply, Request{Key: "circular " + id + " " + c.Conversation, Match: strconv.Itoa(c.Version), Body: []byte(strconv.Quote(c.Conversation))}); p != nil {
		return "", p
	}
	m, p := o.written(ctx, "reply", "text", piece.Text)
	if p != nil {
		return "", p
	}
	m.Author = party(signer)
	ev := desk.Replied{
		Act: o.act, Message: m, At: d.Now().Add(desk.CircularDelay), Then: desk.Then{Resolve: x.Resolve}, As: &policy.Assignee{ID: signer.ID, Name: signer.Name}, Bulk: true,
	}
	decision, err := d.turn(ctx, ev)
	o.by = signer // whose answer it is, also to a rebuild
	switch {
	case errors.Is(err, store.ErrKeyUsed):
		return "", nil
	case err != nil:
		return "", d.Unable("circular", err)
	case decision.Refused == desk.Changed:
		return desk.WroteSince, nil
	case decision.Refused != "":
		return desk.NotTaken, nil
	case decision.Nothing:
		o.journalAgain(ctx, ev)
	default:
		o.journal(ctx, ev)
	}
	return "", nil
}

// StopCircular ends a circular, and takes back, some at a time, the answers that have not left.
func (d *Desk) StopCircular(ctx context.Context, by *policy.Agent, brand, id string, r Request) (out Circular, again bool, p *Problem) {
	return d.circularStep(ctx, by, brand, id, r, desk.CircularStopped, func(b *policy.Brand, x *desk.Circular) *Problem {
		if x.Stopped == nil {
			now := d.Now().UTC()
			x.Stopped = &now
		}
		author := d.Policy.Agent(x.By)
		// The newest first: they have most of their time left.
		for end := min(x.Next, x.Back+circularPart); author != nil && x.Back < end; x.Back++ {
			one := x.To[x.Next-1-x.Back]
			c, err := d.store.Conversation(ctx, desk.Ref{Brand: b.ID, Conversation: one})
			if err != nil {
				return d.Unable("circular", err)
			}
			if c == nil {
				continue
			}
			for _, s := range c.Scheduled {
				if !s.Bulk || s.Made.Before(x.At) {
					continue
				}
				body, _ := json.Marshal(map[string]string{"answer": s.Effect}) // of a string: cannot fail
				_, _, p := d.Do(ctx, author, one, TakeBack, Request{Key: "circular back " + one + " " + s.Effect, Body: body})
				switch {
				case p == nil:
					x.Taken++
				case p.Status == http.StatusServiceUnavailable:
					return p // it is tried again; what has left stays
				}
			}
		}
		return nil
	})
}

// circularStep does a part of a circular's work and keeps how far it is.
func (d *Desk) circularStep(ctx context.Context, by *policy.Agent, brand, id string, r Request, name desk.ChangeName, do func(*policy.Brand, *desk.Circular) *Problem) (out Circular, again bool, p *Problem) {
	b, k, p := d.findCircular(ctx, by, brand, id)
	if p != nil {
		return out, false, p
	}
	once, p := d.once(b.ID, by, SendMany, id+" "+string(name), r)
	if p != nil {
		return out, false, p
	}
	if done, err := d.store.Done(ctx, b.ID, once); errors.Is(err, store.ErrKeyUsed) {
		return out, false, keyUsed()
	} else if err != nil {
		return out, false, d.Unable("circular", err)
	} else if done {
		out, p = d.foreseen(ctx, b, k)
		return out, true, p
	}
	if p := do(b, &k.Value); p != nil {
		return out, false, p
	}
	if again, p = d.keepCircular(ctx, b, id, k.Version, k.Value, name, by, once); p != nil {
		return out, false, p
	}
	d.Log.Info("circular", "brand", b.ID, "circular", id, "change", name, "by", by.ID, "next", k.Value.Next, "left_out", len(k.Value.LeftOut), "taken_back", k.Value.Taken)
	out, p = d.Circular(ctx, by, b.ID, id)
	return out, again, p
}

// DropCircular takes one off that is not under way.
func (d *Desk) DropCircular(ctx context.Context, by *policy.Agent, brand, id string, r Request) (CircularList, bool, *Problem) {
	b, k, p := d.findCircular(ctx, by, brand, id)
	if p != nil {
		return CircularList{}, false, p
	}
	if s := circular(b.ID, k).State; s == "going" {
		return CircularList{}, false, coded(http.StatusConflict, "going", "", "it is under way: let it end, or stop it first")
	}
	once, p := d.once(b.ID, by, SendMany, "drop "+id, r)
	if p != nil {
		return CircularList{}, false, p
	}
	_, err := d.store.Drop(ctx, store.Circulars, id, k.Version, desk.Change{Brand: b.ID, ID: once.Key, At: d.Now(), By: by.ID, Name: desk.CircularStopped, About: id}, once)
	if err != nil {
		return CircularList{}, false, d.Unable("circular", err)
	}
	out, p := d.Circulars(ctx, by, b.ID)
	return out, false, p
}
