package stories

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/sla"
)

// expectation tells whether what a line says after its first word holds, and what is there instead.
type expectation func(s *stage, value string) (ok bool, got any)

// expectations are what a story may say of the newest decision, by the first word of the line.
var expectations = func() map[string]expectation {
	all := map[string]expectation{}
	for _, some := range []map[string]expectation{ofReceipts, ofTime, ofAgents, ofMatter, ofOthers, ofSurveys, ofLetters} {
		maps.Copy(all, some)
	}
	return all
}()

// expect checks one indented line.
func (s *stage) expect(words string) {
	key, value, _ := strings.Cut(words, " ")
	holds := expectations[key]
	if kind, ok := strings.CutPrefix(value, "receipt"); ok && (key == "full" || key == "short") {
		holds, value = receipt(key == "short"), strings.TrimPrefix(kind, " signed by ")
	}
	if holds == nil {
		s.t.Fatalf("%s: no expectation %q", s.where, words)
	}
	if ok, got := holds(s, value); !ok {
		s.t.Helper()
		s.fail("want %q, got %v; why: %v", words, got, s.last.Why)
	}
}

// receipt is the message's own, full or short; by is who signs it and has the conversation, "" for anybody.
func receipt(short bool) expectation {
	return func(s *stage, by string) (bool, any) {
		d := s.last
		if len(d.Effects) == 0 || d.Message.Outcome.Receipt != d.Effects[0].ID || d.Effects[0].Receipt.Short != short {
			return false, d.Message.Outcome
		}
		signer := d.Effects[0].Receipt.Assignee.ID
		return by == "" || signer == by && d.Conversation.Assignee.ID == by, signer
	}
}

// ofReceipts are about receipts and what else is sent.
var ofReceipts = map[string]expectation{
	"shares": func(s *stage, _ string) (bool, any) {
		d, m, c := s.last, s.last.Message, s.last.Conversation
		return len(d.Effects) == 0 && m.Outcome.Receipt == c.Receipt.Effect, m.Outcome
	},
	"no": func(s *stage, value string) (bool, any) { // no receipt: REASON
		d, m := s.last, s.last.Message
		return string(m.Outcome.Suppressed) == strings.TrimPrefix(value, "receipt: ") && len(d.Effects) == 0, m.Outcome
	},
	"sends": func(s *stage, _ string) (bool, any) { // sends a reply
		d := s.last
		return len(d.Effects) == 1 && d.Effects[0].Reply != nil, d.Effects
	},
	"lane": func(s *stage, value string) (bool, any) {
		d := s.last
		return len(d.Effects) > 0 && d.Effects[0].Lane == value, d.Effects
	},
	"recalls": func(s *stage, _ string) (bool, any) { // recalls the receipt
		d := s.last
		return len(d.Recalls) == 1 && len(d.Effects) == 0, d.Recalls
	},
	"recalls-nothing": func(s *stage, _ string) (bool, any) {
		d := s.last
		return len(d.Recalls) == 0 && len(d.Effects) == 0, d.Recalls
	},
	"notices": func(s *stage, value string) (bool, any) { // notices renewed signed by ana
		d, c := s.last, s.last.Conversation
		what, by, _ := strings.Cut(value, " signed by ")
		var told []string
		for _, e := range d.Effects {
			if e.Kind == channel.Notice {
				told = append(told, string(e.Receipt.Notice)+" signed by "+e.Receipt.Assignee.ID)
			}
		}
		return len(told) == 1 && told[0] == what+" signed by "+by && c.Assignee.ID == by, told
	},
	"notices-nobody": func(s *stage, _ string) (bool, any) {
		d := s.last
		return !slices.ContainsFunc(d.Effects, func(e desk.Effect) bool { return e.Kind == channel.Notice }), d.Effects
	},
}

// ofTime are about targets, promises and clocks.
var ofTime = map[string]expectation{
	"promised": func(s *stage, value string) (bool, any) { // promised within 1h
		c := s.last.Conversation
		within, err := time.ParseDuration(strings.TrimPrefix(value, "within "))
		return err == nil && c.Promise != nil && c.Promise.By.Equal(s.now.Add(within)), c.Promise
	},
	"target": func(s *stage, value string) (bool, any) { // target first_response
		c := s.last.Conversation
		kind, state, named := strings.Cut(value, " ")
		if !named {
			state = string(sla.Running)
		}
		return slices.ContainsFunc(c.Targets, func(x sla.Target) bool { return string(x.Kind) == kind && string(x.State) == state }), c.Targets
	},
	"due": func(s *stage, value string) (bool, any) { // due resolution 2026-06-03T09:00:00+02:00
		c := s.last.Conversation
		kind, at, _ := strings.Cut(value, " ")
		due, err := time.Parse(time.RFC3339, at)
		return err == nil && slices.ContainsFunc(c.Targets, func(x sla.Target) bool { return string(x.Kind) == kind && x.Due.Equal(due) }), c.Targets
	},
	"promise": func(s *stage, value string) (bool, any) {
		c := s.last.Conversation
		return c.Promise != nil && c.Promise.State == value, c.Promise
	},
	"clock": func(s *stage, value string) (bool, any) { // clock in 45m
		c := s.last.Conversation
		in, err := time.ParseDuration(strings.TrimPrefix(value, "in "))
		return err == nil && c.Next != nil && c.Next.Equal(s.now.Add(in)), c.Next
	},
	"nothing": func(s *stage, _ string) (bool, any) { // nothing is promised
		c := s.last.Conversation
		return c.Promise == nil && len(c.Targets) == 0, c.Promise
	},
	"stands": func(s *stage, value string) (bool, any) { // stands among what nobody waits for, stands to be answered
		c := s.last.Conversation
		return c.Idle() == (value == "among what nobody waits for"), c.Status
	},
	"no-clock": func(s *stage, _ string) (bool, any) {
		c := s.last.Conversation
		return c.Next == nil, c.Next
	},
	"zone": func(s *stage, value string) (bool, any) {
		c := s.last.Conversation
		return fmt.Sprint(c.Zone.Sure) == "true" == (value == "sure"), c.Zone
	},
}

// ofAgents are about who has it and who is called.
var ofAgents = map[string]expectation{
	"the-ladder": func(s *stage, _ string) (bool, any) { // the-ladder is at its end
		c := s.last.Conversation
		return c.Paging != nil && c.Paging.Next.IsZero() && (c.Next == nil || c.Next.After(s.now)), c.Paging
	},
	"nobody-is-called": func(s *stage, _ string) (bool, any) { // any more: somebody has it
		c := s.last.Conversation
		return c.Paging == nil, c.Paging
	},
	"handed": func(s *stage, _ string) (bool, any) { // handed over, with a note
		m := s.last.Message
		return m != nil && m.Kind == "note" && strings.HasPrefix(m.Excerpt, "Handed over from "), m
	},
	"pages": func(s *stage, value string) (bool, any) { // pages ana, marta
		d := s.last
		var to []string
		for _, e := range d.Effects {
			if e.Page != nil {
				to = append(to, e.Page.Agent)
			}
		}
		return strings.Join(to, ", ") == value, to
	},
	"pages-nobody": func(s *stage, _ string) (bool, any) {
		d := s.last
		return !slices.ContainsFunc(d.Effects, func(e desk.Effect) bool { return e.Page != nil }), d.Effects
	},
	"assigned": func(s *stage, value string) (bool, any) { // assigned to ID
		c := s.last.Conversation
		return c.Assignee.ID == strings.TrimPrefix(value, "to "), c.Assignee
	},
}

// ofMatter are about how the conversation stands and what was read in it.
var ofMatter = map[string]expectation{
	"status": func(s *stage, value string) (bool, any) {
		c := s.last.Conversation
		return string(c.Status) == value, c.Status
	},
	"priority": func(s *stage, value string) (bool, any) {
		c := s.last.Conversation
		return string(c.Priority) == value, c.Priority
	},
	"language": func(s *stage, value string) (bool, any) {
		c := s.last.Conversation
		return c.Language == value, c.Language
	},
	"mood": func(s *stage, value string) (bool, any) { // mood positive: the conversation's
		c := s.last.Conversation
		return string(c.Sentiment.Label) == value, c.Sentiment
	},
	"label": func(s *stage, value string) (bool, any) { // label positive it, was negative; label taken back it
		d := s.last
		var got []string
		for _, l := range d.Labels {
			if l.Mood == "" {
				got = append(got, "taken back "+l.Language)
				continue
			}
			got = append(got, fmt.Sprintf("%s %s, was %s", l.Mood, l.Language, l.Was))
		}
		return slices.Contains(got, value), got
	},
	"no-label": func(s *stage, _ string) (bool, any) {
		d := s.last
		return len(d.Labels) == 0, d.Labels
	},
	"contact": func(s *stage, value string) (bool, any) { // contact speaks it
		c := s.last.Conversation
		return s.contacts[c.Contact].Language == strings.TrimPrefix(value, "speaks "), s.contacts[c.Contact]
	},
	"withdrawn": func(s *stage, _ string) (bool, any) {
		c := s.last.Conversation
		return c.Withdrawn && c.Status == desk.StatusResolved && c.Next == nil, c
	},
	"says": func(s *stage, value string) (bool, any) { // says "TEXT"
		m := s.last.Message
		return m.Excerpt == strings.Trim(value, `"`), m.Excerpt
	},
	"conversations": func(s *stage, value string) (bool, any) {
		return fmt.Sprint(len(s.conversations)) == value, len(s.conversations)
	},
	"why": func(s *stage, value string) (bool, any) { // why WORDS: somewhere in the reasons
		d := s.last
		return strings.Contains(strings.Join(d.Why, "; "), value), d.Why
	},
	"refused:": func(s *stage, value string) (bool, any) {
		d := s.last
		return string(d.Refused) == value, d.Refused
	},
	"nothing-happens": func(s *stage, _ string) (bool, any) {
		d := s.last
		return d.Nothing && d.Refused == "", d
	},
	"taken": func(s *stage, _ string) (bool, any) { // taken before
		d := s.last
		return d.Nothing, d
	},
}

// ofOthers are about who takes part and with what it hangs together.
var ofOthers = map[string]expectation{
	"guest": func(s *stage, value string) (bool, any) { // guest unconfirmed [unproved]
		c := s.last.Conversation
		state, unproved, _ := strings.Cut(value, " ")
		return c.Guest != nil && string(c.Guest.State) == state && c.Guest.Proved == (unproved == ""), c.Guest
	},
	"no-guest": func(s *stage, _ string) (bool, any) {
		c := s.last.Conversation
		return c.Guest == nil, c.Guest
	},
	"joins": func(s *stage, value string) (bool, any) { // joins Mira's conversation: the one that she opened
		c := s.last.Conversation
		return c.Contact == s.keys.Contact(s.brand.ID, desk.Email, strings.ToLower(strings.TrimSuffix(value, "'s conversation"))+"@customer.example"), c.Contact
	},
	"merged": func(s *stage, _ string) (bool, any) { // into another
		c := s.last.Conversation
		return c.Merged != "" && s.conversations[c.Merged] != nil && len(c.Targets) == 0, c.Merged
	},
	"follows": func(s *stage, _ string) (bool, any) { // a closed one
		c := s.last.Conversation
		return c.Follows != "" && s.conversations[c.Follows].Status == desk.StatusClosed, c.Follows
	},
	"answered-to": func(s *stage, value string) (bool, any) { // answered-to Paolo: where an agent's answer would go
		c := s.last.Conversation
		return c.Party.Name == value, c.Party
	},
}

// ofSurveys are about the question how we did.
var ofSurveys = map[string]expectation{
	"asks": func(s *stage, value string) (bool, any) { // asks Mira, signed by ana
		d, c := s.last, s.last.Conversation
		name, by, _ := strings.Cut(value, ", signed by ")
		var asked []string
		for _, e := range d.Effects {
			if q := e.Survey; q != nil && e.Kind == channel.Survey && d.Asked != nil && c.Survey.Effect == e.ID {
				asked = append(asked, q.To.Name+" "+q.By.ID)
			}
		}
		return len(asked) == 1 && asked[0] == name+" "+by, asked
	},
	"asks-nobody": func(s *stage, _ string) (bool, any) {
		d := s.last
		return !slices.ContainsFunc(d.Effects, func(e desk.Effect) bool { return e.Survey != nil }) && d.Asked == nil, d.Effects
	},
	"rated": func(s *stage, value string) (bool, any) { // rated 4
		d, m, c := s.last, s.last.Message, s.last.Conversation
		return c.Survey != nil && c.Survey.Rating != nil && fmt.Sprint(c.Survey.Rating.Is) == value && d.Asked != nil && fmt.Sprint(d.Asked.Rating) == value && m.Rating.Is == c.Survey.Rating.Is, c.Survey
	},
}
