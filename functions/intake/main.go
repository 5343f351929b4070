// Command intake is the Lambda function; its work is in package intake beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/intake/intake"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(setup.Must(intake.New(ctx, setup.Load(ctx))).Handle)
}
