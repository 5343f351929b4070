// Command poll is the Lambda function; its work is in package poll beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/poll/poll"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(rulebook.Run(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), poll.New)), (*poll.Handler).Handle))
}
