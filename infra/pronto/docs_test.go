package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// words of a command line, as a shell has them.
var shellWord = regexp.MustCompile(`"[^"]*"|'[^']*'|\S+`)

// commandLine is what follows pronto in a line; nil where the line is no call of it. What a shell does with the outcome is cut off.
func commandLine(line string) []string {
	var all []string
	for _, w := range shellWord.FindAllString(line, -1) {
		if w == "#" || w == "&&" || w == "|" || w == ">" || w == "<" || w == ";" {
			break
		}
		all = append(all, strings.Trim(w, `"'`))
	}
	for len(all) > 0 && (all[0] == "$" || strings.Contains(all[0], "=")) {
		all = all[1:]
	}
	if len(all) > 2 && all[0] == "go" && all[1] == "run" && all[2] == "./infra/pronto" {
		all = all[2:]
	}
	if len(all) == 0 || !slices.Contains([]string{"pronto", ".pronto/bin/pronto", "./infra/pronto"}, all[0]) {
		return nil
	}
	return all[1:]
}

// wrong tells what is wrong with a command line; "" when nothing is. One that is whole must be taken as it stands; of one in a sentence the command and its flags must be there.
func wrong(args []string, whole bool) string {
	root := newRoot()
	root.InitDefaultHelpFlag()
	root.InitDefaultVersionFlag()
	c, rest, err := root.Find(args)
	if err != nil {
		return err.Error()
	}
	c.InitDefaultHelpFlag()
	word := len(rest) > 0 && !strings.HasPrefix(rest[0], "-")
	if word && (c == root || c.HasSubCommands() && !strings.Contains(c.Use, " ")) {
		return fmt.Sprintf("%s has no %s", c.CommandPath(), rest[0])
	}
	for _, w := range rest {
		name, _, _ := strings.Cut(strings.TrimLeft(w, "-"), "=")
		if strings.HasPrefix(w, "--") && name != "" && c.Flag(name) == nil {
			return fmt.Sprintf("%s has no --%s", c.CommandPath(), name)
		}
	}
	if !whole || slices.Contains(rest, "…") {
		return ""
	}
	if err := c.ParseFlags(rest); err != nil {
		return err.Error()
	}
	if err := c.ValidateArgs(c.Flags().Args()); err != nil {
		return err.Error()
	}
	return ""
}

// Every command line of the pages, of the commands' own examples and of what the program tells people to do is one that the program takes.
func TestEveryCommandThatIsToldIsOne(t *testing.T) {
	n := map[string]int{}
	hold := func(kind, where, line string, whole bool) {
		if args := commandLine(line); args != nil {
			n[kind]++
			if why := wrong(args, whole); why != "" {
				t.Errorf("%s: %q: %s", where, line, why)
			}
		}
	}
	pages, err := filepath.Glob("../../*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{"../../docs/*.md", "../../docs/*/*.md", "../../infra/*/*.md", "../../*/README.md"} {
		more, err := filepath.Glob(dir)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, more...)
	}
	for _, page := range pages {
		if filepath.Base(page) == "CHANGELOG.md" { // it has what was
			continue
		}
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for i, part := range strings.Split(string(b), "```") {
			if i%2 == 1 {
				for line := range strings.Lines(strings.ReplaceAll(part, "\\\n", " ")) {
					hold("block", page, strings.TrimSpace(line), true)
				}
				continue
			}
			for _, span := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(part, -1) {
				hold("span", page, strings.ReplaceAll(span[1], "\n", " "), false)
			}
		}
	}
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		for line := range strings.Lines(c.Example) {
			hold("example", c.CommandPath(), strings.TrimSpace(line), true)
		}
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(newRoot())
	inTheProgramsWords(t, func(where, line string) { hold("told", where, line, false) })
	for kind, least := range map[string]int{"block": 18, "span": 60, "example": 25, "told": 15} {
		if n[kind] < least {
			t.Errorf("only %d of %s are found", n[kind], kind)
		}
	}
	for line, why := range map[string]string{"policy chek": "pronto policy has no chek", "polici check": "pronto has no polici", "verify --stge live": "pronto verify has no --stge", "cost --mails many": "invalid"} {
		if got := wrong(strings.Fields(line), true); !strings.Contains(got, why) {
			t.Errorf("%q is taken: %q", line, got)
		}
	}
}

// a command in a sentence: its words, then flags with what stands beside them, as far as the clause goes.
var inSentence = regexp.MustCompile(`\bpronto (?:[a-z]+ ?)+(?:--[a-z-]+(?: [^\s:;,.)-]+)?(?: |\b))*`)

// inTheProgramsWords finds the commands in the program's own texts: what doctor says to do, what refusals advise.
func inTheProgramsWords(t *testing.T, found func(where, line string)) {
	t.Helper()
	commands := map[string][]string{}
	for _, c := range newRoot().Commands() {
		for _, sub := range c.Commands() {
			commands[c.Name()] = append(commands[c.Name()], sub.Name())
		}
		commands[c.Name()] = append(commands[c.Name()], "")
	}
	set := token.NewFileSet()
	for _, dir := range []string{"..", "../../shared", "../../functions"} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() && (d.Name() == "node_modules" || d.Name() == "testdata") {
				return errOrSkip(err)
			}
			if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return nil
			}
			file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				lit, ok := n.(*ast.BasicLit)
				if !ok || lit.Kind != token.STRING {
					return true
				}
				text, err := strconv.Unquote(lit.Value)
				if err != nil {
					return true
				}
				for _, m := range inSentence.FindAllString(text, -1) {
					words := strings.Fields(m)
					subs, known := commands[words[1]]
					if !known {
						continue // a sentence about the program
					}
					keep := 2
					if len(words) > 2 && slices.Contains(subs, words[2]) {
						keep = 3
					}
					rest := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "--") })
					if rest >= keep { // what stands between is prose, or an argument
						words = append(words[:keep:keep], words[rest:]...)
					} else {
						words = words[:keep]
					}
					found(set.Position(lit.Pos()).String(), strings.Join(words, " "))
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

func errOrSkip(err error) error {
	if err != nil {
		return err
	}
	return filepath.SkipDir
}
