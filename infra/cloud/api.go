package main

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsapigatewayv2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscognito"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/infra/pronto/login"
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

// webAPIs are the two HTTP APIs of the desk, each with the one stage that serves all of its routes: what agents and customers open is on the one, what other systems
// post on the other, with an address and limits of its own (decision 55).
type webAPIs struct {
	desk, hooks *webAPI
	pool        awscognito.UserPool
	client      awscognito.UserPoolClient
}

// both in order, for what is made or shown of each.
func (a *webAPIs) both() []*webAPI { return []*webAPI{a.desk, a.hooks} }

// Where the console comes back to from signing in and out: see package oidc of the console.
const (
	signedIn  = "/console/signed-in"
	signedOut = "/console/signed-out"
)

// newAPIs makes the APIs without their routes: the functions want their addresses, and the routes want the functions.
//
// Under /api every request needs a token of the agents' user pool. Pages and webhooks have no authorizer here: who signs in has no token yet, a page's link is its own
// proof, and a webhook is believed by its signature; console and receive look at those themselves.
func newAPIs(scope constructs.Construct, d desk, pool awscognito.UserPool) *webAPIs {
	log := accessLog(scope, d)
	a := &webAPIs{pool: pool}
	a.desk = newAPI(webAPI{
		scope: scope, own: d, named: d.stage.Domain, most: d.stage.Requests, takes: func(key string) bool { return !webhook(key) || d.stage.Former },
	}, "api", log)
	a.hooks = newAPI(webAPI{scope: scope, own: d, id: "Hooks", named: d.stage.HookDomain, most: d.stage.HookLimit, takes: webhook}, "hooks", log)
	a.client = awscognito.NewUserPoolClient(scope, jsii.String("Console"), &awscognito.UserPoolClientProps{
		UserPool:           pool,
		UserPoolClientName: d.name("console"), GenerateSecret: jsii.Bool(false), PreventUserExistenceErrors: jsii.Bool(true),
		AuthFlows: &awscognito.AuthFlow{UserSrp: jsii.Bool(true)},
		OAuth: &awscognito.OAuthSettings{
			Flows:        &awscognito.OAuthFlows{AuthorizationCodeGrant: jsii.Bool(true)},
			Scopes:       &[]awscognito.OAuthScope{awscognito.OAuthScope_OPENID(), awscognito.OAuthScope_EMAIL()},
			CallbackUrls: jsii.Strings(a.desk.url+signedIn, login.Redirect), // and, for the command line, to one address of the agent's own machine
			LogoutUrls:   jsii.Strings(a.desk.url + signedOut),
		},
		// Whoever signs in may write the attributes of himself that the client may write, and all where it does not say which.
		WriteAttributes:            awscognito.NewClientAttributes().WithStandardAttributes(&awscognito.StandardAttributesMask{Email: jsii.Bool(true)}),
		SupportedIdentityProviders: &[]awscognito.UserPoolClientIdentityProvider{awscognito.UserPoolClientIdentityProvider_COGNITO()},
		AccessTokenValidity:        awscdk.Duration_Minutes(jsii.Number(60)), IdTokenValidity: awscdk.Duration_Minutes(jsii.Number(60)), RefreshTokenValidity: awscdk.Duration_Hours(jsii.Number(12)),
	})
	a.desk.tokens = awsapigatewayv2.NewCfnAuthorizer(scope, jsii.String("Tokens"), &awsapigatewayv2.CfnAuthorizerProps{
		ApiId: a.desk.api.Ref(), Name: jsii.String("agents"), AuthorizerType: jsii.String("JWT"), IdentitySource: jsii.Strings("$request.header.Authorization"),
		JwtConfiguration: &awsapigatewayv2.CfnAuthorizer_JWTConfigurationProperty{
			Audience: jsii.Strings(*a.client.UserPoolClientId()), Issuer: pool.UserPoolProviderUrl(),
		},
	}).Ref()
	return a
}

// route gives each function the requests that the wiring names.
func (a *webAPIs) route(all []function) {
	for _, api := range a.both() {
		api.route(all)
	}
}
