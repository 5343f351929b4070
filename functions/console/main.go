// Command console is the Lambda function; its work is in package console beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/console/console"
	"pronto/shared/gateway"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(gateway.Serve(rulebook.HTTP(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), console.New)))))
}
