// Command intake is the Lambda function; its work is in package intake beside it.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/intake/intake"
	"pronto/shared/rulebook"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(rulebook.Serve(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), intake.New)), (*intake.Handler).Handle))
}
