package main

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/stage"
	"pronto/infra/wiring"
)

// webAPI is one HTTP API.
type webAPI struct {
	scope  constructs.Construct
	own    desk
	id     string // begins the ids of its parts; "": they had theirs when there was one API
	api    awsapigatewayv2.CfnApi
	let    awsapigatewayv2.CfnStage // how much is let in
	most   stage.Limit              // of what has no limit of its own
	takes  func(key string) bool    // which routes are its own
	tokens *string                  // the authorizer's id; nil: nobody has a token here
	named  *stage.Domain            // its name of one's own; nil: it is reached by the one that API Gateway gives
	domain *string                  // what that name must point to
	url    string
}

// newAPI makes one with its stage, and without its routes.
func newAPI(a webAPI, name string, log awslogs.LogGroup) *webAPI {
	a.api = awsapigatewayv2.NewCfnApi(a.scope, jsii.String(a.id+"Api"), &awsapigatewayv2.CfnApiProps{
		Name: a.own.name(name), ProtocolType: jsii.String("HTTP"), DisableExecuteApiEndpoint: a.named != nil,
	})
	a.url = *a.api.AttrApiEndpoint()
	if a.named != nil {
		a.url = "https://" + a.named.Name
	}
	a.stage(log)
	return &a
}

// accessLine is of each request: no addresses, and the route in place of the path, which may hold a page's secret. The host is ours, and says at which address it came in.
const accessLine = `{"time":"$context.requestTime","request":"$context.requestId","host":"$context.domainName","route":"$context.routeKey","status":"$context.status",` +
	`"bytes":"$context.responseLength","ms":"$context.responseLatency","error":"$context.error.message","authorizer":"$context.authorizer.error",` +
	`"integration":"$context.integrationErrorMessage"}`

// accessLog is that of both APIs. Under /aws/vendedlogs one policy of CloudWatch Logs lets all of AWS's services write; elsewhere each API would add to it until it is full.
func accessLog(scope constructs.Construct, d desk) awslogs.LogGroup {
	return awslogs.NewLogGroup(scope, jsii.String("LogAccess"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/aws/vendedlogs/" + *d.name("access")), Retention: awslogs.RetentionDays(retention(d.stage.LogDays)), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
}

func (a *webAPI) stage(log awslogs.LogGroup) {
	a.let = awsapigatewayv2.NewCfnStage(a.scope, jsii.String(a.id+"Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId: a.api.Ref(), StageName: jsii.String("$default"), AutoDeploy: true,
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit: jsii.Number(a.most.Second), ThrottlingBurstLimit: jsii.Number(a.most.Once), DetailedMetricsEnabled: false,
		},
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{DestinationArn: log.LogGroupArn(), Format: jsii.String(accessLine)},
	})
	if a.named == nil {
		return
	}
	named := awsapigatewayv2.NewCfnDomainName(a.scope, jsii.String(a.id+"Name"), &awsapigatewayv2.CfnDomainNameProps{
		DomainName: &a.named.Name,
		DomainNameConfigurations: []any{&awsapigatewayv2.CfnDomainName_DomainNameConfigurationProperty{
			CertificateArn: &a.named.Certificate, EndpointType: jsii.String("REGIONAL"), SecurityPolicy: jsii.String("TLS_1_2"),
		}},
	})
	awsapigatewayv2.NewCfnApiMapping(a.scope, jsii.String(a.id+"Mapping"), &awsapigatewayv2.CfnApiMappingProps{ApiId: a.api.Ref(), DomainName: named.Ref(), Stage: a.let.Ref()})
	a.domain = named.AttrRegionalDomainName()
}

// route gives each function those of the wiring's requests that are this API's.
func (a *webAPI) route(all []function) {
	apart := map[string]any{}
	for _, f := range all {
		var target *string
		for _, key := range requests(f.Function) {
			if !a.takes(key) {
				continue
			}
			if target == nil {
				target = a.integration(f)
			}
			made := a.add(key, target)
			if webhook(key) {
				// Whoever floods one takes no request from another: a limit each, as CloudFormation spells it, for the CDK hands these on as they are. API Gateway
				// refuses the settings of a route that is not there yet.
				most := a.own.stage.HookLimit
				apart[key] = map[string]any{"ThrottlingRateLimit": most.Second, "ThrottlingBurstLimit": most.Once, "DetailedMetricsEnabled": false}
				a.let.AddDependency(made)
			}
		}
	}
	if len(apart) > 0 {
		a.let.SetRouteSettings(apart)
	}
}

// requests are the routes that wake a function.
func requests(f wiring.Function) (keys []string) {
	for _, s := range f.Sources {
		keys = append(keys, s.HTTP...)
	}
	return keys
}

func (a *webAPI) integration(f function) *string {
	made := awsapigatewayv2.NewCfnIntegration(a.scope, jsii.String(a.id+"To"+title(f.Name)), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: a.api.Ref(), IntegrationType: jsii.String("AWS_PROXY"), IntegrationUri: f.lambda.FunctionArn(), PayloadFormatVersion: jsii.String("2.0"),
		TimeoutInMillis: jsii.Number(f.Timeout.Milliseconds()),
	})
	awslambda.NewCfnPermission(a.scope, jsii.String("By"+cmp.Or(a.id, "Api")+title(f.Name)), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: f.lambda.FunctionArn(), Principal: jsii.String("apigateway.amazonaws.com"),
		SourceArn: jsii.String(a.own.arn("execute-api", *a.api.Ref()+"/*")),
	})
	return jsii.String("integrations/" + *made.Ref())
}

func (a *webAPI) add(key string, target *string) awsapigatewayv2.CfnRoute {
	p := &awsapigatewayv2.CfnRouteProps{ApiId: a.api.Ref(), RouteKey: &key, Target: target, AuthorizationType: jsii.String("NONE")}
	if guarded(key) {
		p.AuthorizationType, p.AuthorizerId = jsii.String("JWT"), a.tokens
	}
	return awsapigatewayv2.NewCfnRoute(a.scope, jsii.String(a.id+"Route"+routeID(key)), p)
}

// webhook tells whether a route is called by other systems: whoever knows its address may call it, until the signature is looked at.
func webhook(key string) bool {
	_, path, _ := strings.Cut(key, " ")
	return strings.HasPrefix(path, "/hooks/")
}

// guarded tells whether a route wants a token.
func guarded(key string) bool {
	_, path, _ := strings.Cut(key, " ")
	return path == "/api" || strings.HasPrefix(path, "/api/")
}

// routeID makes a route's key an id that no other route's key makes.
func routeID(key string) string {
	var b strings.Builder
	for _, r := range key {
		switch {
		case r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9':
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, "x%x", r)
		}
	}
	return b.String()
}
