package pages

import (
	"net/http"
	"time"

	"pronto/functions/console/words"
	"pronto/shared/triage"
)

// What hurts is hidden until somebody asks for it, one piece at a time; or an agent says that he wants to see everything, in this browser, until he says otherwise.

// plainName is the cookie of that wish, and plainLife how long it is kept.
const (
	plainName = "plain"
	plainLife = 365 * 24 * time.Hour
)

// plain is that wish: it names its agent, since a browser may be shared.
type plain struct{ Agent string }

// hurts are what is hidden, in words.
var hurts = map[triage.Abuse]words.Key{triage.Insult: "an insult", triage.Slur: "a slur", triage.Threat: "a threat"}

// hurt is why a text is hidden from who looks, in words; "" when it is shown.
func (h *Handler) hurt(v *visit, a triage.Abuse) string {
	if a == "" || h.plainly(v) {
		return ""
	}
	if key, ok := hurts[a]; ok {
		return v.T("Hidden, for it may hurt: %s. Show it", key)
	}
	return v.T("Hidden, for it may hurt. Show it") // of a version to come
}

// subject is one as a list shows it, of a conversation in which something may hurt: who wants to see it opens the conversation.
func (h *Handler) subject(v *visit, subject string, a triage.Abuse) string {
	if subject != "" && h.hurt(v, a) != "" {
		return v.T("hidden: may hurt")
	}
	return subject
}

func (h *Handler) plainly(v *visit) bool {
	var p plain
	return h.sessions.Open(v.Request, plainName, &p) && p.Agent == v.by.ID
}

// setPlain answers POST /console/plain.
func (h *Handler) setPlain(w http.ResponseWriter, v *visit) {
	if v.PostFormValue("plain") == "" {
		h.sessions.Drop(w, plainName)
	} else {
		h.sessions.Seal(w, plainName, plain{v.by.ID}, plainLife)
	}
	to(w, here(v.PostFormValue("back")))
}
