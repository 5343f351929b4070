package work

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Draft is what an agent has begun and not done yet: his own, which nobody else is shown.
type Draft struct {
	Brand        string `json:"brand"`
	Conversation string `json:"conversation,omitempty"`
	Contact      string `json:"contact,omitempty"` // of a letter, to whom, where that is known
	Of           Verb   `json:"of"`                // the doing that it is for
	Version      int    `json:"version"`
	desk.Draft
	Gone bool `json:"-"` // there is none any more: it was sent, or taken out
}

// Drafts is a list of them.
type Drafts struct {
	Items []Draft `json:"items"`
}

// DraftsOf are the doings at a conversation of which drafts are kept.
var DraftsOf = []Verb{Reply, Note, Forward, Assign}

// Writing is what a draft stands for: a doing at a conversation, or, of none, a letter of a brand's to a contact, "" for one that is not known yet.
type Writing struct {
	Conversation   string
	Brand, Contact string
	Of             Verb
}

// Keeper is which page of an agent's keeps a draft, and which of its writings this is: a page that goes cannot wait for its last one to be answered.
type Keeper struct {
	Name  string
	Count int
}

// LastOfPage is the count of what a page sends as a whole.
const LastOfPage = math.MaxInt32

// draftOf is what a draft is kept under, if the agent may do what it is for.
func (d *Desk) draftOf(ctx context.Context, by *policy.Agent, w Writing) (desk.DraftKey, *Problem) {
	if w.Of == StartIt {
		b, p := d.brand(by, StartIt, w.Brand)
		if p != nil {
			return desk.DraftKey{}, p
		}
		if w.Contact != "" && !known(w.Contact) {
			return desk.DraftKey{}, coded(http.StatusNotFound, string(desk.NotFound), "contact", "there is no such contact")
		}
		return desk.DraftKey{Brand: b.ID, Agent: by.ID, About: desk.ALetter(w.Contact), Of: string(StartIt)}, nil
	}
	if !slices.Contains(DraftsOf, w.Of) {
		return desk.DraftKey{}, Refuse(http.StatusNotFound, "", "there is no such draft: reply, note, forward and assign are all of a conversation")
	}
	c, p := d.find(ctx, by, w.Of, w.Conversation)
	if p != nil {
		return desk.DraftKey{}, p
	}
	return desk.DraftKey{Brand: c.Brand, Agent: by.ID, About: c.Conversation, Of: string(w.Of)}, nil
}

func (d *Desk) drafted(x store.Drafted) Draft {
	out := Draft{Brand: x.Brand, Of: Verb(x.Of), Version: x.Version, Draft: x.Draft, Gone: x.Gone}
	if contact, letter := desk.LetterTo(x.About); letter {
		out.Contact = contact
	} else {
		out.Conversation = x.About
	}
	if !x.Gone && d.Now().Sub(x.At) >= desk.DraftHolds { // the table forgets late
		out.Draft, out.Gone = desk.Draft{}, true
	}
	return out
}

// Begun are all of an agent's, by what they are about: without their words.
func (d *Desk) Begun(ctx context.Context, by *policy.Agent, brand string) (all Drafts, p *Problem) {
	brands, p := d.brands(by, KeepDraft, brand)
	if p != nil {
		return all, p
	}
	all.Items = []Draft{}
	for _, b := range brands {
		keys, err := d.store.Begun(ctx, b.ID, by.ID)
		if err != nil {
			return all, d.Unable("drafts", err)
		}
		for _, k := range keys {
			all.Items = append(all.Items, d.drafted(store.Drafted{DraftKey: k, Draft: desk.Draft{At: d.Now()}}))
		}
	}
	for i := range all.Items {
		all.Items[i].Draft = desk.Draft{}
	}
	return all, nil
}

// LettersTo is what the contacts are called to whom letters are begun.
func (d *Desk) LettersTo(ctx context.Context, all Drafts) (map[string]string, *Problem) {
	of := map[string][]string{}
	for _, x := range all.Items {
		if x.Of == StartIt && x.Contact != "" {
			of[x.Brand] = append(of[x.Brand], x.Contact)
		}
	}
	names := map[string]string{}
	for brand, ids := range of {
		cards, err := d.store.Contacts(ctx, brand, ids)
		if err != nil {
			return nil, d.Unable("contacts", err)
		}
		for id, c := range cards {
			names[id] = cmp.Or(c.Called(c.Party.Name), c.Party.Address)
		}
	}
	return names, nil
}

// Drafts are an agent's at a conversation, those that are gone among them: their versions are what another is kept over. What was begun at one that was merged into it goes on
// here.
func (d *Desk) Drafts(ctx context.Context, by *policy.Agent, id string) (all []Draft, p *Problem) {
	c, p := d.find(ctx, by, KeepDraft, id)
	if p != nil {
		return nil, p
	}
	return d.draftsAt(ctx, by, c.Ref, c.Parts)
}

// DraftsHere are the same of a conversation that was just read.
func (d *Desk) DraftsHere(ctx context.Context, by *policy.Agent, c Conversation) ([]Draft, *Problem) {
	return d.draftsAt(ctx, by, desk.Ref{Brand: c.Brand, Conversation: c.ID}, c.Parts)
}

func (d *Desk) draftsAt(ctx context.Context, by *policy.Agent, r desk.Ref, parts []string) (all []Draft, p *Problem) {
	kept, err := d.store.Drafts(ctx, r.Brand, by.ID, r.Conversation)
	for _, part := range parts {
		if err == nil {
			kept, err = d.joined(ctx, by, r, part, kept)
		}
	}
	if err != nil {
		return nil, d.Unable("drafts", err)
	}
	for _, x := range kept {
		all = append(all, d.drafted(x))
	}
	slices.SortFunc(all, func(a, b Draft) int { return strings.Compare(string(a.Of), string(b.Of)) })
	return all, nil
}

// joined lets what was begun at a merged conversation go on where that does: below what was begun here. Who is quicker elsewhere leaves it for the next look.
func (d *Desk) joined(ctx context.Context, by *policy.Agent, r desk.Ref, part string, kept []store.Drafted) ([]store.Drafted, error) {
	theirs, err := d.store.Drafts(ctx, r.Brand, by.ID, part)
	if err != nil {
		return nil, err
	}
	for _, x := range theirs {
		if x.Gone {
			continue
		}
		at := slices.IndexFunc(kept, func(k store.Drafted) bool { return k.Of == x.Of })
		to := store.Drafted{DraftKey: x.DraftKey, Gone: true}
		if to.About = r.Conversation; at >= 0 {
			to = kept[at]
		}
		if goes := x.Draft.Elsewhere(); to.Gone {
			to.Draft = goes
		} else {
			to.Draft = to.With(goes)
		}
		if bounded(to.Draft) != nil {
			continue // together they could not be kept: it waits where it was begun until the one here is shorter, or sent
		}
		to.Gone, to.Page = false, ""
		switch err := d.store.MoveDraft(ctx, x, to); {
		case errors.Is(err, store.ErrMoved):
			continue
		case err != nil:
			return nil, err
		}
		if to.Version++; at >= 0 {
			kept[at] = to
		} else {
			kept = append(kept, to)
		}
	}
	return kept, nil
}

// LetterBegun is an agent's draft of a letter, with version 0 where there never was one.
func (d *Desk) LetterBegun(ctx context.Context, by *policy.Agent, brand, contact string) (Draft, *Problem) {
	k, p := d.draftOf(ctx, by, Writing{Brand: brand, Contact: contact, Of: StartIt})
	if p != nil {
		return Draft{}, p
	}
	x, err := d.store.Draft(ctx, k)
	if err != nil {
		return Draft{}, d.Unable("draft", err)
	}
	return d.drafted(x), nil
}

// KeepDraft keeps what an agent has typed, over the version that he saw: "" for whatever stands, 0 for none. An empty one is none. Where he has kept something else elsewhere meanwhile,
// or sent it, nothing is kept (409 draft_moved) and the answer is what stands.
func (d *Desk) KeepDraft(ctx context.Context, by *policy.Agent, w Writing, is desk.Draft, version string, page Keeper) (Draft, *Problem) {
	k, p := d.draftOf(ctx, by, w)
	if p == nil {
		p = bounded(is)
	}
	if p != nil {
		return Draft{}, p
	}
	x := store.Drafted{DraftKey: k, Draft: is, Page: page.Name, Count: page.Count, Gone: is.Empty(k.Of), Contact: w.Contact}
	x.At = d.Now().UTC().Truncate(time.Millisecond)
	if a, ok := mail.OneAddress(is.To); ok && x.Contact == "" && w.Of == StartIt {
		x.Contact = d.keys.Contact(k.Brand, desk.Email, mail.Mailbox(a.Addr))
	}
	expect, ok := ifMatch(version)
	if !ok {
		return Draft{}, Refuse(http.StatusBadRequest, "If-Match", "If-Match is the version of the draft, as 7 or \"7\"")
	}
	if x.Version = max(0, expect); expect == 0 || x.Gone && x.Version == 0 {
		was, err := d.store.Draft(ctx, k)
		if err != nil {
			return Draft{}, d.Unable("draft", err)
		}
		if was.Version == 0 && x.Gone {
			return d.drafted(was), nil
		}
		if expect == 0 {
			x.Version = was.Version
		}
	}
	stands, err := d.store.KeepDraft(ctx, x)
	switch {
	case errors.Is(err, store.ErrMoved):
		p := coded(http.StatusConflict, "draft_moved", "", "it was kept, sent or taken out elsewhere since you read it: read it again, and keep yours over that version if it is right")
		p.Version = stands.Version
		return d.drafted(stands), p
	case err != nil:
		return Draft{}, d.Unable("draft", err)
	}
	return d.drafted(stands), nil
}

// Bounds of a draft: what the doing itself would take, and no more of the rest than a form has.
const (
	maxDraftField = 2000
	maxDraftList  = 50
	maxDraftBytes = 128 << 10
)

func bounded(is desk.Draft) *Problem {
	if utf8.RuneCountInString(is.Text) > maxRunes {
		return Refuse(http.StatusUnprocessableEntity, "text", "a text has 20000 characters at most")
	}
	fields := slices.Concat([]string{is.CcMore, is.Later, is.To, is.Name, is.Subject, is.Language}, is.Cc, is.Then, is.Messages, is.Attachments)
	for _, f := range is.Files {
		if f.Size < 0 {
			return Refuse(http.StatusUnprocessableEntity, "files", "a file's size is a number of bytes")
		}
		fields = append(fields, f.Upload, f.Name)
	}
	if slices.ContainsFunc(fields, func(s string) bool { return len(s) > maxDraftField }) {
		return Refuse(http.StatusUnprocessableEntity, "", "a field of a draft has 2000 bytes at most, beside its text")
	}
	for name, n := range map[string]int{"files": len(is.Files), "cc": len(is.Cc), "then": len(is.Then), "messages": len(is.Messages), "attachments": len(is.Attachments)} {
		if n > maxDraftList {
			return Refuse(http.StatusUnprocessableEntity, name, "a draft has fifty of these at most")
		}
	}
	if b, err := json.Marshal(is); err != nil || len(b) > maxDraftBytes {
		return Refuse(http.StatusUnprocessableEntity, "", "a draft has 128 KB at most")
	}
	return nil
}

// DraftIn reads a draft as a program writes it.
func DraftIn(raw []byte) (is desk.Draft, p *Problem) {
	p = decode(raw, &is)
	is.At, is.Behind = time.Time{}, nil
	return is, p
}

// sends is the draft that a doing takes away with it: the one of which its maker knows the newest version, or which his own page has kept since. What he has begun elsewhere
// meanwhile stays, unless all of it is sent. A doing that names none takes none away.
func (d *Desk) sends(ctx context.Context, k desk.DraftKey, r Request) (desk.SentDraft, *Problem) {
	var v struct{ Draft *int }
	if err := json.Unmarshal(r.Body, &v); err != nil || v.Draft == nil {
		return desk.SentDraft{}, nil // what is wrong with the body is said where it is read
	}
	if *v.Draft < 0 {
		return desk.SentDraft{}, Refuse(http.StatusUnprocessableEntity, "draft", "write the version of the draft that this is, 0 for one that may be under way, or leave it out")
	}
	was, err := d.store.Draft(ctx, k)
	if err != nil {
		return desk.SentDraft{}, d.Unable("draft", err) // to send it and leave the draft would bring it back
	}
	sent := desk.SentDraft{DraftKey: k, Version: *v.Draft, Page: r.Page}
	switch {
	case was.Version <= sent.Version || r.Page != "" && was.Page == r.Page:
		return sent, nil
	case was.Beginning(said(r.Body)): // as what a page keeps while it is loaded anew, of which the new one does not know
		sent.Version = was.Version
		return sent, nil
	}
	return desk.SentDraft{}, nil
}

// said are the words and the uploads of a doing, as far as it has such.
func said(body []byte) (text string, uploads []string) {
	var v struct {
		Text        string
		Attachments []string
	}
	_ = json.Unmarshal(body, &v) // what is wrong with it is said where it is read
	return v.Text, v.Attachments
}

// Held tells whether an agent has a draft at a conversation, of a list of those that he has begun.
func (all Drafts) Held(id string) bool {
	return slices.ContainsFunc(all.Items, func(x Draft) bool { return x.Conversation == id })
}
