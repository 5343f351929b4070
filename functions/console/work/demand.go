package work

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// Demand is what a customer demanded of what is kept about him, with what was done: counts, and of a copy where it can be had.
type Demand struct {
	ID        string          `json:"id"`
	Brand     string          `json:"brand"`
	Contact   string          `json:"contact"`
	Kind      desk.DemandKind `json:"kind"` // forget, export
	By        string          `json:"by"`
	At        time.Time       `json:"at"`             // all until then is meant
	With      []string        `json:"with,omitempty"` // the other contacts of the person: the same is demanded of each
	Why       string          `json:"why,omitempty"`
	State     string          `json:"state"` // under_way, done
	Done      *time.Time      `json:"done,omitempty"`
	Removed   map[string]int  `json:"removed,omitempty"`
	Forwarded []string        `json:"forwarded,omitempty"` // hosts to which his words had been forwarded
	Remains   []Remain        `json:"remains,omitempty"`   // of who was forgotten: where something is for a while yet
	Copied    map[string]int  `json:"copied,omitempty"`
	LeftOut   int             `json:"left_out,omitempty"` // files that a copy had no room for
	Size      int64           `json:"size,omitempty"`     // of a copy, in bytes
	Copy      *Link           `json:"copy,omitempty"`     // where it can be had; made anew with each answer, for a week
}

// Remain is where something of a contact's may be for a while after he was forgotten, since nobody can reach into it.
type Remain struct {
	What  string    `json:"what"`
	Until time.Time `json:"until"`
}

// How long a copy is kept, and what nobody can reach into keeps.
const (
	exportLife = 7 * 24 * time.Hour
	backupLife = 35 * 24 * time.Hour // of the table's point-in-time recovery
	queueLife  = 14 * 24 * time.Hour
)

// Demand records that a contact is to be forgotten, or that a copy of all that is kept about it is to be made: {"why": "…", "brand": "…", "person": [ids]}. A contact that is linked with others is
// one person with them, and the same is demanded of all of them: who asks names them, and nobody whom he has not seen is meant, also if he was linked since. The brand is needed where
// nothing but what is held is known of the contact. The function forget does it; the answer tells how far it is.
func (d *Desk) Demand(ctx context.Context, by *policy.Agent, v Verb, id string, r Request) (out Demand, replayed bool, p *Problem) {
	if by == nil {
		return out, false, Unknown()
	}
	var body struct {
		Why, Brand string
		Person     []string
	}
	if p := decode(r.Body, &body); p != nil {
		return out, false, p
	}
	why, p := cleanReason(body.Why)
	if p != nil {
		return out, false, p
	}
	brand, p := d.subject(ctx, by, v, id, body.Brand)
	if p != nil {
		return out, false, p
	}
	person, err := d.store.Contact(ctx, brand, id)
	if err != nil {
		return out, false, d.Unable("contact", err)
	}
	if person == nil {
		person = &desk.Contact{}
	}
	if p := d.ofWhom(ctx, by, v, brand, id, r, person, body.Person); p != nil {
		return out, false, p
	}
	kind := map[Verb]desk.DemandKind{ForgetContact: desk.Forget, ExportContact: desk.Export}[v]
	demand := desk.Demand{Brand: brand, Contact: id, Kind: kind, By: by.ID, At: d.Now().Truncate(time.Millisecond), Why: why, With: person.Others()}
	replayed, p = d.change(by, v, desk.Held{Brand: brand, ID: id}, why, r, func(c desk.Change, once store.Once) (bool, error) {
		demand.ID, c.At = once.Key, demand.At
		return d.store.OrderDemand(ctx, demand, c, once)
	})
	if p != nil {
		return out, false, p
	}
	if replayed {
		if demand, p = d.asked(ctx, brand, id, demand.ID); p != nil {
			return out, true, p
		}
	}
	if demand.Done == nil {
		// Whoever dies before this is asked again under the same key; who comes twice finds it done.
		for _, x := range demand.Each() {
			if err := d.tell(ctx, x); err != nil {
				return out, false, d.Unable("demand", err)
			}
		}
	}
	out, p = d.demanded(ctx, demand)
	return out, replayed, p
}

// ofWhom refuses a demand that names others than those with whom the contact is one person now. One that was taken before stands, whoever was linked or forgotten since.
func (d *Desk) ofWhom(ctx context.Context, by *policy.Agent, v Verb, brand, id string, r Request, person *desk.Contact, ids []string) *Problem {
	are, named := slices.Sorted(slices.Values(person.Others())), slices.Compact(slices.Sorted(slices.Values(ids)))
	if slices.Equal(are, named) {
		return nil
	}
	once, p := d.once(brand, by, v, id, r)
	if p != nil {
		return p
	}
	switch done, err := d.store.Done(ctx, brand, once); {
	case errors.Is(err, store.ErrKeyUsed):
		return keyUsed()
	case err != nil:
		return d.Unable("demand", err)
	case done:
		return nil
	case len(are) == 0:
		return coded(http.StatusConflict, "linked", "person", "this contact is one person with nobody else now: look again, and leave person out")
	}
	return coded(http.StatusConflict, "linked", "person", "this contact is one person with "+wholePerson(person)+", by an agent's word: what is demanded is done for all of them. "+
		`If that is right, name them: "person": ["`+strings.Join(are, `", "`)+`"]; else unlink first what is somebody else's`)
}

// tell orders the function forget to meet a demand.
func (d *Desk) tell(ctx context.Context, x desk.Demand) error {
	order, err := x.NameOf().Encode()
	if err != nil {
		return err
	}
	_, err = d.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &d.demands, MessageBody: &order})
	return err
}

// asked is the demand that a request made before.
func (d *Desk) asked(ctx context.Context, brand, contact, id string) (desk.Demand, *Problem) {
	all, err := d.store.Demands(ctx, brand, contact)
	if err != nil {
		return desk.Demand{}, d.Unable("demand", err)
	}
	for _, x := range all {
		if x.ID == id {
			return x, nil
		}
	}
	return desk.Demand{}, coded(http.StatusNotFound, string(desk.NotFound), "", "there is no such demand any more")
}

// subject is the brand of which somebody is a contact, among the agent's: the one that is named, or the one that knows him or has forgotten him.
func (d *Desk) subject(ctx context.Context, by *policy.Agent, v Verb, id, named string) (brand string, p *Problem) {
	if !known(id) {
		return "", noContact()
	}
	if named != "" {
		b, p := d.brand(by, v, named)
		if p != nil {
			return "", p
		}
		return b.ID, nil
	}
	for _, brand := range by.Brands {
		if d.Policy.Brand(brand) == nil {
			continue
		}
		is, err := d.knows(ctx, brand, id)
		if err != nil {
			return "", d.Unable("contact", err)
		}
		if is {
			return brand, may(by, brand, v)
		}
	}
	return "", noContact()
}

func (d *Desk) knows(ctx context.Context, brand, id string) (bool, error) {
	if c, err := d.store.Contact(ctx, brand, id); err != nil || c != nil {
		return c != nil, err
	}
	if refs, err := d.store.ConversationsOf(ctx, brand, id, d.Now()); err != nil || len(refs) > 0 {
		return len(refs) > 0, err
	}
	if refs, err := d.store.Participations(ctx, brand, id, d.Now()); err != nil || len(refs) > 0 {
		return len(refs) > 0, err // he has sent nothing, and has a copy of an answer or what was forwarded
	}
	all, err := d.store.Demands(ctx, brand, id)
	return len(all) > 0, err
}

func noContact() *Problem {
	return coded(http.StatusNotFound, string(desk.NotFound), "", "there is no such contact")
}

// DemandPage is all that was demanded of what is kept about a contact.
type DemandPage struct {
	Items []Demand `json:"items"`
}

// Demands lists what was demanded of what is kept about a contact, newest first, also when all else of it is gone.
func (d *Desk) Demands(ctx context.Context, by *policy.Agent, id string) (DemandPage, *Problem) {
	page := DemandPage{Items: []Demand{}}
	if by == nil {
		return page, Unknown()
	}
	brand, p := d.subject(ctx, by, SeeDemands, id, "")
	if p != nil {
		return page, p
	}
	all, err := d.store.Demands(ctx, brand, id)
	if err != nil {
		return page, d.Unable("demand", err)
	}
	for _, x := range all {
		one, p := d.demanded(ctx, x)
		if p != nil {
			return page, p
		}
		page.Items = append(page.Items, one)
	}
	return page, nil
}

// demanded shows a demand.
func (d *Desk) demanded(ctx context.Context, x desk.Demand) (Demand, *Problem) {
	out := Demand{
		ID: x.ID, Brand: x.Brand, Contact: x.Contact, Kind: x.Kind, By: x.By, At: x.At, With: x.With, Why: x.Why, State: "under_way", Done: x.Done,
		Removed: x.Removed, Forwarded: x.Forwarded, Copied: x.Held, LeftOut: x.LeftOut, Size: x.Size,
	}
	if x.Done == nil {
		return out, nil
	}
	out.State = "done"
	if x.Kind == desk.Forget {
		out.Remains = d.remains(*x.Done)
		return out, nil
	}
	if d.Now().Sub(*x.Done) > exportLife {
		return out, nil
	}
	name := `attachment; filename="` + x.ID + `.zip"`
	signed, err := s3.NewPresignClient(d.s3).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &d.bucket, Key: &x.Key, ResponseContentDisposition: &name},
		s3.WithPresignExpires(attachmentLife))
	if err != nil {
		return out, d.Unable("demand", err)
	}
	out.Copy = &Link{URL: signed.URL, Until: d.Now().Add(attachmentLife).UTC()}
	return out, nil
}

// remains says what nobody can reach into, as long as there may be something in it.
func (d *Desk) remains(done time.Time) []Remain {
	all := []Remain{
		{"backups of the table: what is restored from them is forgotten again within twelve hours", done.Add(backupLife)},
		{"notices of arrival in queues of what could not be done, with addresses", done.Add(queueLife)},
	}
	return slices.DeleteFunc(all, func(r Remain) bool { return d.Now().After(r.Until) })
}
