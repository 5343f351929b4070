// Holds the synthesised templates against two second opinions: AWS's own description of every property (@aws-cdk/aws-service-spec), and cdk-nag's AwsSolutions rules.
// node check.js DIRECTORY. A finding of cdk-nag either is mended or stands in explained.json with the reason; an explanation that explains nothing is an error, too.
"use strict";
const fs = require("node:fs");
const path = require("node:path");
const zlib = require("node:zlib");

const dir = process.argv[2];
const files = fs.readdirSync(dir).filter((f) => f.endsWith(".template.json"));
if (files.length === 0) throw new Error(`no templates in ${dir}: run make synth`);
const templates = files.map((f) => [f.replace(".template.json", ""), JSON.parse(fs.readFileSync(path.join(dir, f), "utf8"))]);

const problems = [...specification(), ...nag()];
for (const p of problems) console.log(p);
console.log(`${files.length} templates, ${templates.reduce((n, [, t]) => n + Object.keys(t.Resources).length, 0)} resources, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;

// specification finds resources and properties that CloudFormation does not know, lacks those that it wants, and values of another kind.
function specification() {
  const spec = require.resolve("@aws-cdk/aws-service-spec/db.json.gz");
  const { emptyDatabase } = require("@aws-cdk/service-spec-types");
  const db = emptyDatabase();
  db.load(JSON.parse(zlib.gunzipSync(fs.readFileSync(spec)).toString("utf8")));
  const found = [];
  for (const [stack, template] of templates) {
    for (const [id, r] of Object.entries(template.Resources)) {
      const known = db.lookup("resource", "cloudFormationType", "equals", r.Type);
      if (known.length === 0) {
        found.push(`${stack}/${id}: ${r.Type} is not known`);
        continue;
      }
      struct(`${stack}/${id}`, known[0].properties, r.Properties ?? {});
    }
  }
  return found;

  function struct(where, properties, value) {
    for (const [name, v] of Object.entries(value)) {
      const p = properties[name];
      if (p === undefined) found.push(`${where}: ${name} is not known`);
      else check(`${where}.${name}`, p.type, v);
    }
    for (const [name, p] of Object.entries(properties)) {
      if (p.required && !(name in value)) found.push(`${where}: ${name} is missing`);
    }
  }

  // check holds a value against a type. What CloudFormation works out itself (Ref, Fn::…) is let pass.
  function check(where, type, v) {
    if (v !== null && typeof v === "object" && !Array.isArray(v) && Object.keys(v).length === 1 && /^(Ref|Fn::)/.test(Object.keys(v)[0])) return;
    const wrong = () => found.push(`${where}: ${JSON.stringify(v).slice(0, 60)} is no ${type.type}`);
    switch (type.type) {
      case "string":
      case "date-time":
        if (typeof v !== "string") wrong();
        break;
      case "number":
      case "integer":
        if (typeof v !== "number" || (type.type === "integer" && !Number.isInteger(v))) wrong();
        break;
      case "boolean":
        if (typeof v !== "boolean") wrong();
        break;
      case "array":
        if (!Array.isArray(v)) wrong();
        else v.forEach((e, i) => check(`${where}[${i}]`, type.element, e));
        break;
      case "map":
        if (typeof v !== "object" || Array.isArray(v)) wrong();
        else for (const [k, e] of Object.entries(v)) check(`${where}.${k}`, type.element, e);
        break;
      case "ref":
        if (typeof v !== "object" || Array.isArray(v)) wrong();
        else struct(where, db.get("typeDefinition", type.reference.$ref).properties, v);
        break;
      case "union":
        if (!type.types.some((t) => passes(t, v))) found.push(`${where}: ${JSON.stringify(v).slice(0, 60)} is none of what it may be`);
        break;
    }
  }

  function passes(type, v) {
    const before = found.length;
    check("", type, v);
    return found.splice(before).length === 0;
  }
}

// nag are the findings of cdk-nag without an explanation, and explanations without a finding.
function nag() {
  const { App, Aspects, DefaultStackSynthesizer, Stack } = require("aws-cdk-lib");
  const { CfnInclude } = require("aws-cdk-lib/cloudformation-include");
  const { Annotations, Match } = require("aws-cdk-lib/assertions");
  const { AwsSolutionsChecks } = require("cdk-nag");
  const explained = JSON.parse(fs.readFileSync(path.join(__dirname, "explained.json"), "utf8"));
  const used = new Set();
  const found = [];
  for (const [name] of templates) {
    const app = new App();
    const stack = new Stack(app, name, { synthesizer: new DefaultStackSynthesizer({ generateBootstrapVersionRule: false }) });
    new CfnInclude(stack, "T", { templateFile: path.join(dir, `${name}.template.json`) });
    Aspects.of(app).add(new AwsSolutionsChecks());
    app.synth();
    const all = Annotations.fromStack(stack);
    for (const m of [...all.findError("*", Match.anyValue()), ...all.findWarning("*", Match.anyValue())]) {
      const [, rule, words] = /^(AwsSolutions-\w+(?:\[[^\]]*\])?|CdkNagValidationFailure\S*): (.*)/s.exec(m.entry.data) ?? [null, "?", m.entry.data];
      const id = m.id.split("/").pop();
      const e = explained.findIndex((x) => x.rule === rule.replace(/\[.*/, "") && new RegExp(`^(${x.resource})$`).test(id));
      if (e >= 0) used.add(e);
      else found.push(`${name}/${id}: ${rule}: ${words.split("\n")[0]}`);
    }
  }
  explained.forEach((x, i) => {
    if (!used.has(i)) found.push(`explained.json: ${x.rule} on ${x.resource} is not found any more: delete the line`);
    if (!x.why) found.push(`explained.json: ${x.rule} on ${x.resource} says no why`);
  });
  return found;
}
