package main

import (
	"slices"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscloudwatch"
	"github.com/aws/aws-cdk-go/awscdk/v2/awscodedeploy"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awslambda"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"pronto/shared/metric"
)

// canaried are the functions of a receipt's way: a new version of each takes a tenth of what comes for five minutes, and all of it only if no alarm has rung. What rings
// gives everything back to the version before.
var canaried = []string{"intake", "relay", "express", "deliver"}

// live is the alias that they are woken by.
const live = "live"

// shift is how a new version takes over.
const shift = "CodeDeployDefault.LambdaCanary10Percent5Minutes"

// canary is what gives new versions their traffic, and takes it back.
type canary struct {
	scope    constructs.Construct
	desk     desk
	app      awscodedeploy.CfnApplication
	role     awsiam.Role
	troubled awscloudwatch.CfnAlarm
	alarms   map[string]awscloudwatch.CfnAlarm
}

func newCanary(scope constructs.Construct, d desk) *canary {
	c := &canary{scope: scope, desk: d, alarms: map[string]awscloudwatch.CfnAlarm{}}
	c.app = awscodedeploy.NewCfnApplication(scope, jsii.String("Releases"), &awscodedeploy.CfnApplicationProps{
		ApplicationName: jsii.String(d.stage.Prefix()), ComputePlatform: jsii.String("Lambda"),
	})
	var functions []string
	for _, name := range canaried {
		arn := d.arn("lambda", "function:"+*d.name(name))
		functions = append(functions, arn, arn+":"+live)
	}
	c.role = awsiam.NewRole(scope, jsii.String("RoleCanary"), &awsiam.RoleProps{
		RoleName: d.name("canary"), Description: jsii.String("What shifts traffic to a new version, and back"), AssumedBy: awsiam.NewServicePrincipal(jsii.String("codedeploy.amazonaws.com"), nil),
		InlinePolicies: &map[string]awsiam.PolicyDocument{"desk": awsiam.NewPolicyDocument(&awsiam.PolicyDocumentProps{Statements: &[]awsiam.PolicyStatement{
			allow([]string{"lambda:GetAlias", "lambda:GetProvisionedConcurrencyConfig", "lambda:UpdateAlias"}, functions...),
			allow([]string{"cloudwatch:DescribeAlarms"}, "*"), // as in AWS's own policy for it
		}})},
	})
	// What fails one by one, and is handed back to its queue, is no error of the function's: it stands in the ledger.
	c.troubled = awscloudwatch.NewCfnAlarm(scope, jsii.String("AlarmCanaryTroubled"), canaryAlarm(d, "troubled", metric.Namespace, metric.Troubled, 5, map[string]string{"Stage": d.stage.Name}))
	return c
}

// release puts a function behind its alias, and gives what wakes it: the function itself, if it has none.
func (c *canary) release(name string, made awslambda.Function) (target string, alias awslambda.CfnAlias) {
	if !slices.Contains(canaried, name) {
		return *made.FunctionArn(), nil
	}
	failing := c.failing(name)
	group := awscodedeploy.NewCfnDeploymentGroup(c.scope, jsii.String("Release"+title(name)), &awscodedeploy.CfnDeploymentGroupProps{
		ApplicationName: c.app.Ref(), DeploymentGroupName: &name, ServiceRoleArn: c.role.RoleArn(), DeploymentConfigName: jsii.String(shift),
		DeploymentStyle: &awscodedeploy.CfnDeploymentGroup_DeploymentStyleProperty{DeploymentType: jsii.String("BLUE_GREEN"), DeploymentOption: jsii.String("WITH_TRAFFIC_CONTROL")},
		AlarmConfiguration: &awscodedeploy.CfnDeploymentGroup_AlarmConfigurationProperty{Enabled: true, Alarms: []any{
			&awscodedeploy.CfnDeploymentGroup_AlarmProperty{Name: failing.Ref()}, &awscodedeploy.CfnDeploymentGroup_AlarmProperty{Name: c.troubled.Ref()},
		}},
		AutoRollbackConfiguration: &awscodedeploy.CfnDeploymentGroup_AutoRollbackConfigurationProperty{
			Enabled: true, Events: jsii.Strings("DEPLOYMENT_FAILURE", "DEPLOYMENT_STOP_ON_ALARM", "DEPLOYMENT_STOP_ON_REQUEST"),
		},
	})
	alias = awslambda.NewCfnAlias(c.scope, jsii.String("Live"+title(name)), &awslambda.CfnAliasProps{
		Name: jsii.String(live), FunctionName: made.FunctionName(), FunctionVersion: made.CurrentVersion().Version(),
	})
	alias.CfnOptions().SetUpdatePolicy(&awscdk.CfnUpdatePolicy{CodeDeployLambdaAliasUpdate: &awscdk.CfnCodeDeployLambdaAliasUpdate{
		ApplicationName: c.app.Ref(), DeploymentGroupName: group.Ref(),
	}})
	return *made.FunctionArn() + ":" + live, alias
}

// failing is the alarm on a function's errors. Relay and express are one program, and share express's.
func (c *canary) failing(name string) awscloudwatch.CfnAlarm {
	if name == "relay" {
		name = "express"
	}
	if c.alarms[name] == nil {
		c.alarms[name] = awscloudwatch.NewCfnAlarm(c.scope, jsii.String("AlarmCanary"+title(name)), canaryAlarm(c.desk, name, "AWS/Lambda", "Errors", 0, map[string]string{
			"FunctionName": *c.desk.name(name), "Resource": *c.desk.name(name) + ":" + live,
		}))
	}
	return c.alarms[name]
}

// canaryAlarm rings within a minute. It tells nobody: what it does is to take a release back, of which CloudFormation tells whoever deploys.
func canaryAlarm(d desk, name, namespace, what string, over float64, dimensions map[string]string) *awscloudwatch.CfnAlarmProps {
	var all []any
	for _, n := range sorted(dimensions) {
		all = append(all, &awscloudwatch.CfnAlarm_DimensionProperty{Name: &n, Value: jsii.String(dimensions[n])})
	}
	return &awscloudwatch.CfnAlarmProps{
		AlarmName: d.name("canary-" + name), AlarmDescription: jsii.String("A new version fails, and is taken back. " + runbook + "a-release-is-taken-back"),
		Namespace: &namespace, MetricName: &what, Dimensions: all, Statistic: jsii.String("Sum"), Period: jsii.Number(60), EvaluationPeriods: jsii.Number(1), DatapointsToAlarm: jsii.Number(1),
		Threshold: &over, ComparisonOperator: jsii.String("GreaterThanThreshold"), TreatMissingData: jsii.String("notBreaching"),
	}
}
