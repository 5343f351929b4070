package pages

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/desk"
)

// doing answers POST /console/conversations/{id}/{doing}: it is done, and the page comes again with what else was typed; or it is not, and the page says why.
func (h *Handler) doing(w http.ResponseWriter, v *visit) {
	id, verb := v.PathValue("id"), work.Verb(v.PathValue("doing"))
	f, begins := formOf(v), false
	switch {
	case verb == "macro":
		h.insert(w, v, id, f)
		return
	case verb == "keep":
		h.keepTyped(w, v, id, f)
		return
	case verb == work.Merge, verb == work.Relate, verb == work.Unrelate, verb == onePerson, verb == twoPersons:
		h.ties(w, v, id, verb, f)
		return
	case verb == work.Split:
		h.split(w, v, id, f)
		return
	case verb == "card":
		h.editCard(w, v, id, f)
		return
	case verb == work.Reply && h.warned(w, v, id, f):
		return
	case verb == work.TakeBack:
		begins = h.takenBack(v, id, &f)
	}
	body, p := order(v, verb, f)
	var c work.Conversation
	if p == nil {
		c, _, p = h.desk.Do(v.Context(), v.by, id, verb, work.Request{Body: body, Match: expected(v, verb), Key: v.PostFormValue("key") + ":" + string(verb), Page: v.PostFormValue("key")})
	}
	if p != nil {
		h.refuse(w, v, id, f, p)
		return
	}
	if begins && c.Status == desk.StatusClosed {
		h.rewrite(w, v, c, f)
		return
	}
	word := string(verb)
	if verb == work.PassOn && strings.HasPrefix(c.Assignee.ID, "team:") {
		word = "passed_to_team"
	}
	done := v.T(said[word])
	if verb == work.Note {
		done += v.called(h.desk.Named(c, v.by, f.Note))
	}
	if f = rest(f, verb); verb == work.TagIt {
		f.Tags = strings.Join(c.Tags, ", ")
	}
	if f.settled(c) {
		h.cleared(v, id, f)
	}
	if f.settled(c) && verb == work.Reply {
		to(w, h.afterAnswer(v, c))
		return
	}
	if f.settled(c) && done == v.T(said[word]) {
		to(w, saidAt(v, c.ID, word))
		return
	}
	h.show(w, v, http.StatusOK, c, f, "", done)
}

// called says whom a note calls, and which names nobody has.
func (v *visit) called(n work.Named) (all string) {
	if len(n.Called) > 0 {
		all += " " + v.T("%[2]s is called. | %[2]s are called.", len(n.Called), strings.Join(n.Called, ", "))
	}
	if len(n.Resting) > 0 {
		all += " " + v.T("Not called, for these are quiet hours or there is no way to: %s.", strings.Join(n.Resting, ", "))
	}
	if len(n.Unknown) > 0 {
		all += " " + v.T("Nobody here has the id %s.", strings.Join(n.Unknown, ", "))
	}
	return all
}

// expected is the version that the agent saw: a button of the fresh part of the page knows a newer one than the page.
func expected(v *visit, verb work.Verb) string {
	if verb == work.TakeBack || verb == work.TagIt || verb == work.Unmerge || verb == work.Forward || verb == work.Reply && turn(v) > 0 {
		return "" // whatever was done meanwhile; of an answer the turn itself says what matters to it
	}
	if now := v.PostFormValue("now"); now != "" {
		return now
	}
	return v.PostFormValue("version")
}

// order is a doing's body as the API has it.
func order(v *visit, verb work.Verb, f form) ([]byte, *work.Problem) {
	body := map[string]any{}
	switch verb {
	case work.Reply:
		var p *work.Problem
		if body, p = answerBody(v, f); p != nil {
			return nil, p
		}
	case work.Forward:
		if body = f.Forward.body(); len(f.Forward.Messages) == 0 {
			return nil, work.Refuse(http.StatusUnprocessableEntity, "messages", "choose what of the customer goes with it")
		}
	case work.TakeBack:
		body["answer"] = v.PostFormValue("answer")
	case work.TagIt:
		body = retagged(v, f)
	case work.Note:
		body["text"] = f.Note
	case work.Assign:
		body["to"], body["note"] = f.To, f.Handover
		if f.To == "" {
			return nil, work.Refuse(http.StatusUnprocessableEntity, "to", "choose who is to have it")
		}
	case work.Correct: // each button has its correction in its address, and the version that it knows in the form
		for _, field := range []string{"label", "priority", "language"} {
			if x := v.URL.Query().Get(field); x != "" {
				body[field] = x
			}
		}
	case work.ConfirmPersona, work.DismissPersona:
		body["card"] = v.URL.Query().Get("card")
	case work.Snooze:
		until, p := until(v, f)
		if p != nil {
			return nil, p
		}
		body["until"] = until
	}
	if base, known := based(v, verb); known {
		body["draft"] = base
	}
	for k, x := range body {
		if s, ok := x.(string); ok {
			body[k] = strings.ReplaceAll(s, "\r\n", "\n") // as forms end lines
		}
	}
	b, err := json.Marshal(body)
	if err != nil {
		return nil, work.Refuse(http.StatusUnprocessableEntity, "", "this text cannot be read")
	}
	return b, nil
}

// until is the time of a preset, or what was typed, in the agent's zone.
func until(v *visit, f form) (string, *work.Problem) {
	if preset := v.PostFormValue("until"); preset != "" {
		return preset, nil
	}
	t, err := time.ParseInLocation("2006-01-02T15:04", f.Until, v.zone())
	if err != nil {
		return "", work.Refuse(http.StatusUnprocessableEntity, "until", "choose until when")
	}
	return t.Format(time.RFC3339), nil
}

// rest is what was typed for something else than what was done.
func rest(f form, verb work.Verb) form {
	switch verb {
	case work.Reply:
		f.Text, f.At, f.Sure, f.Then, f.Files, f.CcMore = "", "", "", nil, nil, ""
	case work.TakeBack:
		f.Text = strings.TrimLeft(f.back+"\n\n"+strings.TrimSpace(f.Text), "\n")
		f.Text, f.looking = strings.TrimRight(f.Text, "\n"), "text"
		f.Files = append(f.files, f.Files...)
	case work.Note:
		f.Note = ""
	case work.Forward:
		f.Forward = forwarding{}
	case work.Assign:
		f.To, f.Handover = "", ""
	case work.Snooze:
		f.Until = ""
	}
	return f
}

// refuse shows the conversation as it is now, what was typed, and why it was not done.
func (h *Handler) refuse(w http.ResponseWriter, v *visit, id string, f form, p *work.Problem) {
	c, gone := h.desk.Conversation(v.Context(), v.by, id, "")
	if gone != nil || p.Status == http.StatusNotFound {
		h.problem(w, v.Request, v, p)
		return
	}
	alert := v.trouble(p)
	switch {
	case p.Status == http.StatusPreconditionFailed:
		alert = h.quicker(v, c) + " " + v.T("Nothing of yours was done. Look at what is new, and repeat what is still right; what you typed is below.")
	case len(p.Since) > 0:
		alert, f.crossed = v.T("Something has happened here that you had not seen when you wrote. Nothing of yours was sent; what you typed is below."), p.Since
	case p.Field == "Idempotency-Key":
		alert = v.T("This was done already, with other words. Look at what is there; if you want this as well, press the button again.")
	case p.Status == http.StatusServiceUnavailable:
		alert = v.T("It cannot be done now. What you typed is below: press the button again in a moment.")
	}
	f.fault = p.Field
	h.show(w, v, p.Status, c, f, alert, "")
}

// quicker says who changed the conversation since the page was made.
func (h *Handler) quicker(v *visit, c work.Conversation) string {
	seen := v.PostFormValue("seen")
	known := seen == "" || slices.ContainsFunc(c.Messages, func(m work.Message) bool { return m.ID+m.Part == seen })
	if words := news(c, seen, v); words != "" && known {
		return words
	}
	switch had := v.PostFormValue("had"); {
	case c.Assignee.ID != had && c.Assignee.ID != v.by.ID:
		return v.T("%s was quicker and has it now.", c.Assignee.Name)
	case c.Assignee.ID != had:
		return v.T("You have it already.")
	}
	return v.T("Somebody was quicker: it is %s now, with priority %s.", statuses[c.Status], priorities[c.Priority])
}
