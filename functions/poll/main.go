// Command poll is the Lambda function; its work is in package poll beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/poll/poll"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(setup.Must(poll.New(ctx, setup.Load(ctx))).Handle)
}
