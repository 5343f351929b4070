// Command console is the Lambda function; its work is in package console beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/console/console"
	"pronto/shared/gateway"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(gateway.Serve(setup.Must(console.New(ctx, setup.Load(ctx)))))
}
