package main

import (
	"github.com/aws/constructs-go/constructs/v10"

	"pronto/infra/wiring"
)

// steps prints, after a deployment, what CloudFormation cannot do, numbered as in docs/deploy.md.
func steps(scope constructs.Construct, d desk, api *webAPI) {
	region := d.stage.Region
	output(scope, "Step1RuleSet", "1. Let SES take mail by this rule set (one is active in an account and region)",
		"aws ses set-active-receipt-rule-set --region "+region+" --rule-set-name "+d.stage.Prefix())
	for _, domain := range wiring.Receives(d.policy) {
		output(scope, "Step3Mx"+title(domain), "3. DNS of "+domain+": this MX, when its mail should come here", domain+" MX 10 inbound-smtp."+region+".amazonaws.com")
	}
	for _, domain := range wiring.SendsFrom(d.policy) {
		output(scope, "Step4Spf"+title(domain), "4. DNS of "+domain+": these TXT, unless there are such", domain+` TXT "v=spf1 include:amazonses.com ~all" and _dmarc.`+domain+` TXT "v=DMARC1; p=none"`)
	}
	output(scope, "Step5Production", "5. Ask AWS to let SES send to everybody",
		"https://"+region+".console.aws.amazon.com/ses/home?region="+region+"#/account")
	output(scope, "Step6Alarms", "6. Confirm the mail that SNS sends to this address", d.stage.Alarms)
	output(scope, "Step7Agents", "7. Give each agent of the rule book a sign-in (name: the agent's id)",
		"aws cognito-idp admin-create-user --region "+region+" --user-pool-id "+*api.pool.UserPoolId()+" --username ana --user-attributes Name=email,Value=ana@acme.example Name=email_verified,Value=true")
	if api.domain != nil {
		output(scope, "Step8Domain", "8. DNS of "+d.stage.Domain.Name+": this CNAME", d.stage.Domain.Name+" CNAME "+*api.domain)
	}
	output(scope, "Url", "Console, API and webhooks", api.url)
	output(scope, "UserPool", "Where agents sign in", *api.pool.UserPoolId())
	output(scope, "Client", "As what they sign in", *api.client.UserPoolClientId())
}
