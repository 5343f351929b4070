package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"pronto/infra/wiring"
	"pronto/shared/setup"
)

// routes are those of an API, each with the function that it calls.
func (a *assembly) routes(t *testing.T, api string) map[string]string {
	t.Helper()
	called := map[string]string{}
	for _, i := range a.of("AWS::ApiGatewayV2::Integration") {
		called[a.text(i.Properties["ApiId"])+" integrations/"+a.named(i.id)] = a.text(i.Properties["IntegrationUri"])
		if i.Properties["PayloadFormatVersion"] != "2.0" {
			t.Errorf("%s: the functions read format 2.0", i.id)
		}
	}
	all := map[string]string{}
	for _, r := range a.of("AWS::ApiGatewayV2::Route") {
		if of := a.text(r.Properties["ApiId"]); of == "apigatewayv2:"+api {
			all[r.Properties["RouteKey"].(string)] = strings.TrimPrefix(called[of+" "+a.text(r.Properties["Target"])], "lambda:")
		}
	}
	return all
}

// wired are the wiring's routes, each with its function: what other systems post, and all others.
func wired() (hooks, others map[string]string) {
	hooks, others = map[string]string{}, map[string]string{}
	for _, f := range wiring.Functions() {
		for _, key := range requests(f) {
			if strings.Contains(key, " /hooks/") {
				hooks[key] = f.Name
			} else {
				others[key] = f.Name
			}
		}
	}
	return hooks, others
}

// callers are the APIs that may call a function.
func (a *assembly) callers(function string) (all []string) {
	for _, p := range a.of("AWS::Lambda::Permission") {
		if p.Properties["Principal"] != "apigateway.amazonaws.com" || a.text(p.Properties["FunctionName"]) != "lambda:"+function {
			continue
		}
		arn := a.text(p.Properties["SourceArn"])
		api, _ := strings.CutSuffix(arn[strings.LastIndex(arn, ":apigatewayv2:")+len(":apigatewayv2:"):], "/*")
		all = append(all, api)
	}
	slices.Sort(all)
	return all
}

// What other systems post comes by an API of its own, and nothing else comes by it: each with a stage, a limit, an alarm and its line in the access log.
func TestRoutesAreTheWirings(t *testing.T) {
	a := synth(t, "live")
	hooks, others := wired()
	if len(hooks) < 2 || len(others) < 5 {
		t.Fatalf("%d and %d routes", len(hooks), len(others))
	}
	if got := a.routes(t, "api"); !maps.Equal(got, others) {
		t.Errorf("console and API have %v, the wiring says %v", got, others)
	}
	if got := a.routes(t, "hooks"); !maps.Equal(got, hooks) {
		t.Errorf("other systems post to %v, the wiring says %v", got, hooks)
	}
	for _, r := range a.of("AWS::ApiGatewayV2::Route") {
		key := r.Properties["RouteKey"].(string)
		if jwt := r.Properties["AuthorizationType"] == "JWT" && r.Properties["AuthorizerId"] != nil; jwt != strings.Contains(key, " /api/") {
			t.Errorf("%s: %v", key, r.Properties["AuthorizationType"])
		}
	}
	if got := a.callers("receive"); !slices.Equal(got, []string{"hooks"}) {
		t.Errorf("receive is called by %v", got)
	}
	if got := a.callers("console"); !slices.Equal(got, []string{"api"}) {
		t.Errorf("console is called by %v", got)
	}
	apis := a.of("AWS::ApiGatewayV2::Api")
	if len(apis) != 2 || len(a.of("AWS::ApiGatewayV2::Stage")) != 2 {
		t.Fatalf("%d APIs, %d stages", len(apis), len(a.of("AWS::ApiGatewayV2::Stage")))
	}
	for _, api := range []string{"api", "hooks"} {
		stage := a.one(t, "AWS::ApiGatewayV2::Stage", "ApiId", "apigatewayv2:"+api).Properties
		if stage["StageName"] != "$default" || number(at(stage, "DefaultRouteSettings", "ThrottlingRateLimit")) != 50 || number(at(stage, "DefaultRouteSettings", "ThrottlingBurstLimit")) != 100 {
			t.Errorf("%s: throttling %v", api, stage["DefaultRouteSettings"])
		}
		if log := a.text(at(stage, "AccessLogSettings", "DestinationArn")); log != "logs:/aws/vendedlogs/access" {
			t.Errorf("%s logs to %s", api, log)
		}
		if format := at(stage, "AccessLogSettings", "Format").(string); strings.Contains(format, "path") || strings.Contains(format, "sourceIp") || !strings.Contains(format, `"host":`) {
			t.Errorf("the access log tells secrets or addresses, or not at which address: %s", format)
		}
		alarm := a.one(t, "AWS::CloudWatch::Alarm", "AlarmName", api+"-5xx").Properties
		if of := a.text(at(alarm["Dimensions"].([]any)[0], "Value")); of != "apigatewayv2:"+api || alarm["MetricName"] != "5xx" {
			t.Errorf("%s is watched by an alarm on %s", api, of)
		}
	}
	a.hooksHaveLimits(t, "hooks", 50, 100)
	a.hooksHaveLimits(t, "api", 0, 0)
	if says := a.text(a.outputs["service"]["HooksUrl"]); says != "apigatewayv2:hooks.ApiEndpoint" || a.outputs["service"]["FormerHooksUrl"] != nil {
		t.Errorf("other systems are told %s, and %v", says, a.outputs["service"]["FormerHooksUrl"])
	}
}

// hooksHaveLimits looks at a stage's settings: each route that other systems call has a limit of its own, so that whoever floods one takes no request from another. The
// stage comes after these routes.
func (a *assembly) hooksHaveLimits(t *testing.T, api string, second, once float64) {
	t.Helper()
	stage := a.one(t, "AWS::ApiGatewayV2::Stage", "ApiId", "apigatewayv2:"+api)
	own, _ := stage.Properties["RouteSettings"].(map[string]any)
	n := 0
	for _, r := range a.of("AWS::ApiGatewayV2::Route") {
		key := r.Properties["RouteKey"].(string)
		if a.text(r.Properties["ApiId"]) != "apigatewayv2:"+api || !strings.Contains(key, " /hooks/") {
			continue
		}
		n++
		if number(at(own[key], "ThrottlingRateLimit")) != second || number(at(own[key], "ThrottlingBurstLimit")) != once {
			t.Errorf("%s of %s has another limit, or none: %v", key, api, own[key])
		}
		if !slices.Contains(stage.DependsOn, r.id) {
			t.Errorf("the stage of %s may be made before %s, and API Gateway refuses settings of a route that is not there", api, key)
		}
	}
	if n != len(own) || (n > 0) != (second > 0) {
		t.Errorf("%s: %d routes of other systems, limits of %v", api, n, slices.Sorted(maps.Keys(own)))
	}
}

// Whoever deployed when there was one API, and so has a stage.yaml that says nothing of it, keeps the former routes until all have moved: nothing of it is made anew, touched or taken away but the access log's line.
func TestFormerHooksStayUntilAllHaveMoved(t *testing.T) {
	dir := repository(t)
	b, err := os.ReadFile(filepath.Join(dir, "stage.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const arn = "arn:aws:acm:eu-west-1:111122223333:certificate/12345678-1234-1234-1234-123456789012"
	put(t, dir, "stage.yaml", strings.Replace(string(b), "    former_hooks: false\n    budget: 100\n", "    budget: 100\n    hook_requests: {a_second: 20, at_once: 40}\n    domain:\n      name: desk.acme.example\n"+
		"      certificate: "+arn+"\n      hooks: {name: hooks.acme.example, certificate: '"+arn+"'}\n", 1), 0o644)
	a := synthesised(t, dir, "live")
	hooks, all := wired()
	if got := a.routes(t, "hooks"); !maps.Equal(got, hooks) {
		t.Errorf("other systems post to %v, the wiring says %v", got, hooks)
	}
	maps.Copy(all, hooks)
	if got := a.routes(t, "api"); !maps.Equal(got, all) {
		t.Errorf("the former address takes %v, the wiring says %v", got, all)
	}
	if got := a.callers("receive"); !slices.Equal(got, []string{"api", "hooks"}) {
		t.Errorf("receive is called by %v", got)
	}
	a.hooksHaveLimits(t, "api", 20, 40)
	a.hooksHaveLimits(t, "hooks", 20, 40)
	for api, name := range map[string]string{"api": "desk.acme.example", "hooks": "hooks.acme.example"} {
		mapped := a.one(t, "AWS::ApiGatewayV2::ApiMapping", "ApiId", "apigatewayv2:"+api)
		if got := a.resources[at(mapped.Properties["DomainName"], "Ref").(string)].Properties["DomainName"]; got != name || mapped.Properties["ApiMappingKey"] != nil {
			t.Errorf("%s is reached by %v", api, got)
		}
		if a.one(t, "AWS::ApiGatewayV2::Api", "Name", api).Properties["DisableExecuteApiEndpoint"] != true {
			t.Errorf("%s is reached by another name than its own", api)
		}
	}
	env := at(a.one(t, "AWS::Lambda::Function", "FunctionName", "listen").Properties, "Environment", "Variables")
	if at(env, setup.ReceiveURL) != "https://hooks.acme.example" {
		t.Errorf("listen is given %v", env)
	}
	for step, says := range map[string]string{"HooksUrl": "https://hooks.acme.example", "FormerHooksUrl": "https://desk.acme.example", "Step8HooksDomain": "hooks.acme.example CNAME ", "Step8Domain": "desk.acme.example CNAME "} {
		if got := a.text(a.outputs["service"][step]); !strings.HasPrefix(got, says) {
			t.Errorf("%s: %s", step, got)
		}
	}
	// By their ids CloudFormation knows what it has made: of the parts of the one API none has another now.
	for id, kind := range map[string]string{
		"Api": "Api", "Stage": "Stage", "ToReceive": "Integration", "RoutePOSTx20x2fhooksx2fcustom": "Route", "RoutePOSTx20x2fhooksx2fx7bchannelx7dx2fx7bpushx7d": "Route",
	} {
		if r := a.resources[id]; r == nil || r.Type != "AWS::ApiGatewayV2::"+kind {
			t.Errorf("%s is another or gone: %v", id, r)
		}
	}
	if a.resources["ByApiReceive"] == nil {
		t.Error("the former address may not call receive")
	}
}
