package pages

import (
	"cmp"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/triage"
)

// answeringView is what helps an agent to answer: it is the page's own, and not asked for again.
type answeringView struct {
	Macros  []macroGroup
	Then    []option // what is done together with the answer, chosen or offered
	Laters  []option // when it could leave
	Clock   *clockView
	Told    []toldView
	Forms   []option
	Zones   string // what the card's zone is, if nobody has written one
	Spoken  []option
	Ways    []option
	Looking string // which field has the focus
}

// macroGroup are the macros that read in one language.
type macroGroup struct {
	Words  string
	Macros []option
}

// clockView is the customer's time.
type clockView struct {
	Words, Zone string
	Offset      int // seconds east of UTC
}

// toldView is a bulletin.
type toldView struct {
	Text, Brand, Until, By string
}

// scheduledView is an answer that has not left.
type scheduledView struct {
	ID, Then string
	Words    string // why it has not left
	Leaves   []string
	Stopped  bool
	At       moment
	Soon     bool // it can be taken back for some seconds only
}

// cardForm is a contact's card as it is typed.
type cardForm struct {
	Name, Say, Form, Language, Tone, Channel, Zone string
	NoCall                                         bool
}

// formOf reads what an agent has typed at a conversation.
func formOf(v *visit) form {
	get := v.PostFormValue
	return form{
		Text: get("text"), Note: get("note"), To: get("to"), Handover: get("handover"), Until: get("until_local"), At: get("at_local"), Sure: get("sure"), Files: chosenOf(v),
		Then: v.PostForm["then"], Tags: get("tags"),
		Card: cardForm{
			Name: get("card_name"), Say: get("card_say"), Form: get("card_form"), Language: get("card_language"), Tone: get("card_tone"), Channel: get("card_channel"),
			Zone: get("card_zone"), NoCall: get("card_no_call") != "",
		},
		posted: v.PostForm.Has("card_name"),
	}
}

// known fills in the fields whose values the desk has, where nobody has typed others.
func (f *form) known(c work.Conversation) {
	if f.posted {
		return
	}
	f.Tags, f.Card = strings.Join(c.Tags, ", "), cardOf(c)
}

// settled tells whether nothing that was typed would be lost by showing the conversation anew.
func (f form) settled(c work.Conversation) bool {
	tags := strings.Join(c.Tags, ", ")
	return f.empty() && f.At == "" && (!f.posted || f.Card == cardOf(c) && (f.Tags == tags || strings.Join(tagList(f.Tags), ", ") == tags))
}

func cardOf(c work.Conversation) (f cardForm) {
	if x := c.Contact.Card; x != nil {
		f = cardForm{x.Name, x.Say, string(x.Form), x.Language, x.Tone, x.Channel, x.Zone, x.NoCall}
	}
	return f
}

func tagList(s string) (all []string) {
	for t := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		if t = strings.TrimSpace(t); t != "" {
			all = append(all, t)
		}
	}
	return all
}

// retagged is the body that makes the typed tags of those that there were.
func retagged(v *visit, f form) map[string]any {
	is, was := tagList(f.Tags), tagList(v.PostFormValue("had_tags"))
	minus := func(a, b []string) []string {
		return slices.DeleteFunc(slices.Clone(a), func(x string) bool { return slices.Contains(b, x) })
	}
	return map[string]any{"add": minus(is, was), "remove": minus(was, is)}
}

// answerBody is an answer as the API takes it: it leaves after the brand's moment for taking it back, or when the agent says.
func answerBody(v *visit, f form) (map[string]any, *work.Problem) {
	body := map[string]any{"text": f.Text}
	if ids := uploadsOf(f.Files); len(ids) > 0 {
		body["attachments"] = ids
	}
	switch preset := v.PostFormValue("at"); {
	case preset != "":
		body["at"] = preset
	case v.PostFormValue("later") != "":
		t, err := time.ParseInLocation("2006-01-02T15:04", f.At, v.zone())
		if err != nil {
			return nil, work.Refuse(http.StatusUnprocessableEntity, "at", "choose when it is to leave")
		}
		body["at"] = t.Format(time.RFC3339)
	default:
		body["undo"] = true
	}
	if then := thenOf(f.Then); then != nil {
		body["then"] = then
	}
	return body, nil
}

// thenOf is what is done together with an answer, as the form has it: resolve, snooze:72h, tag:refund, priority:high.
func thenOf(words []string) *work.Then {
	var then work.Then
	for _, w := range words {
		verb, what, _ := strings.Cut(w, ":")
		switch verb {
		case "resolve":
			then.Resolve = true
		case "snooze":
			then.Snooze = what
		case "tag":
			then.Tags = append(then.Tags, what)
		case "priority":
			then.Priority = triage.Priority(what)
		}
	}
	if len(words) == 0 {
		return nil
	}
	return &then
}

// thens is the same backwards.
func thens(x *work.Then) (all []string) {
	if x == nil {
		return nil
	}
	if x.Resolve {
		all = append(all, "resolve")
	}
	if x.Snooze != "" {
		all = append(all, "snooze:"+x.Snooze)
	}
	if x.Priority != "" {
		all = append(all, "priority:"+string(x.Priority))
	}
	for _, t := range x.Tags {
		all = append(all, "tag:"+t)
	}
	return all
}

func (v *visit) then(w string) string {
	switch verb, what, _ := strings.Cut(w, ":"); verb {
	case "resolve":
		return v.T("resolve it")
	case "snooze":
		return v.T("snooze it for %s", v.span(what))
	case "tag":
		return v.T("tag it %s", what)
	case "priority":
		return v.T("priority %s", priorities[triage.Priority(what)])
	}
	return w
}

// span is a span as people say it.
func (v *visit) span(s string) string {
	d, err := time.ParseDuration(s)
	switch {
	case err != nil:
		return s
	case d%(24*time.Hour) == 0 && d > 24*time.Hour:
		return v.T("%d day | %d days", int(d/(24*time.Hour)))
	case d%time.Hour == 0:
		return v.T("%d hour | %d hours", int(d/time.Hour))
	}
	return v.T("%d minute | %d minutes", int(d/time.Minute))
}

// warned looks over an answer before it leaves, and shows what there is to look at once: the second press is the agent's word.
func (h *Handler) warned(w http.ResponseWriter, v *visit, id string, f form) bool {
	body, err := json.Marshal(map[string]string{"text": strings.ReplaceAll(f.Text, "\r\n", "\n")})
	if err != nil || f.Sure == sure(f.Text) {
		return false
	}
	checked, _, p := h.desk.CheckAnswer(v.Context(), v.by, id, work.Request{Body: body})
	if p != nil || len(checked.Warnings) == 0 {
		return false // what is wrong with it is said when it is sent
	}
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	if p != nil {
		h.problem(w, v.Request, v, p)
		return true
	}
	var said []string
	for _, x := range checked.Warnings {
		said = append(said, sentence(v.T(words.Key(x.Words))))
	}
	f.Sure = sure(f.Text)
	h.show(w, v, http.StatusOK, c, f, v.T("Look once more before it leaves. %s If it is right, send it again.", strings.Join(said, " ")), "")
	return true
}

// sure is the agent's word that a text is right, as it is.
func sure(text string) string {
	sum := sha256.Sum256([]byte(strings.TrimSpace(strings.ReplaceAll(text, "\r\n", "\n"))))
	return hex.EncodeToString(sum[:8])
}

// insert answers POST …/macro: the chosen macro stands below what was typed, and what it does beside is ticked.
func (h *Handler) insert(w http.ResponseWriter, v *visit, id string, f form) {
	all, p := h.desk.Fill(v.Context(), v.by, id)
	var c work.Conversation
	if p == nil {
		c, p = h.desk.Conversation(v.Context(), v.by, id, "")
	}
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	i := slices.IndexFunc(all.Items, func(m work.Filled) bool { return m.ID == v.PostFormValue("macro") })
	if i < 0 {
		h.show(w, v, http.StatusUnprocessableEntity, c, f, v.T("Choose a macro."), "")
		return
	}
	m := all.Items[i]
	f.Text = strings.TrimLeft(strings.TrimRight(f.Text, " \r\n")+"\n\n"+m.Text, "\n")
	for _, t := range thens(m.Then) {
		if !slices.Contains(f.Then, t) {
			f.Then = append(f.Then, t)
		}
	}
	f.looking, f.Sure = "text", ""
	done := v.T("Inserted: %s.", m.Name)
	if len(m.Missing) > 0 {
		done += " " + v.T("Not known, and for you to fill in: %s.", strings.Join(m.Missing, ", "))
	}
	h.show(w, v, http.StatusOK, c, f, "", done)
}

// editCard answers POST …/card.
func (h *Handler) editCard(w http.ResponseWriter, v *visit, id string, f form) {
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	if p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	x := f.Card
	body, err := json.Marshal(map[string]any{
		"name": x.Name, "say": x.Say, "form": x.Form, "language": x.Language, "tone": x.Tone, "channel": x.Channel, "zone": x.Zone, "no_call": x.NoCall,
	})
	if err == nil {
		_, _, p = h.desk.EditCard(v.Context(), v.by, c.Contact.ID, work.Request{Body: body, Key: v.PostFormValue("key") + ":card"})
	}
	if p != nil {
		h.show(w, v, p.Status, c, f, v.trouble(p), "")
		return
	}
	if c, p = h.desk.Conversation(v.Context(), v.by, id, ""); p != nil {
		h.problem(w, v.Request, v, p)
		return
	}
	if f.posted = false; f.settled(c) {
		to(w, "/console/conversations/"+id+"?said=card")
		return
	}
	h.show(w, v, http.StatusOK, c, f, "", v.T(said["card"]))
}

// takenBack is what an answer says and carries that has not left, for the fields that it comes back to.
func (h *Handler) takenBack(v *visit, id string) (text string, files []chosen) {
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	if p != nil {
		return "", nil
	}
	for _, m := range c.Messages {
		if m.Answer == "" || m.Answer != v.PostFormValue("answer") {
			continue
		}
		for _, a := range m.Attachments {
			files = append(files, chosen{a.Upload + "/" + strconv.Itoa(a.Size) + "/" + a.Name, a.Name, a.Size, v.size(a.Size)})
		}
		return m.Text, files
	}
	return "", nil
}

// next is where an agent goes on who has answered: to the first conversation that is his and owed, or that nobody has; else to the queue.
func (h *Handler) next(v *visit, done string) string {
	for _, view := range []string{"mine", "unassigned"} {
		q, p := h.desk.Queue(v.Context(), v.by, work.Query{View: view})
		if p != nil {
			break
		}
		for _, c := range q.Items {
			if c.ID != done && c.Status == desk.StatusOpen && len(c.Scheduled) == 0 {
				return "/console/conversations/" + c.ID
			}
		}
	}
	return "/console"
}

// leaving is what an agent may still take back who has gone on to another page.
func (h *Handler) leaving(v *visit) *undoView {
	id := v.URL.Query().Get("left")
	if id == "" {
		return nil
	}
	c, p := h.desk.Conversation(v.Context(), v.by, id, "")
	if p != nil {
		return nil
	}
	for _, s := range slices.Backward(c.Scheduled) {
		if s.By.ID == v.by.ID && s.Stopped == "" {
			return &undoView{
				Action: "/console/conversations/" + c.ID + "/take_back", Words: v.T("To %s:", cmp.Or(c.Contact.Name, c.Contact.Address)), Until: v.at(s.At),
				Fields: []option{{Value: s.ID, Words: "answer"}, {Value: rand.Text(), Words: "key"}},
			}
		}
	}
	return nil
}

// undoView is a button that takes back what was just done on another page.
type undoView struct {
	Action, Words string
	Until         moment
	Fields        []option // hidden: Words are the name
}

// scheduled are a conversation's answers that have not left.
func scheduled(v *visit, c work.Conversation) (all []scheduledView) {
	for _, s := range c.Scheduled {
		why := v.T(words.Key(s.Stopped.Words()))
		x := scheduledView{ID: s.ID, At: v.at(s.At), Stopped: s.Stopped != "", Words: v.T("Your answer has not left: %s.", why), Leaves: v.Cut("Your answer leaves {}"), Soon: s.At.Sub(v.now) <= time.Minute}
		if s.By.ID != v.by.ID {
			x.Words, x.Leaves = v.T("%s’s answer has not left: %s.", s.By.Name, why), v.Cut("%s’s answer leaves {}", s.By.Name)
		}
		var then []string
		for _, t := range thens(s.Then) {
			then = append(then, v.then(t))
		}
		x.Then = strings.Join(then, ", ")
		all = append(all, x)
	}
	return all
}

// answering furnishes the page with what helps to answer.
func (h *Handler) answering(v *visit, c work.Conversation, f form) (a answeringView) {
	a.Looking = f.looking
	a.macros(h, v, c)
	for _, t := range append([]string{"resolve"}, f.Then...) {
		if !slices.ContainsFunc(a.Then, func(o option) bool { return o.Value == t }) {
			a.Then = append(a.Then, option{t, v.then(t), slices.Contains(f.Then, t)})
		}
	}
	a.Laters = snoozes(v)
	if z := c.Contact.Zone; z != nil {
		local := v.now.In(time.FixedZone("", z.Offset))
		a.Clock = &clockView{Words: local.Format("15:04"), Zone: cmp.Or(z.Name, "UTC"+local.Format("-07:00")), Offset: z.Offset}
		if z.Name != "" {
			if l, err := time.LoadLocation(z.Name); err == nil {
				local = v.now.In(l)
				_, a.Clock.Offset = local.Zone()
				a.Clock.Words = local.Format("15:04")
			}
		}
		a.Zones = z.Name
	}
	a.Told = h.told(v, c.Brand, false)
	a.choices(h, v, c, f.Card)
	return a
}

func (a *answeringView) macros(h *Handler, v *visit, c work.Conversation) {
	all, p := h.desk.Fill(v.Context(), v.by, c.ID)
	if p != nil {
		return
	}
	for _, m := range all.Items {
		name := v.language(m.Language)
		i := slices.IndexFunc(a.Macros, func(g macroGroup) bool { return g.Words == name })
		if i < 0 {
			a.Macros, i = append(a.Macros, macroGroup{Words: name}), len(a.Macros)
		}
		a.Macros[i].Macros = append(a.Macros[i].Macros, option{Value: m.ID, Words: m.Name})
	}
	mine := v.language(c.Language)
	slices.SortStableFunc(a.Macros, func(x, y macroGroup) int {
		switch {
		case x.Words == mine:
			return -1
		case y.Words == mine:
			return 1
		}
		return 0
	})
}

// forms are the forms of address.
var forms = map[string]words.Key{"": "not known", string(desk.Formal): "formal", string(desk.Informal): "informal"}

func (a *answeringView) choices(h *Handler, v *visit, c work.Conversation, card cardForm) {
	for _, x := range []string{"", string(desk.Formal), string(desk.Informal)} {
		a.Forms = append(a.Forms, option{x, v.T(forms[x]), card.Form == x})
	}
	for _, l := range append([]string{""}, h.spoken(v, c.Brand)...) {
		name := v.T("as they write")
		if l != "" {
			name = v.language(l)
		}
		a.Spoken = append(a.Spoken, option{l, name, card.Language == l})
	}
	if card.Language != "" && !slices.ContainsFunc(a.Spoken, func(o option) bool { return o.Value == card.Language }) {
		a.Spoken = append(a.Spoken, option{card.Language, v.language(card.Language), true})
	}
	for _, x := range append([]string{""}, policy.Channels...) {
		name := v.T("as they write")
		if x != "" {
			name = v.channel(x)
		}
		a.Ways = append(a.Ways, option{x, name, card.Channel == x})
	}
}

// told are the bulletins that hold now, of one brand or, for "", of all of the agent's.
func (h *Handler) told(v *visit, brand string, several bool) (all []toldView) {
	now, p := h.desk.Told(v.Context(), v.by, brand)
	if p != nil {
		return nil
	}
	for _, b := range now {
		t := toldView{Text: b.Text, By: h.nameOf(b.By)}
		if b.Until != nil {
			t.Until = v.at(*b.Until).Words
		}
		if x := h.desk.Policy.Brand(b.Brand); several && x != nil {
			t.Brand = x.Name
		}
		all = append(all, t)
	}
	return all
}

// afterAnswer is where an agent is led who has answered.
func (h *Handler) afterAnswer(v *visit, c work.Conversation) string {
	if v.PostFormValue("next") == "" {
		return "/console/conversations/" + c.ID + "?said=" + string(work.Reply)
	}
	return h.next(v, c.ID) + "?" + url.Values{"said": {string(work.Reply)}, "left": {c.ID}}.Encode()
}
