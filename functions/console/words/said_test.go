package words

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"pronto/shared/sla"
	"pronto/shared/triage"
)

// spoken are the places outside of the console where the desk makes sentences that its pages show: functions and tables, by file.
var spoken = map[string][]string{
	"desk/silence.go": {"Words"}, "desk/refusal.go": {"Words"}, "desk/later.go": {"Words"}, "mail/silence.go": {"silenceWords", "Words"}, "mail/mail.go": {"unreadableWords"}, "mail/show/show.go": {"Notes"},
	"channel/report.go": {"Words"}, "channel/network/fate.go": {"Words"}, "channel/imap/mailbox.go": {"words", "Words"}, "sla/value.go": {"Words", "Short"},
	"triage/persona.go": {"advice"}, "triage/judge.go": {"why", "explain", "quotedOr"}, "triage/lexicon.go": {"emphasis"}, "triage/table.go": {"urgencyWords"},
}

// elsewhere are the desk's sentences, with where they are made.
func elsewhere(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{
		"nobody waits for an answer: %s": "desk.Decide", "an answer of ours did not arrive": "desk.Decide", "%s says so": "desk.Decide", "%s wrote first": "desk.Decide", "%s set it": "desk.Decide", "Reassigned by the rota to %s.": "desk.PassedOn",
		"Split off another conversation by %s.": "desk.Split", "Split off another conversation by %s: %s": "desk.Split", "One address has not had its copy of the answer: %s.": "desk.Returned",
		"Handed over from %s to %s: %s.": "desk.Decide", "%s is not on shift, and the answer is in danger": "desk.Decide", "%s is away when the answer falls due": "desk.Relieved",
		"the answer is promised for a time at which %s is not on shift": "desk.Decide", "%s corrected what triage had read": "desk.Decide",
		"second opinion: %s": "triage.Opinion", "table: %s + %s = %s": "triage.Table", "%s ('%s')": "triage, without the name of the priority",
	}
	for _, k := range []sla.Kind{sla.FirstResponse, sla.NextResponse, sla.Resolution} {
		all[string(k)+" breached"] = "desk.Decide"
	}
	for _, name := range triage.ReasonNames() {
		all[name] = "triage/words"
	}
	for _, c := range triage.Cards {
		all[string(c)] = "triage.Card"
	}
	for file, names := range spoken {
		path := "../../../shared/" + file
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		n := len(all)
		for _, d := range tree.Decls {
			inSpoken(d, names, func(s string) { all[s] = path })
		}
		if len(all) == n {
			t.Errorf("%s: nothing in %v", path, names)
		}
	}
	return all
}

// inSpoken tells of the sentences of a declaration, if it is one of the named.
func inSpoken(d ast.Decl, names []string, found func(string)) {
	tell := func(e ast.Expr) {
		if s := worded(e); s != "" && s != "%s" {
			found(s)
		}
	}
	switch x := d.(type) {
	case *ast.FuncDecl:
		if !slices.Contains(names, x.Name.Name) {
			return
		}
		ast.Inspect(x, func(n ast.Node) bool {
			switch s := n.(type) {
			case *ast.ReturnStmt:
				for _, r := range s.Results {
					tell(r)
				}
			case *ast.CallExpr:
				if name := nameOf(s.Fun); name == "append" || name == "note" {
					for _, a := range s.Args {
						tell(a)
					}
				}
			case *ast.CompositeLit:
				for _, e := range s.Elts {
					tell(e)
				}
			}
			return true
		})
	case *ast.GenDecl:
		for _, spec := range x.Specs {
			v, ok := spec.(*ast.ValueSpec)
			if !ok || !slices.ContainsFunc(v.Names, func(n *ast.Ident) bool { return slices.Contains(names, n.Name) }) {
				continue
			}
			ast.Inspect(v, func(n ast.Node) bool {
				switch s := n.(type) {
				case *ast.KeyValueExpr:
					tell(s.Value)
				case *ast.CompositeLit:
					for _, e := range s.Elts {
						if b, ok := e.(*ast.BasicLit); ok {
							tell(b)
						}
					}
				}
				return true
			})
		}
	}
}

// What triage says of real messages is said in Italian, word by word of the reasons and with the customer's own words as they were.
func TestReasonsAreSaidInItalian(t *testing.T) {
	english := []string{
		"Where is my suitcase? This is a disgrace, and nobody answers!!", "Thank you so much, you were wonderful.", "My flight leaves in 2 hours and I am stuck at the airport.",
		"I need it by tomorrow, my suitcase is broken.", "When do you open?", "ok", "",
	}
	for _, text := range english {
		j := triage.Default(triage.Input{Text: text, Told: "en"})
		for _, why := range append(slices.Clone(j.PriorityWhy), j.Sentiment.Why...) {
			said, ok := italian().Said(why)
			quoted := strings.Contains(strings.ToLower(text), why)
			if !quoted && (!ok || said == why) {
				t.Errorf("%q stays %q", why, said)
			}
		}
	}
	for english, want := range map[string]string{
		"table: no hurry + negative = high":                                  "tabella: nessuna fretta + negativo = alta",
		"Split off another conversation by Marta Lindqvist: two matters":     "Separata da un’altra conversazione da Marta Lindqvist: two matters",
		"a text has 20000 characters at most":                                "un testo ha al massimo 20000 caratteri",
		"nobody waits for an answer: it is a delivery, read or abuse report": "nessuno aspetta una risposta: è un avviso di consegna, di lettura o di abuso",
	} {
		if said, ok := italian().Said(english); !ok || said != want {
			t.Errorf("%q is %q, want %q", english, said, want)
		}
	}
	if said, ok := italian().Said("a sentence of a later version"); ok || said != "a sentence of a later version" {
		t.Errorf("an unknown sentence is %q, %v", said, ok)
	}
}
