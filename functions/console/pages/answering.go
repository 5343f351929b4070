package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/desk"
	"pronto/shared/policy"
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

	At, Send string // where the box's buttons lead, and those that send
	Begins   bool   // what is written opens a conversation
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
	f.Sure = sure(f.Text)
	h.show(w, v, http.StatusOK, c, f, v.lookAgain(checked), "")
	return true
}

// lookAgain is the question before something leaves.
func (v *visit) lookAgain(checked work.Checked) string {
	var said []string
	for _, x := range checked.Warnings {
		said = append(said, sentence(v.said(x.Words)))
	}
	return v.T("Look once more before it leaves. %s If it is right, send it again.", strings.Join(said, " "))
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
	done, ok := f.insert(v, all)
	if !ok {
		h.show(w, v, http.StatusUnprocessableEntity, c, f, v.T("Choose a macro."), "")
		return
	}
	h.show(w, v, http.StatusOK, c, f, "", done)
}

// insert puts the macro that was chosen below what was typed, and says so; ok is false where none was.
func (f *form) insert(v *visit, all work.FilledMacros) (done string, ok bool) {
	i := slices.IndexFunc(all.Items, func(m work.Filled) bool { return m.ID == v.PostFormValue("macro") })
	if i < 0 {
		return "", false
	}
	m := all.Items[i]
	f.Text = strings.TrimLeft(strings.TrimRight(f.Text, " \r\n")+"\n\n"+m.Text, "\n")
	for _, t := range thens(m.Then) {
		if !slices.Contains(f.Then, t) {
			f.Then = append(f.Then, t)
		}
	}
	f.looking, f.Sure = "text", ""
	done = v.T("Inserted: %s.", m.Name)
	if len(m.Missing) > 0 {
		done += " " + v.T("Not known, and for you to fill in: %s.", strings.Join(m.Missing, ", "))
	}
	return done, true
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
		h.cleared(v, id, f)
		to(w, saidAt(v, id, "card"))
		return
	}
	h.show(w, v, http.StatusOK, c, f, "", v.T(said["card"]))
}

// answering furnishes the page with what helps to answer.
func (h *Handler) answering(v *visit, c work.Conversation, f form) (a answeringView) {
	a.Looking, a.At = f.looking, "/console/conversations/"+c.ID
	a.Send = a.At + "/" + string(work.Reply)
	if all, p := h.desk.Fill(v.Context(), v.by, c.ID); p == nil {
		a.macros(v, all, c.Language)
	}
	a.Then, a.Laters = v.thenOptions(f.Then), snoozes(v)
	if a.Clock = v.clock(c.Contact.Zone); a.Clock != nil {
		a.Zones = c.Contact.Zone.Name
	}
	a.Told = h.told(v, c.Brand, false)
	a.choices(h, v, c, f.Card)
	return a
}

// thenOptions are what can be done together with an answer: what is ticked, and to resolve it.
func (v *visit) thenOptions(ticked []string) (all []option) {
	for _, t := range append([]string{"resolve"}, ticked...) {
		if !slices.ContainsFunc(all, func(o option) bool { return o.Value == t }) {
			all = append(all, option{t, v.then(t), slices.Contains(ticked, t)})
		}
	}
	return all
}

// macros are grouped by their languages, that of who is answered first.
func (a *answeringView) macros(v *visit, all work.FilledMacros, language string) {
	for _, m := range all.Items {
		name := v.language(m.Language)
		i := slices.IndexFunc(a.Macros, func(g macroGroup) bool { return g.Words == name })
		if i < 0 {
			a.Macros, i = append(a.Macros, macroGroup{Words: name}), len(a.Macros)
		}
		a.Macros[i].Macros = append(a.Macros[i].Macros, option{Value: m.ID, Words: m.Name})
	}
	mine := v.language(language)
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
