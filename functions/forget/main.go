// Command forget is the Lambda function; its work is in package forget beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/forget/forget"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(rulebook.Serve(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), forget.New)), (*forget.Handler).Handle))
}
