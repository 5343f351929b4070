// Package check says whether a desk kept its promises, from outside: it knows what went in by SMTP and as posts, what left (the outbox) and the sums that the desk
// gives of itself. It imports nothing of the desk's and shares none of its rules: they are written down here a second time, so that a mistake must be
// made twice to go unseen.
//
// What may be true of a mail is a set of fates. The set has one member wherever the desk is bound to one; it has more where order or time were nobody's
// to know: a connection that died before the answer, a second message sent before the first was seen to be taken.
package check

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Fate is what becomes of a mail: Own, Shared, or the class of its silence as the desk's sums name it ("suppressed:list", "held:unreadable").
type Fate string

const (
	Own      Fate = "receipt"             // receipted, by a receipt of its own
	Shared   Fate = "shared receipt"      // receipted, together with an earlier message
	Repeated Fate = "suppressed:repeated" // kept without a receipt: its text was said before
	Nothing  Fate = "nothing"             // no message at all, and in no sum: an echo of what the desk itself has posted
)

func (f Fate) receipted() bool { return f == Own || f == Shared }

// Mail is one mail or mention that was offered to the desk.
type Mail struct {
	Mention   bool     // posted, with an id by which it is taken once
	Name      string   // in the storm, for people
	MessageID string   // without angle brackets, or the mention's id; "" when it has none
	From      string   // the address of its From field, or the author's handle
	Canaries  []string // words of its subject and body that must never leave
	Fates     []Fate   // what may become of it
	Group     string   // mails of which some share a fate; "" for none
	Language  string   // ISO 639-1 of the receipt; "" when the text does not tell
	Mood      string   // negative, neutral, positive; "" when the text does not tell
	Offset    *int     // seconds east of UTC of its Date header; nil when that tells nothing

	Follows  *Mail // the message of the same thread before it
	Answers  bool  // it is sent to the signed address of the receipt that Follows has, and so joins for certain
	Prompt   bool  // its target falls due while nothing breaks and the clock runs: somebody is called at the second
	Stranger bool  // it names the thread of Follows, but another wrote it: it must not join

	Into    *Mail    // an agent let the conversation that it opened go on in that of this one
	Undone  bool     // one did, and took it back
	Off     string   // an agent split it off into this conversation
	Done    Trouble  // from when the agent asked until it was done
	Refused []string // what the desk said to an agent who was not let

	Seen  bool // when it was sent, the receipt of Follows had left: Follows was taken before
	Tries []Try
}

// Result is how SMTP ended one try.
type Result string

const (
	Accepted Result = "accepted" // 250 after the data, 202 to a post
	InDoubt  Result = "in doubt" // the connection died after the data and before the answer: taken or not
	Refused  Result = "refused"  // a 5xx, a 4xx to a post
)

// Try is one time that a mail was offered. Times are the desk's, and bracket the answer.
type Try struct {
	Result        Result
	Before, After time.Time
	Answer        string // of a refusal
}

func (m *Mail) count(r Result) (n int) {
	for _, t := range m.Tries {
		if t.Result == r {
			n++
		}
	}
	return n
}

// first is the earliest try that took it, or may have.
func (m *Mail) first() (Try, bool) {
	for _, t := range m.Tries {
		if t.Result != Refused {
			return t, true
		}
	}
	return Try{}, false
}

func (m *Mail) may(f Fate) bool { return slices.Contains(m.Fates, f) }

// Sum is the desk's own sum of one UTC day.
type Sum struct {
	Day        string         `json:"day"`
	Received   int            `json:"received"`
	Receipted  int            `json:"receipted"`
	Suppressed map[string]int `json:"suppressed"`
	Held       map[string]int `json:"held"`
	InFlight   int            `json:"in_flight"`
	Failed     int            `json:"failed"`
	Balanced   bool           `json:"balanced"`
}

// Trouble is a time in which the desk was killed or broken; it ends when it is up and whole again. Desk time.
type Trouble struct{ From, To time.Time }

// Group says of how many of its mails the fate is Own: exactly Own, when all were accepted.
type Group struct{ Own int }

// Account is everything that is known of one storm.
type Account struct {
	Brand    Brand
	Mails    []*Mail
	Groups   map[string]Group
	Pieces   []*Piece
	Sums     []Sum
	Troubles []Trouble
	Silences []Trouble            // from when the silence switch was said to be on until it was lifted
	Taken    map[string]time.Time // conversations that an agent took by a page's link, and since when
	Lanes    map[string][]string  // by conversation: the lanes that its receipts took, as far as is known
	End      time.Time            // of the storm: until then nobody else answered anything
}

// Brand is what the rule book of the storm says, as far as receipts show it.
type Brand struct {
	Address     string // receipts come from it
	ReplyDomain string
	Signers     []string // names of agents and team, one of which signs
	Negative    time.Duration
	Other       time.Duration // until the first response is due, by mood
	Agents      []string      // addresses of those who may be called
	Second      time.Duration // from the first call to the second step of the ladder
	Third       time.Duration // and to the third
}

// Breach is one promise not kept.
type Breach struct {
	Mail string `json:"mail,omitempty"` // its name in the storm; "" when it is of no single mail
	What string `json:"what"`
	Want string `json:"want,omitempty"`
	Got  string `json:"got,omitempty"`
}

func (b Breach) String() string {
	var s strings.Builder
	if b.Mail != "" {
		s.WriteString(b.Mail + ": ")
	}
	s.WriteString(b.What)
	if b.Want != "" || b.Got != "" {
		fmt.Fprintf(&s, ": want %s, got %s", b.Want, b.Got)
	}
	return s.String()
}

// checker gathers breaches.
type checker struct {
	Account
	receipts map[*Mail][]*Piece
	pages    map[string][]*Piece // by conversation
	notices  map[string]int      // by conversation
	breaches []Breach
}

// Check returns every breach, none when all promises were kept.
func Check(a Account) []Breach {
	c := &checker{Account: a, receipts: map[*Mail][]*Piece{}, pages: map[string][]*Piece{}, notices: map[string]int{}}
	c.match()
	for _, m := range c.Mails {
		c.mail(m)
	}
	for name, g := range c.Groups {
		c.group(name, g)
	}
	c.called()
	c.lanes()
	c.silence()
	c.canaries()
	c.sums()
	return c.breaches
}

func (c *checker) breach(m *Mail, what, want, got string) {
	b := Breach{What: what, Want: want, Got: got}
	if m != nil {
		b.Mail = m.Name
	}
	c.breaches = append(c.breaches, b)
}

// match gives every piece to the mail that it answers, by the address and the id; a mail without an id by the address alone.
func (c *checker) match() {
	type key struct{ to, id string }
	by := map[key]*Mail{}
	for _, m := range c.Mails {
		by[key{strings.ToLower(m.From), m.MessageID}] = m
	}
	for _, p := range c.Pieces {
		m := by[key{strings.ToLower(p.To), p.InReplyTo}]
		switch {
		case p.Kind == "page":
			c.pages[p.Conversation] = append(c.pages[p.Conversation], p)
		case p.Kind == "notice":
			c.notice(m, p)
		case p.Kind != "receipt":
			c.breach(m, "a piece that no rule orders", "receipts only", fmt.Sprintf("%s (outbox %d)", p.Kind, p.Seq))
		case m == nil:
			c.breach(nil, fmt.Sprintf("outbox %d answers no mail that was sent", p.Seq), "To and In-Reply-To of one mail", fmt.Sprintf("to %s, In-Reply-To %q", p.To, p.InReplyTo))
		default:
			c.receipts[m] = append(c.receipts[m], p)
		}
	}
}

// maxNotices is how many automatic pieces beside receipts a conversation may have for each promise: one handover and one renewal.
const maxNotices = 2

// notice checks a renewed promise or a handover: it goes to somebody who wrote, and is no chain. A conversation may have been promised something anew for each message.
func (c *checker) notice(m *Mail, p *Piece) {
	switch mails := c.from(p.To); {
	case mails == 0:
		c.breach(m, "a notice to somebody who never wrote", "none", fmt.Sprintf("to %s (outbox %d)", p.To, p.Seq))
	case p.PossibleDuplicate:
	default:
		if c.notices[p.Conversation]++; c.notices[p.Conversation] > maxNotices*mails {
			c.breach(m, "notices in a chain", fmt.Sprint(maxNotices*mails), fmt.Sprintf("%d (outbox %d)", c.notices[p.Conversation], p.Seq))
		}
	}
}

// from counts the mails that an address sent.
func (c *checker) from(addr string) int {
	n := 0
	for _, m := range c.Mails {
		if strings.EqualFold(m.From, addr) {
			n++
		}
	}
	return n
}

// mail checks one mail's receipts: their number, their time, their words.
func (c *checker) mail(m *Mail) {
	if n := m.count(Refused); n > 0 {
		c.breach(m, "it was refused", "taken", m.Tries[len(m.Tries)-1].Answer)
	}
	c.number(m)
	for i, p := range c.receipts[m] {
		c.receipt(m, p)
		if i == 0 {
			c.inTime(m, p)
		}
	}
	c.thread(m)
	c.agents(m)
}

// fates are what may become of m, now that it is known when it was sent.
func (m *Mail) fates() []Fate {
	if m.Follows == nil || m.Stranger || len(m.Fates) != 1 || m.Fates[0] != Own {
		return m.Fates
	}
	first, ok := m.first()
	before, ok2 := m.Follows.first()
	switch gap := first.Before.Sub(before.After); {
	case !ok || !ok2:
		return m.Fates
	case !m.Seen:
		return []Fate{Own, Shared}
	case m.Answers && m.Follows.Follows == nil, gap > window+slack:
		return []Fate{Own}
	case first.After.Sub(before.Before) < window-slack && len(m.Tries) == 1 && len(m.Follows.Tries) == 1:
		return []Fate{Shared}
	}
	return []Fate{Own, Shared}
}

// Messages within the window share a receipt. Slack is what clocks and turns of the clock may differ.
const (
	window = 2 * time.Minute
	slack  = 2 * time.Second
)

// number checks how many receipts m has: one where one is due, none where none is; one more if it is marked.
func (c *checker) number(m *Mail) {
	all, plain := len(c.receipts[m]), 0
	for _, p := range c.receipts[m] {
		if !p.PossibleDuplicate {
			plain++
		}
	}
	fates := m.fates()
	due := len(fates) == 1 && fates[0] == Own && m.count(Accepted) > 0
	switch {
	case due && all == 0:
		c.breach(m, "no receipt", "one", "none")
	case all > 0 && !slices.Contains(fates, Own):
		c.breach(m, "a receipt that must not be", fmt.Sprint(fates), fmt.Sprintf("%d (outbox %d)", all, c.receipts[m][0].Seq))
	case plain > 1:
		c.breach(m, "more than one receipt", "one without the mark of a possible duplicate", fmt.Sprint(plain))
	case m.Mention && all > 1 && !c.sameDelivery(m):
		c.breach(m, "more than one delivery id", "the same at each try", fmt.Sprint(all))
	case all > 2:
		c.breach(m, "too many receipts", "one, and at most one more that is marked", fmt.Sprint(all))
	case all > 0 && m.count(Accepted)+m.count(InDoubt) == 0:
		c.breach(m, "a receipt for a mail that was not taken", "none", fmt.Sprint(all))
	}
}

// sameDelivery tells whether all receipts of a mention have one delivery id.
func (c *checker) sameDelivery(m *Mail) bool {
	all := c.receipts[m]
	return !slices.ContainsFunc(all, func(p *Piece) bool { return p.MessageID != all[0].MessageID })
}

// grace is how long after trouble has ended a receipt may take.
const grace = 5 * time.Minute

// inTime checks that the receipt came within five minutes of the mail or, when the desk was killed or broken meanwhile, of the end of that.
func (c *checker) inTime(m *Mail, p *Piece) {
	first, ok := m.first()
	if !ok {
		return
	}
	// Of several tries any may be the one that was taken.
	by := m.Tries[len(m.Tries)-1].After.Add(grace)
	for _, t := range c.Troubles {
		if t.To.After(first.Before) && t.From.Before(by) && t.To.Add(grace).After(by) {
			by = t.To.Add(grace)
		}
	}
	if p.At.After(by.Add(slack)) {
		c.breach(m, "its receipt came late", "by "+clock(by), clock(p.At))
	}
}

func clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// thread checks that m's receipts are of the conversation that they must be of.
func (c *checker) thread(m *Mail) {
	if m.Follows == nil || !m.Seen || len(c.receipts[m]) == 0 || len(c.receipts[m.Follows]) == 0 {
		return
	}
	mine, before := c.receipts[m][0], c.receipts[m.Follows][0]
	switch {
	case m.Stranger && (mine.ReplyTo == before.ReplyTo || mine.Conversation == before.Conversation):
		c.breach(m, "a stranger joined a conversation", "a conversation of its own", mine.Conversation)
	case !m.Stranger:
		c.sameThread(m, mine)
	}
}

// group checks mails of which a fixed number has receipts.
func (c *checker) group(name string, g Group) {
	n, own, certain := 0, 0, true
	for _, m := range c.Mails {
		if m.Group != name {
			continue
		}
		n++
		certain = certain && m.count(Accepted) > 0
		if len(c.receipts[m]) > 0 {
			own++
		}
	}
	if want := min(n, g.Own); own > want || certain && own < want {
		c.breach(nil, "group "+name+": mails with a receipt", fmt.Sprint(want), fmt.Sprint(own))
	}
}

// canaries checks that nothing of anybody's subject or body has left.
func (c *checker) canaries() {
	owner := map[string]*Mail{}
	for _, m := range c.Mails {
		for _, w := range m.Canaries {
			owner[w] = m
		}
	}
	for _, p := range c.Pieces {
		for w := range words(p.All()) {
			if m := owner[w]; m != nil {
				c.breach(m, "the sender's words have left", "nothing echoed", fmt.Sprintf("%q in outbox %d", w, p.Seq))
			}
		}
	}
}
