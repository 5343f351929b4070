package work

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Identity is another contact that is the same person, with who says so.
type Identity struct {
	Contact string    `json:"contact"`
	Name    string    `json:"name"`
	Address string    `json:"address"`
	By      string    `json:"by"`
	At      time.Time `json:"at"`
	Why     string    `json:"why,omitempty"`
	Consent bool      `json:"consent,omitempty"` // by the customer's own word
}

// Linked is a contact with those that are the same person.
type Linked struct {
	Brand   string     `json:"brand"`
	Contact string     `json:"contact"`
	Same    []Identity `json:"same"`
}

func identities(c *desk.Contact) []Identity {
	all := []Identity{}
	if c == nil {
		return all
	}
	for _, x := range c.Same {
		all = append(all, Identity{x.Contact, x.Party.Name, x.Party.Address, x.By, x.At, x.Why, x.Consent})
	}
	return all
}

// Kinds of the notes by which a rebuild links contacts once more, or lets them be two again. They lie with the words of agents, under the contact, and have no words.
const (
	JournalSame  = "same"
	JournalApart = "apart"
)

// Link makes one person of two contacts: {"contact": the other, "why": "…", "consent": true where the customer says so himself}. Nothing but an agent's word does.
func (d *Desk) Link(ctx context.Context, by *policy.Agent, id string, r Request) (out Linked, again bool, p *Problem) {
	brand, _, p := d.findContact(ctx, by, LinkContact, id)
	if p != nil {
		return out, false, p
	}
	var v struct {
		Contact, Why string
		Consent      bool
	}
	if p := decode(r.Body, &v); p != nil {
		return out, false, p
	}
	why, p := cleanReason(v.Why)
	switch {
	case p != nil:
		return out, false, p
	case !known(v.Contact) || v.Contact == id:
		return out, false, Refuse(http.StatusUnprocessableEntity, "contact", "name another contact of the brand by its id")
	case why == "":
		return out, false, Refuse(http.StatusUnprocessableEntity, "why", "say how you know that the two are one person: the same name is no evidence")
	}
	x := desk.Identity{By: by.ID, At: d.Now().UTC(), Why: why, Consent: v.Consent}
	j := Journal{Brand: brand, Kind: JournalSame, By: by.ID, Name: by.Name, At: x.At, With: v.Contact, Consent: v.Consent}
	var refused error
	again, p = d.change(by, LinkContact, desk.Held{Brand: brand, ID: id}, why, r, func(c desk.Change, once store.Once) (bool, error) {
		c.With = []string{v.Contact}
		j.Key, j.Delivery = once.Key, once.Digest
		done, err := d.store.Link(ctx, id, v.Contact, x, c, once)
		if errors.Is(err, store.ErrNobody) || errors.Is(err, store.ErrTooMany) {
			refused, err = err, nil
		}
		return done, err
	})
	switch {
	case errors.Is(refused, store.ErrNobody):
		return out, false, Refuse(http.StatusUnprocessableEntity, "contact", "the brand knows no contact of this id")
	case refused != nil:
		return out, false, coded(http.StatusConflict, "too_many_contacts", "contact", "one person is eight contacts at most")
	}
	return d.linked(ctx, brand, id, j, again, p)
}

// Unlink lets a contact be a person of its own again: {"why": "…"}.
func (d *Desk) Unlink(ctx context.Context, by *policy.Agent, id string, r Request) (out Linked, again bool, p *Problem) {
	brand, was, p := d.findContact(ctx, by, UnlinkContact, id)
	if p != nil {
		return out, false, p
	}
	why, p := reason(r.Body)
	if p != nil {
		return out, false, p
	}
	j := Journal{Brand: brand, Kind: JournalApart, By: by.ID, Name: by.Name, At: d.Now().UTC()}
	again, p = d.change(by, UnlinkContact, desk.Held{Brand: brand, ID: id}, why, r, func(c desk.Change, once store.Once) (bool, error) {
		c.With = was.Others()
		j.Key, j.Delivery = once.Key, once.Digest
		return d.store.Unlink(ctx, id, c, once)
	})
	return d.linked(ctx, brand, id, j, again, p)
}

// linked is the answer, once the note for a rebuild lies in the bucket. Who dies before it is asked again under the same key, and writes it then.
func (d *Desk) linked(ctx context.Context, brand, id string, j Journal, again bool, p *Problem) (Linked, bool, *Problem) {
	if p != nil {
		return Linked{}, false, p
	}
	if err := d.mark(ctx, setup.WordsPrefix+id+"/"+j.Key, j); err != nil {
		return Linked{}, false, d.Unable("journal", err)
	}
	c, err := d.store.Contact(ctx, brand, id)
	if err != nil {
		return Linked{}, false, d.Unable("contact", err)
	}
	return Linked{brand, id, identities(c)}, again, nil
}

// mark keeps a note without words, unless it lies there already.
func (d *Desk) mark(ctx context.Context, key string, j Journal) error {
	b, err := json.Marshal(j)
	if err != nil {
		return fmt.Errorf("encode a journal: %w", err)
	}
	_, err = d.s3.PutObject(ctx, d.plain(key, "", func(in *s3.PutObjectInput) {
		in.IfNoneMatch, in.Metadata = aws.String("*"), map[string]string{journalName: base64.RawURLEncoding.EncodeToString(b)}
	}))
	if err != nil && !unmet(err) {
		return fmt.Errorf("keep a journal: %w", err)
	}
	return nil
}

// wholePerson is a person's other contacts, in words, for who demands something of one of them.
func wholePerson(c *desk.Contact) string {
	var all []string
	for _, x := range c.Same {
		all = append(all, x.Party.Address)
	}
	return strings.Join(all, ", ")
}

// onePerson tells whether two contacts are one, or one person.
func (d *Desk) onePerson(ctx context.Context, brand, a, b string) (bool, error) {
	if a == b {
		return true, nil
	}
	c, err := d.store.Contact(ctx, brand, a)
	return err == nil && c != nil && c.Is(b), err
}

// ofPerson are a contact and those that are the same person, itself first.
func (d *Desk) ofPerson(ctx context.Context, brand, id string) ([]string, error) {
	c, err := d.store.Contact(ctx, brand, id)
	if err != nil || c == nil {
		return []string{id}, err
	}
	return slices.Concat([]string{id}, c.Others()), nil
}
