package console_test

import (
	"cmp"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"pronto/functions/console/work"
	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/wiring"
	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// past is what some contacts are said to have written, by brute force: whole in memory, and loaded into the table as turns would have left it.
type past struct {
	*world
	r        *rand.Rand
	contacts []string
	talks    map[string]*talked
	said     map[string]*piece // by id
	n        int
}

// talked is a conversation of the past.
type talked struct {
	desk.Conversation
	gone  bool // its head is no longer there
	rows  []*piece
	turns int
}

// piece is a message of the past, with what has followed in its conversation.
type piece struct {
	desk.Message
	of       *talked
	receipts []string // conversation/effect of what was sent, as it is shown
	whys     []string
}

func (p *past) id() string {
	p.n++
	return strings.ToLower(base32.StdEncoding.EncodeToString(binary.BigEndian.AppendUint64([]byte{0x11, 0x5e}, uint64(p.n))))[:16]
}

// begin opens a conversation of one of the contacts.
func (p *past) begin(at time.Time) *talked {
	id := p.id()
	p.talks[id] = &talked{Conversation: desk.Conversation{
		Ref: desk.Ref{Brand: "acme-air", Conversation: id}, Status: desk.StatusOpen, Channel: []string{desk.Email, "bluesky", "custom"}[p.r.IntN(3)], Contact: p.contacts[p.r.IntN(len(p.contacts))],
		Party: channel.Party{Name: "Ada Marsh"}, Subject: "Matter " + id, Language: "en", Opened: at, Last: at,
		Priority: triage.Normal, Sentiment: triage.Sentiment{Label: triage.Neutral},
	}}
	return p.talks[id]
}

// say lets somebody write in a conversation, the next there; most get a receipt, some a turn that says why later.
func (p *past) say(c *talked, at time.Time) *piece {
	m := &piece{of: c, Message: desk.Message{ID: p.id(), Direction: "in", Kind: "message", At: at, Author: c.Party, Excerpt: "words " + fmt.Sprint(p.n)}}
	switch p.r.IntN(5) {
	case 0:
		m.Direction, m.Kind = "out", "note"
	case 1:
		m.Direction, m.Kind = "out", "reply"
		if p.r.IntN(4) == 0 {
			m.Withdrawn = &at
		}
	}
	c.rows, p.said[m.ID] = append(c.rows, m), m
	return m
}

// load writes the rows of some conversations. The turns of each are numbered in the order of time; that of a message may be of the same moment.
func (p *past) load(talks ...*talked) {
	p.t.Helper()
	var rows []attr.Item
	put := func(c *talked, sort string, v any) attr.Item {
		b, err := json.Marshal(v)
		if err != nil {
			p.t.Fatal(err)
		}
		return attr.Item{}.With("PK", attr.String("C#acme-air#"+c.Conversation.Conversation)).With("SK", attr.String(sort)).With("doc", attr.String(string(b)))
	}
	for _, c := range talks {
		slices.SortFunc(c.rows, func(a, b *piece) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.ID, b.ID)) })
		c.turns = 0
		for i, m := range c.rows {
			m.receipts, m.whys = nil, nil
			turn := func(at time.Time, why string, kind channel.Kind) {
				c.turns++
				rec := store.Record{Event: "received", At: at, Policy: "p"}
				if why != "" {
					rec.Why, m.whys = []string{why}, append(m.whys, why)
				}
				if kind != "" {
					e := desk.Effect{Ref: c.Ref, ID: desk.EffectID(c.turns, 0), Kind: kind, Lane: desk.LaneEmail, Channel: desk.Email, Decided: at, Receipt: &desk.Receipt{Message: m.ID, Language: "en", Due: at.Add(time.Hour)}}
					rec.Effects, m.receipts = []store.Order{{ID: e.ID, Lane: e.Lane}}, append(m.receipts, c.Conversation.Conversation+"/"+e.ID)
					if kind == channel.Receipt {
						m.Outcome.Receipt = e.ID
					}
					rows = append(rows, put(c, "E#"+e.ID, e).With("state", attr.String("accepted")))
				}
				rows = append(rows, put(c, fmt.Sprintf("T#%06d", c.turns), rec))
			}
			until := 24 * time.Hour // what is done follows before something else is written
			if i+1 < len(c.rows) {
				until = c.rows[i+1].At.Sub(m.At)
			}
			if until > 0 {
				kind := channel.Kind("")
				if m.Kind == "message" {
					kind = channel.Receipt
				}
				turn(m.At.Add(until/4*time.Duration(p.r.IntN(2))), "", kind) // maybe of the message's own moment
				for n := range p.r.IntN(3) {
					kind := channel.Kind("")
					if n == 1 {
						kind = channel.Notice
					}
					turn(m.At.Add(until/2), "ana tagged it: "+m.ID+fmt.Sprint(n), kind)
				}
			}
			rows = append(rows, put(c, "M#"+m.At.UTC().Format("2006-01-02T15:04:05.000Z")+"#"+m.ID, m.Message).
				With("g2p", attr.String("P#acme-air#"+c.Contact)).With("g2s", attr.String(m.At.UTC().Format("2006-01-02T15:04:05.000Z"))))
		}
		if !c.gone {
			rows = append(rows, put(c, "@", c.Conversation).With("seq", attr.Num(fmt.Sprint(c.turns))))
		}
	}
	if err := p.AWS.DynamoDB.Load(wiring.Table, slices.Values(rows)); err != nil {
		p.t.Fatal(err)
	}
}

// tangle merges some of the conversations, splits messages off others and forgets the heads of a few.
func (p *past) tangle() {
	ids := slices.Sorted(maps.Keys(p.talks))
	for _, id := range ids {
		c, other := p.talks[id], p.talks[ids[p.r.IntN(len(ids))]]
		switch m := c.rows[p.r.IntN(len(c.rows))]; p.r.IntN(8) {
		case 0:
			if other != c && other.Merged == "" && len(c.Parts) == 0 {
				c.Merged, other.Parts = other.Conversation.Conversation, append(other.Parts, id)
			}
		case 1:
			n := p.begin(m.At)
			n.Contact = c.Contact
			pieces := []desk.Piece{{Message: m.ID, At: m.At, In: id}}
			c.SplitOff, n.SplitFrom = append(c.SplitOff, desk.SplitOff{To: n.Conversation.Conversation, Pieces: pieces}), &desk.SplitFrom{Of: id, Pieces: pieces}
			note := p.say(n, m.At.Add(time.Hour))
			note.Direction, note.Kind, note.Withdrawn = "out", "note", nil
		case 2:
			if p.r.IntN(3) == 0 && c.Merged == "" && len(c.Parts) == 0 && c.SplitFrom == nil {
				c.gone = true
			}
		}
	}
}

// stands is the conversation in which a message is now.
func (p *past) stands(m *piece) string {
	at := m.of
	for {
		next := p.talks[at.Onward(m.of.Conversation.Conversation, m.ID)]
		if next == nil || next.gone {
			return at.Conversation.Conversation
		}
		at = next
	}
}

// holds compares what pages have shown with the past, those that only came while they were read left out.
func (p *past) holds(what string, shown []work.Piece, came map[string]bool) {
	p.t.Helper()
	seen, receipts, whys := map[string]int{}, map[string]int{}, map[string]int{}
	for i, x := range shown {
		if i > 0 && x.Message.At.Before(shown[i-1].Message.At.Truncate(time.Millisecond)) {
			p.t.Fatalf("%s: %s of %s stands after %s", what, x.Message.ID, x.Message.At, shown[i-1].Message.At)
		}
		m := p.said[x.Message.ID]
		seen[m.ID]++
		if in := p.stands(m); x.Conversation != in || x.Contact != m.of.Contact || cmp.Or(x.Message.Part, in) != m.of.Conversation.Conversation {
			p.t.Fatalf("%s: %s stands in %s of %s, not in %s", what, m.ID, x.Conversation, x.Contact, in)
		}
		if x.Begins != (m.of.SplitFrom == nil && m.At.Equal(m.of.Opened)) || (x.Message.Kind == work.KindWithdrawn) != (m.Withdrawn != nil) {
			p.t.Fatalf("%s: %s begins %v, as %s", what, m.ID, x.Begins, x.Message.Kind)
		}
		for _, s := range x.Sent {
			receipts[m.of.Conversation.Conversation+"/"+s.ID]++
			if !slices.Contains(m.receipts, m.of.Conversation.Conversation+"/"+s.ID) {
				p.t.Fatalf("%s: %s is not what followed %s", what, s.ID, m.ID)
			}
		}
		for _, d := range x.Done {
			for _, why := range d.Why {
				if whys[why]++; !slices.Contains(m.whys, why) {
					p.t.Fatalf("%s: %q is not what followed %s", what, why, m.ID)
				}
			}
		}
	}
	for id, m := range p.said {
		want := 1
		if m.of.gone || m.Withdrawn != nil && len(m.receipts)+len(m.whys) == 0 {
			want = 0
		}
		if seen[id] != want && !came[id] {
			p.t.Fatalf("%s: %s of %s is shown %d times, not %d", what, id, m.of.Conversation.Conversation, seen[id], want)
		}
		for _, all := range []struct {
			want []string
			got  map[string]int
		}{{m.receipts, receipts}, {m.whys, whys}} {
			for _, x := range all.want {
				if all.got[x] != want && !came[id] {
					p.t.Fatalf("%s: %q is shown %d times, not %d", what, x, all.got[x], want)
				}
			}
		}
	}
}

// Whatever a person's contacts have written, over however many conversations at once, merged, split and forgotten: its timeline shows each piece once, in the order of time, where it stands now, with
// all that followed and nothing else. So it is while more comes between two pages, at the end and from long ago.
func TestATimelineLosesNothing(t *testing.T) {
	w := open(t)
	home, atWork := w.twoAddresses()
	contacts := []string{w.contactOf(home), w.contactOf(atWork)}
	w.ask("ana", "POST", "/api/v1/contacts/"+contacts[0]+"/link", linkTo(contacts[1])).is(200)
	had := map[string]bool{}
	for _, x := range w.timeline(contacts[0], "").Items {
		had[x.Message.ID] = true
	}
	p := &past{world: w, contacts: contacts, talks: map[string]*talked{}, said: map[string]*piece{}}
	for seed, size := range []struct{ talks, messages, minutes int }{{4, 40, 600}, {60, 1, 100_000}, {1, 150, 3}, {25, 6, 1}} {
		p.r = rand.New(rand.NewPCG(uint64(seed), 8))
		begin := monday.AddDate(-seed-1, 0, 0) // each world before the last, and all are one past
		for range size.talks {
			var times []time.Time
			for range 1 + p.r.IntN(size.messages) {
				times = append(times, begin.Add(time.Duration(p.r.Int64N(int64(size.minutes)*6000))*10*time.Millisecond))
			}
			slices.SortFunc(times, time.Time.Compare)
			c := p.begin(times[0])
			for _, at := range times {
				p.say(c, at)
			}
		}
	}
	p.tangle()
	p.load(slices.Collect(maps.Values(p.talks))...)

	read := func(contact string, between func(page int)) (all []work.Piece) {
		for cursor, n := "", 0; ; n++ {
			page := w.timeline(contact, cursor)
			page.Items = slices.DeleteFunc(page.Items, func(x work.Piece) bool { return had[x.Message.ID] })
			if all = append(page.Items, all...); page.Cursor == "" {
				return all
			}
			cursor = page.Cursor
			between(n)
		}
	}
	for _, c := range contacts {
		p.holds("from "+c, read(c, func(int) {}), nil)
	}
	came := map[string]bool{}
	shown := read(contacts[0], func(page int) {
		if page > 4 {
			return
		}
		now, old := p.begin(monday.Add(time.Duration(page)*time.Minute)), p.begin(monday.AddDate(-9, page, 0))
		came[p.say(now, now.Opened).ID] = true // it is on the next reading's first page
		p.say(old, old.Opened)
		p.load(now, old)
	})
	p.holds("while more comes", shown, came)
	if slices.ContainsFunc(shown, func(x work.Piece) bool { return came[x.Message.ID] }) {
		t.Error("what came at the end stands among what was before")
	}
}
