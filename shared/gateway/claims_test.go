package gateway

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-lambda-go/events"
)

// authorized is the authorizer's block as API Gateway documents it for payload format 2.0.
const authorized = `{"version":"2.0","rawPath":"/","headers":{"authorization":"Bearer x"},"requestContext":{"http":{"method":"GET"},
	"authorizer":{"jwt":{"claims":{"sub":"ana","pronto:agent":"ana"},"scopes":null}}}}`

func TestClaimsComeFromTheAuthorizerAlone(t *testing.T) {
	var ev events.APIGatewayV2HTTPRequest
	if err := json.Unmarshal([]byte(authorized), &ev); err != nil {
		t.Fatal(err)
	}
	r, _ := seen(t, ev)
	if c := Claims(r.Context()); c["sub"] != "ana" || c["pronto:agent"] != "ana" {
		t.Errorf("claims %v", c)
	}
	ev.RequestContext.Authorizer.JWT = nil
	if r, _ := seen(t, ev); Claims(r.Context()) != nil {
		t.Error("claims without a token")
	}
	ev.RequestContext.Authorizer = nil
	ev.Headers["sub"], ev.Headers["x-amzn-claims"], ev.Headers["pronto:agent"] = "ana", "ana", "ana"
	if r, _ := seen(t, ev); Claims(r.Context()) != nil {
		t.Error("headers make claims")
	}
}
