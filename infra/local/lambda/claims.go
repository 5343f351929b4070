package lambda

import (
	"context"

	"github.com/aws/aws-lambda-go/events"
)

type claimsKey struct{}

// WithClaims makes the event of a request say that the gateway's JWT authorizer has verified these claims.
func WithClaims(ctx context.Context, claims map[string]string) context.Context {
	return context.WithValue(ctx, claimsKey{}, claims)
}

func authorizer(ctx context.Context) *events.APIGatewayV2HTTPRequestContextAuthorizerDescription {
	claims, ok := ctx.Value(claimsKey{}).(map[string]string)
	if !ok {
		return nil
	}
	return &events.APIGatewayV2HTTPRequestContextAuthorizerDescription{JWT: &events.APIGatewayV2HTTPRequestContextAuthorizerJWTDescription{Claims: claims}}
}
