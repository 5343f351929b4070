package stories

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// TestStories plays every timeline of this folder on the pure rules; after each step the invariants are checked again.
func TestStories(t *testing.T) {
	files, err := filepath.Glob("*.story")
	if err != nil || len(files) == 0 {
		t.Fatalf("no stories: %v", err)
	}
	book, err := os.ReadFile("../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		t.Run(strings.TrimSuffix(f, ".story"), func(t *testing.T) {
			p, problems := policy.Parse("policy.yaml", book)
			if len(problems) > 0 {
				t.Fatal(problems)
			}
			play(t, f, p)
		})
	}
}

// stage is the world of one story: what the store would keep.
type stage struct {
	t             *testing.T
	where         string // file:line
	policy        *policy.Policy
	brand         *policy.Brand
	keys          desk.Keys
	start, now    time.Time
	conversations map[string]*desk.Conversation
	contacts      map[string]*desk.Contact
	latest        map[string]string // contact → newest conversation
	effects       map[string]desk.Effect
	outcomes      []desk.Outcome
	domain, total bool // budgets that are left
	sent          int
	last          desk.Decision
	event         desk.Received
}

func play(t *testing.T, file string, p *policy.Policy) {
	keys, err := desk.NewKeys([]byte(strings.Repeat("story", 8)))
	if err != nil {
		t.Fatal(err)
	}
	s := &stage{
		t: t, policy: p, brand: p.Brands[0], keys: keys, domain: true, total: true, conversations: map[string]*desk.Conversation{},
		contacts: map[string]*desk.Contact{}, latest: map[string]string{}, effects: map[string]desk.Effect{},
	}
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines, expected := bufio.NewScanner(f), 0
	for n := 1; lines.Scan(); n++ {
		s.where = fmt.Sprintf("%s:%d", file, n)
		line := lines.Text()
		switch words := strings.TrimSpace(line); {
		case words == "" || strings.HasPrefix(words, "#"):
		case strings.HasPrefix(line, " "):
			s.expect(words)
			expected++
		default:
			s.step(words)
			s.invariants()
		}
	}
	if expected == 0 {
		t.Fatalf("%s expects nothing", file)
	}
}

func (s *stage) fail(format string, a ...any) {
	s.t.Helper()
	s.t.Errorf("%s: %s", s.where, fmt.Sprintf(format, a...))
}

// step plays "begin TIME", "the budget of the domain is spent", or "+5m NAME VERB "TEXT" [, option]…".
func (s *stage) step(words string) {
	if at, ok := strings.CutPrefix(words, "begin "); ok {
		t, err := time.Parse(time.RFC3339, at)
		if err != nil {
			s.t.Fatalf("%s: %v", s.where, err)
		}
		s.start, s.now = t, t.UTC()
		return
	}
	switch words {
	case "the budget of the domain is spent":
		s.domain = false
		return
	case "the same event comes again":
		s.take(s.event, true)
		if !s.last.Nothing {
			s.fail("a second delivery of the same event decided something")
		}
		return
	}
	delay, rest, _ := strings.Cut(words, " ")
	d, err := time.ParseDuration(strings.TrimPrefix(delay, "+"))
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	s.now = s.now.Add(d)
	s.message(strings.TrimSpace(rest))
}

var verbs = []string{"writes", "goes on", "answers the receipt"}

func (s *stage) message(words string) {
	name, rest, _ := strings.Cut(words, " ")
	verb, text, ok := strings.Cut(rest, ` "`)
	text, options, closed := strings.Cut(text, `"`)
	if !ok || !closed || !slices.Contains(verbs, verb) {
		s.t.Fatalf("%s: want NAME %s \"TEXT\"", s.where, strings.Join(verbs, "|"))
	}
	s.sent++
	address := strings.ToLower(name) + "@customer.example"
	id := fmt.Sprintf("story-%d", s.sent)
	ev := desk.Received{
		Subject:   desk.Subject{Channel: desk.Email, Contact: s.keys.Contact(s.brand.ID, desk.Email, address), Keys: []string{id}, Delivery: id},
		Judgement: triage.Lexicon(triage.Input{Text: text}),
		Digest:    s.keys.Digest(strings.ToLower(text)), InReplyTo: id + "@customer.example", Proved: true,
		Message: desk.Message{ID: id, ProviderID: id, Direction: "in", Kind: "message", At: s.now, Author: channel.Party{Name: name, Address: address}, Excerpt: text},
	}
	ev.Ref = desk.Ref{Brand: s.brand.ID, Conversation: s.keys.Conversation(s.brand.ID, desk.Email, id, address)}
	if verb == "goes on" || verb == "answers the receipt" {
		ev.Conversation = s.latest[ev.Contact]
	}
	if c := s.conversations[ev.Conversation]; verb == "answers the receipt" && c != nil {
		ev.Answers = c.Receipt.Effect
	}
	for o := range strings.SplitSeq(options, ",") {
		s.option(&ev, strings.TrimSpace(o))
	}
	s.take(ev, false)
}

func (s *stage) option(ev *desk.Received, o string) {
	switch word, value, _ := strings.Cut(o, " "); word {
	case "":
	case "machine": // machine auto_submitted
		ev.Silence, ev.Machine = desk.Silence(value), true
	case "silenced": // silenced unauthenticated
		ev.Silence, ev.Proved = desk.Silence(value), value != "unauthenticated"
	case "zone": // zone +09:00
		t, err := time.Parse("-07:00", value)
		if err != nil {
			s.t.Fatalf("%s: %v", s.where, err)
		}
		ev.Zone = desk.DateZone(t, s.brand.Zone)
	case "sent": // sent 30m before
		d, err := time.ParseDuration(strings.TrimSuffix(value, " before"))
		if err != nil {
			s.t.Fatalf("%s: %v", s.where, err)
		}
		ev.Message.At = s.now.Add(-d)
	default:
		s.t.Fatalf("%s: no option %q", s.where, o)
	}
}

func asJSON(t *testing.T, v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// take decides and keeps, as the store would.
func (s *stage) take(ev desk.Received, taken bool) {
	facts := desk.Facts{Taken: taken, Conversation: s.conversations[ev.Conversation], Contact: s.contacts[ev.Contact], Budget: desk.Budget{Domain: s.domain, Brand: s.total}}
	d := desk.Decide(facts, ev, s.policy, s.now)
	if again := desk.Decide(facts, ev, s.policy, s.now); asJSON(s.t, again) != asJSON(s.t, d) {
		s.fail("deciding twice on the same facts gave two decisions")
	}
	s.last, s.event = d, ev
	if d.Nothing {
		return
	}
	c, p := d.Conversation, d.Contact
	s.conversations[c.Conversation] = &c
	if p != nil {
		s.contacts[p.ID], s.latest[p.ID] = p, c.Conversation
	}
	s.outcomes = append(s.outcomes, d.Message.Outcome)
	for _, e := range d.Effects {
		key := e.Conversation + e.ID
		if _, there := s.effects[key]; there {
			s.fail("effect %s was ordered before", e.ID)
		}
		s.effects[key] = e
	}
}

// invariants are what every step must leave true.
func (s *stage) invariants() {
	for _, o := range s.outcomes {
		if (o.Receipt == "") == (o.Suppressed == "") {
			s.fail("an outcome is neither or both: %+v", o)
		}
	}
	for _, e := range s.effects {
		if e.Receipt.Assignee.ID == "" || !e.Receipt.Due.After(e.Decided) {
			s.fail("receipt %s has no assignee or names a time that is over", e.ID)
		}
	}
	if c := s.last.Conversation; !s.last.Nothing && s.sent > 0 && (c.Assignee.ID == "" || len(c.PriorityWhy) == 0) {
		s.fail("conversation without assignee or without the why of its priority: %+v", c)
	}
	if n := len(s.last.Why); s.sent > 0 && n == 0 {
		s.fail("a decision without why")
	}
}

// expect checks one indented line.
func (s *stage) expect(words string) {
	d := s.last
	c, m := d.Conversation, d.Message
	check := func(ok bool, got any) {
		s.t.Helper()
		if !ok {
			s.fail("want %q, got %v; why: %v", words, got, d.Why)
		}
	}
	for _, e := range []string{"full receipt", "short receipt"} {
		if rest, ok := strings.CutPrefix(words, e); ok {
			check(len(d.Effects) == 1 && m.Outcome.Receipt == d.Effects[0].ID && d.Effects[0].Receipt.Short == (e == "short receipt"), m.Outcome)
			if by, ok := strings.CutPrefix(rest, " signed by "); ok && len(d.Effects) == 1 {
				check(d.Effects[0].Receipt.Assignee.ID == by && c.Assignee.ID == by, d.Effects[0].Receipt.Assignee.ID)
			}
			return
		}
	}
	key, value, _ := strings.Cut(words, " ")
	switch key {
	case "shares":
		check(len(d.Effects) == 0 && m.Outcome.Receipt == c.Receipt.Effect, m.Outcome)
	case "no": // no receipt: REASON
		check(string(m.Outcome.Suppressed) == strings.TrimPrefix(value, "receipt: ") && len(d.Effects) == 0, m.Outcome)
	case "promised": // promised within 1h
		within, err := time.ParseDuration(strings.TrimPrefix(value, "within "))
		check(err == nil && c.Promise != nil && c.Promise.By.Equal(s.now.Add(within)), c.Promise)
	case "target": // target first_response
		check(slices.ContainsFunc(c.Targets, func(x sla.Target) bool { return string(x.Kind) == value && x.State == sla.Running }), c.Targets)
	case "nothing": // nothing is promised
		check(c.Promise == nil && len(c.Targets) == 0, c.Promise)
	case "priority":
		check(string(c.Priority) == value, c.Priority)
	case "language":
		check(c.Language == value, c.Language)
	case "lane":
		check(len(d.Effects) == 1 && d.Effects[0].Lane == value, d.Effects)
	case "conversations":
		check(fmt.Sprint(len(s.conversations)) == value, len(s.conversations))
	case "zone":
		check(fmt.Sprint(c.Zone.Sure) == "true" == (value == "sure"), c.Zone)
	case "taken": // taken before
		check(d.Nothing, d)
	default:
		s.t.Fatalf("%s: no expectation %q", s.where, words)
	}
}
