package desk

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/comprehend"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	ddb "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sns"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"

	"pronto/infra/wiring"
	"pronto/shared/store"
)

// call is one right that a call needs.
type call struct {
	on     wiring.Thing
	action string
}

// permit refuses a function's calls for which the wiring grants no right, as IAM would: what has run here has the rights to run in the cloud.
func (a *Assembly) permit(function string) func(*middleware.Stack) error {
	return func(stack *middleware.Stack) error {
		return stack.Initialize.Add(middleware.InitializeMiddlewareFunc("permit", func(
			ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler,
		) (middleware.InitializeOutput, middleware.Metadata, error) {
			for _, c := range needs(in.Parameters) {
				if !wiring.Permitted(a.Policy, function, c.on, c.action) {
					return middleware.InitializeOutput{}, middleware.Metadata{}, a.deny(ctx, function, c)
				}
			}
			return next.HandleInitialize(ctx, in)
		}), middleware.After)
	}
}

func (a *Assembly) deny(ctx context.Context, function string, c call) error {
	words := fmt.Sprintf("%s has no right to %s on %s: add it to Grants in infra/wiring/grants.go, if it should", function, c.action, c.on)
	a.denials.Lock()
	a.denied = append(a.denied, words)
	a.denials.Unlock()
	return &smithy.OperationError{
		ServiceID: awsmiddleware.GetServiceID(ctx), OperationName: awsmiddleware.GetOperationName(ctx),
		Err: &smithy.GenericAPIError{Code: "AccessDeniedException", Message: words},
	}
}

// Denied are the calls of functions that were refused because the wiring grants no right for them: each is a mistake in the one or the other.
func (a *Assembly) Denied() []string {
	a.denials.Lock()
	defer a.denials.Unlock()
	return slices.Clone(a.denied)
}

// needs are the rights that a call needs. A call that is not known here needs one that nobody has.
func needs(parameters any) []call {
	switch in := parameters.(type) {
	case *dynamodb.BatchGetItemInput:
		return []call{{wiring.TheTable, "dynamodb:BatchGetItem"}}
	case *dynamodb.GetItemInput:
		if key, ok := in.Key["PK"].(*ddb.AttributeValueMemberS); ok && key.Value == store.RulesPartition {
			return []call{{wiring.TheRules, "dynamodb:GetItem"}}
		}
		return []call{{wiring.TheTable, "dynamodb:GetItem"}}
	case *dynamodb.PutItemInput:
		return []call{{wiring.TheTable, "dynamodb:PutItem"}}
	case *dynamodb.UpdateItemInput:
		return []call{{wiring.TheTable, "dynamodb:UpdateItem"}}
	case *dynamodb.DeleteItemInput:
		return []call{{wiring.TheTable, "dynamodb:DeleteItem"}}
	case *dynamodb.QueryInput:
		if in.IndexName != nil {
			return []call{{wiring.AnIndex(*in.IndexName), "dynamodb:Query"}}
		}
		return []call{{wiring.TheTable, "dynamodb:Query"}}
	case *dynamodb.TransactWriteItemsInput:
		return parts(in)
	case *s3.GetObjectInput:
		return []call{{objects(*in.Key), "s3:GetObject"}}
	case *s3.HeadObjectInput:
		return []call{{objects(*in.Key), "s3:GetObject"}}
	case *s3.PutObjectInput:
		return []call{{objects(*in.Key), "s3:PutObject"}}
	case *s3.DeleteObjectInput:
		if in.VersionId != nil {
			return []call{{objects(*in.Key), "s3:DeleteObjectVersion"}}
		}
		return []call{{objects(*in.Key), "s3:DeleteObject"}}
	case *s3.ListObjectVersionsInput:
		return []call{{wiring.MailList, "s3:ListBucketVersions"}}
	case *s3.ListObjectsV2Input:
		return []call{{wiring.MailList, "s3:ListBucket"}}
	case *sqs.SendMessageInput:
		return []call{{queue(*in.QueueUrl), "sqs:SendMessage"}}
	case *sqs.SendMessageBatchInput:
		return []call{{queue(*in.QueueUrl), "sqs:SendMessage"}}
	case *sqs.GetQueueAttributesInput:
		return []call{{queue(*in.QueueUrl), "sqs:GetQueueAttributes"}}
	case *secretsmanager.GetSecretValueInput:
		return []call{{wiring.ASecret(*in.SecretId), "secretsmanager:GetSecretValue"}}
	case *sesv2.SendEmailInput:
		return []call{{wiring.Sending, "ses:SendEmail"}, {wiring.Sending, "ses:SendRawEmail"}} // which of the two SES asks for differs by content
	case *comprehend.DetectSentimentInput:
		return []call{{wiring.Opinions, "comprehend:DetectSentiment"}}
	case *cloudwatch.GetMetricDataInput:
		return []call{{wiring.Counted, "cloudwatch:GetMetricData"}}
	case *sns.PublishInput:
		return []call{{wiring.Texting, "sns:Publish"}}
	}
	return []call{{wiring.Thing(fmt.Sprintf("%T", parameters)), "it (not known to infra/pronto/desk/permit.go)"}}
}

// parts are the rights that a transaction needs: those of what it does.
func parts(in *dynamodb.TransactWriteItemsInput) (all []call) {
	for _, i := range in.TransactItems {
		switch {
		case i.Put != nil:
			all = append(all, call{wiring.TheTable, "dynamodb:PutItem"})
		case i.Update != nil:
			all = append(all, call{wiring.TheTable, "dynamodb:UpdateItem"})
		case i.Delete != nil:
			all = append(all, call{wiring.TheTable, "dynamodb:DeleteItem"})
		case i.ConditionCheck != nil:
			all = append(all, call{wiring.TheTable, "dynamodb:ConditionCheckItem"})
		}
	}
	return all
}

func objects(key string) wiring.Thing {
	prefix, _, _ := strings.Cut(key, "/")
	return wiring.Objects(prefix + "/")
}

func queue(url string) wiring.Thing { return wiring.AQueue(path.Base(url)) }
