// Command reconcile is the Lambda function; its work is in package reconcile beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/reconcile/reconcile"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(rulebook.Watch(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), reconcile.New)), (*reconcile.Handler).Handle))
}
