package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssecretsmanager"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/wiring"
)

// kept is what the stack of data has.
type kept struct {
	table   awsdynamodb.TableV2
	bucket  awss3.Bucket
	secrets map[string]awssecretsmanager.Secret // by the wiring's names
	agents  awscognito.UserPool
	ledgers map[string]awslogs.LogGroup // by function
	topics  map[string]awssns.Topic     // by the wiring's names
	queues  queues
}

// secrets are made by Secrets Manager when it makes them: no value is in a template, a parameter or anybody's hands. The desk's key is the root of all ids and must
// never be made anew; the hooks' may be rotated (docs/operations.md).
//
// Each is {"key": letters and digits}, which is base64 of as many bytes as the desk wants, since their number is a multiple of four.
func secrets(scope constructs.Construct, d desk) map[string]awssecretsmanager.Secret {
	made := func(id, name, description, template string, letters int) awssecretsmanager.Secret {
		return awssecretsmanager.NewSecret(scope, &id, &awssecretsmanager.SecretProps{
			SecretName: d.name(name), Description: &description, RemovalPolicy: d.removal(),
			GenerateSecretString: &awssecretsmanager.SecretStringGenerator{
				SecretStringTemplate: &template, GenerateStringKey: jsii.String("key"), PasswordLength: jsii.Number(letters), ExcludePunctuation: jsii.Bool(true),
			},
		})
	}
	return map[string]awssecretsmanager.Secret{
		wiring.Secret:         made("Key", "key", "The root of all ids. Never change it.", `{}`, 64),
		wiring.HookSecrets:    made("Hooks", "hooks", "What mentions, posts and webhook pages are signed with.", `{"secrets":[]}`, 48),
		wiring.MailboxSecrets: made("Mailboxes", "mailboxes", "Passwords of the mailboxes that are polled, by name: put them in by hand.", `{}`, 48),
		wiring.AccountSecrets: made("Accounts", "accounts", "What it takes to use the brands' accounts at networks: pronto connect writes it.", `{}`, 48),
	}
}
