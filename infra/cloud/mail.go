package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsses"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssns"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/wiring"
)

// bucket keeps mails and mentions as they came, and agents' words. It is versioned: what is written over or deleted by mistake can be had back for 30 days, and is
// gone then, as a customer who asks to be forgotten may expect. Encrypted with S3's own key: SES could not read a key of ours without being named in it.
func bucket(scope constructs.Construct, d desk) awss3.Bucket {
	b := awss3.NewBucket(scope, jsii.String("Mails"), &awss3.BucketProps{
		BucketName:        jsii.String(d.stage.Bucket()),
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		EnforceSSL:        jsii.Bool(true),
		MinimumTLSVersion: jsii.Number(1.2),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(),
		ObjectOwnership:   awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED,
		Versioned:         jsii.Bool(true),
		RemovalPolicy:     d.removal(),
		LifecycleRules:    aging(d.stage.MailDays),
		Cors: &[]*awss3.CorsRule{{
			AllowedOrigins: jsii.Strings(consoleOrigin(d)), AllowedMethods: &[]awss3.HttpMethods{awss3.HttpMethods_PUT}, AllowedHeaders: jsii.Strings(wiring.UploadHeaders...),
			MaxAge: jsii.Number(600),
		}},
	})
	b.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid: jsii.String("SES"), Principals: principals("ses.amazonaws.com"), Actions: jsii.Strings("s3:PutObject"),
		Resources:  jsii.Strings(*b.ArnForObjects(jsii.String(wiring.MailPrefix + "*"))),
		Conditions: &map[string]any{"ArnLike": map[string]any{"aws:SourceArn": d.arn("ses", "receipt-rule-set/"+d.stage.Prefix()+":receipt-rule/*")}}, // it has the account in it
	}))
	return b
}

// consoleOrigin is whose pages a browser lets upload to the bucket: the console's. Its own name where it has one; the name that API Gateway gives is not known when the
// bucket is made, so that then its kin in the region are let in, too. It is the signature of each upload's address that lets anybody in, and only the console signs.
func consoleOrigin(d desk) string {
	if d.stage.Domain != nil {
		return "https://" + d.stage.Domain.Name
	}
	return "https://*.execute-api." + d.stage.Region + ".amazonaws.com"
}

// aging ends what people have written when they are told that it ends. What triage has learned has no end: without it the desk would forget its agents' corrections.
func aging(mails int) *[]*awss3.LifecycleRule {
	rules := []*awss3.LifecycleRule{
		{Id: jsii.String("age"), NoncurrentVersionExpiration: days(30), AbortIncompleteMultipartUploadAfter: days(7)},
		{Id: jsii.String("age of exports"), Prefix: jsii.String(wiring.ExportsPrefix), Expiration: days(7), NoncurrentVersionExpiration: days(1)},
	}
	if mails > 0 {
		for _, prefix := range []string{wiring.MailPrefix, wiring.CustomPrefix, wiring.PostsPrefix, wiring.WordsPrefix, wiring.FilesPrefix, wiring.UploadsPrefix} {
			rules = append(rules, &awss3.LifecycleRule{Id: jsii.String("age of " + strings.TrimSuffix(prefix, "/")), Prefix: jsii.String(prefix), Expiration: days(mails)})
		}
	}
	return &rules
}

// arrivals are the topics by which AWS tells of what came from outside, and the queues that keep it until intake has decided: they are in the stack of data, since
// nothing else knows yet of what lies in them. What a topic cannot hand over goes where what intake gives up goes.
func arrivals(scope constructs.Construct, d desk, q queues) map[string]awssns.Topic {
	topics := map[string]awssns.Topic{}
	for _, t := range wiring.Topics() {
		for _, w := range wiring.Queues() {
			if w.Name == t.Queue {
				q.add(scope, d, w, d.removal())
			}
		}
		short := strings.TrimPrefix(t.Name, "pronto-")
		topic := awssns.NewTopic(scope, jsii.String("Topic"+title(short)), &awssns.TopicProps{TopicName: d.name(short), EnforceSSL: jsii.Bool(true)})
		topic.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
			Sid: jsii.String("SES"), Principals: principals("ses.amazonaws.com"), Actions: jsii.Strings("sns:Publish"), Resources: jsii.Strings(*topic.TopicArn()),
			Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": d.stage.Account}},
		}))
		queue, dead := q[t.Queue], q[wiring.Dead(t.Queue)]
		for _, to := range []entry{queue, dead} {
			to.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
				Sid: jsii.String("Topic"), Principals: principals("sns.amazonaws.com"), Actions: jsii.Strings("sqs:SendMessage"), Resources: jsii.Strings(*to.QueueArn()),
				Conditions: &map[string]any{"ArnEquals": map[string]any{"aws:SourceArn": topic.TopicArn()}},
			}))
		}
		awssns.NewCfnSubscription(scope, jsii.String("To"+title(t.Queue)), &awssns.CfnSubscriptionProps{
			TopicArn: topic.TopicArn(), Protocol: jsii.String("sqs"), Endpoint: queue.QueueArn(), RawMessageDelivery: true,
			RedrivePolicy: map[string]any{"deadLetterTargetArn": dead.QueueArn()},
		})
		topics[t.Name] = topic
	}
	return topics
}

// maxRecipients is SES's limit of a receipt rule.
const maxRecipients = 100

// receiving is the way in: SES puts each mail for our domains into the bucket and tells the topic of it, with envelope and verdicts. There is no bounce for whoever
// writes without TLS: mail that is not taken is lost. CloudFormation cannot make the rule set the active one: see steps.
func receiving(scope constructs.Construct, d desk, k kept) {
	set := awsses.NewCfnReceiptRuleSet(scope, jsii.String("RuleSet"), &awsses.CfnReceiptRuleSetProps{RuleSetName: jsii.String(d.stage.Prefix())})
	n := 0
	for some := range slices.Chunk(wiring.Receives(d.policy), maxRecipients) {
		n++
		awsses.NewCfnReceiptRule(scope, jsii.String(fmt.Sprintf("Rule%d", n)), &awsses.CfnReceiptRuleProps{
			RuleSetName: set.Ref(),
			Rule: &awsses.CfnReceiptRule_RuleProperty{
				Name: d.name(fmt.Sprintf("mail-%d", n)), Enabled: true, Recipients: jsii.Strings(some...), ScanEnabled: true, TlsPolicy: jsii.String("Optional"),
				Actions: []any{&awsses.CfnReceiptRule_ActionProperty{S3Action: &awsses.CfnReceiptRule_S3ActionProperty{
					BucketName: k.bucket.BucketName(), ObjectKeyPrefix: jsii.String(wiring.MailPrefix), TopicArn: k.topics[wiring.ArrivalTopic].TopicArn(),
				}}},
			},
		})
	}
}

// sending is the way out: the configuration set whose events come back. It returns the set's name.
func sending(scope constructs.Construct, d desk, topics map[string]awssns.Topic) *string {
	set := awsses.NewCfnConfigurationSet(scope, jsii.String("Sending"), &awsses.CfnConfigurationSetProps{
		Name:              jsii.String(d.stage.Prefix()),
		ReputationOptions: &awsses.CfnConfigurationSet_ReputationOptionsProperty{ReputationMetricsEnabled: true},
		DeliveryOptions:   &awsses.CfnConfigurationSet_DeliveryOptionsProperty{TlsPolicy: jsii.String("OPTIONAL")},
	})
	var types []string
	for _, e := range wiring.OutcomeEvents() {
		types = append(types, strings.ToLower(e))
	}
	awsses.NewCfnConfigurationSetEventDestination(scope, jsii.String("Outcomes"), &awsses.CfnConfigurationSetEventDestinationProps{
		ConfigurationSetName: set.Ref(),
		EventDestination: &awsses.CfnConfigurationSetEventDestination_EventDestinationProperty{
			Name: jsii.String("outcomes"), Enabled: true, MatchingEventTypes: jsii.Strings(types...),
			SnsDestination: &awsses.CfnConfigurationSetEventDestination_SnsDestinationProperty{TopicArn: topics[wiring.OutcomeTopic].TopicArn()},
		},
	})
	return set.Ref()
}

// domains makes the identities that SES must know, and says what must stand in their DNS.
func domains(scope constructs.Construct, d desk) {
	if !d.stage.Verify {
		return
	}
	for _, domain := range wiring.Identities(d.policy) {
		id := awsses.NewCfnEmailIdentity(scope, jsii.String("Domain"+title(domain)), &awsses.CfnEmailIdentityProps{
			EmailIdentity: &domain, DkimAttributes: &awsses.CfnEmailIdentity_DkimAttributesProperty{SigningEnabled: true},
		})
		id.ApplyRemovalPolicy(d.removal(), nil)
		for i, pair := range [][2]*string{
			{id.AttrDkimDnsTokenName1(), id.AttrDkimDnsTokenValue1()}, {id.AttrDkimDnsTokenName2(), id.AttrDkimDnsTokenValue2()},
			{id.AttrDkimDnsTokenName3(), id.AttrDkimDnsTokenValue3()},
		} {
			output(scope, fmt.Sprintf("Step2Dkim%s%d", title(domain), i+1), "2. DNS of "+domain+": this CNAME", *pair[0]+" CNAME "+*pair[1])
		}
	}
}

func principals(service string) *[]awsiam.IPrincipal {
	return &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(&service, nil)}
}

func output(scope constructs.Construct, id, description, value string) {
	awscdk.NewCfnOutput(scope, &id, &awscdk.CfnOutputProps{Value: &value, Description: &description})
}

// title makes a name of ours one of CloudFormation's.
func title(name string) string {
	var b strings.Builder
	for part := range strings.FieldsFuncSeq(name, func(r rune) bool { return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9') }) {
		b.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	return b.String()
}
