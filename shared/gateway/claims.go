package gateway

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
)

type claimsKey struct{}

// Claims are what API Gateway's JWT authorizer has verified of who asks, by the claims' names; nil when it has not been asked. They come from the request's
// context as the gateway made it: nothing that a client sends can set them.
func Claims(ctx context.Context) map[string]string {
	c, _ := ctx.Value(claimsKey{}).(map[string]string)
	return c
}

func withClaims(ctx context.Context, ev events.APIGatewayV2HTTPRequest) context.Context {
	a := ev.RequestContext.Authorizer
	if a == nil || a.JWT == nil {
		return ctx
	}
	return context.WithValue(ctx, claimsKey{}, a.JWT.Claims)
}
