package console

import (
	"bytes"
	"context"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

//go:embed page.html
var pageHTML string

// sheet is the page's template with the policy of what it may load: its own style, by its digest, and nothing else.
var sheet = sync.OnceValue(func() struct {
	*template.Template
	csp string
} {
	_, rest, _ := strings.Cut(pageHTML, "<style>")
	style, _, _ := strings.Cut(rest, "</style>")
	sum := sha256.Sum256([]byte(style))
	return struct {
		*template.Template
		csp string
	}{template.Must(template.New("page").Parse(pageHTML)), "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"}
})

// call is what a page shows. It holds nothing that a customer has written: whoever reads the agent's mail on its way sees the link, too.
type call struct {
	Title, Words string
	Brand        string
	Priority     string
	Due          string
	Ask          bool // show the button
}

// page answers GET /page/{token}: the call, and a button. Looking changes nothing, for link scanners look at everything.
func (h *Handler) page(w http.ResponseWriter, r *http.Request) {
	p, by, c, ok := h.called(w, r)
	if !ok {
		return
	}
	has, err := h.has(r.Context(), p, c)
	if err != nil {
		h.unablePage(w, err)
		return
	}
	v := h.call(by, c)
	v.Title, v.Words, v.Ask = "You are called", by.Name+", will you take this conversation?", !has
	if has {
		v.Title, v.Words = taken(by, c)
	}
	show(w, http.StatusOK, v)
}

// answerPage answers POST /page/{token}: the agent takes the conversation, unless somebody has it.
func (h *Handler) answerPage(w http.ResponseWriter, r *http.Request) {
	for range claims {
		p, by, c, ok := h.called(w, r)
		if !ok {
			return
		}
		has, err := h.has(r.Context(), p, c)
		if err != nil {
			h.unablePage(w, err)
			return
		}
		v := h.call(by, c)
		if has {
			v.Title, v.Words = taken(by, c)
			show(w, http.StatusOK, v)
			return
		}
		d, err := h.turn(r.Context(), h.claim(by, c))
		switch {
		case err != nil:
			h.unablePage(w, err)
			return
		case d.Refused == desk.Changed: // somebody was quicker, or the customer wrote again: look who has it now
			continue
		case d.Refused != "":
			show(w, http.StatusConflict, call{Title: "It is not taken", Words: d.Refused.Words()})
			return
		}
		v.Title, v.Words = "You have it", by.Name+", the conversation is yours, and nobody else is called."
		show(w, http.StatusOK, v)
		return
	}
	show(w, http.StatusServiceUnavailable, call{Title: "Try again", Words: "The conversation changes just now. Go back, and press the button once more."})
}

// claims is how often a claim is tried when others change the conversation meanwhile.
const claims = 5

// claim needs no natural key: it is guarded by the version at which nobody had the conversation.
func (h *Handler) claim(by *policy.Agent, c *desk.Conversation) desk.Event {
	return desk.Claimed{Act: desk.Act{
		Subject: desk.Subject{Ref: c.Ref, Channel: agents}, By: policy.Assignee{ID: by.ID, Name: by.Name}, Expect: c.Version,
	}}
}

// called reads the token; what it names that is not there any more is answered here.
func (h *Handler) called(w http.ResponseWriter, r *http.Request) (p desk.Paged, by *policy.Agent, c *desk.Conversation, ok bool) {
	p, ok = h.keys.Paged(r.PathValue("token"), h.now())
	by = h.policy.Agent(p.Agent)
	if !ok || by == nil || h.policy.Brand(p.Brand) == nil || !slices.Contains(by.Brands, p.Brand) {
		show(w, http.StatusNotFound, call{Title: "This link is not good", Words: "It is older than a day, or it is not whole. The conversation is in the queue."})
		return p, by, nil, false
	}
	c, err := h.store.Conversation(r.Context(), p.Ref)
	switch {
	case err != nil:
		h.unablePage(w, err)
	case c == nil:
		show(w, http.StatusNotFound, call{Title: "There is nothing", Words: desk.NotFound.Words()})
	default:
		return p, by, c, true
	}
	return p, by, nil, false
}

// has tells whether somebody has taken the conversation since the page left. That it has an assignee does not say so: the rota gives every one to somebody.
func (h *Handler) has(ctx context.Context, p desk.Paged, c *desk.Conversation) (bool, error) {
	if c.Status == desk.StatusResolved || c.Status == desk.StatusClosed {
		return true, nil
	}
	events, err := h.store.Happened(ctx, c.Ref, p.Expires.Add(-desk.PageLife))
	if err != nil || c.Assignee.Team {
		return false, err
	}
	return slices.ContainsFunc(events, func(e string) bool { return e == "claimed" || e == "assigned" || e == "replied" }), nil
}

// taken says who has it.
func taken(by *policy.Agent, c *desk.Conversation) (title, words string) {
	switch {
	case c.Status == desk.StatusResolved || c.Status == desk.StatusClosed:
		return "It is done", "The conversation is resolved. There is nothing to do."
	case c.Assignee.ID == by.ID:
		return "You have it", by.Name + ", the conversation is yours already."
	}
	return c.Assignee.Name + " has it", "The conversation is taken. There is nothing to do."
}

func (h *Handler) call(by *policy.Agent, c *desk.Conversation) call {
	v := call{Brand: h.policy.Brand(c.Brand).Name, Priority: string(c.Priority)}
	zone := h.policy.Brand(c.Brand).Zone
	if by.Zone != nil {
		zone = by.Zone
	}
	if c.Next != nil && c.Promise != nil {
		v.Due = c.Promise.By.In(zone).Format("Monday 2 January, 15:04 MST")
	}
	return v
}

func (h *Handler) unablePage(w http.ResponseWriter, err error) {
	h.log.Error("page", "error", setup.Outermost(err))
	w.Header().Set("Retry-After", "1")
	show(w, http.StatusServiceUnavailable, call{Title: "Try again", Words: "It cannot be done now. Go back, and press the button once more."})
}

func show(w http.ResponseWriter, status int, v call) {
	s := sheet()
	var b bytes.Buffer
	if err := s.Execute(&b, v); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	for name, value := range map[string]string{
		"Content-Type": "text/html; charset=utf-8", "Content-Security-Policy": s.csp, "Cache-Control": "no-store", "Referrer-Policy": "no-referrer",
		"X-Content-Type-Options": "nosniff", "X-Robots-Tag": "noindex",
	} {
		w.Header().Set(name, value)
	}
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
