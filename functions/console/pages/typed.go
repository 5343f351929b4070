package pages

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/triage"
)

// cardForm is a contact's card as it is typed.
type cardForm struct {
	Name, Say, Form, Language, Tone, Channel, Zone string
	NoCall                                         bool
}

// formOf reads what an agent has typed at a conversation.
func formOf(v *visit) form {
	get := v.PostFormValue
	return form{
		Text: get("text"), Note: get("note"), To: get("to"), Handover: get("handover"), Until: get("until_local"), At: get("at_local"), Sure: get("sure"), Files: chosenOf(v), Cc: v.PostForm["cc"], CcMore: get("cc_more"),
		Forward: forwarding{To: get("forward_to"), Text: get("forward_text"), Address: get("forward_address") != "", Messages: v.PostForm["forward_message"], Files: v.PostForm["forward_file"]},
		Split:   splitForm{Messages: v.PostForm["split_message"], Why: get("split_why")},
		Then:    v.PostForm["then"], Tags: get("tags"),
		Card: cardForm{
			Name: get("card_name"), Say: get("card_say"), Form: get("card_form"), Language: get("card_language"), Tone: get("card_tone"), Channel: get("card_channel"),
			Zone: get("card_zone"), NoCall: get("card_no_call") != "",
		},
		Ties:   tiesOf(v),
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
	if n := turn(v); n > 0 {
		body["seen"] = n
	}
	if ids := uploadsOf(f.Files); len(ids) > 0 {
		body["attachments"] = ids
	}
	if cc := f.ccOf(); len(cc) > 0 {
		body["cc"] = cc
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
