// Command forget is the Lambda function; its work is in package forget beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/forget/forget"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(setup.Must(forget.New(ctx, setup.Load(ctx))).Handle)
}
