package shared_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// knowsPersona are the functions that may name the persona ("" is a file's other declarations): where it is judged, kept with its conversation and shown with it, and
// the command that judges texts. Routing, lists, exports, figures, what other systems are told and the ledger are not among them: whoever adds one says here why.
var knowsPersona = map[string][]string{
	"shared/triage/persona.go":                {"*"},
	"shared/triage/triage.go":                 {""},        // the field of a judgement
	"shared/triage/judge.go":                  {"words"},   // fills it
	"shared/triage/words.go":                  {"classOf"}, // its cues in the word lists
	"shared/desk/persona.go":                  {"*"},
	"shared/desk/desk.go":                     {""},      // the field of a conversation
	"shared/desk/received.go":                 {"judge"}, // a message's hint is kept
	"shared/desk/edit.go":                     {"judgeAgain"},
	"shared/desk/correct.go":                  {"reread"},
	"shared/desk/act.go":                      {"acted"},           // the events' way
	"shared/desk/split.go":                    {"opens", "goesOn"}, // it goes with its message
	"shared/store/forget.go":                  {"remade"},          // and forgotten with the message
	"functions/console/work/persona.go":       {"*"},
	"functions/console/work/conversation.go":  {"", "after"}, // one conversation by itself; shown, which lists use, is not here
	"functions/console/work/who.go":           {""},          // the verbs and their role
	"functions/console/work/doings.go":        {""},
	"functions/console/work/doing.go":         {"Do"},  // names the doings that there are
	"functions/console/console/api.go":        {"api"}, // their routes
	"functions/console/pages/persona.go":      {"*"},
	"functions/console/pages/conversation.go": {"", "facts"},
	"functions/console/pages/words.go":        {""}, // what was just done
	"functions/console/pages/doing.go":        {"order"},
	"infra/pronto/triage.go":                  {"*"},
}

// A hint of how somebody behaves helps who answers, and is used for nothing else.
func TestThePersonaIsNamedNowhereElse(t *testing.T) {
	seen := map[string]bool{}
	for _, room := range []string{"shared", "functions", "infra"} {
		err := filepath.WalkDir(filepath.Join("..", room), func(path string, d fs.DirEntry, err error) error {
			if err == nil && d.Name() == "node_modules" {
				return filepath.SkipDir
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			name := filepath.ToSlash(strings.TrimPrefix(path, ".."+string(filepath.Separator)))
			f, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			for _, decl := range f.Decls {
				in := ""
				if fn, ok := decl.(*ast.FuncDecl); ok {
					in = fn.Name.Name
				}
				if !namesPersona(decl) {
					continue
				}
				allowed := false
				for _, x := range knowsPersona[name] {
					if x == "*" || x == in {
						allowed, seen[name+" "+x] = true, true
					}
				}
				if !allowed {
					t.Errorf("%s: %q names the persona: it is for who answers alone", name, in)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, in := range knowsPersona {
		for _, x := range in {
			if !seen[name+" "+x] {
				t.Errorf("%s: %q does not name the persona any more: strike it here", name, x)
			}
		}
	}
}

func namesPersona(n ast.Node) (does bool) {
	ast.Inspect(n, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.Ident:
			does = does || strings.Contains(strings.ToLower(n.Name), "persona") && n.Name != "personal"
		case *ast.BasicLit:
			does = does || strings.Contains(n.Value, "persona") && !strings.Contains(n.Value, "personal")
		}
		return !does
	})
	return does
}
