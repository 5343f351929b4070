// Command timer is the Lambda function; its work is in package timer beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/timer/timer"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(rulebook.Serve(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), timer.New)), (*timer.Handler).Handle))
}
