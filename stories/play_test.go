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
	"pronto/shared/oncall"
	"pronto/shared/policy"
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
	messages      map[string][]desk.Message // by conversation, oldest first
	contacts      map[string]*desk.Contact
	latest        map[string]string // contact → newest conversation
	effects       map[string]desk.Effect
	outcomes      []desk.Outcome
	domain, total bool            // budgets that are left
	left          map[string]bool // effects that a provider took
	sent          int
	overrides     []oncall.Override
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
		messages: map[string][]desk.Message{}, left: map[string]bool{},
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
	if file, ok := strings.CutPrefix(words, "by the rule book "); ok {
		s.rules(file)
		return
	}
	switch words {
	case "the budget of the domain is spent":
		s.domain = false
		return
	case "the conversation is closed":
		s.conversations[s.last.Conversation.Conversation].Status = desk.StatusClosed
		return
	case "what was decided has left":
		for _, e := range s.effects {
			s.left[e.ID] = true
		}
		return
	case "the same event comes again":
		s.again()
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
	name, doing, _ := strings.Cut(strings.TrimSpace(rest), " ")
	if doing == "complains" {
		s.complains(name)
		return
	}
	if strings.TrimSpace(rest) == "the clock" {
		s.take(desk.Ticked{Subject: s.subject()})
		return
	}
	if a := s.policy.Agent(name); a != nil {
		s.agent(a, doing)
		return
	}
	if to, copied := strings.CutPrefix(strings.TrimSpace(rest), "the copy to "); copied {
		s.copyLeftOut(strings.TrimSuffix(to, " is left out"))
		return
	}
	if to, page := strings.CutPrefix(strings.TrimSpace(rest), "the page to "); page {
		s.pageFails(strings.Cut(to, " "))
		return
	}
	s.message(strings.TrimSpace(rest))
}

// subject is the newest conversation.
func (s *stage) subject() desk.Subject {
	return desk.Subject{Ref: s.last.Conversation.Ref, Channel: s.last.Conversation.Channel}
}

// agent plays what an agent does with the newest conversation.
func (s *stage) agent(a *policy.Agent, doing string) {
	act := desk.Act{Subject: s.subject(), By: policy.Assignee{ID: a.ID, Name: a.Name}}
	verb, rest, _ := strings.Cut(doing, " ")
	if rest == "what is no longer so" {
		act.Expect = s.last.Conversation.Version + 1
	}
	message := desk.Message{ID: "from-" + a.ID, Direction: "out", Kind: "reply", At: s.now}
	switch verb {
	case "is", "takes", "and": // is away for 8h, takes over from ana for 8h, and oleg swap for 48h
		s.changes(a, verb, strings.Fields(rest))
	case "claims":
		s.take(desk.Claimed{Act: act})
	case "unassigns":
		s.take(desk.Unassigned{Act: act})
	case "assigns":
		to := s.policy.Agent(rest)
		s.take(desk.Assigned{Act: act, To: policy.Assignee{ID: to.ID, Name: to.Name}})
	case "passes":
		s.take(desk.PassedOn{Act: act})
	case "answers":
		if to, copied := strings.CutPrefix(rest, "with a copy to "); copied {
			message.Cc = []desk.Cc{s.one(to)}
		}
		s.take(desk.Replied{Act: act, Message: message})
	case "notes":
		s.take(desk.Noted{Act: act, Message: message})
	case "snoozes":
		d, err := time.ParseDuration(rest)
		if err != nil {
			s.t.Fatalf("%s: %v", s.where, err)
		}
		s.take(desk.PutOff{Act: act, Until: s.now.Add(d)})
	case "resolves":
		s.take(desk.Ended{Act: act})
	case "reopens":
		s.take(desk.Reopened{Act: act})
	case "confirms":
		s.confirms(act)
	case "refuses":
		s.take(desk.GuestRefused{Act: act})
	case "says":
		s.corrects(act, rest)
	case "writes":
		s.letter(act, message, rest)
	case "withdraws":
		s.takesBack(act)
	case "forwards":
		s.forwards(act, message, rest)
	case "splits":
		s.splits(act)
	default:
		s.t.Fatalf("%s: agents claim, unassign, assign, pass on, answer, note, snooze, resolve, reopen, confirm, refuse, say, write to, withdraw, forward to, split; not %q", s.where, doing)
	}
}

// corrects plays "the mood is positive", "the language is it", "the priority is urgent" of the newest message, "… of the first" of the first.
func (s *stage) corrects(act desk.Act, words string) {
	c := s.last.Conversation
	said := s.messages[c.Conversation]
	message := ""
	if of, first := strings.CutSuffix(words, " of the first"); first {
		words, message = of, said[0].ID
	}
	act.Contact = c.Contact
	ev, beside, ok := desk.NewCorrected(act, said, message)
	what, is, understood := strings.Cut(strings.TrimPrefix(words, "the "), " is ")
	switch what {
	case "mood":
		ev.Mood = triage.Mood(is)
	case "language":
		ev.Language = is
	case "priority":
		ev.Priority = triage.Priority(is)
	default:
		understood = false
	}
	if !ok || !understood {
		s.t.Fatalf("%s: an agent says that the mood, the language or the priority of a message is something; not %q", s.where, words)
	}
	told := func(ev desk.Corrected) triage.Judgement {
		mood, language := ev.Told()
		return triage.Default(triage.Input{Text: ev.Was.Excerpt, Mood: mood, Told: language})
	}
	ev.Judgement = told(ev)
	for _, m := range beside {
		if j := told(desk.Corrected{Was: m}); j.Priority.Above(ev.Beside.Priority) {
			ev.Beside = j
		}
	}
	s.take(ev)
}

// changes plays a change of the rota that begins now.
func (s *stage) changes(a *policy.Agent, verb string, words []string) {
	d, err := time.ParseDuration(words[len(words)-1])
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	o := oncall.Override{Start: s.now, End: s.now.Add(d)}
	switch {
	case verb == "is" && len(words) == 3: // away for 8h
		o.Instead = a.ID
	case verb == "takes" && len(words) == 5: // over from ana for 8h
		o.Agent, o.Instead = a.ID, words[2]
	case verb == "and" && len(words) == 4: // oleg swap for 8h
		o.Agent, o.Instead, o.Swap = a.ID, words[0], true
	default:
		s.t.Fatalf("%s: AGENT is away for 8h, takes over from AGENT for 8h, and AGENT swap for 8h", s.where)
	}
	s.overrides = append(s.overrides, o)
}

// rules plays on by another rule book of this folder.
func (s *stage) rules(file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatalf("%s: %v", s.where, err)
	}
	p, problems := policy.Parse(file, data)
	if len(problems) > 0 {
		s.t.Fatalf("%s: %v", s.where, problems)
	}
	s.policy, s.brand = p, p.Brands[0]
}

// pageFails plays that nobody got the newest page to an agent: no way took it ("fails"), or the mail came back ("bounces").
func (s *stage) pageFails(agent, how string, _ bool) {
	var newest desk.Effect
	for _, e := range s.effects {
		if e.Page != nil && e.Page.Agent == agent && e.Ref == s.last.Conversation.Ref && e.ID > newest.ID {
			newest = e
		}
	}
	switch {
	case newest.ID == "":
		s.t.Fatalf("%s: %s was never paged", s.where, agent)
	case how == "fails":
		s.take(desk.NewPageFailed(newest))
	case how == "bounces":
		s.take(desk.NewPageBounced(newest, s.keys))
	default:
		s.t.Fatalf("%s: a page fails or bounces; not %q", s.where, how)
	}
}

var verbs = []string{"writes", "goes on", "answers the receipt", "edits", "rates"}

// rates plays an answer to the survey of the newest conversation: "4" or "4 and a comment".
func (s *stage) rates(text string) {
	c := s.conversations[s.last.Conversation.Conversation]
	is, comment, _ := strings.Cut(text, " ")
	ev := desk.Rated{Subject: desk.Subject{Ref: c.Ref, Channel: "survey"}, Comment: comment}
	if _, err := fmt.Sscan(is, &ev.Is); err != nil {
		s.t.Fatalf("%s: a rating is a number; not %q", s.where, is)
	}
	if _, id, ok := c.SurveyMessage(); ok {
		ev.Effect = c.Survey.Effect
		said := s.messages[c.Conversation]
		ev.Was = said[slices.IndexFunc(said, func(m desk.Message) bool { return m.ID == id })]
	}
	s.take(ev)
}

// change plays what an author does to the newest message of the newest conversation. What was decided since the last step has not left.
func (s *stage) change(text string) {
	c := s.last.Conversation
	said := s.messages[c.Conversation]
	i := slices.IndexFunc(said, func(m desk.Message) bool { return m.ID == s.event.Message.ID })
	was, about := said[i], desk.Subject{Ref: c.Ref, Channel: c.Channel}
	if text != "" {
		s.take(desk.Edited{Subject: about, Was: was, Excerpt: text, Raw: text, Digest: s.keys.Digest(strings.ToLower(text)), Judgement: triage.Default(triage.Input{Text: text}), At: s.now})
		return
	}
	rest := slices.Delete(slices.Clone(said), i, i+1)
	s.take(desk.Deleted{Subject: about, Was: was, Rest: rest, At: s.now, Unsent: !s.left[was.Outcome.Receipt]})
}

func (s *stage) message(words string) {
	name, rest, _ := strings.Cut(words, " ")
	if rest == "deletes it" {
		s.change("")
		return
	}
	verb, text, ok := strings.Cut(rest, ` "`)
	text, options, closed := strings.Cut(text, `"`)
	whose := name
	if of, in := strings.CutPrefix(verb, "goes on in "); in { // Mira's conversation
		whose, verb = strings.TrimSuffix(of, "'s conversation"), "goes on"
	}
	if !ok || !closed || !slices.Contains(verbs, verb) {
		s.t.Fatalf("%s: want NAME %s \"TEXT\"", s.where, strings.Join(verbs, "|"))
	}
	if verb == "edits" {
		s.change(text)
		return
	}
	if verb == "rates" {
		s.rates(text)
		return
	}
	s.sent++
	address := strings.ToLower(name) + "@customer.example"
	id := fmt.Sprintf("story-%d", s.sent)
	ev := desk.Received{
		Subject:   desk.Subject{Channel: desk.Email, Contact: s.keys.Contact(s.brand.ID, desk.Email, address), Keys: []string{id}, Delivery: id},
		Judgement: triage.Default(triage.Input{Text: text}),
		Digest:    s.keys.Digest(strings.ToLower(text)), Pattern: s.pattern(text), InReplyTo: id + "@customer.example", Proved: true,
		Message: desk.Message{ID: id, ProviderID: id, Direction: "in", Kind: "message", At: s.now, Author: channel.Party{Name: name, Address: address}, Excerpt: text},
	}
	ev.Message.Mood = ev.Judgement.Sentiment.Label
	ev.Ref = desk.Ref{Brand: s.brand.ID, Conversation: s.keys.Conversation(s.brand.ID, desk.Email, id, address)}
	own := ev.Conversation
	for o := range strings.SplitSeq(options, ",") {
		s.option(&ev, strings.TrimSpace(o))
	}
	if verb == "goes on" || verb == "answers the receipt" {
		s.join(&ev, s.latest[s.keys.Contact(s.brand.ID, desk.Email, strings.ToLower(whose)+"@customer.example")], verb)
	}
	ev.Own = own
	s.event = ev
	s.take(ev)
	if s.last.Elsewhere { // as intake does
		ev.Conversation, ev.Follows, ev.Answers = ev.Own, ev.Conversation, ""
		s.event = ev
		s.take(ev)
	}
}

// pattern is a text without its numbers, as intake has it.
func (s *stage) pattern(text string) string {
	words := slices.DeleteFunc(strings.Fields(strings.ToLower(text)), func(w string) bool { return strings.ContainsAny(w, "0123456789") })
	if len(words) < 8 {
		return ""
	}
	return s.keys.Digest("pattern " + strings.Join(words, " "))
}

// join places a message that names a conversation, as intake does.
func (s *stage) join(ev *desk.Received, id, verb string) {
	c := s.conversations[id]
	for c != nil && c.Merged != "" {
		c = s.conversations[c.Merged]
	}
	if ev.Channel != desk.Email { // a mention joins its author's own conversation, or none: threads are public, and whoever reads one may answer in it
		if c != nil && c.Contact == ev.Contact {
			ev.Conversation = c.Conversation
			if verb == "answers the receipt" {
				ev.Answers = c.Receipt.Effect
			}
		}
		return
	}
	n := desk.Named{Way: desk.ByReference, Conversation: c}
	if verb == "answers the receipt" && c != nil {
		n.Effect = c.Receipt.Effect
	}
	j := desk.Join(ev.Contact, ev.Proved, ev.Machine, []desk.Named{n})
	ev.Answers, ev.Guest, ev.Third = j.Answers, j.Guest, j.Third
	if j.Conversation != "" {
		ev.Conversation = j.Conversation
	}
}

// confirms lets the guest of the newest conversation in, which merges it into the one that he named.
func (s *stage) confirms(act desk.Act) {
	if c := s.last.Conversation; c.Guest != nil {
		act.Beside = desk.Ref{Brand: c.Brand, Conversation: c.Guest.Of}
	}
	s.take(desk.Merged{Act: act, Guest: true})
}

func (s *stage) option(ev *desk.Received, o string) {
	switch word, value, _ := strings.Cut(o, " "); word {
	case "":
	case "stop": // the text asks for no more receipts
		ev.Stop = true
	case "on": // on custom
		ev.Channel = value
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

func (s *stage) again() {
	d := desk.Decide(desk.Facts{Taken: true, Conversation: s.conversations[s.event.Conversation]}, s.event, s.policy, s.now)
	s.last.Nothing, s.last.Message = d.Nothing, nil
}

// take decides and keeps, as the store would.
func (s *stage) take(ev desk.Event) {
	about := ev.About()
	facts := desk.Facts{Conversation: s.conversations[about.Conversation], Beside: s.conversations[about.Beside.Conversation], Contact: s.contacts[about.Contact], Budget: desk.Budget{Domain: s.domain, Brand: s.total}, Overrides: s.overrides, Whose: about.Contact}
	before := asJSON(s.t, facts)
	d := desk.Decide(facts, ev, s.policy, s.now)
	if again := desk.Decide(facts, ev, s.policy, s.now); asJSON(s.t, again) != asJSON(s.t, d) {
		s.fail("deciding twice on the same facts gave two decisions")
	}
	if asJSON(s.t, facts) != before {
		s.fail("deciding changed the facts")
	}
	if d.Whose != "" { // as the store does
		facts.Whose, facts.Contact = d.Whose, s.contacts[d.Whose]
		d = desk.Decide(facts, ev, s.policy, s.now)
	}
	if d.Nothing {
		d.Conversation = s.last.Conversation
		s.last = d
		return
	}
	s.last = d
	c := d.Conversation
	s.conversations[c.Conversation] = &c
	if p := d.Contact; p != nil {
		s.contacts[p.ID], s.latest[p.ID] = p, c.Conversation
	}
	if m := d.Message; m != nil && m.Direction == "in" {
		s.outcomes = append(s.outcomes, m.Outcome)
	}
	s.keep(c.Conversation, d.Message)
	for _, id := range d.Recalls {
		if s.left[id] {
			s.fail("effect %s has left and was recalled", id)
		}
		delete(s.effects, c.Conversation+id)
	}
	if b := d.Beside; b != nil {
		other := b.Conversation
		s.conversations[other.Conversation] = &other
		s.order(b.Effects)
	}
	s.order(d.Effects)
}

// order keeps what is to be done: everything once.
func (s *stage) order(effects []desk.Effect) {
	for _, e := range effects {
		key := e.Conversation + e.ID
		if _, there := s.effects[key]; there {
			s.fail("effect %s was ordered before", e.ID)
		}
		s.effects[key] = e
	}
}

// keep puts a message among those of its conversation, in the place of what it was before.
func (s *stage) keep(conversation string, m *desk.Message) {
	if m == nil {
		return
	}
	said := s.messages[conversation]
	if i := slices.IndexFunc(said, func(x desk.Message) bool { return x.ID == m.ID }); i >= 0 {
		said[i] = *m
		return
	}
	s.messages[conversation] = append(said, *m)
}

// invariants are what every step must leave true.
func (s *stage) invariants() {
	for _, o := range s.outcomes {
		if (o.Receipt == "") == (o.Suppressed == "") {
			s.fail("an outcome is neither or both: %+v", o)
		}
	}
	for _, e := range s.effects {
		if e.Receipt != nil && (e.Receipt.Assignee.ID == "" || !e.Receipt.Due.After(e.Decided)) {
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
