package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"pronto/infra/stage"
	"pronto/shared/setup"
)

// postTo is where other systems reach a stage, as https://hooks.acme.example. Where it has no name of its own there API Gateway gives one when it makes the API, and who
// knows that for certain are the functions that are told.
func postTo(ctx context.Context, cfg aws.Config, s *stage.Stage) (string, error) {
	if s.HookDomain != nil {
		return "https://" + s.HookDomain.Name, nil
	}
	name := s.Prefix() + "-receive"
	out, err := lambda.NewFromConfig(cfg).GetFunctionConfiguration(ctx, &lambda.GetFunctionConfigurationInput{FunctionName: &name})
	if err != nil {
		return "", fmt.Errorf("ask the function %s where other systems post (it takes lambda:GetFunctionConfiguration): %w", name, err)
	}
	if out.Environment != nil && out.Environment.Variables[setup.ReceiveURL] != "" {
		return out.Environment.Variables[setup.ReceiveURL], nil
	}
	return "", errors.New(name + " does not know where other systems post: deploy " + s.Prefix() + "-service")
}
