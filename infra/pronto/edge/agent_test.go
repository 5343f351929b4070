package edge

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"pronto/infra/local"
	"pronto/infra/local/lambda"
)

// The function sees the authorizer's claims, and never the credential.
func TestADevelopersCredentialBecomesClaims(t *testing.T) {
	aws, err := local.Open(t.Context(), local.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = aws.Close() })
	var seen string
	f := lambda.Function{Name: "f", Timeout: time.Second, Invoke: lambda.Handler(func(ev json.RawMessage) (events.APIGatewayV2HTTPResponse, error) {
		seen = string(ev)
		return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusNoContent}, nil
	})}
	h := AsAgent(aws.Lambda.HTTP(f, func(err error) { t.Error(err) }))
	for credential, claimed := range map[string]bool{"Bearer dev:ana": true, "Bearer x": false, "bearer dev:ana": false, "": false} {
		r := httptest.NewRequest(http.MethodGet, "http://localhost/api/v1/queue", nil)
		if credential != "" {
			r.Header.Set("Authorization", credential)
		}
		h.ServeHTTP(httptest.NewRecorder(), r)
		if got := strings.Contains(seen, `"claims":{"pronto:agent":"ana","sub":"ana"}`); got != claimed {
			t.Errorf("%q: claims %v in %s", credential, got, seen)
		}
		if strings.Contains(seen, "dev:") || strings.Contains(seen, "authorization") {
			t.Errorf("%q: the function sees the credential in %s", credential, seen)
		}
	}
}
