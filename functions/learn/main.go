// Command learn is the Lambda function; its work is in package learn beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/learn/learn"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(rulebook.Run(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), learn.New)), (*learn.Handler).Handle))
}
