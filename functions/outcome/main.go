// Command outcome is the Lambda function that hears from SES what became of what left: its work is that of package intake, in a seventh of the memory, since it judges no text.
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
	lambda.Start(rulebook.Serve(setup.Must(rulebook.Follow(ctx, setup.Load(ctx), intake.NewOutcomes)), (*intake.Handler).Handle))
}
