package main

import (
	"fmt"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"

	"pronto/infra/wiring"
	"pronto/shared/policy"
)

// steps prints, after a deployment, what CloudFormation cannot do, numbered as in docs/deploy.md.
func steps(scope constructs.Construct, d desk, apis *webAPIs) {
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
	signIns(scope, d, *apis.pool.UserPoolId())
	for _, api := range apis.both() {
		if api.domain != nil {
			output(scope, "Step8"+api.id+"Domain", "8. DNS of "+api.named.Name+": this CNAME", api.named.Name+" CNAME "+*api.domain)
		}
	}
	output(scope, "Url", "Console and API", apis.desk.url)
	output(scope, "HooksUrl", "Where other systems post: mentions to this and /hooks/custom", apis.hooks.url)
	if d.stage.Former {
		output(scope, "FormerHooksUrl", "Where they posted before, which is still taken: see docs/upgrade.md", apis.desk.url)
	}
	output(scope, "UserPool", "Where agents sign in", *apis.pool.UserPoolId())
	output(scope, "Client", "As what they sign in", *apis.client.UserPoolClientId())
}

// mostSignIns is for how many agents the command is told: a template has 200 outputs at most.
const mostSignIns = 50

// signIns tells the command that gives each agent of the rule book a sign-in, and who is left where there are too many.
func signIns(scope constructs.Construct, d desk, pool string) {
	for i, a := range d.policy.Agents {
		const describes = "7. Give this agent of the rule book a sign-in (name: the agent's id)"
		if i == mostSignIns {
			output(scope, "Step7Others", describes, fmt.Sprintf("the same for the %d others; pronto agent list names them", len(d.policy.Agents)-i))
			return
		}
		output(scope, fmt.Sprintf("Step7Agent%d", i+1), describes, "aws cognito-idp admin-create-user --region "+d.stage.Region+" --user-pool-id "+pool+
			" --username "+a.ID+" --user-attributes Name=email,Value="+mailOf(a)+" Name=email_verified,Value=true")
	}
}

// mailOf is where an agent is reached by mail, for a shell.
func mailOf(a *policy.Agent) string {
	for _, w := range a.Pages {
		if w.Kind == "mail" {
			return "'" + strings.ReplaceAll(w.To, "'", `'\''`) + "'"
		}
	}
	return "ADDRESS"
}
