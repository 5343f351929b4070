package policy

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // the same zones on every machine: a Lambda has none of its own

	"go.yaml.in/yaml/v3"

	"pronto/shared/oncall"
	"pronto/shared/reply"
)

// The keys of the rule book, by the mapping that they stand in. docs/policy.md explains each; a test compares.
var (
	topKeys   = []string{"brands", "agents", "siblings", "free_mail", "push_services"}
	brandKeys = []string{"id", "name", "language", "time_zone", "addresses", "domains", "from", "reply_domain", "team", "rota", "targets", "receipts", "budgets",
		"channels", "hooks", "webhooks", "pages", "warn", "stop_words", "silence", "bounces", "signature", "forms", "mailboxes", "triage", "survey", "retain"}
	triageKeys   = []string{"precision", "urgent", "soon", "reasons", "priority", "second_opinion"} // of a brand
	secondKeys   = []string{"by", "margin", "within", "per_hour"}
	timeKeys     = []string{"hours", "sla", "segments", "snooze", "close_after", "undo", "value", "promises", "room"} // of a brand, too
	fromKeys     = []string{"name", "address"}
	teamKeys     = []string{"id", "name", "hours"}
	agentKeys    = []string{"id", "name", "role", "leads", "languages", "brands", "time_zone", "page", "quiet", "signature", "room", "sign_in"}
	pageKeys     = []string{"mail", "webhook", "slack", "sms", "pagerduty"}
	rotaKeys     = []string{"time_zone", "layers", "overrides", "swaps", "leave"}
	layerKeys    = []string{"name", "rotation", "start", "hand_over", "agents", "windows", "every", "time_zone"}
	windowKeys   = []string{"days", "from", "to"}
	swapKeys     = []string{"agent", "with", "start", "end"}
	leaveKeys    = []string{"agent", "start", "end"}
	hoursKeys    = []string{"time_zone", "windows", "holidays"}
	offKeys      = []string{"country", "files", "dates"}
	dateKeys     = []string{"date", "name", "from", "to"}
	slaKeys      = []string{"name", "when", "count", "first_response", "next_response", "resolution"}
	whenKeys     = []string{"channel", "priority", "language", "segment"}
	promiseKeys  = []string{"renew_before", "handover"}
	handovers    = []string{"tell", "quiet"}
	snoozeKeys   = []string{"rest"}
	overrideKeys = []string{"agent", "instead", "start", "end"}
	budgetKeys   = []string{"sender_hour", "sender_day", "domain_hour", "brand_hour", "author_hour", "author_day"}
	receiptKeys  = []string{"subject", "greeting", "hello", "negative", "neutral", "positive", "follow_up", "automatic", "closing", "team", "short"}
	targetKeys   = []string{"first_response", "next_response", "resolution"}
	channelKeys  = append(slices.Clone(Channels), "any")
	priorityKeys = []string{"low", "normal", "high", "urgent", "any"}
	useKeys      = []string{"enabled", "language", "limit", "signature", "hours", "accounts", "receipt_within", "network"}
	hookKeys     = []string{"url"}
	pagesKeys    = []string{"on", "steps", "repeat", "again_after"}
	stepKeys     = []string{"after", "page", "priority", "hours"}
	stepHours    = []string{string(oncall.WorkingHours), string(oncall.OutsideHours)}
	quietKeys    = []string{"from", "to", "days", "except"}
	silenceKeys  = []string{"older_than"}
	bounceKeys   = []string{"undeliverable_days"}
)

// parser reads a rule book and remembers where things stand that other things refer to.
type parser struct {
	reader
	policy   *Policy
	freeMail []string
	agents   []mention         // who is named where
	brands   []mention         // which brands are named where
	taken    map[string]string // kind and name → the field that has it
	rotas    map[*Brand]value
	replies  map[*Brand]value             // where its reply domain stands
	texts    map[*Brand]map[string]object // its own receipts, by language
	uses     map[*Brand]map[string]value  // where its channels stand
	steps    []mention                    // who is paged where
	leaves   []mention                    // where somebody is away
	open     Open                         // nil: files beside the rule book cannot be read
	sum      hash.Hash                    // of all that was read
}

// Open gives the content of a file that the rule book names, by its path from the rule book's own directory.
type Open func(name string) ([]byte, error)

// mention is a place that names an agent or a brand by id.
type mention struct {
	at    value
	id    string
	brand *Brand // for an agent: the brand that it must serve
}

// Parse is ParseWith for a rule book that names no other files.
func Parse(file string, data []byte) (*Policy, []Problem) { return ParseWith(file, data, nil) }

// ParseWith reads a rule book and the files that it names. The file's own name is for the problems only. With problems the policy is nil; they are sorted by
// line, and the first hundred of them are told.
func ParseWith(file string, data []byte, open Open) (*Policy, []Problem) {
	p := &parser{
		reader: reader{file: file},
		policy: &Policy{}, open: open, sum: sha256.New(),
		taken: map[string]string{},
		rotas: map[*Brand]value{}, replies: map[*Brand]value{},
		texts: map[*Brand]map[string]object{}, uses: map[*Brand]map[string]value{},
	}
	p.sum.Write(data)
	if top, ok := p.root(data); ok {
		p.top(top)
	}
	p.policy.Version = hex.EncodeToString(p.sum.Sum(nil)[:6])
	if len(p.problems) > 0 {
		return nil, p.sorted()
	}
	return p.policy, nil
}

func (p *parser) sorted() []Problem {
	slices.SortStableFunc(p.problems, func(a, b Problem) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Column - b.Column
	})
	if more := len(p.problems) - maxProblems; more > 0 {
		p.problems = append(p.problems[:maxProblems:maxProblems],
			Problem{File: p.file, Message: fmt.Sprintf("and %d problems more", more), Remedy: "mend these first"})
	}
	return p.problems
}

func (p *parser) top(v value) {
	o, ok := p.object(v, topKeys)
	if !ok {
		return
	}
	if v, ok := o.get("free_mail"); ok {
		for _, d := range p.list(v, 10_000) {
			p.freeMail = appendText(p.freeMail)(p.domain(d))
		}
	}
	if v, ok := o.get("push_services"); ok {
		for _, d := range p.list(v, 20) {
			p.policy.PushServices = appendText(p.policy.PushServices)(p.domain(d))
		}
	}
	if v, ok := o.need("brands", "list one brand at least"); ok {
		for _, b := range p.list(v, 100) {
			p.brand(b)
		}
	}
	if v, ok := o.need("agents", "list one agent at least"); ok {
		for _, a := range p.list(v, 1000) {
			p.agent(a)
		}
	}
	if v, ok := o.get("siblings"); ok {
		for _, s := range p.list(v, 1000) {
			p.policy.Siblings = appendText(p.policy.Siblings)(p.sibling(s))
		}
	}
	p.settle()
}

// appendText appends what a read gave, when it gave anything.
func appendText(list []string) func(string, bool) []string {
	return func(s string, ok bool) []string {
		if !ok {
			return list
		}
		return append(list, s)
	}
}

func (p *parser) brand(v value) {
	o, ok := p.object(v, slices.Concat(brandKeys, timeKeys))
	if !ok {
		return
	}
	b := &Brand{FreeMail: p.freeMail, Zone: time.UTC}
	p.policy.Brands = append(p.policy.Brands, b)
	if v, ok := o.need("id", "give it a short one, as in acme-air"); ok {
		b.ID, _ = p.id(v)
		p.take(v, "brand", b.ID)
	}
	b.Name = p.name(o)
	p.brandPlace(o, b)
	p.brandMail(o, b)
	p.mailboxes(o, b)
	p.brandTeam(o, b)
	if v, ok := o.need("rota", "say who is on shift"); ok {
		p.rotas[b] = v
		b.Schedule = p.rota(v, b)
	}
	if v, ok := o.get("targets"); ok {
		b.Targets = p.targets(v)
	}
	b.Budgets = p.budgets(o)
	b.Receipts = p.receipts(o, b)
	p.brandChannels(o, b)
	p.webhooks(o, b)
	p.brandPages(o, b)
	b.Warn = p.warn(o)
	b.StopWords = p.stopWords(o)
	b.Silence = p.silence(o)
	b.Unreachable = p.bounces(o)
	p.brandTime(o, b)
	b.Signature = p.signature(o)
	b.Triage = p.triage(o)
	b.Survey = p.survey(o, b)
	b.Retain = p.retain(o)
}

// brandPlace reads the language and the zone.
func (p *parser) brandPlace(o object, b *Brand) {
	if v, ok := o.need("language", "name the language of its customers, as in en"); ok {
		b.Language, _ = p.language(v)
	}
	if v, ok := o.need("time_zone", "name its zone, as in Europe/Rome"); ok {
		b.Zone = p.zone(v, b.Zone)
	}
}

// brandMail reads everything about addresses.
func (p *parser) brandMail(o object, b *Brand) {
	if v, ok := o.need("addresses", "name the addresses that customers write to"); ok {
		for _, a := range p.list(v, 1000) {
			addr, ok := p.address(a)
			if _, domain := split(addr); ok && p.take(a, "address", addr) {
				b.Addresses = append(b.Addresses, addr)
				b.Domains = appendNew(b.Domains, domain)
			}
		}
	}
	if v, ok := o.get("domains"); ok {
		for _, d := range p.list(v, 1000) {
			if domain, ok := p.domain(d); ok && p.take(d, "domain", domain) {
				b.Domains = appendNew(b.Domains, domain)
			}
		}
	}
	if v, ok := o.get("forms"); ok {
		for _, a := range p.list(v, 100) {
			b.Forms = appendText(b.Forms)(p.address(a))
		}
	}
	if v, ok := o.need("reply_domain", "give it a subdomain of its own, as in reply.acme.example"); ok {
		if domain, ok := p.domain(v); ok && p.take(v, "domain", domain) {
			b.ReplyDomain = domain
			p.replies[b] = v
		}
	}
	b.From = p.from(o, b)
}

// from reads the sender of receipts: by default the brand's name and its first address.
func (p *parser) from(o object, b *Brand) Mailbox {
	from := Mailbox{Name: b.Name}
	if len(b.Addresses) > 0 {
		from.Addr = b.Addresses[0]
	}
	v, ok := o.get("from")
	if !ok {
		return from
	}
	f, ok := p.object(v, fromKeys)
	if !ok {
		return from
	}
	if v, ok := f.get("name"); ok {
		from.Name, _ = p.text(v, 80)
	}
	if v, ok := f.get("address"); ok {
		from.Addr, ok = p.address(v)
		if _, domain := split(from.Addr); ok && !slices.Contains(b.Domains, domain) {
			p.report(v, "use one of "+strings.Join(b.Domains, ", ")+", or add the domain to domains", "is not on a domain of the brand")
		}
	}
	return from
}

func (p *parser) brandTeam(o object, b *Brand) {
	b.Team = Team{"team:" + b.ID, b.Name}
	v, ok := o.get("team")
	if !ok {
		return
	}
	t, ok := p.object(v, teamKeys)
	if !ok {
		return
	}
	if v, ok := t.get("id"); ok {
		isTeam := func(s string) bool { rest, ok := strings.CutPrefix(s, "team:"); return ok && isID(rest) }
		b.Team.ID, _ = p.matching(v, isTeam, "the id of a team", "write team: and a short name without a space between, as in team:care")
	}
	if v, ok := t.get("name"); ok {
		b.Team.Name, _ = p.text(v, 80)
	}
	if v, ok := t.get("hours"); ok {
		c := p.workingHours(v, b)
		b.OfTeam = &c
	}
}

func (p *parser) budgets(o object) Budgets {
	b := DefaultBudgets
	v, ok := o.get("budgets")
	if !ok {
		return b
	}
	f, ok := p.object(v, budgetKeys)
	if !ok {
		return b
	}
	for i, to := range []*int{&b.SenderHour, &b.SenderDay, &b.DomainHour, &b.BrandHour, &b.AuthorHour, &b.AuthorDay} {
		if v, ok := f.get(budgetKeys[i]); ok {
			*to = p.count(v)
		}
	}
	return b
}

// receipts reads the brand's own texts over the built-in ones: a text that the file leaves out is the built-in one.
func (p *parser) receipts(o object, b *Brand) map[string]reply.Template {
	all := map[string]reply.Template{}
	b.Short = map[string]string{}
	for _, lang := range builtin {
		if t, ok := reply.Builtin(lang); ok {
			all[lang], b.Short[lang] = t, short(lang)
		}
	}
	p.texts[b] = map[string]object{}
	if v, ok := o.get("receipts"); ok {
		p.byLanguage(v, func(lang string, v value) { all[lang] = p.receipt(v, lang, all[lang], b) })
	}
	if v, ok := o.get("language"); ok && b.Language != "" {
		if _, ok := all[b.Language]; !ok {
			p.report(v, "write them under receipts."+b.Language+", or choose one of "+strings.Join(builtin, ", "), "there are no receipts in %s", b.Language)
		}
	}
	return all
}

// byLanguage reads a mapping whose keys are languages and hands over its values in their order.
func (p *parser) byLanguage(v value, do func(lang string, v value)) {
	if v.node.Kind != yaml.MappingNode {
		p.report(v, "write one language a line, as in en:, and its texts under it", "is not a mapping")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key := value{join(v.field, plain(v.node.Content[i].Value)), v.node.Content[i]}
		lang, ok := p.language(key)
		if ok && seen[lang] {
			p.report(key, "delete one of the two", "stands here twice")
		}
		seen[lang] = ok
		if ok {
			do(lang, value{key.field, v.node.Content[i+1]})
		}
	}
}

// receipt reads one language's texts over t and holds the whole against the rules of receipts.
func (p *parser) receipt(v value, lang string, t reply.Template, b *Brand) reply.Template {
	o, ok := p.object(v, receiptKeys)
	if !ok {
		return t
	}
	p.texts[b][lang] = o
	for i, to := range []*string{&t.Subject, &t.Greeting, &t.Hello, &t.Negative, &t.Neutral, &t.Positive, &t.FollowUp, &t.Automatic, &t.Closing, &t.Team} {
		if v, ok := o.get(receiptKeys[i]); ok {
			*to, _ = p.prose(v, 4000)
		}
	}
	p.breaches(o, reply.Check(lang, t))
	p.ownShort(o, lang, t, b)
	return t
}

// breaches reports what reply.Check found, where it stands or would stand.
func (p *parser) breaches(o object, all []string) {
	for _, breach := range all {
		field, message, _ := strings.Cut(breach, ": ")
		message, remedy, _ := strings.Cut(message, ": ")
		at, ok := o.fields[field]
		if !ok {
			at = value{join(o.field, field), o.node}
		}
		p.report(at, remedy, "%s", message)
	}
}

func (p *parser) count(v value) int { return p.number(v, 1, 1_000_000_000, "a number of receipts") }
