// Command relay is the Lambda function; its work is in package relay beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/relay/relay"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(setup.Must(relay.New(ctx, setup.Load(ctx))).Handle)
}
