package edge

import (
	"context"
	"net/http"
	"strings"

	"pronto/infra/local/lambda"
	"pronto/shared/desk"
)

// devBearer begins the credential that is taken for an agent's on this machine. Only the edge knows it: the functions see the claims that an authorizer
// would have verified, and nothing else makes them.
const devBearer = "Bearer dev:"

// AsAgent does what the JWT authorizer does in the cloud: it turns the credential into claims and takes it off the request. A request without one goes on
// without claims; whether the agent exists the function says.
func AsAgent(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, dev := strings.CutPrefix(r.Header.Get("Authorization"), devBearer)
		if dev {
			r = r.Clone(lambda.WithClaims(r.Context(), map[string]string{"sub": id, "pronto:agent": id}))
		} else {
			r = r.Clone(r.Context())
		}
		r.Header.Del("Authorization")
		h.ServeHTTP(w, r)
	})
}

func (d Desk) silenced(ctx context.Context) map[string]desk.Switch {
	if d.Silenced == nil {
		return nil
	}
	return d.Silenced(ctx)
}
