package console_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"pronto/functions/console/console"
)

// contract is the OpenAPI document with its schemas, made strict: what it does not name must not be there.
type contract struct {
	doc     map[string]any
	schemas *jsonschema.Compiler
	mu      sync.Mutex
	ready   map[string]*jsonschema.Schema
}

var theContract = sync.OnceValue(func() *contract {
	b, err := os.ReadFile("openapi.json")
	if err != nil {
		panic(err)
	}
	c := &contract{schemas: jsonschema.NewCompiler(), ready: map[string]*jsonschema.Schema{}}
	for _, into := range []func(map[string]any){func(d map[string]any) { c.doc = d }, func(d map[string]any) {
		strict(d)
		c.schemas.DefaultDraft(jsonschema.Draft2020)
		c.schemas.AssertFormat()
		if err := c.schemas.AddResource("openapi.json", d); err != nil {
			panic(err)
		}
	}} {
		d, err := jsonschema.UnmarshalJSON(strings.NewReader(string(b)))
		if err != nil {
			panic(err)
		}
		into(d.(map[string]any))
	}
	return c
})

// strict closes every object that names its properties.
func strict(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, named := v["properties"]; named && v["type"] == "object" && v["additionalProperties"] == nil {
			v["additionalProperties"] = false
		}
		for _, x := range v {
			strict(x)
		}
	case []any:
		for _, x := range v {
			strict(x)
		}
	}
}

// at is the value at a JSON pointer's parts, nil where there is none.
func (c *contract) at(parts ...string) any {
	var v any = c.doc
	for _, p := range parts {
		m, _ := v.(map[string]any)
		if v = m[p]; v == nil {
			return nil
		}
	}
	return v
}

// holds checks an instance against the schema at a JSON pointer.
func (c *contract) holds(t *testing.T, what string, instance []byte, parts ...string) {
	t.Helper()
	for i, p := range parts {
		parts[i] = url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(p))
	}
	at := "openapi.json#/" + strings.Join(parts, "/")
	c.mu.Lock()
	defer c.mu.Unlock()
	s := c.ready[at]
	if s == nil {
		var err error
		if s, err = c.schemas.Compile(at); err != nil {
			t.Errorf("%s: %v", at, err)
			return
		}
		c.ready[at] = s
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(instance)))
	if err == nil {
		err = s.Validate(v)
	}
	if err != nil {
		t.Errorf("%s is not what the OpenAPI document says: %v\n%.2000s", what, err, instance)
	}
}

// operation is the path and method of the document that a request is of; "" when it has none.
func (c *contract) operation(method, path string) (template, verb string) {
	verb = strings.ToLower(method)
	have := strings.Split(path, "/")
	for template, p := range c.at("paths").(map[string]any) {
		want := strings.Split(template, "/")
		same := len(want) == len(have) && p.(map[string]any)[verb] != nil
		for i := 0; same && i < len(want); i++ {
			same = want[i] == have[i] || strings.HasPrefix(want[i], "{")
		}
		if same {
			return template, verb
		}
	}
	return "", ""
}

// check holds one request and its answer against the document.
func (c *contract) check(t *testing.T, r *http.Request, sent string, res response) {
	t.Helper()
	path, ours := strings.CutPrefix(r.URL.Path, console.Root)
	if !ours {
		return
	}
	what := r.Method + " " + path
	kind := res.Header().Get("Content-Type")
	template, verb := c.operation(r.Method, path)
	switch {
	case res.Code >= 400:
		if kind != "application/problem+json" {
			t.Errorf("%s: the problem is %s", what, kind)
		}
		c.holds(t, what, res.Body.Bytes(), "components", "schemas", "Problem")
	case template == "" || kind != "application/json":
		t.Errorf("%s is answered %d, %s, and is not in the document", what, res.Code, kind)
	default:
		c.holds(t, what, res.Body.Bytes(), "paths", template, verb, "responses", "200", "content", "application/json", "schema")
		c.taken(t, r, sent, template, verb)
	}
}

// taken holds a request that was taken against the document: it must be one that the document allows.
func (c *contract) taken(t *testing.T, r *http.Request, sent, template, verb string) {
	t.Helper()
	what := r.Method + " " + template
	known := map[string]bool{}
	parameters, _ := c.at("paths", template, verb, "parameters").([]any)
	for _, p := range parameters {
		p := p.(map[string]any)
		if at, ref := p["$ref"].(string); ref {
			p = c.at(strings.Split(strings.TrimPrefix(at, "#/"), "/")...).(map[string]any)
		}
		known[p["in"].(string)+" "+p["name"].(string)] = true
	}
	for name := range r.URL.Query() {
		if !known["query "+name] {
			t.Errorf("%s takes the parameter %q, of which the document knows nothing", what, name)
		}
	}
	for _, name := range []string{"If-Match", "Idempotency-Key"} {
		if r.Header.Get(name) != "" && !known["header "+name] {
			t.Errorf("%s takes %s, of which the document knows nothing", what, name)
		}
	}
	if sent != "" {
		c.holds(t, "the body of "+what, []byte(sent), "paths", template, verb, "requestBody", "content", "application/json", "schema")
	}
}

// Every route is in the document, and everything in the document is a route; each POST takes an Idempotency-Key, each list a cursor.
func TestTheDocumentHasEveryRoute(t *testing.T) {
	c := theContract()
	routes := map[string]bool{}
	for _, r := range console.Routes() {
		routes[strings.ToLower(r.Method)+" "+r.Path] = true
	}
	documented, ids := map[string]bool{}, map[string]bool{}
	for path, methods := range c.at("paths").(map[string]any) {
		for method, op := range methods.(map[string]any) {
			documented[method+" "+path] = true
			o, _ := json.Marshal(op)
			if id := op.(map[string]any)["operationId"].(string); ids[id] {
				t.Errorf("the operation id %s is there twice", id)
			} else {
				ids[id] = true
			}
			if method == "post" && !strings.Contains(string(o), "#/components/parameters/key") {
				t.Errorf("post %s takes no Idempotency-Key", path)
			}
			if strings.Contains(path, "{id}") && !strings.Contains(string(o), "#/components/parameters/id") {
				t.Errorf("%s %s does not say what its id is", method, path)
			}
		}
	}
	if !maps.Equal(routes, documented) {
		t.Errorf("the routes are\n%v\nand the document has\n%v", slices.Sorted(maps.Keys(routes)), slices.Sorted(maps.Keys(documented)))
	}
	if c.at("openapi") != "3.1.0" || c.at("info", "title") == nil || c.at("info", "version") == nil {
		t.Error("it is no OpenAPI 3.1 document")
	}
}

// Whatever the document refers to is there, and every schema can be compiled.
func TestTheDocumentHangsTogether(t *testing.T) {
	c := theContract()
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if at, ok := v["$ref"].(string); ok && c.at(strings.Split(strings.TrimPrefix(at, "#/"), "/")...) == nil {
				t.Errorf("%s leads nowhere", at)
			}
			for _, x := range v {
				walk(x)
			}
		case []any:
			for _, x := range v {
				walk(x)
			}
		}
	}
	walk(c.doc)
	for name := range c.at("components", "schemas").(map[string]any) {
		if _, err := c.schemas.Compile("openapi.json#/components/schemas/" + name); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTheDocumentIsServed(t *testing.T) {
	w := open(t)
	b, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if got := w.ask("", "GET", "/api/v1/openapi.json", "").is(200); got.Body.String() != string(b) || got.Header().Get("Content-Type") != "application/json" {
		t.Errorf("%v", got.Header())
	}
}
