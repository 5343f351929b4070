// Command listen is the Lambda function; its work is in package listen beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/listen/listen"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(rulebook.Serve(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), listen.New)), (*listen.Handler).Handle))
}
