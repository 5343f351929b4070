// Command express is the Lambda function that relays the turns which order something that cannot wait: its work is that of package relay.
package main

import (
	"context"

	"github.com/aws/aws-lambda-go/lambda"

	"pronto/functions/relay/relay"
	"pronto/shared/setup"
)

func main() {
	ctx := context.Background()
	lambda.Start(setup.Must(relay.New(ctx, setup.Load(ctx))).Handle)
}
