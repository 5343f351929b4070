package stories

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// one is somebody by name, as a mail of theirs would make them known.
func (s *stage) one(name string) desk.Cc {
	address := strings.ToLower(name) + "@customer.example"
	return desk.Cc{Contact: s.keys.Contact(s.brand.ID, desk.Email, address), Party: channel.Party{Name: name, Address: address}}
}

// letter plays "writes to Mira, to leave in 10m": an agent writes first.
func (s *stage) letter(act desk.Act, m desk.Message, words string) {
	to, in, later := strings.Cut(strings.TrimPrefix(words, "to "), ", to leave in ")
	x := s.one(to)
	act.Subject = desk.Subject{Ref: desk.Ref{Brand: s.brand.ID, Conversation: s.keys.Conversation(s.brand.ID, desk.Email, "letter "+s.now.String(), x.Party.Address)}, Channel: desk.Email, Contact: x.Contact}
	ev := desk.Started{Act: act, Message: m, Party: x.Party, Title: "Your flight", Language: "en"}
	if later {
		d, err := time.ParseDuration(in)
		if err != nil {
			s.t.Fatalf("%s: %v", s.where, err)
		}
		ev.At = s.now.Add(d)
	}
	s.take(ev)
}

// takesBack plays "withdraws what waits": the newest conversation's answer that has not left.
func (s *stage) takesBack(act desk.Act) {
	c := s.conversations[s.last.Conversation.Conversation]
	if len(c.Scheduled) == 0 {
		s.t.Fatalf("%s: nothing waits to leave", s.where)
	}
	w, said := c.Scheduled[0], s.messages[c.Conversation]
	i := slices.IndexFunc(said, func(m desk.Message) bool { return m.ID == w.Message })
	s.take(desk.TakenBack{Act: act, Answer: w.Effect, Was: said[i]})
}

// forwards plays "forwards to Bruno": what the customer wrote goes to somebody outside.
func (s *stage) forwards(act desk.Act, m desk.Message, words string) {
	x := s.one(strings.TrimPrefix(words, "to "))
	m.Kind, act.Contact = desk.KindForward, x.Contact
	s.take(desk.Forwarded{Act: act, Message: m, To: x})
	s.latest[x.Contact] = s.last.Conversation.Conversation // what he answers is about
}

// splits plays "splits off the newest": the newest message of the newest conversation goes into one of its own.
func (s *stage) splits(act desk.Act) {
	c := s.conversations[s.last.Conversation.Conversation]
	said := slices.Clone(s.messages[c.Conversation])
	for i := range said {
		said[i].In, said[i].Kind = c.Conversation, "message"
	}
	goes := said[len(said)-1]
	act.Beside = desk.Ref{Brand: c.Brand, Conversation: s.keys.Conversation(c.Brand, desk.Email, "split "+goes.ID, goes.Author.Address)}
	s.take(desk.Split{Act: act, Said: said, Goes: []string{goes.ID}, Judged: triage.Default(triage.Input{Text: goes.Excerpt})})
}

// complains plays "Mira complains": her provider tells that she marked mail of ours as unwanted.
func (s *stage) complains(name string) {
	x := s.one(name)
	c := desk.Contact{ID: x.Contact, Party: x.Party}
	if known := s.contacts[x.Contact]; known != nil {
		c = *known
	}
	c.Complained = &s.now
	s.contacts[x.Contact] = &c
}

// copyLeftOut plays what deliver tells when the newest answer leaves and the reader of a copy has complained meanwhile.
func (s *stage) copyLeftOut(name string) {
	i := slices.IndexFunc(s.last.Effects, func(e desk.Effect) bool { return e.Reply != nil && len(e.Reply.Cc) > 0 })
	if i < 0 {
		s.t.Fatalf("%s: the newest decision sends no copy", s.where)
	}
	s.take(desk.NewCopyUnsent(s.last.Effects[i], s.one(name), desk.NotComplained, s.keys))
}

// ofLetters are about what an agent sends to who has not asked, and what is split off.
var ofLetters = map[string]expectation{
	"stops": func(s *stage, value string) (bool, any) { // stops the letter: unwanted
		c := s.last.Conversation
		return len(c.Scheduled) == 1 && string(c.Scheduled[0].Stopped) == strings.TrimPrefix(value, "the letter: ") && len(s.last.Effects) == 0, c.Scheduled
	},
	"sends-nothing": func(s *stage, _ string) (bool, any) { return len(s.last.Effects) == 0, s.last.Effects },
	"begins": func(s *stage, _ string) (bool, any) { // begins the conversation: a letter that leaves
		d := s.last
		return len(d.Effects) == 1 && d.Effects[0].Reply != nil && d.Effects[0].Reply.First, d.Effects
	},
	"beside": func(s *stage, value string) (bool, any) { // beside is owed first_response: what was split off
		if s.last.Beside == nil {
			return false, "nothing"
		}
		n := s.last.Beside.Conversation
		kind := strings.TrimPrefix(value, "is owed ")
		return slices.ContainsFunc(n.Targets, func(x sla.Target) bool { return string(x.Kind) == kind && x.State == sla.Running }), n.Targets
	},
}
