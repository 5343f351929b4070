package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"golang.org/x/net/html"
)

// keys are the texts that the console shows, and where the first use of each stands.
func keys(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, name := range glob(t, "../pages/*.go", "../work/*.go", "../console/*.go", "*.go") {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		set := token.NewFileSet()
		file, err := parser.ParseFile(set, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		inGo(file, func(key string, at token.Pos) { all[key] = set.Position(at).String() })
	}
	for _, tree := range trees(t) {
		inTemplate(tree.Root, func(key string) { all[key] = tree.ParseName + ", " + tree.Name })
	}
	script, err := os.ReadFile("../pages/static/console.js")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`\bt\("([^"]+)"`).FindAllStringSubmatch(string(script), -1) {
		all[m[1]] = "console.js"
	}
	return all
}

func glob(t *testing.T, patterns ...string) (all []string) {
	t.Helper()
	for _, p := range patterns {
		files, err := filepath.Glob(p)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %d files", p, err, len(files))
		}
		all = append(all, files...)
	}
	return all
}

// inGo tells of each key that a file writes: in T and Cut, in Key(…), in a table of Keys; and each sentence with which it refuses.
func inGo(file *ast.File, found func(string, token.Pos)) {
	var literals func(ast.Expr)
	literals = func(e ast.Expr) {
		switch x := e.(type) {
		case *ast.BasicLit:
			if s, err := strconv.Unquote(x.Value); err == nil && x.Kind == token.STRING && s != "" {
				found(s, x.Pos())
			}
		case *ast.CallExpr: // as in cmp.Or(titles[status], "That did not work")
			if name := nameOf(x.Fun); name == "Or" {
				for _, a := range x.Args {
					literals(a)
				}
			}
		case *ast.ParenExpr:
			literals(x.X)
		}
	}
	ast.Inspect(file, func(n ast.Node) bool {
		switch x := n.(type) {
		case *ast.CallExpr:
			switch name := nameOf(x.Fun); {
			case len(x.Args) > 0 && (name == "T" || name == "Cut" || name == "Key"):
				literals(x.Args[0])
			case len(x.Args) > 2 && (name == "Refuse" || name == "coded"), len(x.Args) > 0 && name == "refuse":
				if s := worded(x.Args[len(x.Args)-1]); s != "%s" && s != "" {
					found(s, x.Pos())
				}
			}
		case *ast.KeyValueExpr: // of a work.Problem
			if s := worded(x.Value); nameOf(x.Key) == "Detail" && s != "%s" {
				found(s, x.Pos())
			}
		case *ast.CompositeLit:
			keyed := false
			switch of := x.Type.(type) {
			case *ast.MapType:
				keyed = nameOf(of.Value) == "Key"
			case *ast.ArrayType:
				keyed = nameOf(of.Elt) == "Key"
			}
			for _, e := range x.Elts {
				if kv, ok := e.(*ast.KeyValueExpr); ok {
					e = kv.Value
				}
				if keyed {
					literals(e)
				}
			}
		}
		return true
	})
}

// worded is a sentence as a pattern: what is not written there stands in it as %s.
func worded(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.BasicLit:
		s, _ := strconv.Unquote(x.Value)
		return s
	case *ast.BinaryExpr:
		return worded(x.X) + worded(x.Y)
	case *ast.CallExpr:
		if nameOf(x.Fun) == "Sprintf" {
			return worded(x.Args[0])
		}
	}
	return "%s"
}

func nameOf(e ast.Expr) string {
	switch x := e.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		return x.Sel.Name
	}
	return ""
}

func trees(t *testing.T) (all []*parse.Tree) {
	t.Helper()
	for _, name := range glob(t, "../pages/templates/*.html", "../console/page.html") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		set := map[string]*parse.Tree{}
		tree := parse.New(filepath.Base(name))
		tree.Mode = parse.SkipFuncCheck
		if _, err := tree.Parse(string(b), "", "", set); err != nil {
			t.Fatal(err)
		}
		for _, n := range slices.Sorted(maps.Keys(set)) {
			all = append(all, set[n])
		}
	}
	return all
}

// children are the nodes in a node.
func children(n parse.Node) (all []parse.Node) {
	list := func(l *parse.ListNode) {
		if l != nil {
			all = append(all, l.Nodes...)
		}
	}
	branch := func(b parse.BranchNode) {
		all = append(all, b.Pipe)
		list(b.List)
		list(b.ElseList)
	}
	switch x := n.(type) {
	case *parse.ListNode:
		list(x)
	case *parse.ActionNode:
		all = append(all, x.Pipe)
	case *parse.IfNode:
		branch(x.BranchNode)
	case *parse.RangeNode:
		branch(x.BranchNode)
	case *parse.WithNode:
		branch(x.BranchNode)
	case *parse.TemplateNode:
		if x.Pipe != nil {
			all = append(all, x.Pipe)
		}
	case *parse.PipeNode:
		for _, c := range x.Cmds {
			all = append(all, c)
		}
	case *parse.CommandNode:
		all = x.Args
	}
	return all
}

// inTemplate tells of each key that a template writes.
func inTemplate(n parse.Node, found func(string)) {
	if c, ok := n.(*parse.CommandNode); ok && len(c.Args) > 1 {
		if s, ok := c.Args[1].(*parse.StringNode); ok && slices.Contains([]string{"t", "cut", ".T"}, c.Args[0].String()) {
			found(s.Text)
		}
	}
	for _, c := range children(n) {
		inTemplate(c, found)
	}
}

// fixed is what a template writes by itself; the actions stand in it as a dot.
func fixed(n parse.Node) string {
	switch x := n.(type) {
	case *parse.TextNode:
		return string(x.Text)
	case *parse.ActionNode, *parse.TemplateNode, *parse.PipeNode:
		return "·"
	}
	var b strings.Builder
	for _, c := range children(n) {
		if _, pipe := c.(*parse.PipeNode); !pipe {
			b.WriteString(fixed(c))
		}
	}
	return b.String()
}

// Each text of the console has its Italian, filled in and cut as its English, and the catalogue has no other.
func TestTheCatalogueIsWhole(t *testing.T) {
	all, where, first := keys(t), map[string]string{}, map[string]string{}
	maps.Copy(all, elsewhere(t))
	for _, name := range glob(t, "it/*.txt") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := Read(string(b))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		var order []string
		for line := range strings.SplitSeq(string(b), "\n") {
			if line != "" && line[0] != '#' && line[0] != '\t' {
				order = append(order, line)
			}
		}
		if !slices.IsSorted(order) {
			slices.Sort(order)
			t.Errorf("%s is not sorted by its English texts (by bytes), which keeps changes apart:\n%s", name, strings.Join(order, "\n"))
		}
		for key, translation := range entries {
			if before, twice := where[key]; twice && first[key] != translation {
				t.Errorf("%q has one translation in %s and another in %s", key, before, name)
			}
			where[key], first[key] = name, translation
			if _, used := all[key]; !used && !made(key, all) {
				t.Errorf("%s: %q is translated, and nothing says it any more: take it off", name, key)
			}
			fits(t, name, key, translation)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		if _, said := italian().Said(key); where[key] == "" && !(said && strings.Contains(all[key], "/work/")) {
			t.Errorf("%q (%s) has no Italian: write it into a file of functions/console/words/it", key, all[key])
		}
	}
}

// made tells whether a key is the pattern of a sentence: as long a list as that of all doings is said by one.
func made(key string, all map[string]string) bool {
	for _, p := range patterns([]string{key}) {
		for sentence := range all {
			if p.shape.MatchString(sentence) {
				return true
			}
		}
	}
	return false
}

// fits holds a translation against its key: it must fill in as much, and be cut as often.
func fits(t *testing.T, name, key, translation string) {
	t.Helper()
	verbs := regexp.MustCompile(`%(\[\d\])?[sd]`)
	forms, translated := strings.Split(key, " | "), strings.Split(translation, " | ")
	if len(forms) > 1 && len(translated) < 2 || len(forms) == 1 && len(translated) > 1 {
		t.Errorf("%s: %q has %d forms, and its translation %d", name, key, len(forms), len(translated))
	}
	for _, form := range translated {
		if a, b := len(verbs.FindAllString(forms[0], -1)), len(verbs.FindAllString(form, -1)); a != b {
			t.Errorf("%s: %q fills in %d, and its translation %d", name, key, a, b)
		}
		if a, b := strings.Count(forms[0], "{")+strings.Count(forms[0], "}"), strings.Count(form, "{")+strings.Count(form, "}"); a != b {
			t.Errorf("%s: %q has %d braces, and its translation %d", name, key, a, b)
		}
		if strings.ContainsAny(form, "<>") {
			t.Errorf("%s: the translation of %q has markup, which would be shown as it is", name, key)
		}
	}
}

// allowed are words that are the same in every language.
var allowed = regexp.MustCompile(`\b(Pronto|UTC)\b`)

var letters = regexp.MustCompile(`\p{L}{2,}`)

// No template has words of its own: each goes by the catalogue.
func TestNoTemplateSpeaksByItself(t *testing.T) {
	for _, tree := range trees(t) {
		z := html.NewTokenizer(strings.NewReader(strings.ReplaceAll(fixed(tree.Root), "noscript", "div"))) // whose content is a text for the tokenizer
		for inCode := false; ; {
			kind := z.Next()
			if kind == html.ErrorToken {
				break
			}
			token := z.Token()
			words := ""
			switch kind {
			case html.TextToken:
				if words = token.Data; inCode {
					words = ""
				}
			case html.StartTagToken, html.SelfClosingTagToken, html.EndTagToken:
				inCode = kind == html.StartTagToken && (token.Data == "code" || token.Data == "style")
				for _, a := range token.Attr {
					if slices.Contains([]string{"aria-label", "title", "placeholder", "alt", "aria-description"}, a.Key) {
						words += " " + a.Val
					}
				}
			}
			if words = allowed.ReplaceAllString(words, ""); letters.MatchString(words) {
				t.Errorf("%s, %s: %q is not in the catalogue: write {{t \"…\"}}, and its Italian", tree.ParseName, tree.Name, strings.TrimSpace(words))
			}
		}
	}
}
