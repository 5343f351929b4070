// Package policy is the desk's rule book: brands and their addresses and channels, agents and their rota, targets, pages, receipts, budgets.
//
// It is one YAML file (docs/policy.md has every key). Parse reads it whole or reports everything that is wrong with it; what Parse
// returns without problems is complete: every zone loaded, every reference good, every default filled in, the rota without a hole,
// addresses in the folded form of Fold. A Policy is never changed afterwards and may be shared.
package policy

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/oncall"
	"pronto/shared/reply"
	"pronto/shared/sla"
)

// Policy is a rule book. Make it with Parse.
type Policy struct {
	Version  string // short hash of the file's bytes: stands on every decision
	Brands   []*Brand
	Agents   []*Agent
	Siblings []string // addresses and domains of ours that are no inbound addresses: never acknowledged

	PushServices []string // hosts of browsers' push services besides those that are known
}

// Brand is one face that the desk speaks for.
type Brand struct {
	ID          string
	Name        string
	Language    string // ISO 639-1: where the message's own does not tell or has no receipt
	Zone        *time.Location
	Addresses   []string // inbound mail
	Domains     []string // any other local part here is ours too, but unknown
	From        Mailbox
	Forms       []string // that send as the brand, with the customer in Reply-To
	Mailboxes   []Polled // on other servers, whose mail is fetched
	ReplyDomain string   // where signed reply addresses live
	Team        Team
	Schedule    oncall.Schedule
	Rooms       int                          // how many open conversations an agent has room for who does not say; 0: no limit
	Calendar    calendar.Calendar            // working hours; Hours gives those of a channel and of the team
	OfChannel   map[string]calendar.Calendar // channels with hours of their own
	OfTeam      *calendar.Calendar           // the team's own; nil: the brand's
	Targets     sla.Book
	Segments    []Segment  // of customers, in order
	Resting     []sla.Kind // targets that rest while a conversation is snoozed
	Promises    Promises
	Undo        time.Duration             // how long an agent may take back an answer that was just sent; 0: it leaves at once
	Value       sla.Value                 // what waiting costs: the order of the queue
	CloseAfter  time.Duration             // since a conversation was resolved until it is closed for good
	Retain      Retention                 // for how long what is kept
	Receipts    map[string]reply.Template // by ISO 639-1 language
	Short       map[string]string         // by language: the receipt for channels of short texts (Post); "" or none: the moods' own texts
	Budgets     Budgets
	FreeMail    []string          // domains of mail providers for everyone: the budget of a domain does not bind them
	Channels    []Use             // the channels of the policy, email always first
	Hooks       Hooks             // of the custom channel
	Webhooks    []Webhook         // who of the brand's own systems is told what
	Escalation  oncall.Escalation // who is paged, when and why
	Warn        map[sla.Kind]int  // percent of a target's time after which it is warned of
	StopWords   []string          // folded: what somebody says who wants no more receipts
	Triage      Triage            // how messages are judged
	Signature   string            // what stands under every mail of the brand's; "" for nothing
	Survey      *Survey           // the question after a resolution; nil: none is asked
	Unreachable time.Duration     // how long a contact gets no receipts after mail to it came back for good
	Silence     time.Duration     // what waited longer under the silence switch gets no receipt when it is lifted
}

// Promises are what happens to a promise that is in danger. The zero value leaves it to people.
type Promises struct {
	RenewBefore time.Duration // before a promise breaks an honest new one is sent, once; 0: never
	HandOver    bool          // who is not there when it is in danger gives it to who is
	Tell        bool          // and the customer is told
}

// Segment is some of the customers: a name, and the addresses and domains that it holds.
type Segment struct {
	Name string
	Of   []string // folded
}

// Segment gives the first segment that holds an address, or "".
func (b *Brand) Segment(addr string) string {
	addr = bare(addr)
	_, domain := split(addr)
	for _, s := range b.Segments {
		if domain != "" && (slices.Contains(s.Of, addr) || slices.Contains(s.Of, domain)) {
			return s.Name
		}
	}
	return ""
}

// Hours gives the working hours that count for a channel: its own, else the team's for what the team has, else the brand's.
func (b *Brand) Hours(channel string, team bool) calendar.Calendar {
	if c, ok := b.OfChannel[channel]; ok {
		return c
	}
	if team && b.OfTeam != nil {
		return *b.OfTeam
	}
	return b.Calendar
}

// DefaultCloseAfter is when a resolved conversation is closed where the brand does not say.
const DefaultCloseAfter = 7 * 24 * time.Hour

// DefaultUndo is how long an answer may be taken back where the brand does not say.
const DefaultUndo = 5 * time.Second

// Hooks is where the custom channel's receipts and replies go. URL is "" where the environment names it, or nobody does.
type Hooks struct{ URL string }

// Mailbox is a display name and an address.
type Mailbox struct{ Name, Addr string }

// Team is the agents of a brand as one; it signs when nobody is on who speaks the language.
type Team struct{ ID, Name string }

// Agent is one of ours who answers.
type Agent struct {
	ID        string
	Name      string   // signs the receipts
	Role      Role     // at every brand that Leads does not name
	Leads     []string // ids of the brands whose lead the agent is, whatever Role says
	Brands    []string // ids
	Languages []string // ISO 639-1
	Pages     []Way    // in the order in which they are tried
	Zone      *time.Location
	Signature string     // under the agent's own answers; "" for name and brand
	Hours     QuietHours // when not to page, by the clocks of Zone
	Room      int        // see Brand.Room; 0: as the brand says
	SignIns   []string   // names and subjects by which the agent signs in, beside the id
}

// Role is what an agent may do.
type Role string

const (
	RoleAgent Role = "agent"
	RoleLead  Role = "lead"  // may do what an agent may, too
	RoleAdmin Role = "admin" // may do what a lead may, too
)

// Includes reports whether r may do what other may.
func (r Role) Includes(other Role) bool {
	return slices.Index(roles, string(r)) >= slices.Index(roles, string(other))
}

// roles stand in the order of what they may do.
// RoleAt is what the agent may do at a brand.
func (a *Agent) RoleAt(brand string) Role {
	if slices.Contains(a.Leads, brand) && !a.Role.Includes(RoleLead) {
		return RoleLead
	}
	return a.Role
}

var roles = []string{string(RoleAgent), string(RoleLead), string(RoleAdmin)}

// Way is how an agent is paged: a kind (mail, webhook, slack, sms) and the address, URL or number.
type Way struct{ Kind, To string }

// Budgets cap receipts; all are 1 or more. A sender's and an author's windows slide; those of domain and brand are the hours of the clock (UTC).
type Budgets struct {
	SenderHour int // to one sender of mail
	SenderDay  int // to one sender of mail, in 24 hours
	DomainHour int // to one sender's domain, FreeMail exempt
	BrandHour  int // in all
	AuthorHour int // to one author on any other channel
	AuthorDay  int // to one author on any other channel, in 24 hours
}

// Author gives how many receipts one person may get in an hour and in 24 hours on a channel.
func (b Budgets) Author(channel string) (hour, day int) {
	if channel == "email" {
		return b.SenderHour, b.SenderDay
	}
	return b.AuthorHour, b.AuthorDay
}

// DefaultBudgets are the caps of a brand that names none.
var DefaultBudgets = Budgets{SenderHour: 4, SenderDay: 12, DomainHour: 200, BrandHour: 100_000, AuthorHour: 4, AuthorDay: 12}

// DefaultUnreachable is how long a contact of a brand that names no time gets no receipts after mail to it came back.
const DefaultUnreachable = 60 * 24 * time.Hour

// DefaultSilence is the limit of a brand that names none.
const DefaultSilence = time.Hour

// Channels are the channels that rules may be written for; a new channel adds its word here.
var Channels = []string{"email", "custom", "bluesky", "mastodon"}

// Brand gives the brand with this id, or nil.
func (p *Policy) Brand(id string) *Brand {
	for _, b := range p.Brands {
		if b.ID == id {
			return b
		}
	}
	return nil
}

// Agent gives the agent with this id, or nil.
func (p *Policy) Agent(id string) *Agent {
	if id == "" {
		return nil
	}
	for _, a := range p.Agents {
		if a.ID == id {
			return a
		}
	}
	return nil
}

// SignedIn is the agent whom a sign-in calls by one of these names, best first: by his id, or by a name that the rule book has under sign_in. "" names nobody.
func (p *Policy) SignedIn(names ...string) *Agent {
	for _, name := range names {
		if a := p.Agent(name); a != nil {
			return a
		}
		for _, a := range p.Agents {
			if name != "" && slices.Contains(a.SignIns, name) {
				return a
			}
		}
	}
	return nil
}

func (p *Policy) brandIDs() []string {
	var ids []string
	for _, b := range p.Brands {
		ids = append(ids, b.ID)
	}
	return ids
}

func (p *Policy) agentIDs() []string {
	var ids []string
	for _, a := range p.Agents {
		ids = append(ids, a.ID)
	}
	return ids
}

// Speaks reports whether the agent answers in language.
func (a *Agent) Speaks(language string) bool { return slices.Contains(a.Languages, language) }

// Receipt gives the texts for language and the language that they are in: the brand's own where there are none.
func (b *Brand) Receipt(language string) (reply.Template, string) {
	if t, ok := b.Receipts[language]; ok {
		return t, language
	}
	return b.Receipts[b.Language], b.Language
}

// IsFreeMail reports whether an address or a domain belongs to a mail provider for everyone.
func (b *Brand) IsFreeMail(addr string) bool {
	_, domain := split(Fold(addr))
	return slices.Contains(b.FreeMail, domain)
}

// IsForm reports whether mail from addr is a contact form's of the brand's.
func (b *Brand) IsForm(addr string) bool { return slices.Contains(b.Forms, Fold(addr)) }

// Route is how a recipient belongs to a brand.
type Route string

const (
	Exact       Route = "exact"        // one of its inbound addresses, with or without +detail
	ReplyDomain Route = "reply_domain" // any address on its reply domain
	Domain      Route = "domain"       // one of its domains, an unknown local part
	None        Route = "none"         // not ours
)

// Route finds the brand that a recipient belongs to; the brand is nil when the route is None. Upper and lower case do not matter
// on either side of the @ (RFC 5321 lets the local part matter; people who write it do not).
func (p *Policy) Route(recipient string) (*Brand, Route) {
	addr := bare(recipient)
	_, domain := split(addr)
	for _, try := range []struct {
		how  Route
		ours func(*Brand) bool
	}{
		{Exact, func(b *Brand) bool { return slices.Contains(b.Addresses, addr) }},
		{ReplyDomain, func(b *Brand) bool { return b.ReplyDomain == domain }},
		{Domain, func(b *Brand) bool { return slices.Contains(b.Domains, domain) }},
	} {
		if i := slices.IndexFunc(p.Brands, try.ours); domain != "" && i >= 0 {
			return p.Brands[i], try.how
		}
	}
	return nil, None
}

// Own reports whether mail from addr is our own: an inbound or sending address, the reply domain or a domain of any brand, an agent's
// address, or a sibling. It is never acknowledged, or two desks would write to each other for ever.
func (p *Policy) Own(addr string) bool {
	addr = bare(addr)
	_, domain := split(addr)
	if domain == "" {
		return false
	}
	return slices.Contains(p.Siblings, addr) || slices.Contains(p.Siblings, domain) ||
		slices.ContainsFunc(p.Brands, func(b *Brand) bool {
			return slices.Contains(b.Addresses, addr) || b.From.Addr == addr || b.ReplyDomain == domain ||
				slices.Contains(b.Domains, domain)
		}) ||
		slices.ContainsFunc(p.Agents, func(a *Agent) bool { return a.has(addr) })
}

// has reports whether the agent is paged at a bare address.
func (a *Agent) has(addr string) bool {
	return slices.ContainsFunc(a.Pages, func(w Way) bool { return w.Kind == "mail" && bare(w.To) == addr })
}

// Fold gives an address or a domain the form in which two that mean the same are equal: lower case, the domain in ASCII (RFC 5890).
func Fold(addr string) string {
	local, domain := split(strings.ToLower(strings.TrimSpace(addr)))
	domain = ascii(strings.TrimSuffix(domain, "."))
	if local == "" {
		return domain
	}
	return local + "@" + domain
}

// bare is Fold without the +detail (RFC 5233) that the owner of an address may add.
func bare(addr string) string {
	local, domain := split(Fold(addr))
	if local == "" {
		return domain
	}
	name, _, _ := strings.Cut(local, "+")
	return name + "@" + domain
}

// split parts an address at its last @; what has none is all domain.
func split(addr string) (local, domain string) {
	i := strings.LastIndexByte(addr, '@')
	return addr[:max(i, 0)], addr[i+1:]
}
