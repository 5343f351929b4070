// Command outcome is the Lambda function that hears from SES what became of what left: its work is that of package intake, in a seventh of the memory, since it judges no text.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/intake/intake"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(setup.Must(intake.NewOutcomes(ctx, setup.Load(ctx))).Handle)
}
