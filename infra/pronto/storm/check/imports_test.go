package check

import (
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"
)

// A checker that shared code with the desk would share its mistakes.
func TestImportsNothingOfTheDesk(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, i := range tree.Imports {
			if first, _, _ := strings.Cut(strings.Trim(i.Path.Value, `"`), "/"); first == "pronto" || strings.Contains(first, ".") {
				t.Errorf("%s imports %s: only the standard library is independent of the desk", f.Name(), i.Path.Value)
			}
		}
	}
}
