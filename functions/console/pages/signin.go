package pages

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pronto/functions/console/oidc"
	"pronto/functions/console/work"
	"pronto/shared/setup"
)

// try is a sign-in on its way, in the browser's own cookie.
type try struct {
	oidc.Try
	To    string `json:"t"` // the page that was asked for
	Until int64  `json:"u"` // Unix seconds
}

const (
	tryName = "pronto-sign-in"
	tryLife = 10 * time.Minute
)

// beginSignIn sends the browser to who signs agents in. It comes back to the address of the configuration, so it must begin there, too.
func (h *Handler) beginSignIn(w http.ResponseWriter, r *http.Request) {
	if r.Host != h.console.Host {
		to(w, h.console.String()+r.URL.RequestURI())
		return
	}
	t, address, err := h.signIn.Begin(r.Context())
	if err != nil {
		h.unable(w, r, err)
		return
	}
	now := h.desk.Now()
	h.sessions.Seal(w, tryName, try{t, here(r.URL.Query().Get("to")), now.Add(tryLife).Unix()}, tryLife)
	to(w, address)
}

// here is an address of the console's own pages: what else somebody writes into a link is not followed.
func here(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.IsAbs() || u.Host != "" || len(address) > 1000 || u.Path != "/console" && !strings.HasPrefix(u.Path, "/console/") || strings.Contains(address, `\`) {
		return "/console"
	}
	return u.RequestURI()
}

// finishSignIn takes the browser back from the issuer: whom it names, if the policy does, is signed in.
func (h *Handler) finishSignIn(w http.ResponseWriter, r *http.Request) {
	var t try
	ok := h.sessions.Open(r, tryName, &t) && h.desk.Now().Before(time.Unix(t.Until, 0))
	h.sessions.Drop(w, tryName)
	if !ok {
		h.problem(w, r, nil, &work.Problem{Status: http.StatusBadRequest, Detail: "this sign-in began too long ago, or in another browser: begin again"})
		return
	}
	claims, err := h.signIn.Finish(r.Context(), t.Try, r.URL.Query())
	if err != nil {
		h.unable(w, r, err)
		return
	}
	named := h.desk.Policy.SignedIn(claims.Agent, claims.Subject)
	by, p := h.desk.Standing(r.Context(), named)
	if p != nil {
		h.problem(w, r, nil, p)
		return
	}
	if named != nil && by == nil {
		h.desk.Log.Warn("sign_in", "agent", named.ID, "left", true)
		h.problem(w, r, nil, &work.Problem{Status: http.StatusForbidden, Detail: "you have signed in, but a lead has let you go here: ask a lead or an admin of the desk if that is not right"})
		return
	}
	if by == nil {
		h.desk.Log.Warn("sign_in", "known", false)
		h.problem(w, r, nil, &work.Problem{Status: http.StatusForbidden, Detail: "you have signed in, but this desk's policy names no such agent: ask an admin of the desk to add you"})
		return
	}
	h.desk.Log.Info("sign_in", "agent", by.ID)
	h.sessions.Begin(w, by.ID, h.desk.Now())
	to(w, t.To)
}

// unable answers when nobody could be signed in.
func (h *Handler) unable(w http.ResponseWriter, r *http.Request, err error) {
	if errors.Is(err, oidc.ErrRefused) {
		h.problem(w, r, nil, &work.Problem{Status: http.StatusForbidden, Detail: "the sign-in was not completed: begin again"})
		return
	}
	h.desk.Log.Error("sign_in", "error", setup.Outermost(err))
	h.problem(w, r, nil, &work.Problem{Status: http.StatusServiceUnavailable, Detail: "who signs agents in cannot be reached, or answers what is not to be believed: try again in a minute"})
}

// signOut ends the session, here and where the agent signed in.
func (h *Handler) signOut(w http.ResponseWriter, v *visit) {
	h.leaveDevice(w, v)
	h.sessions.End(w)
	w.Header().Set("Clear-Site-Data", `"storage"`) // and nothing that he typed stays in the browser
	h.desk.Log.Info("sign_out", "agent", v.by.ID)
	to(w, "/console/signed-out")
}

// signedOut is the page after it. Ending the issuer's own session is a link, since a form may lead to our own pages only.
func (h *Handler) signedOut(w http.ResponseWriter, r *http.Request) {
	in := h.Language(r)
	h.render(w, http.StatusOK, "signed_out", nil, page{In: in, Title: in.T("Signed out"), At: "signed-out", Body: h.signIn.SignOut(r.Context(), h.console.String()+"/console/signed-out")})
}
