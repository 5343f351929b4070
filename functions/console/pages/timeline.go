package pages

import (
	"cmp"
	"hash/fnv"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
)

// The contact's timeline stands on a conversation's page in place of its own, under the same head and with the same answering: it has the address of the conversation with ?history=all, and
// of what was before with &before=.

// allView is a page of the contact's timeline.
type allView struct {
	ID     string // of the page's conversation
	Bands  []bandView
	Older  string // what was before; "" where nothing was
	Newest string // the end of all, where this is not it
	Same   int    // how many addresses it is of, where they are several
	Apart  string // whose letters of before a merge stand in the conversation alone
}

// bandView is what stands together of one conversation, until something of another comes.
type bandView struct {
	beforeView
	N      int
	Here   bool // it is the conversation of the page
	Hue    int  // tells it from its neighbours, beside its heading
	Pieces []pieceOfAll
}

// pieceOfAll is what somebody wrote, with what followed.
type pieceOfAll struct {
	piece
	On        string // the day, where it is another than before
	Begins    string // in words
	Withdrawn bool   // it was taken back before it left: what was done stands alone
	Sent      []piece
}

// hues is how many colours there are for bands.
const hues = 6

// wantsAll tells whether the timeline is shown: by the page's address, or by the field of its form, so that who does something there stays there.
func wantsAll(v *visit) bool { return askedForAll(v.Request) }

func askedForAll(r *http.Request) bool {
	return r.URL.Query().Get("history") == "all" || r.Method == http.MethodPost && r.PostFormValue("history") == "all"
}

// saidAt is the page of a conversation on which something was done, as it was shown, with the word for it.
func saidAt(v *visit, conversation, word string) string {
	at := "/console/conversations/" + url.PathEscape(conversation) + "?said=" + url.QueryEscape(word)
	if wantsAll(v) {
		at += "&history=all"
	}
	return at
}

func allOf(conversation string) string {
	return "/console/conversations/" + url.PathEscape(conversation) + "?history=all"
}

// all reads the page of the contact's timeline that is asked for.
func (h *Handler) all(v *visit, c work.Conversation) (*allView, *work.Problem) {
	before := v.URL.Query().Get("before")
	t, p := h.desk.Timeline(v.Context(), v.by, c.Contact.ID, before)
	if p != nil {
		return nil, p
	}
	view := &allView{ID: c.ID, Apart: apart(c)}
	if t.Cursor != "" {
		view.Older = allOf(c.ID) + "&before=" + url.QueryEscape(t.Cursor) + "#all-end"
	}
	if before != "" {
		view.Newest = allOf(c.ID)
	}
	if len(t.Same) > 0 {
		view.Same = len(t.Same) + 1
	}
	in := map[string]work.Conversation{}
	for _, x := range t.Conversations {
		in[x.ID] = x
	}
	day, told := "", once{}
	for _, x := range t.Items {
		one := h.pieceOfAll(v, in[x.Conversation], x, told)
		if one.Day != day {
			day, one.On = one.Day, one.Day
		}
		one.Day = "" // it stands before that the conversation begins
		n := len(view.Bands)
		if n == 0 || view.Bands[n-1].ID != x.Conversation {
			view.Bands = append(view.Bands, h.band(v, c, in[x.Conversation], n+1))
			n++
		}
		view.Bands[n-1].Pieces = append(view.Bands[n-1].Pieces, one)
	}
	return view, nil
}

// apart names who takes part since a merge and is another person: what they wrote before lies under contacts of their own.
func apart(c work.Conversation) string {
	var names []string
	for _, p := range c.Participants {
		if !slices.ContainsFunc(c.Contact.Same, func(x work.Identity) bool { return x.Contact == p.ID }) {
			names = append(names, cmp.Or(p.Name, p.Address))
		}
	}
	return strings.Join(names, ", ")
}

// band begins what stands together of a conversation.
func (h *Handler) band(v *visit, c, of work.Conversation, n int) bandView {
	b := bandView{beforeView: h.before(v, c, of), N: n, Here: of.ID == c.ID, Hue: hue(of.ID)}
	if of.Merged == "" {
		b.Status = v.T(statuses[of.Status]) // "open, too" is said beside another
	}
	return b
}

// hue is a conversation's colour: the same on every page.
func hue(conversation string) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(conversation))
	return int(h.Sum32() % hues)
}

// pieceOfAll is one as the conversation's own page shows it.
func (h *Handler) pieceOfAll(v *visit, c work.Conversation, x work.Piece, told once) (out pieceOfAll) {
	of := func(m work.Message) piece {
		m.Part = cmp.Or(m.Part, x.Conversation) // effects are numbered in each conversation
		c.Messages = []work.Message{m}
		return h.pieces(v, c)[0]
	}
	out.piece, out.Withdrawn = of(x.Message), x.Message.Kind == work.KindWithdrawn
	for _, m := range x.Sent {
		one := of(m)
		one.Day = ""
		out.Sent = append(out.Sent, one)
	}
	if x.Begins {
		out.Begins = v.T("The conversation begins, by %s.", v.channel(c.Channel))
	}
	var items []deedView
	for _, d := range x.Done {
		d.Why = marks(told.of(x.Conversation, d.Why))
		if one, ok := h.deed(v, c, work.Deed{At: d.At, Event: d.Event, Why: d.Why}); ok {
			items = append(items, one)
		}
	}
	if x.Cut {
		items = append(items, deedView{Text: v.T("Not all that was done is here: the rest is in the audit."), When: out.When})
	}
	if len(items) > 0 {
		out.Deeds = &deedsView{ID: out.ID, Items: items, Words: v.folded(items)}
	}
	return out
}

// marks are the reasons of a turn that the timeline of a contact says: how its conversations went and what became of what was promised, and not who had them when.
func marks(why []string) (all []string) {
	for _, w := range why {
		if s, parts := shapeOf(w); parts != nil && inTimeline[s.key] {
			all = append(all, w)
		}
	}
	return all
}

// inTimeline are the keys of deedsOf that are such marks.
var inTimeline = map[words.Key]bool{
	"%s resolved it.": true, "%s opened it again.": true, "%s undid what was done last.": true, "Closed: nobody has written since it was resolved.": true,

	lateOne: true, lateNext: true, lateEnd: true, "The promise is kept.": true, broken: true, "The promise is given up: settled without an answer.": true, "The promise holds again.": true,
	"A new time was promised, before the first had passed.": true, "A new time was promised: the first had passed.": true, "What was promised in the other is owed here.": true,

	"%s took an answer back before it left.": true, "An answer that was to leave later waits for a person.": true, "The answer is owed again.": true, "This customer gets no more receipts.": true,
	"This customer gets no receipts for a while.": true, "The customer asks for no more receipts.": true, "%s lets the customer have receipts again.": true,
	"A message was changed by its author.": true, "A message was deleted by its author.": true, "The customer is asked how we did.": true,

	"Merged into another.": true, "%s merged another into it.": true, "%s confirmed its sender.": true, "%s let a sender take part in it.": true, "%s says that it is a matter of its own.": true,
	"%s took a merge back.": true, "%s split it off another.": true, "%s split messages off it.": true, "%s took a split back.": true, "%s says that it has to do with another.": true,
	"%s says that it has nothing to do with another.": true,
}
