package work

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Bounds of a search.
const (
	maxQuery = 200 // bytes
	maxTerms = 6
)

// Search finds conversations, also done ones, newest first: by id, by words of the subject, by words of the contact's name, by its address or handle. What is
// given must all be there. Words are found whole, whatever their accents and case. A page may be short although more follow.
func (d *Desk) Search(ctx context.Context, by *policy.Agent, q, brand, cursor string) (Page, *Problem) {
	brands, p := d.brands(by, Search, brand)
	if p != nil {
		return Page{}, p
	}
	terms := strings.Fields(q)
	switch before, ok := uncursor(cursor); {
	case !ok || before != "" && !isPlace(before):
		return Page{}, badCursor()
	case len(terms) == 0:
		return Page{}, Refuse(http.StatusBadRequest, "q", "say what to look for: an id, an address, or words of a name or subject")
	case len(q) > maxQuery || !utf8.ValidString(q) || len(terms) > maxTerms:
		return Page{}, Refuse(http.StatusBadRequest, "q", "look for six words at most, and 200 bytes")
	default:
		page, err := d.byID(ctx, brands, terms)
		if err == nil && len(page.Items) == 0 { // a word may look like an id
			page, err = d.search(ctx, brands, terms, before)
		}
		if err != nil {
			return Page{}, d.Unable("search", err)
		}
		return page, nil
	}
}

// byID finds the conversation whose id is all that is looked for.
func (d *Desk) byID(ctx context.Context, brands []*policy.Brand, terms []string) (Page, error) {
	page := Page{Items: []Conversation{}}
	id := terms[0]
	if len(terms) > 1 || !known(id) {
		return page, nil
	}
	var refs []desk.Ref
	for _, b := range brands {
		refs = append(refs, desk.Ref{Brand: b.ID, Conversation: id})
	}
	found, err := d.store.Conversations(ctx, refs)
	for _, c := range found {
		page.Items = append(page.Items, d.shown(c))
	}
	return page, err
}

func (d *Desk) search(ctx context.Context, brands []*policy.Brand, terms []string, before string) (Page, error) {
	page := Page{Items: []Conversation{}}
	var all []store.Terms
	for _, b := range brands {
		all = append(all, d.terms(b, terms))
	}
	hits, next, err := d.store.Search(ctx, all, before)
	if err != nil {
		return page, err
	}
	var refs []desk.Ref
	for _, h := range hits {
		if !slices.Contains(refs, h.Ref) {
			refs = append(refs, h.Ref)
		}
	}
	found, err := d.store.Conversations(ctx, refs)
	if err != nil {
		return page, err
	}
	for _, h := range hits {
		// Each conversation is shown once, where it was opened: a contact's later messages are hits of their own.
		c := found[h.Ref]
		if c == nil || store.Opened(*c) != h.At || !matches(c, terms) {
			continue
		}
		page.Items = append(page.Items, d.shown(c))
		if len(page.Items) == pageSize {
			next = h.At
			break
		}
	}
	page.Cursor = toCursor(next)
	return page, nil
}

// terms are the keys under which what is looked for may be found.
func (d *Desk) terms(b *policy.Brand, terms []string) store.Terms {
	t := store.Terms{Brand: b.ID}
	for _, term := range terms {
		if strings.Contains(term, "@") {
			t.Contacts = append(t.Contacts, d.contact(b.ID, desk.Email, term))
		}
		for _, u := range b.Channels {
			if u.Channel != desk.Email && u.Enabled {
				t.Contacts = append(t.Contacts, d.contact(b.ID, u.Channel, term))
			}
		}
		if strings.Contains(term, "@") {
			continue
		}
		for _, w := range desk.AllWords(term) {
			t.Words, t.Names = append(t.Words, d.keys.Word(b.ID, w)), append(t.Names, d.keys.Name(b.ID, w))
		}
	}
	return t
}

// matches tells whether a conversation has all that is looked for.
func matches(c *desk.Conversation, terms []string) bool {
	has := append(desk.AllWords(c.Subject), desk.AllWords(c.Party.Name)...)
	for _, term := range terms {
		if strings.EqualFold(term, c.Party.Address) {
			continue
		}
		if strings.Contains(term, "@") {
			if mail.Mailbox(term) != mail.Mailbox(c.Party.Address) {
				return false
			}
			continue
		}
		for _, w := range desk.AllWords(term) {
			if !slices.Contains(has, w) {
				return false
			}
		}
	}
	return true
}
