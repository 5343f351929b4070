package pages

import (
	"cmp"
	"crypto/rand"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/sla"
)

// talkView is a conversation's page: what stays fresh, and the form that is the agent's own.
type talkView struct {
	facts
	Poll, Fresh  string // where the fresh part is asked for again, and what it is now
	News         string // what is new since, in words
	Alert        string // what could not be done, and what to do
	Form         form
	Seen         string // the newest piece on the page
	Had          string // who has it on the page
	Key          string // of what this page may do once
	Assignees    []option
	Snoozes      []option
	ZoneName     string
	Attach       *attachView // what an answer may carry; nil for nothing
	Done         string      // what was just done, so that its draft goes
	TagsSaved    string      // as they are kept
	History      *historyView
	Page         string // by which it says that it is open
	Turn         int    // up to where it shows the conversation: an answer says so
	Crossed      []crossedView
	Measure      *measureView
	Copies       []copyView    // who could have a copy
	MayCopy      bool          // and whether others could
	Forwards     []forwardView // what of the customer can be forwarded
	Splits       []option      // what can go into a conversation of its own
	Failed       string        // what could not be done: its part of the form is unfolded
	FieldAtFault string        // of that
	Drafts       draftFields
	Posted       bool     // it comes back with what was typed: the tab knows nothing newer
	All          *allView // the contact's timeline, where that is shown in place of the conversation's
	answeringView
}

// facts are what of a conversation changes while an agent looks.
type facts struct {
	ID, Subject, Contact, Address, Channel, Language, LanguageCode, Brand string
	Untitled                                                              string // stands where there is no subject
	Whose                                                                 string // whose timeline it is part of
	Version                                                               int
	WriteTo                                                               string // where one writes to the contact about something else
	Status                                                                string
	Open, Resolved, Mine, Team                                            bool
	Wrote                                                                 bool // the contact has; it has not where an agent wrote first, and waits
	Assignee, AssigneeID                                                  string
	Priority                                                              string
	Why                                                                   []quote
	Mood                                                                  string
	MoodWhy                                                               []quote
	MoodBy                                                                string // who has corrected it
	Corrections                                                           []correctionView
	Persona                                                               *personaView
	Targets                                                               []targetView
	Promise                                                               string
	PromiseSaid                                                           string
	PromiseAt                                                             *moment
	Promised                                                              bool // it is another time than what is due next
	Next                                                                  *moment
	NextOf                                                                string
	Silenced                                                              string
	Guest                                                                 *guestView
	Merged, Follows                                                       string // conversations with which this one goes on, and which it goes on
	FollowsGone                                                           bool   // that is no longer kept
	Unmerge                                                               *unmergeView
	SplitFrom                                                             *splitView
	Company                                                               []string
	Thirds                                                                []string // to whom outside it was forwarded, and what became of it
	NoReceipts                                                            string   // why the contact gets none
	Earlier, Pieces                                                       []piece
	Scheduled                                                             []scheduledView
	Tags                                                                  []string
	Card                                                                  *cardForm
	Here                                                                  []hereView
	Hurts                                                                 string // why its subject is hidden, and the words that caused its priority
	First, Later                                                          string // where the first pieces are shown, and those after these; only of a very long one
}

// unmergeView is a merge that can be taken back.
type unmergeView struct{ Part, By string }

// guestView is who says that his conversation goes on with another.
type guestView struct {
	Of            string
	Proved, Waits bool
	State, By     string
	Gone          bool // what it names is no longer kept
}

type targetView struct {
	Words, State string
	Due          moment
	Running      bool
	Breached     bool
}

// piece is a message, receipt, reply or note.
type piece struct {
	ID, Kind, Who, Day, Text, Language string
	In                                 bool
	Cut                                bool // the text goes on
	When                               moment
	Words                              string     // what became of it
	State                              string     // the same in a word
	Bad                                bool       // a person should look
	Parts, Rest                        []textPart // the text as it is read
	More                               string     // behind what the rest of a long one is folded
	Aside, AsideAt                     string     // what stands aside, in words, and where it is
	Copies                             string     // who else has it
	Forwarded                          string     // to whom outside it went
	SplitTo                            string     // of what was split off: where it is
	Went                               int        // and how many messages that are
	Letter                             string     // where it is as its sender made it, "" where it has no other form
	Hurts                              string     // why its text is hidden
	Files                              []fileView
	Deeds                              *deedsView // what was done after it
}

// fileView is an attachment.
type fileView struct{ Name, Size, Address string }

// form is what an agent has typed, and the files that he has chosen.
type form struct {
	fault                           string // the field of what could not be done
	Text, Note, To, Handover, Until string
	Files                           []chosen
	Cc                              []string // who is ticked to have a copy
	CcMore                          string   // who is typed besides
	Forward                         forwarding
	Split                           splitForm

	At, Sure string   // when the answer is to leave; the agent's word that it is right
	Then     []string // what is done together with it
	Tags     string
	Card     cardForm
	Ties     tiesForm

	crossed []work.Happened // what an answer was refused for

	posted  bool     // it came from a page that has all of the fields
	back    string   // the text of an answer that is taken back
	files   []chosen // and what it carries
	then    []string // and what was to be done with it
	keeping bool     // the agent wants nothing but that it is kept
	looking string   // which field is to have the focus
}

// empty tells whether nothing of it would be lost.
func (f form) empty() bool {
	return strings.TrimSpace(f.Text+f.Note+f.Handover) == "" && f.Ties.empty() && f.Split.empty() && len(f.Files) == 0 && strings.TrimSpace(f.CcMore+f.Forward.To+f.Forward.Text) == ""
}

// shownAtOnce is how many of a long conversation's pieces are not folded away.
const shownAtOnce = 30

// conversation answers GET /console/conversations/{id}[?from=], and what its page asks by itself: ?seen= is the newest piece that it shows. Of a very long one
// it shows the newest pieces; from is the piece after which to begin, or work.FromTheFirst. With ?history=all[&before=] it shows the contact's timeline in their place.
func (h *Handler) conversation(w http.ResponseWriter, v *visit) {
	if live(v.Request) {
		h.freshTalk(w, v)
		return
	}
	c, p := h.desk.Conversation(v.Context(), v.by, v.PathValue("id"), v.URL.Query().Get("from"))
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	if c.Merged != "" && v.URL.Query().Get("said") == "" && v.URL.Query().Get("from") == "" {
		at := "/console/conversations/" + c.Merged // whatever leads to it leads to where it goes on
		if wantsAll(v) {
			at = allOf(c.Merged)
		}
		to(w, at)
		return
	}
	word := v.URL.Query().Get("said")
	done := v.T(said[word])
	if n := len(c.Scheduled); n > 0 && c.Scheduled[n-1].At.Sub(v.now) > time.Minute {
		switch at := v.at(c.Scheduled[n-1].At).Words; word {
		case string(work.Reply):
			done = v.T("Your answer leaves at %s.", at)
		case "started":
			done = v.T("Your letter leaves at %s.", at)
		}
	}
	h.show(w, v, http.StatusOK, c, form{}, "", done)
}

// show writes the page with what the agent has typed.
func (h *Handler) show(w http.ResponseWriter, v *visit, status int, c work.Conversation, f form, alert, done string) {
	view := h.talk(v, c, h.here(v, c, rand.Text()))
	f.known(c)
	if kept, p := h.desk.DraftsHere(v.Context(), v.by, c); p == nil {
		if view.Drafts = h.drafts(v, kept, verbsOfTalk, talkDrafting(v, c.ID, &f)); f.keeping && !view.Drafts.kept() {
			done = ""
		}
	}
	view.Posted = v.Method == http.MethodPost
	view.Form, view.Alert, view.TagsSaved = f, alert, strings.Join(c.Tags, ", ")
	view.answeringView, view.Crossed = h.answering(v, c, f), h.crossed(v, f.crossed, c)
	view.History = h.history(v, c, f.Ties)
	if wantsAll(v) {
		all, p := h.all(v, c)
		if p != nil && v.Method != http.MethodPost { // what was typed is worth more than the timeline
			h.problem(w, v.Request, v, p)
			return
		}
		view.All = all
	}
	view.Measure, view.Copies, view.MayCopy = h.measuring(v, c, f), v.copies(c, f), mayCopy(c)
	view.Forwards, view.Splits = v.forwards(c, f.Forward), v.splits(c, f.Split)
	if status == http.StatusOK && v.Method == http.MethodPost && alert == "" {
		view.Done = v.PathValue("doing")
	}
	if alert != "" {
		view.Failed, view.FieldAtFault = v.PathValue("doing"), f.fault
	}
	if view.History != nil {
		view.History.Failed = view.Failed
	}
	if view.Attach != nil {
		h.letsUpload(w)
	}
	unsplit := unsplitting(v, c)
	if unsplit != nil {
		view.SplitFrom.Undo = false // the same button stands above
	}
	undo := cmp.Or(h.leaving(v), unsplit, undoing(v, c))
	if undo != nil && wantsAll(v) {
		undo.Fields = append(undo.Fields, option{Value: "all", Words: "history"})
	}
	h.render(w, status, "conversation", v, page{Title: titled(view.facts, v) + " · " + view.Contact, At: "conversation", Said: done, Undo: undo, Body: &view})
}

func (h *Handler) talk(v *visit, c work.Conversation, there company) talkView {
	view := talkView{facts: h.facts(v, c), Key: there.page, Had: c.Assignee.ID, ZoneName: v.zone().String(), Turn: c.Seen}
	view.Page, view.Here = there.page, there.all
	if n := len(c.Messages); n > 0 {
		view.Seen = c.Messages[n-1].ID + c.Messages[n-1].Part
	}
	view.Fresh = talkSeen(v, c, &view).tag()
	address := url.URL{Path: "/console/conversations/" + c.ID, RawQuery: url.Values{"seen": {view.Seen}, "from": {v.URL.Query().Get("from")}, "page": {view.Page}}.Encode()}
	if wantsAll(v) {
		address.RawQuery += "&" + url.Values{"history": {"all"}, "before": {v.URL.Query().Get("before")}}.Encode()
	}
	view.Poll = address.String()
	view.Assignees, view.Snoozes = h.assignees(v, c), snoozes(v)
	view.Attach = h.attaching(v, c)
	return view
}

func (h *Handler) facts(v *visit, c work.Conversation) facts {
	f := facts{
		ID: c.ID, Subject: c.Subject, Contact: cmp.Or(c.Contact.Name, c.Contact.Address, v.T("unknown")), Address: c.Contact.Address, Channel: v.channel(c.Channel), Untitled: v.untitled(c.Channel),
		Language: v.language(c.Language), LanguageCode: c.Language, Version: c.Version, Status: v.T(statuses[c.Status]), Assignee: c.Assignee.Name,
		AssigneeID: c.Assignee.ID, Mine: c.Assignee.ID == v.by.ID, Team: strings.HasPrefix(c.Assignee.ID, "team:"),
		Resolved: c.Status == desk.StatusResolved || c.Status == desk.StatusClosed, Priority: string(c.Priority), Why: v.quoted(whyOf(c)),
		Mood: v.T(moods[c.Sentiment.Label]), MoodWhy: v.quoted(c.Sentiment.Why),
	}
	f.Open = !f.Resolved
	f.Wrote = c.Earlier || c.Later || slices.ContainsFunc(c.Messages, func(m work.Message) bool { return m.Direction == "in" && m.Kind != desk.KindThird })
	if b := h.desk.Policy.Brand(c.Brand); b != nil {
		f.Brand = b.Name
	}
	if c.Snoozed != nil && c.Status == desk.StatusSnoozed {
		f.Status = v.T("snoozed until %s", v.at(*c.Snoozed).Words)
	}
	for _, t := range c.Targets {
		f.Targets = append(f.Targets, targetView{v.T(targets[t.Kind]), v.T(running[t.State]), v.at(t.Due), t.State == sla.Running, t.State == sla.Breached})
	}
	if c.Promise != nil {
		m := v.at(c.Promise.By)
		f.PromiseAt, f.Promise, f.PromiseSaid = &m, c.Promise.State, v.T(promised[c.Promise.State])
	}
	if t := next(c); t != nil {
		m := v.at(t.Due)
		f.Next, f.NextOf = &m, v.T(targets[t.Kind])
	}
	f.Promised = f.PromiseAt != nil && f.Open && f.Promise != desk.PromiseKept && (f.Next == nil || f.Next.At != f.PromiseAt.At)
	if strings.Contains(strings.Join(whyOf(c), " "), strings.Join(firstOf(c.Sentiment.Why), "")) && len(f.MoodWhy) > 0 {
		f.MoodWhy = nil // it is said already
	}
	if s := c.Silenced; s != nil {
		f.Silenced = cmp.Or(s.Why, v.T("no reason was given"))
	}
	if c.Channel == desk.Email && c.Contact.Address != "" {
		f.WriteTo = "/console/write?" + url.Values{"brand": {c.Brand}, "contact": {c.Reader}}.Encode()
	}
	h.corrections(&f, v, c)
	f.Persona = h.persona(v, c)
	f.Scheduled, f.Tags = scheduled(v, c), c.Tags
	if card := cardOf(c); card != (cardForm{}) {
		f.Card = &card
		if c.Reader == c.Contact.ID {
			f.Contact = cmp.Or(card.Name, f.Contact)
		}
		if card.Channel != "" {
			f.Card.Channel = v.channel(card.Channel)
		}
	}
	f.Whose = cmp.Or(c.Contact.Owner, f.Contact)
	h.company(&f, v, c)
	if f.Hurts = h.hurt(v, c.Abuse); f.Hurts != "" {
		f.MoodWhy = nil // it is said where it can be shown
	}
	f.Pieces = h.pieces(v, c)
	h.deeds(v, c, f.Pieces)
	if c.Earlier {
		f.First = "/console/conversations/" + c.ID + "?from=" + work.FromTheFirst
	}
	if c.Later && c.Next != "" {
		f.Later = "/console/conversations/" + c.ID + "?from=" + url.QueryEscape(c.Next)
	}
	if n := len(f.Pieces) - shownAtOnce; n > 0 {
		f.Earlier, f.Pieces = f.Pieces[:n], f.Pieces[n:]
	}
	return f
}

// company is who else takes part, or wants to, and with what the conversation hangs together.
func (h *Handler) company(f *facts, v *visit, c work.Conversation) {
	f.Merged, f.Follows, f.FollowsGone = c.Merged, c.Follows, slices.Contains(c.Gone, c.Follows)
	if u := c.Unmerge; u != nil {
		f.Unmerge = &unmergeView{Part: u.Conversation, By: h.nameOf(u.By)}
	}
	if s := c.SplitFrom; s != nil {
		f.SplitFrom = &splitView{Of: s.Conversation, By: h.nameOf(s.By), Undo: s.Undo}
	}
	if g := c.Guest; g != nil {
		f.Guest = &guestView{Of: g.Conversation, Proved: g.Proved, Waits: g.State == desk.Unconfirmed, State: string(g.State), By: h.nameOf(g.By), Gone: slices.Contains(c.Gone, g.Conversation)}
	}
	for _, p := range c.Company {
		f.Company = append(f.Company, cmp.Or(p.Name, p.Address))
	}
	f.Thirds = h.thirds(v, c)
	if n := c.Contact.NoReceipts; n != nil {
		f.NoReceipts = v.said(n.Why.Words())
		if n.Until != nil {
			f.NoReceipts = v.T("%s, until %s", f.NoReceipts, v.at(*n.Until).Words)
		}
	}
}

func firstOf(words []string) []string { return words[:min(len(words), 1)] }

func (h *Handler) pieces(v *visit, c work.Conversation) (all []piece) {
	day := ""
	for _, m := range c.Messages {
		if m.Kind == "note" && strings.HasPrefix(m.ID, desk.OwnNote) {
			m.Text = v.ownNote(m)
		}
		p := piece{ID: m.ID + m.Part, Kind: m.Kind, Who: cmp.Or(m.Author, v.T("unknown")), Text: m.Text, Cut: m.Cut, In: m.Direction == "in", When: v.at(m.At)}
		if d := v.Time(m.At.In(v.zone()), "Monday 2 January 2006"); d != day {
			day, p.Day = d, d
		}
		if m.Kind == work.KindSplit {
			all = v.went(all, p, m)
			continue
		}
		if m.Kind != "note" && m.Kind != desk.KindForward && m.Kind != desk.KindThird {
			p.Language = c.Language
		}
		p.Hurts = h.hurt(v, m.Abuse)
		p.Letter, p.Files = v.letters(c.ID, m)
		v.read(&p, c.ID, m)
		switch {
		case m.Delivery != nil:
			p.Words, p.State = v.delivery(m.Delivery)
			p.Bad = m.Delivery.State == desk.Failed
		case m.Answer != "":
			p.Words = v.T("it has not left yet")
		case m.Suppressed != "":
			p.Words = v.T("no receipt: %s", v.said(m.Suppressed.Words()))
		}
		all = append(all, p)
	}
	return all
}

// read furnishes a piece with its text as it is read, and what stands aside of it.
func (v *visit) read(p *piece, conversation string, m work.Message) {
	text := m.Text
	if m.Shift != "" {
		text = v.handedOver(text)
	}
	p.Parts, p.Rest, p.More = v.textParts("t-"+p.ID, text, p.In)
	if p.Aside = v.asideWords(m); p.Aside != "" {
		p.AsideAt = "/mail/" + url.PathEscape(m.ID) + "/aside?" + url.Values{"conversation": {cmp.Or(m.Part, conversation)}}.Encode()
	}
	var names []string
	for _, x := range m.Cc {
		names = append(names, cmp.Or(x.Name, x.Address))
	}
	if p.Copies = strings.Join(names, ", "); m.Kind == desk.KindForward {
		p.Forwarded, p.Copies = p.Copies, ""
	}
}

// ownNote is what the desk itself says, by its code; of a note without one by its text.
func (v *visit) ownNote(m work.Message) string {
	s := m.Says
	if s == nil {
		return v.said(m.Text)
	}
	names := append(slices.Clone(s.Names), "", "")
	switch {
	case s.Code == desk.NoteSplit && s.Why != "":
		return v.T("Split off another conversation by %s: %s", names[0], s.Why)
	case s.Code == desk.NoteSplit:
		return v.T("Split off another conversation by %s.", names[0])
	case s.Code == desk.NoteCopyUnsent:
		return v.T("One address has not had its copy of the answer: %s.", v.said(s.Why))
	case s.Code == desk.NoteReassigned:
		return v.T("Reassigned by the rota to %s.", names[0])
	case s.Code == desk.NoteHandedOver:
		return v.T("Handed over from %s to %s: %s.", names[0], names[1], v.said(s.Why))
	}
	return v.said(m.Text)
}

// handedOver is a handover's note with the words by which the desk begins it in the agent's language.
func (v *visit) handedOver(note string) string {
	rest, ok := strings.CutPrefix(note, work.HandedOver)
	if !ok {
		return note
	}
	name, more, said := strings.Cut(rest, ": ")
	if note = v.T("Handed over by %s", name); said {
		note += ": " + more
	}
	return note
}

// news says what is on the page that was not: nothing when only states have moved.
func news(c work.Conversation, seen string, v *visit) string {
	i := slices.IndexFunc(c.Messages, func(m work.Message) bool { return m.ID+m.Part == seen })
	var all []string
	for _, m := range c.Messages[i+1:] {
		if key := did[m.Kind]; key != "" && (m.Direction == "in" || m.Author != v.by.Name) {
			all = append(all, v.T(key, cmp.Or(m.Author, v.T("Somebody")), v.Time(m.At.In(v.zone()), "15:04")))
		}
	}
	return strings.Join(all, " ")
}

// did is what somebody did who made a piece of this kind.
var did = map[string]words.Key{"message": "%s wrote at %s.", "reply": "%s answered at %s.", "note": "%s left a note at %s.", desk.KindForward: "%s forwarded it at %s.", desk.KindThird: "%s, to whom it was forwarded, answered at %s."}

// assignees are whom a conversation may be handed to.
func (h *Handler) assignees(v *visit, c work.Conversation) (all []option) {
	b := h.desk.Policy.Brand(c.Brand)
	if b == nil {
		return nil
	}
	for _, a := range h.desk.Policy.Agents {
		if slices.Contains(a.Brands, b.ID) && a.ID != c.Assignee.ID {
			all = append(all, option{Value: a.ID, Words: a.Name + ", " + v.languagesOf(a)})
		}
	}
	if c.Assignee.ID != b.Team.ID {
		all = append(all, option{Value: b.Team.ID, Words: v.T("%s, the team", b.Team.Name)})
	}
	return all
}

func (v *visit) languagesOf(a *policy.Agent) string {
	var all []string
	for _, l := range a.Languages {
		all = append(all, v.language(l))
	}
	return strings.Join(all, " ")
}

// snoozes are the times that one wants most.
func snoozes(v *visit) []option {
	zone := v.zone()
	local := v.now.In(zone)
	all := []option{{Value: v.now.Add(time.Hour).Format(time.RFC3339), Words: v.T("In an hour")}}
	if evening := time.Date(local.Year(), local.Month(), local.Day(), 18, 0, 0, 0, zone); evening.Sub(v.now) > time.Hour {
		all = append(all, option{Value: evening.Format(time.RFC3339), Words: v.T("This evening, %s", v.Time(evening, "15:04"))})
	}
	days := 1
	all = append(all, option{Value: morning(v.now, zone, days).Format(time.RFC3339), Words: v.T("Tomorrow, %s", v.Time(morning(v.now, zone, days), "15:04"))})
	for days = 2; morning(v.now, zone, days).Weekday() != time.Monday; days++ {
	}
	return append(all, option{Value: morning(v.now, zone, days).Format(time.RFC3339), Words: capital(v.Time(morning(v.now, zone, days), "Monday, 2 January, 15:04"))})
}

// titled is a conversation's name in the browser's own list, where nothing can be hidden.
func titled(f facts, v *visit) string {
	if f.Hurts != "" {
		return v.T("Conversation")
	}
	return cmp.Or(f.Subject, v.T("Conversation"))
}
