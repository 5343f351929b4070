// Package shared_test holds the house's import rules.
package shared_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// pure are the packages above the line: no AWS, no clock, no network.
var pure = []string{"calendar", "sla", "oncall", "triage", "mail", "reply", "channel", "policy", "desk", "lull"}

// inside are the packages of a room above the line; channel's are its adapters, which live below.
func inside(name string) string {
	if name == "channel" {
		return "./shared/channel"
	}
	return "./shared/" + name + "/..."
}

type listed struct {
	Name       string
	ImportPath string
	Imports    []string
	Deps       []string
}

func list(t *testing.T, patterns ...string) []listed {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list", "-json=Name,ImportPath,Imports,Deps"}, patterns...)...)
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for d := json.NewDecoder(strings.NewReader(string(out))); d.More(); {
		var l listed
		if err := d.Decode(&l); err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	if len(all) == 0 {
		t.Fatalf("go list %v: nothing", patterns)
	}
	return all
}

func TestAboveTheLineThereIsNoAWSNoNetwork(t *testing.T) {
	for _, name := range pure {
		for _, l := range list(t, inside(name)) {
			if l.Name == "main" {
				continue // a tool that made a table, not the desk
			}
			for _, d := range l.Imports {
				if d == "net" || d == "net/http" || d == "os" || d == "math/rand" || d == "math/rand/v2" || d == "crypto/rand" || strings.Contains(d, "aws") {
					t.Errorf("%s imports %s", l.ImportPath, d)
				}
				room, _, _ := strings.Cut(strings.TrimPrefix(d, "pronto/shared/"), "/")
				if strings.HasPrefix(d, "pronto/") && !slices.Contains(pure, room) {
					t.Errorf("%s imports %s from below the line", l.ImportPath, d)
				}
			}
			for _, d := range l.Deps {
				if strings.Contains(d, "aws-sdk-go") || strings.Contains(d, "aws-lambda-go") {
					t.Errorf("%s depends on %s", l.ImportPath, d)
				}
			}
		}
	}
}

// The clock is an argument: a call of time.Now, Since, Until, Sleep, After or a timer above the line is an error.
func TestAboveTheLineThereIsNoClock(t *testing.T) {
	clock := []string{"Now", "Since", "Until", "Sleep", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker"}
	for _, name := range pure {
		err := filepath.WalkDir(name, func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				if d.Name() == "train" || name == "channel" && path != name { // tools that made tables; channel's adapters, which live below the line
					return fs.SkipDir
				}
				return nil
			}
			if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			set := token.NewFileSet()
			f, err := parser.ParseFile(set, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(f, func(n ast.Node) bool {
				s, ok := n.(*ast.SelectorExpr)
				if !ok {
					return true
				}
				if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, s.Sel.Name) {
					t.Errorf("%s: time.%s: the time is an argument here", set.Position(s.Pos()), s.Sel.Name)
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

func TestProductKnowsNothingOfTheLocalAWSNorOfTheStack(t *testing.T) {
	for _, l := range list(t, "./shared/...", "./functions/...") {
		for _, d := range l.Deps {
			if strings.HasPrefix(d, "pronto/infra") || strings.Contains(d, "aws-cdk-go") || strings.Contains(d, "jsii") {
				t.Errorf("%s depends on %s", l.ImportPath, d)
			}
		}
	}
}

func TestNoCatchAllPackages(t *testing.T) {
	for _, l := range list(t, "./...") {
		for part := range strings.SplitSeq(l.ImportPath, "/") {
			if slices.Contains([]string{"common", "util", "utils", "types", "models", "service", "manager", "helpers"}, part) {
				t.Errorf("%s: a package is a noun of the field", l.ImportPath)
			}
		}
	}
}

// A mail is read within a time wherever the desk does it: its sender chooses what it costs.
func TestMailsAreReadWithinATime(t *testing.T) {
	calls := 0
	err := filepath.WalkDir(filepath.Join("..", "functions"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(f, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !named(call.Fun, "Parse", "Files") || len(call.Args) != 2 {
				return true
			}
			calls++
			if named(call.Args[1], "DefaultLimits") {
				t.Errorf("%s: a mail is read without a deadline: say DefaultLimits.Within", set.Position(call.Pos()))
			}
			return true
		})
		return nil
	})
	if err != nil || calls == 0 {
		t.Fatalf("%d calls found: %v", calls, err)
	}
}

// named tells whether an expression is one of the names in package mail.
func named(e ast.Expr, names ...string) bool {
	s, ok := e.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	x, ok := s.X.(*ast.Ident)
	return ok && x.Name == "mail" && slices.Contains(names, s.Sel.Name)
}

// read gives a page of the repository.
func read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// folders are those in a folder of the repository, but for what tests alone need.
func folders(t *testing.T, in string) (names []string) {
	t.Helper()
	all, err := os.ReadDir(filepath.Join("..", in))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if f.IsDir() && f.Name() != "testdata" {
			names = append(names, f.Name())
		}
	}
	return names
}

// docs/architecture.md has every function and every package of shared/ in its tables, on its side of the line, and no other; the README has every room of infra/ and every page of docs/.
func TestDocsHaveEveryRoom(t *testing.T) {
	page, readme := read(t, "docs/architecture.md"), read(t, "README.md")
	_, house, _ := strings.Cut(page, "| above the line | is |")
	above, house, _ := strings.Cut(house, "| below the line | is |")
	below, house, _ := strings.Cut(house, "| function | is woken by | does |")
	woken, _, whole := strings.Cut(house, "\n## ")
	if !whole {
		t.Fatal("docs/architecture.md has not the three tables of the house")
	}
	for _, name := range folders(t, "functions") {
		if !strings.Contains(woken, "["+name+"](../functions/"+name) {
			t.Errorf("docs/architecture.md does not say what functions/%s is woken by and does", name)
		}
	}
	for _, l := range list(t, "./shared/...") {
		room := strings.TrimPrefix(l.ImportPath, "pronto/shared/")
		if l.Name == "main" || room == "pronto/shared" {
			continue
		}
		first, _, nested := strings.Cut(room, "/")
		table, side := below, "below"
		if slices.Contains(pure, first) && (first != "channel" || !nested) {
			table, side = above, "above"
		}
		if !strings.Contains(table, "](../shared/"+room+")") {
			t.Errorf("docs/architecture.md lacks shared/%s %s the line", room, side)
		}
	}
	for _, room := range regexp.MustCompile(`\]\(\.\./((?:shared|functions)/[a-z/]+)\)`).FindAllStringSubmatch(page, -1) {
		if is, err := os.Stat(filepath.Join("..", room[1])); err != nil || !is.IsDir() {
			t.Errorf("docs/architecture.md names %s, which is no folder", room[1])
		}
	}
	for _, name := range folders(t, "infra") {
		if !strings.Contains(readme, "`"+name+"`") {
			t.Errorf("the README's list of rooms lacks infra/%s", name)
		}
	}
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	for _, p := range pages {
		if name := "docs/" + filepath.Base(p); !strings.Contains(readme, "]("+name+")") {
			t.Errorf("the README does not link %s", name)
		}
	}
}

// No link of the docs, nor of the root's pages, leads to a file that is not there.
func TestDocsLinkWhatIsThere(t *testing.T) {
	var pages []string
	for _, glob := range []string{"../*.md", "../docs/*.md", "../docs/*/*.md"} {
		found, err := filepath.Glob(glob)
		if err != nil || len(found) == 0 {
			t.Fatalf("no pages: %s, %v", glob, err)
		}
		pages = append(pages, found...)
	}
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	for _, p := range pages {
		b, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			to, _, _ := strings.Cut(m[1], "#")
			if to == "" || strings.Contains(to, ":") {
				continue // of the page itself, or of the web
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(p), to)); err != nil {
				t.Errorf("%s links %s, which is not there", p, m[1])
			}
		}
	}
}

// docs/architecture.md has every row of the table as the comment of package store has it.
func TestDocsHaveEveryRow(t *testing.T) {
	page, rows := read(t, "docs/architecture.md"), 0
	for _, m := range regexp.MustCompile(`(?m)^//\t.*?  ?([A-Z]#\S+) +(\S+)`).FindAllStringSubmatch(read(t, "shared/store/store.go"), -1) {
		partition, sort := "`"+strings.ReplaceAll(m[1], "|", `\|`)+"`", m[2]
		rows++
		found := false
		for line := range strings.Lines(page) {
			cells := strings.Split(strings.ReplaceAll(line, `\|`, "\x00"), " | ")
			found = found || len(cells) == 5 && strings.ReplaceAll(cells[1], "\x00", `\|`) == partition && (cells[2] == sort || strings.Contains(cells[2], "`"+sort+"`"))
		}
		if !found {
			t.Errorf("docs/architecture.md lacks the row %s / %s", m[1], sort)
		}
	}
	if rows < 19 {
		t.Errorf("%d rows are found in the comment of package store", rows)
	}
}
