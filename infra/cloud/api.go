package main

import (
	"fmt"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslogs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/pronto/login"
	"pronto/infra/wiring"
)

// agents are the sign-ins: who has one was given it by an admin, with a second factor. The user's name is the agent's id in the rule book.
func agents(scope constructs.Construct, d desk) awscognito.UserPool {
	pool := awscognito.NewUserPool(scope, jsii.String("Agents"), &awscognito.UserPoolProps{
		UserPoolName:        d.name("agents"),
		SelfSignUpEnabled:   jsii.Bool(false),
		SignInAliases:       &awscognito.SignInAliases{Username: jsii.Bool(true), Email: jsii.Bool(true)},
		SignInCaseSensitive: jsii.Bool(false),
		StandardAttributes:  &awscognito.StandardAttributes{Email: &awscognito.StandardAttribute{Required: jsii.Bool(true), Mutable: jsii.Bool(true)}},
		PasswordPolicy: &awscognito.PasswordPolicy{
			MinLength: jsii.Number(14), RequireDigits: jsii.Bool(true), RequireLowercase: jsii.Bool(true), RequireUppercase: jsii.Bool(true), RequireSymbols: jsii.Bool(true),
			TempPasswordValidity: days(3),
		},
		Mfa:                awscognito.Mfa_REQUIRED,
		MfaSecondFactor:    &awscognito.MfaSecondFactor{Otp: jsii.Bool(true), Sms: jsii.Bool(false)},
		AccountRecovery:    awscognito.AccountRecovery_EMAIL_ONLY,
		DeletionProtection: &d.stage.Keep,
		RemovalPolicy:      d.removal(),
	})
	// The page on which they sign in. Its name is unique among all of AWS's customers in the region.
	awscognito.NewCfnUserPoolDomain(scope, jsii.String("SignIn"), &awscognito.CfnUserPoolDomainProps{
		UserPoolId: pool.UserPoolId(), Domain: jsii.String(d.stage.Prefix() + "-" + d.stage.Account),
	})
	return pool
}

// webAPI is the HTTP API of console, API and webhooks.
type webAPI struct {
	scope  constructs.Construct
	desk   desk
	api    awsapigatewayv2.CfnApi
	let    awsapigatewayv2.CfnStage // how much is let in
	tokens *string                  // the authorizer's id
	pool   awscognito.UserPool
	client awscognito.UserPoolClient
	domain *string // what the name of one's own must point to
	url    string
}

// Where the console comes back to from signing in and out: see package oidc of the console.
const (
	signedIn  = "/console/signed-in"
	signedOut = "/console/signed-out"
)

// newAPI makes the API without its routes: the functions want its address, and the routes want the functions.
//
// Under /api every request needs a token of the agents' user pool. Pages and webhooks have no authorizer here: who signs in has no token yet, a page's link is its own
// proof, and a webhook is believed by its signature; console and receive look at those themselves.
func newAPI(scope constructs.Construct, d desk, pool awscognito.UserPool) *webAPI {
	a := &webAPI{scope: scope, desk: d, pool: pool}
	a.api = awsapigatewayv2.NewCfnApi(scope, jsii.String("Api"), &awsapigatewayv2.CfnApiProps{
		Name: d.name("api"), ProtocolType: jsii.String("HTTP"), DisableExecuteApiEndpoint: d.stage.Domain != nil,
	})
	a.url = *a.api.AttrApiEndpoint()
	if d.stage.Domain != nil {
		a.url = "https://" + d.stage.Domain.Name
	}
	a.client = awscognito.NewUserPoolClient(scope, jsii.String("Console"), &awscognito.UserPoolClientProps{
		UserPool:           pool,
		UserPoolClientName: d.name("console"), GenerateSecret: jsii.Bool(false), PreventUserExistenceErrors: jsii.Bool(true),
		AuthFlows: &awscognito.AuthFlow{UserSrp: jsii.Bool(true)},
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &[]awscognito.OAuthScope{awscognito.OAuthScope_OPENID(), awscognito.OAuthScope_EMAIL()},
			CallbackUrls: jsii.Strings(a.url+signedIn, login.Redirect), // and, for the command line, to one address of the agent's own machine
			LogoutUrls:   jsii.Strings(a.url + signedOut),
		},
		// Whoever signs in may write the attributes of himself that the client may write, and all where it does not say which.
		WriteAttributes:            awscognito.NewClientAttributes().WithStandardAttributes(&awscognito.StandardAttributesMask{Email: jsii.Bool(true)}),
		SupportedIdentityProviders: &[]awscognito.UserPoolClientIdentityProvider{awscognito.UserPoolClientIdentityProvider_COGNITO()},
		AccessTokenValidity:        awscdk.Duration_Minutes(jsii.Number(60)), IdTokenValidity: awscdk.Duration_Minutes(jsii.Number(60)), RefreshTokenValidity: awscdk.Duration_Hours(jsii.Number(12)),
	})
	a.tokens = awsapigatewayv2.NewCfnAuthorizer(scope, jsii.String("Tokens"), &awsapigatewayv2.CfnAuthorizerProps{
		ApiId: a.api.Ref(), Name: jsii.String("agents"), AuthorizerType: jsii.String("JWT"), IdentitySource: jsii.Strings("$request.header.Authorization"),
		JwtConfiguration: &awsapigatewayv2.CfnAuthorizer_JWTConfigurationProperty{
			Audience: jsii.Strings(*a.client.UserPoolClientId()), Issuer: pool.UserPoolProviderUrl(),
		},
	}).Ref()
	a.stage()
	return a
}

// accessLog is a line for each request: no addresses, and the route in place of the path, which may hold a page's secret.
const accessLog = `{"time":"$context.requestTime","request":"$context.requestId","route":"$context.routeKey","status":"$context.status","bytes":"$context.responseLength",` +
	`"ms":"$context.responseLatency","error":"$context.error.message","authorizer":"$context.authorizer.error","integration":"$context.integrationErrorMessage"}`

func (a *webAPI) stage() {
	d := a.desk
	// Under /aws/vendedlogs one policy of CloudWatch Logs lets all of AWS's services write; elsewhere each API would add to it until it is full.
	log := awslogs.NewLogGroup(a.scope, jsii.String("LogAccess"), &awslogs.LogGroupProps{
		LogGroupName: jsii.String("/aws/vendedlogs/" + *d.name("access")), Retention: awslogs.RetentionDays(retention(d.stage.LogDays)), RemovalPolicy: awscdk.RemovalPolicy_DESTROY,
	})
	a.let = awsapigatewayv2.NewCfnStage(a.scope, jsii.String("Stage"), &awsapigatewayv2.CfnStageProps{
		ApiId: a.api.Ref(), StageName: jsii.String("$default"), AutoDeploy: true,
		DefaultRouteSettings: &awsapigatewayv2.CfnStage_RouteSettingsProperty{
			ThrottlingRateLimit: jsii.Number(d.stage.Rate), ThrottlingBurstLimit: jsii.Number(d.stage.Burst), DetailedMetricsEnabled: false,
		},
		RouteSettings:     apart(d),
		AccessLogSettings: &awsapigatewayv2.CfnStage_AccessLogSettingsProperty{DestinationArn: log.LogGroupArn(), Format: jsii.String(accessLog)},
	})
	if d.stage.Domain == nil {
		return
	}
	named := awsapigatewayv2.NewCfnDomainName(a.scope, jsii.String("Name"), &awsapigatewayv2.CfnDomainNameProps{
		DomainName: &d.stage.Domain.Name,
		DomainNameConfigurations: []any{&awsapigatewayv2.CfnDomainName_DomainNameConfigurationProperty{
			CertificateArn: &d.stage.Domain.Certificate, EndpointType: jsii.String("REGIONAL"), SecurityPolicy: jsii.String("TLS_1_2"),
		}},
	})
	awsapigatewayv2.NewCfnApiMapping(a.scope, jsii.String("Mapping"), &awsapigatewayv2.CfnApiMappingProps{ApiId: a.api.Ref(), DomainName: named.Ref(), Stage: a.let.Ref()})
	a.domain = named.AttrRegionalDomainName()
}

// apart is as much for each webhook's route alone as all the others share: whoever floods one takes no request from the console. Decision 53 says why it is no stage of its own.
func apart(d desk) map[string]any {
	own := map[string]any{}
	for _, f := range wiring.Functions() {
		for _, s := range f.Sources {
			for _, key := range s.HTTP {
				if webhook(key) { // as CloudFormation spells it: the CDK hands these on as they are
					own[key] = map[string]any{"ThrottlingRateLimit": d.stage.Rate, "ThrottlingBurstLimit": d.stage.Burst, "DetailedMetricsEnabled": false}
				}
			}
		}
	}
	return own
}

// route gives each function the requests that the wiring names.
func (a *webAPI) route(all []function) {
	for _, f := range all {
		var target *string
		for _, s := range f.Sources {
			for _, key := range s.HTTP {
				if target == nil {
					target = a.integration(f)
				}
				a.add(key, target)
			}
		}
	}
}

func (a *webAPI) integration(f function) *string {
	made := awsapigatewayv2.NewCfnIntegration(a.scope, jsii.String("To"+title(f.Name)), &awsapigatewayv2.CfnIntegrationProps{
		ApiId: a.api.Ref(), IntegrationType: jsii.String("AWS_PROXY"), IntegrationUri: f.lambda.FunctionArn(), PayloadFormatVersion: jsii.String("2.0"),
		TimeoutInMillis: jsii.Number(f.Timeout.Milliseconds()),
	})
	awslambda.NewCfnPermission(a.scope, jsii.String("ByApi"+title(f.Name)), &awslambda.CfnPermissionProps{
		Action: jsii.String("lambda:InvokeFunction"), FunctionName: f.lambda.FunctionArn(), Principal: jsii.String("apigateway.amazonaws.com"),
		SourceArn: jsii.String(a.desk.arn("execute-api", *a.api.Ref()+"/*")),
	})
	return jsii.String("integrations/" + *made.Ref())
}

func (a *webAPI) add(key string, target *string) {
	p := &awsapigatewayv2.CfnRouteProps{ApiId: a.api.Ref(), RouteKey: &key, Target: target, AuthorizationType: jsii.String("NONE")}
	if guarded(key) {
		p.AuthorizationType, p.AuthorizerId = jsii.String("JWT"), a.tokens
	}
	made := awsapigatewayv2.NewCfnRoute(a.scope, jsii.String("Route"+routeID(key)), p)
	if webhook(key) {
		a.let.AddDependency(made) // API Gateway refuses settings of a route that is not there yet
	}
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
