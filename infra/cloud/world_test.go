package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"pronto/infra/stage"
	"pronto/infra/wiring"
)

const root = "../.."

// resource is one of a template.
type resource struct {
	UpdatePolicy   map[string]any
	Type           string
	Properties     map[string]any
	DeletionPolicy string
	DependsOn      []string
	id, stack      string
}

// assembly is everything that was synthesised, ready to be asked.
type assembly struct {
	stage     *stage.Stage
	files     map[string][]byte // templates and asset lists by name
	resources map[string]*resource
	exports   map[string]any // by name, what they export
	outputs   map[string]map[string]any
}

var (
	mu   sync.Mutex
	made = map[string]*assembly{}
	app  string // this package's program
)

func TestMain(m *testing.M) { os.Exit(tested(m)) }

// tested builds the program: the CDK counts what it has seen in a process, and with that the order of a template's parts, so each synthesis has a process of its own,
// as it has when the command line runs it.
func tested(m *testing.M) int {
	dir, err := os.MkdirTemp("", "cloud")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	app = filepath.Join(dir, "app")
	if out, err := exec.Command("go", "build", "-o", app, ".").CombinedOutput(); err != nil {
		panic(fmt.Sprintf("build: %v\n%s", err, out))
	}
	return m.Run()
}

// repository is one with the files that a synthesis reads. Each program is a stub: a template names it by the hash of its content only.
func repository(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for _, name := range []string{"cdk.json", "stage.yaml", "policy.yaml"} {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, dir, name, string(b), 0o644)
	}
	for _, f := range wiring.Functions() {
		put(t, dir, "dist/"+f.Name+"/bootstrap", f.Name, 0o755)
	}
	return dir
}

func put(t *testing.T, dir, name, text string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

// run runs the program in a repository, and returns where the assembly is. On a good synthesis it says nothing.
func run(t *testing.T, dir, name string) (out string, err error) {
	t.Helper()
	return runFor(t, dir, `{"stage":"`+name+`"}`)
}

func runFor(t *testing.T, dir, context string) (out string, err error) {
	t.Helper()
	out = filepath.Join(t.TempDir(), "out")
	cmd := exec.Command(app)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CDK_OUTDIR="+out, "CDK_CONTEXT_JSON="+context, stage.DeskDir+"=", "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION=20")
	words, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, words)
	}
	if len(words) > 0 {
		t.Errorf("a good synthesis says: %s", words)
	}
	return out, nil
}

// synth gives a stage of the repository as it is synthesised, once for all tests.
func synth(t *testing.T, name string) *assembly {
	t.Helper()
	mu.Lock()
	defer mu.Unlock()
	if made[name] == nil {
		made[name] = synthesised(t, repository(t), name)
	}
	return made[name]
}

func synthesised(t *testing.T, dir, name string) *assembly {
	t.Helper()
	s, err := stage.Read(filepath.Join(dir, "stage.yaml"), name)
	if err != nil {
		t.Fatal(err)
	}
	out, err := run(t, dir, name)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, s, out)
}

func read(t *testing.T, s *stage.Stage, out string) *assembly {
	t.Helper()
	a := &assembly{stage: s, files: templates(t, out), resources: map[string]*resource{}, exports: map[string]any{}, outputs: map[string]map[string]any{}}
	for name, b := range a.files {
		stack, ok := strings.CutSuffix(name, ".template.json")
		if !ok {
			continue
		}
		var tpl struct {
			Resources map[string]*resource
			Outputs   map[string]struct {
				Value  any
				Export struct{ Name string }
			}
		}
		if err := json.Unmarshal(b, &tpl); err != nil {
			t.Fatal(err)
		}
		stack = strings.TrimPrefix(stack, s.Prefix()+"-")
		a.outputs[stack] = map[string]any{}
		for id, r := range tpl.Resources {
			r.id, r.stack = id, stack
			if a.resources[id] != nil {
				t.Fatalf("%s is in two stacks: these tests want ids that are unique", id)
			}
			a.resources[id] = r
		}
		for id, o := range tpl.Outputs {
			if o.Export.Name != "" {
				a.exports[o.Export.Name] = o.Value
			} else {
				a.outputs[stack][id] = o.Value
			}
		}
	}
	return a
}

// templates are the files of an assembly that say what is deployed.
func templates(t *testing.T, out string) map[string][]byte {
	t.Helper()
	files := map[string][]byte{}
	names, err := filepath.Glob(filepath.Join(out, "*.json"))
	if err != nil || len(names) == 0 {
		t.Fatalf("nothing synthesised: %v", err)
	}
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files[filepath.Base(name)] = b
	}
	return files
}

// of are the resources of a type, by id in order.
func (a *assembly) of(kind string) (all []*resource) {
	for _, id := range slices.Sorted(maps.Keys(a.resources)) {
		if a.resources[id].Type == kind {
			all = append(all, a.resources[id])
		}
	}
	return all
}

// one is the resource of a type whose property has a value.
func (a *assembly) one(t *testing.T, kind, property, value string) *resource {
	t.Helper()
	for _, r := range a.of(kind) {
		if a.text(r.Properties[property]) == value {
			return r
		}
	}
	t.Fatalf("no %s with %s %s", kind, property, value)
	return nil
}

// text is a value with CloudFormation's functions worked out: what has a name is called by it, without the stage's prefix.
func (a *assembly) text(v any) string {
	m, ok := v.(map[string]any)
	if !ok {
		if s, ok := v.(string); ok {
			return strings.ReplaceAll(s, a.stage.Prefix()+"-", "")
		}
		return fmt.Sprint(v)
	}
	switch {
	case m["Ref"] != nil:
		return a.named(m["Ref"].(string))
	case m["Fn::GetAtt"] != nil:
		parts := m["Fn::GetAtt"].([]any)
		if parts[1] == "Arn" {
			return a.named(parts[0].(string))
		}
		return a.named(parts[0].(string)) + "." + parts[1].(string)
	case m["Fn::ImportValue"] != nil:
		return a.text(a.exports[m["Fn::ImportValue"].(string)])
	case m["Fn::Join"] != nil:
		var b strings.Builder
		for _, part := range m["Fn::Join"].([]any)[1].([]any) {
			b.WriteString(a.text(part))
		}
		return b.String()
	}
	b, _ := json.Marshal(v) // from JSON
	return string(b)
}

// named is how a resource is called: service:name.
func (a *assembly) named(id string) string {
	r := a.resources[id]
	if r == nil {
		return id // a pseudo parameter
	}
	service := strings.ToLower(strings.Split(r.Type, "::")[1])
	for _, p := range []string{"QueueName", "TableName", "BucketName", "FunctionName", "RoleName", "TopicName", "LogGroupName", "Name"} {
		if n, ok := r.Properties[p].(string); ok {
			return service + ":" + a.text(n)
		}
	}
	return service + ":" + id
}

// list is a value that may be one or several.
func (a *assembly) list(v any) (all []string) {
	several, ok := v.([]any)
	if !ok {
		several = []any{v}
	}
	for _, s := range several {
		all = append(all, a.text(s))
	}
	slices.Sort(all)
	return all
}

// at goes down a value's mappings.
func at(v any, path ...string) any {
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	return v
}

// seconds is a number of a template.
func number(v any) float64 {
	n, _ := v.(float64)
	return n
}
