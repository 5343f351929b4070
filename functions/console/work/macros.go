package work

import (
	"cmp"
	"context"
	"net/http"
	"strings"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/store"
)

// Filled is a macro as it reads in a conversation.
type Filled struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	Language string   `json:"language"` // that the text is in: the conversation's, if the macro has it
	Text     string   `json:"text"`
	Missing  []string `json:"missing,omitempty"` // variables that are not known and stand as they are
	Then     *Then    `json:"then,omitempty"`
}

// FilledMacros are all of a brand's macros as they read in one of its conversations.
type FilledMacros struct {
	Items []Filled `json:"items"`
}

// Fill lists the macros of a conversation's brand, filled in for who asks.
func (d *Desk) Fill(ctx context.Context, by *policy.Agent, id string) (FilledMacros, *Problem) {
	out := FilledMacros{Items: []Filled{}}
	c, p := d.find(ctx, by, SeeConversation, id)
	if p != nil {
		return out, p
	}
	person, err := d.store.Person(ctx, c.Brand, c.Reader())
	if err != nil {
		return out, d.Unable("contact", err)
	}
	return d.filled(ctx, by, c, person)
}

// Letter is a letter that is being written, and opens a conversation when it leaves: to a contact that is known, or to whom the agent has typed.
type Letter struct{ Brand, Contact, Name, Subject, Language string }

// about is the conversation that such a letter would open, and what is known of its reader.
func (d *Desk) about(ctx context.Context, by *policy.Agent, x Letter) (c *desk.Conversation, person *desk.Contact, p *Problem) {
	b, p := d.brand(by, StartIt, x.Brand)
	if p != nil {
		return nil, nil, p
	}
	c = &desk.Conversation{Ref: desk.Ref{Brand: b.ID}, Channel: desk.Email, Contact: x.Contact, Subject: x.Subject, Language: x.Language}
	c.Party.Name = x.Name
	if x.Contact == "" {
		return c, nil, nil
	}
	if person, err := d.store.Person(ctx, b.ID, x.Contact); err != nil {
		return nil, nil, d.Unable("contact", err)
	} else if person != nil {
		c.Party.Name = cmp.Or(x.Name, person.Party.Name)
		return c, person, nil
	}
	return c, nil, nil
}

// FillFirst lists the macros of a brand as they read in a letter, in the language that the agent has chosen for it.
func (d *Desk) FillFirst(ctx context.Context, by *policy.Agent, x Letter) (FilledMacros, *Problem) {
	c, person, p := d.about(ctx, by, x)
	if p != nil {
		return FilledMacros{Items: []Filled{}}, p
	}
	if person != nil && person.Card != nil { // it is preferred, and the agent has seen it
		card := *person.Card
		card.Language = ""
		of := *person
		of.Card, person = &card, &of
	}
	return d.filled(ctx, by, c, person)
}

func (d *Desk) filled(ctx context.Context, by *policy.Agent, c *desk.Conversation, person *desk.Contact) (FilledMacros, *Problem) {
	out := FilledMacros{Items: []Filled{}}
	all, p := list(ctx, d, macros, by, c.Brand)
	if p != nil {
		return out, p
	}
	with := d.filling(by, c, person)
	for _, m := range all.Items {
		f := Filled{ID: m.ID, Name: m.Name, Then: m.Then}
		f.Text, f.Language = desk.Macro{Texts: m.Texts}.In(preferred(c, person), d.Policy.Brand(c.Brand).Language)
		f.Text, f.Missing = reply.Fill(f.Text, with(f.Language))
		out.Items = append(out.Items, f)
	}
	return out, nil
}

// preferred is the language in which a contact is best answered.
func preferred(c *desk.Conversation, person *desk.Contact) string {
	if person != nil && person.Card != nil && person.Card.Language != "" {
		return person.Card.Language
	}
	return c.Language
}

// filling is what the variables stand for in a conversation, by the language of the text.
func (d *Desk) filling(by *policy.Agent, c *desk.Conversation, person *desk.Contact) func(language string) reply.Filling {
	name, plain := reply.PlainName(c.Party.Name)
	if !plain {
		name = ""
	}
	zone, b := c.Zone, d.Policy.Brand(c.Brand)
	if person != nil {
		name = person.Called(name)
		if w := person.Where(); w.Known {
			zone = w
		}
	}
	return func(language string) reply.Filling {
		f := reply.Filling{Name: name, Agent: by.Name, Brand: b.Name, Subject: c.Subject}
		if p := c.Promise; p != nil && p.By.After(d.Now()) {
			f.Due = reply.When(language, p.By, d.Now(), zone.Location(b.Zone), zone.Sure)
		}
		return f
	}
}

// Warning is what an agent is asked to look at before an answer leaves. It keeps nothing from leaving.
type Warning struct {
	Code  string `json:"code"`
	Words string `json:"words"`
}

// Codes of warnings.
const (
	OtherName    = "other_name"
	NameSpelled  = "name_spelled"
	UnfilledText = "variable_left"
	SignedTwice  = "signed_twice"
)

// Checked is what there is to look at in an answer.
type Checked struct {
	Warnings []Warning `json:"warnings"`
}

// CheckAnswer reads an answer as its reader will, {"text": "…"}: is it to the right name, is nothing left to fill in, is it signed once? It changes nothing.
func (d *Desk) CheckAnswer(ctx context.Context, by *policy.Agent, id string, r Request) (out Checked, _ bool, p *Problem) {
	c, p := d.find(ctx, by, Reply, id)
	if p != nil {
		return out, false, p
	}
	var v struct{ Text string }
	if p := decode(r.Body, &v); p != nil {
		return out, false, p
	}
	if _, ok := idempotencyKey(r.Key); !ok {
		return out, false, Refuse(http.StatusBadRequest, "Idempotency-Key", "a key is 1 to 200 printable ASCII characters")
	}
	if utf8.RuneCountInString(v.Text) > maxRunes {
		return out, false, Refuse(http.StatusUnprocessableEntity, "text", "a text has 20000 characters at most")
	}
	person, err := d.store.Person(ctx, c.Brand, c.Reader())
	if err != nil {
		return out, false, d.Unable("contact", err)
	}
	return d.checked(by, c, person, v.Text), false, nil
}

// CheckFirst reads a letter that opens a conversation in the same way.
func (d *Desk) CheckFirst(ctx context.Context, by *policy.Agent, x Letter, text string) (out Checked, p *Problem) {
	c, person, p := d.about(ctx, by, x)
	if p != nil || utf8.RuneCountInString(text) > maxRunes {
		return out, p // what is too long is said when it is to leave
	}
	return d.checked(by, c, person, text), nil
}

func (d *Desk) checked(by *policy.Agent, c *desk.Conversation, person *desk.Contact, text string) (out Checked) {
	out.Warnings = warnings(text, names(c, person))
	if signed(text, by, d.Policy.Brand(c.Brand)) {
		out.Warnings = append(out.Warnings, Warning{SignedTwice, "the answer ends with “" + by.Name + "”, and the name is put under it anyway"})
	}
	return out
}

// names are those by which the reader, first and as the card has it, and whoever takes part is known.
func names(c *desk.Conversation, person *desk.Contact) []string {
	all := []string{c.Party.Name}
	if person != nil {
		all = []string{person.Called(c.Party.Name)}
	}
	for _, p := range c.Participants {
		all = append(all, p.Party.Name)
	}
	return all
}

// signed tells whether a text ends with the name of who writes it, perhaps with the brand's below: every answer is signed by the desk.
func signed(text string, by *policy.Agent, b *policy.Brand) bool {
	name, brand := by.Name, ""
	if b != nil {
		brand = b.Name
	}
	var last []string
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		if line = strings.Trim(line, " \t\r-–—*_,."); line != "" {
			last = append(last, line)
		}
	}
	n := len(last)
	if n > 1 && brand != "" && !strings.EqualFold(brand, name) && strings.EqualFold(last[n-1], brand) {
		n--
	}
	return n > 0 && name != "" && strings.EqualFold(last[n-1], name)
}

func warnings(text string, known []string) []Warning {
	all := []Warning{}
	if name, ok := reply.Greeted(text); ok {
		is := cmp.Or(known...)
		switch reply.FitName(name, known...) {
		case reply.NameOther:
			all = append(all, Warning{OtherName, "the answer greets “" + name + "”, and the customer is “" + is + "”"})
		case reply.NameSpelled:
			all = append(all, Warning{NameSpelled, "the answer writes “" + name + "”, and the customer writes “" + is + "”"})
		}
	}
	if left := reply.Unfilled(text); len(left) > 0 {
		all = append(all, Warning{UnfilledText, "something is left to be filled in: " + strings.Join(left, ", ")})
	}
	return all
}

// Told are the bulletins that hold now, of all of an agent's brands or of one, newest first.
func (d *Desk) Told(ctx context.Context, by *policy.Agent, brand string) (all []Bulletin, p *Problem) {
	brands, p := d.brands(by, SeeSettings, brand)
	if p != nil {
		return nil, p
	}
	for _, b := range brands {
		kept, err := store.KeptOf[desk.Bulletin](ctx, d.store, b.ID, store.Bulletins)
		if err != nil {
			return nil, d.Unable("settings", err)
		}
		for _, k := range kept {
			if k.Value.Holds(d.Now()) {
				all = append(all, showBulletin(d, b.ID, k))
			}
		}
	}
	return all, nil
}
