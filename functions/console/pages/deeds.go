package pages

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// What the desk and people did between the messages stands between them, quietly: one line a turn, and where there are several, one for all that unfolds.

// deedsView is what was done between two messages.
type deedsView struct {
	ID    string
	Words string // of more than one: what is folded
	Items []deedView
}

// deedView is what was done in one turn.
type deedView struct {
	Text  string
	Brief string // without the rules by which it was judged; "" for the same
	When  moment
	Bad   bool // a promise broke, or something is late
}

// deedsSaid is how many of what is folded the summary names.
const deedsSaid = 3

// deeds puts what was done after the pieces that it followed. What cannot be read now is left out: the page is worth more than it.
func (h *Handler) deeds(v *visit, c work.Conversation, pieces []piece) {
	all, cut, p := h.desk.Deeds(v.Context(), c)
	if p != nil || len(pieces) == 0 {
		return
	}
	next, lead, told := 0, true, once{}
	for _, d := range all {
		d.Why = told.of(d.Of, d.Why)
		for next < len(c.Messages) && !c.Messages[next].At.After(d.At) {
			next++
		}
		one, ok := h.deed(v, c, d)
		if !ok {
			continue
		}
		to := &pieces[max(0, min(next, len(pieces))-1)].Deeds
		if *to == nil {
			*to = &deedsView{ID: d.ID}
			if lead && cut {
				(*to).Items = append((*to).Items, deedView{Text: v.T("What was done before is in the audit."), When: one.When})
			}
			lead = false
		}
		(*to).Items = append((*to).Items, one)
	}
	for i := range pieces {
		if d := pieces[i].Deeds; d != nil {
			d.Words = v.folded(d.Items)
		}
	}
}

// folded says what stands behind a fold.
func (v *visit) folded(items []deedView) string {
	var some []string
	for _, x := range items[:min(len(items), deedsSaid)] {
		some = append(some, strings.TrimSuffix(cmp.Or(x.Brief, x.Text), "."))
	}
	all := strings.Join(some, " · ")
	if len(items) > deedsSaid {
		all += " …"
	}
	return v.T("%d thing happened: %s | %d things happened: %s", len(items), all)
}

// deed is a turn in words; ok is false for one of which the messages tell enough.
func (h *Handler) deed(v *visit, c work.Conversation, d work.Deed) (one deedView, ok bool) {
	calls := slices.Clone(d.Calls)
	var said, rules []string
	for _, why := range d.Why {
		text, bad := h.deedWords(v, c, d.Event, why)
		if text == "" {
			continue
		}
		if who, _, paged := strings.Cut(strings.TrimPrefix(why, "page "), ": "); paged && strings.HasPrefix(why, "page ") {
			if i := slices.IndexFunc(calls, func(x work.Called) bool { return x.Agent == who }); i >= 0 {
				text = strings.TrimSuffix(text, ".") + " (" + v.callBecame(calls[i]) + ")."
				calls = slices.Delete(calls, i, i+1)
			}
		}
		if begins(why, rulesOfTargets...) {
			rules = append(rules, text)
			continue
		}
		said, one.Bad = append(said, text), one.Bad || bad
	}
	one.Brief = strings.Join(said, " ")
	said = append(said, rules...) // what was done is said before the rules by which it was
	one.Text, one.When = strings.Join(said, " "), v.at(d.At)
	return one, len(said) > 0
}

// callBecame says how far a call has come, and when it left.
func (v *visit) callBecame(x work.Called) string {
	whole, _ := v.delivery(&x.Delivery)
	return whole + ", " + v.at(x.Delivery.Tried).Words
}

// deedWords are a turn's reason as it is said on the page; "" for one that says nothing that the page does not.
func (h *Handler) deedWords(v *visit, c work.Conversation, event, why string) (text string, bad bool) {
	s, parts := shapeOf(why)
	if parts == nil {
		return "", false
	}
	var args []any
	for i, part := range parts {
		if s.kinds[i] != '_' {
			args = append(args, h.filled(v, c, s.kinds[i], part))
		}
	}
	switch {
	case s.key == gaveTo && args[0] == args[1]:
		return v.T("%s took it.", args[0]), false
	case s.key == raisedTo && event == "received":
		return v.T("Priority raised to %s: by what the message says.", args[0]), false
	}
	return v.T(s.key, args...), slices.Contains(badDeeds, s.key)
}

// filled is what stands in a place of a reason, in words for people.
func (h *Handler) filled(v *visit, c work.Conversation, kind byte, part string) string {
	switch kind {
	case 'a':
		return h.whoIs(c, part)
	case 'c':
		return cmp.Or(v.T(causes[part]), v.said(part))
	case 't':
		return cmp.Or(v.T(targets[sla.Kind(part)]), part)
	case 'h':
		if part == "any channel" {
			return v.T("any channel")
		}
		return v.channel(part)
	case 'p':
		if part == "any" {
			return v.T("any priority")
		}
		return v.T("priority %s", cmp.Or(v.T(priorities[triage.Priority(part)]), part))
	case 'm':
		at, err := time.Parse(time.RFC3339, part)
		if err != nil {
			return part
		}
		return v.at(at).Words
	}
	return v.said(part)
}

// shapeOf is the shape that a turn's reason has, and what stands in its places; nil where it has none.
func shapeOf(why string) (deedShape, []string) {
	for _, s := range deedShapes() {
		if m := s.shape.FindStringSubmatch(why); m != nil {
			return s, m[1:]
		}
	}
	return deedShape{}, nil
}

// whoIs is the name of an agent, or of the brand's team.
func (h *Handler) whoIs(c work.Conversation, id string) string {
	if b := h.desk.Policy.Brand(c.Brand); b != nil && b.Team.ID == id {
		return b.Team.Name
	}
	return h.nameOf(id)
}

// deedShape is a reason as a turn has it, and how it is said.
type deedShape struct {
	shape *regexp.Regexp
	kinds []byte
	key   words.Key
}

var deedShapes = sync.OnceValue(func() (all []deedShape) {
	long := []string{}
	for why := range deedsOf {
		long = append(long, why)
	}
	slices.SortFunc(long, func(a, b string) int { return cmp.Or(cmp.Compare(len(b), len(a)), strings.Compare(a, b)) }) // what says most is most surely meant
	for _, why := range long {
		x := deedShape{key: deedsOf[why]}
		for i := range len(why) - 1 {
			if why[i] == '%' {
				x.kinds = append(x.kinds, why[i+1])
			}
		}
		shape := strings.NewReplacer("%a", `(\S+)`, "%t", `(\S+)`, "%m", `(\S+)`, "%c", "(.+)", "%h", "(.+)", "%p", "(.+)", "%s", "(.+)", "%_", "(.+)").Replace(regexp.QuoteMeta(why))
		x.shape = regexp.MustCompile("^" + shape + "$")
		all = append(all, x)
	}
	return all
})

const (
	gaveTo   words.Key = "%s gave it to %s."
	raisedTo words.Key = "Priority raised to %s."
	broken   words.Key = "The promise is broken."
	lateOne  words.Key = "The first answer is late."
	lateNext words.Key = "The next answer is late."
	lateEnd  words.Key = "The resolution is late."
	unheard  words.Key = "No call reached %s."
)

// badDeeds are those that a person should look at.
var badDeeds = []words.Key{broken, lateOne, lateNext, lateEnd, unheard}

// causes are why somebody is called.
var causes = map[string]words.Key{
	"urgent": "it is urgent", "breached": "it is late", "warned": "it falls due soon", "named in a note": "named in a note", "somebody outside answered": "somebody outside answered",
}

// deedsOf are the reasons of turns that the page says, in words for people: %a is an agent, or the team, %c why somebody is called,
// %t a target, %h a channel, %p a priority, %m a time, %_ what is not said. Of what came, left and was written the messages tell; all of it is in the audit.
var deedsOf = map[string]words.Key{
	"%a gave it to %a":       "%s gave it to %s.",
	"reassigned by the rota": "Reassigned by the rota.",
	"handed over: %a is not on shift, and the answer is in danger":                                     "Handed over: %s is not on shift, and the answer is in danger.",
	"handed over: %a is away when the answer falls due":                                                "Handed over: %s is away when the answer falls due.",
	"handed over: the answer is promised for a time at which %a is not on shift":                       "Handed over: the answer is promised for a time at which %s is not on shift.",
	"offboarded: %a has left, and %a has it":                                                           "%s has left: %s has it.",
	"offboarded: %a has left":                                                                          "%s has left.",
	"handed over: %a has left":                                                                         "%s has left.",
	"offboarded: who wrote it has left":                                                                "An answer waits for a person: who wrote it has left.",
	"the answer that was to leave now waits for a person: who wrote it has left":                       "An answer waits for a person: who wrote it has left.",
	"%a is on shift on %s, when the first response falls due, and speaks %s":                           "%s has it: on shift when the answer falls due.",
	"%a had this contact last time":                                                                    "%s had this customer last time.",
	"nobody is on shift on %s, when the first response falls due: the team signs":                      "Nobody is on shift when the answer falls due: the team has it.",
	"nobody else is on shift on %s, when the first response falls due: the team has it":                "Nobody else is on shift when the answer falls due: the team has it.",
	"%s on shift on %s, when the first response falls due, but none of them speaks %s: the team signs": "Nobody on shift when the answer falls due speaks the language: the team has it.",

	"%a put it off": "%s put it off.",
	"%a put it off; what was promised still runs":         "%s put it off; what was promised still holds.",
	"%a put it off; what was promised still runs, but %s": "%s put it off; what was promised still holds.",
	"the snooze is over":                                  "It came back: its time to rest is over.",
	"%a resolved it":                                      "%s resolved it.",
	"%a opened it again":                                  "%s opened it again.",
	"%a undid it: %s":                                     "%s undid what was done last.",
	"%a tagged it: %s":                                    "%s tagged it: %s.",
	"closed: nobody has written since it was resolved":    "Closed: nobody has written since it was resolved.",

	"priority raised":                        "The priority was raised by what the message says now.",
	"priority raised to %s":                  "Priority raised to %s.",
	"%a sets the priority to %s":             "%s sets the priority to %s.",
	"%a says that the mood is %s":            "%s corrected the mood.",
	"%a says that the language is %s":        "%s corrected the language.",
	"first_response falls due soon":          "The first answer falls due soon.",
	"next_response falls due soon":           "The next answer falls due soon.",
	"resolution falls due soon":              "The resolution falls due soon.",
	"first_response was due and is breached": "The first answer is late.",
	"next_response was due and is breached":  "The next answer is late.",
	"resolution was due and is breached":     "The resolution is late.",

	"the rule for %t, %h, %p priority":                                  "%s: by the rule for %s, %s.",
	"the rule for %t, %h, %p priority; the SLA policy %s names none":    "%s: by the rule for %s, %s; the SLA policy %s names none.",
	"the default for %t, %h, %p priority":                               "%s: by default for %s, %s.",
	"the default for %t, %h, %p priority; the SLA policy %s names none": "%s: by default for %s, %s; the SLA policy %s names none.",
	"the SLA policy %s, the first that is about it":                     "By the SLA policy %s.",
	"%t is counted again: %_ becomes %_, due %m becomes %m":             "%s: counted again; it was due %s, and is due %s.",
	"second opinion: %s":                                                "Another judge of the mood was asked: %s.",
	"%a has room: %s of %s conversations":                               "%s has room: %s of %s conversations.",
	"%a has no room: %s conversations of %s":                            "%s has no room: %s of %s conversations.",
	"what %a has could not be counted":                                  "How much %s has could not be counted.",
	"nobody on shift who speaks it has room: %a has it all the same":    "Nobody on shift who speaks the language has room: %s has it all the same.",

	"the promise is kept":                                "The promise is kept.",
	"the promise is broken":                              "The promise is broken.",
	"the promise is given up: settled without an answer": "The promise is given up: settled without an answer.",
	"the promise runs again":                             "The promise holds again.",
	"promise renewed, before it breaks":                  "A new time was promised, before the first had passed.",
	"promise renewed: the former one had passed":         "A new time was promised: the first had passed.",
	"what was promised in conversation %s is owed here":  "What was promised in the other is owed here.",

	"page %a: %c":                  "%s was called: %s.",
	"warn %a":                      "%s was told that more will be late.",
	"no page reached %a":           "No call reached %s.",
	"the escalation is at its end": "Everybody was called.",
	"%a is named, and not called: these are quiet hours": "%s is named, and not called: these are quiet hours.",
	"acknowledge the alert of %a":                        "The alert of %s was marked as seen.",
	"resolve the alert of %a":                            "The alert of %s was closed.",

	"raise the alert of %a again": "The alert of %s was raised again.",
	"nobody is called: who has it, who forwarded it and who is on shift all rest, or there is no way to them": "Nobody is called: all of them rest, or there is no way to them.",

	"%a took the answer back before it left":                                   "%s took an answer back before it left.",
	"an answer that was to leave later waits for a person: %s":                 "An answer that was to leave later waits for a person.",
	"the answer is owed again":                                                 "The answer is owed again.",
	"no more receipts to this contact":                                         "This customer gets no more receipts.",
	"no receipts to this contact for a while":                                  "This customer gets no receipts for a while.",
	"asks for no more receipts":                                                "The customer asks for no more receipts.",
	"%a lifted why the contact got no receipts":                                "%s lets the customer have receipts again.",
	"its author changed it":                                                    "A message was changed by its author.",
	"its author deleted it":                                                    "A message was deleted by its author.",
	"nothing is left to answer":                                                "Nothing is left to answer.",
	"its receipt is recalled":                                                  "Its receipt was taken back before it left.",
	"its receipt is shared, and leaves for the others":                         "Its receipt is for other messages, too, and leaves.",
	"%a released it: it was held as %_":                                        "%s let it in: it had been held.",
	"the answer that was to leave now does not: %s":                            "An answer that was to leave now does not: %s.",
	"the letter that was to leave now does not: %s":                            "A letter that was to leave now does not: %s.",
	"the answer that was to leave now is taken back: its circular was stopped": "An answer that was to leave now was taken back: its circular was stopped.",
	"a survey waits for the morning where the contact is":                      "The survey waits for the customer’s morning.",
	"the contact is asked how we did":                                          "The customer is asked how we did.",

	"the conversation that it was merged into was forgotten": "The one into which it was merged was forgotten.",
	"a conversation that it had to do with was forgotten":    "One that it had to do with was forgotten.",
	"the conversation that was split off it was forgotten":   "The one that was split off it was forgotten.",
	"merged into conversation %s":                            "Merged into another.",
	"%a merged conversation %s into it":                      "%s merged another into it.",
	"%a confirmed its sender":                                "%s confirmed its sender.",
	"%a let its sender take part in it: conversation %s":     "%s let a sender take part in it.",
	"%a says that it is a matter of its own":                 "%s says that it is a matter of its own.",
	"%a took the merge back: %s":                             "%s took a merge back.",
	"%a split it off conversation %s":                        "%s split it off another.",
	"%a split messages off it: conversation %s":              "%s split messages off it.",
	"%a took the split back: %s":                             "%s took the split back.",
	"%a says that it has to do with conversation %s":         "%s says that it has to do with another.",
	"%a says that it has nothing to do with conversation %s": "%s says that it has nothing to do with another.",
}
