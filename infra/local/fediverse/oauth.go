package fediverse

import (
	"crypto/rand"
	"net/http"
)

func (s *Server) register(_ *Account, r *http.Request) reply {
	if r.FormValue("client_name") == "" || r.FormValue("redirect_uris") == "" {
		return s.wrong("Application name can't be blank")
	}
	id, secret := "client-"+rand.Text(), "secret-"+rand.Text()
	s.apps[id] = secret
	return ok(object{"id": "563419", "name": r.FormValue("client_name"), "client_id": id, "client_secret": secret, "redirect_uri": r.FormValue("redirect_uris")})
}

// Authorize is an account's owner who says yes on the server's page: the code that he copies.
func (s *Server) Authorize(a *Account) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	code := "code-" + rand.Text()
	s.codes[code] = a
	return code
}

func (s *Server) token(_ *Account, r *http.Request) reply {
	a := s.codes[r.FormValue("code")]
	secret, known := s.apps[r.FormValue("client_id")]
	switch {
	case !known || secret != r.FormValue("client_secret"):
		return reply{status: http.StatusUnauthorized, body: object{"error": "invalid_client"}}
	case a == nil || r.FormValue("grant_type") != "authorization_code":
		return reply{status: http.StatusBadRequest, body: object{"error": "invalid_grant"}}
	}
	delete(s.codes, r.FormValue("code"))
	token := "token-" + rand.Text()
	s.tokens[token] = a
	return ok(object{"access_token": token, "token_type": "Bearer", "scope": r.FormValue("scope"), "created_at": s.now().Unix()})
}

func (s *Server) revoke(_ *Account, r *http.Request) reply {
	secret, known := s.apps[r.FormValue("client_id")]
	if !known || secret != r.FormValue("client_secret") {
		return reply{status: http.StatusForbidden, body: object{"error": "unauthorized_client"}}
	}
	token := r.FormValue("token")
	delete(s.tokens, token)
	delete(s.subs, token)
	return ok(object{})
}
