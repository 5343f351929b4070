package main

import (
	"bufio"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/template"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"

	"pronto/infra/stage"
	"pronto/infra/wiring"
	"pronto/shared/policy"
)

// beginning is what a first brand and a first stage are made of.
type beginning struct {
	Brand, Name, Domain, Address, ReplyDomain, Language, Zone string
	Agent, AgentName, AgentMail                               string
	Stage, Account, Region, Alarms                            string
	Monday                                                    string
}

// question is one thing to be known: asked for where no flag tells it and somebody is there to be asked.
type question struct {
	flag, asks, example string
	into                *string
	otherwise           func() string // the default; nil: there is none
}

func (b *beginning) questions() []question {
	return []question{
		{"name", "What is the brand called, as customers read it?", "Acme Air", &b.Name, nil},
		{"brand", "Its id, in small letters, for keys and addresses?", "acme-air", &b.Brand, func() string { return slug(b.Name) }},
		{"domain", "On which domain does it get mail?", "acme.example", &b.Domain, nil},
		{"address", "Which address do customers write to?", "care@acme.example", &b.Address, func() string { return "care@" + b.Domain }},
		{"reply-domain", "Which sub-domain may have the signed reply addresses, and nothing else?", "reply.acme.example", &b.ReplyDomain, func() string { return "reply." + b.Domain }},
		{"language", "In which language does it write, where a customer's own is not known?", "en", &b.Language, func() string { return "en" }},
		{"zone", "In which time zone does it work?", "Europe/Rome", &b.Zone, nil},
		{"agent-name", "What is the first agent called, as she or he signs?", "Ana Ferrante", &b.AgentName, nil},
		{"agent", "Her or his id, which is also the name of the sign-in?", "ana", &b.Agent, func() string { first, _, _ := strings.Cut(b.AgentName, " "); return slug(first) }},
		{"agent-mail", "The address by which she or he is paged, on a domain that the desk does not receive for?", "ana@staff.acme.example", &b.AgentMail, nil},
		{"stage", "What is the first deployment called?", "dev", &b.Stage, func() string { return "dev" }},
		{"account", "In which AWS account, by its twelve digits?", "111122223333", &b.Account, nil},
		{"region", "In which region? It must receive mail.", "eu-west-1", &b.Region, func() string { return "eu-west-1" }},
		{"alarms", "Which address hears of alarms, on a domain that the desk does not receive for?", "oleg@staff.acme.example", &b.Alarms, func() string { return b.AgentMail }},
	}
}

// help is the question as a flag's line of help has it.
func (q question) help() string {
	asks := strings.TrimRight(strings.ToLower(q.asks[:1])+q.asks[1:], ".:?")
	return asks + ", as in " + q.example
}

// flagOf are the flags that a problem of the files to be written comes from, by the last name of its field.
var flagOf = map[string]string{
	"brands[0].id": "brand", "brands[0].name": "name", "brands[0].language": "language", "brands[0].time_zone": "zone", "brands[0].addresses": "address", "brands[0].domains": "domain",
	"brands[0].from.name": "name", "brands[0].from.address": "address", "brands[0].reply_domain": "reply-domain", "brands[0].team.name": "name",
	"agents[0].id": "agent", "agents[0].name": "agent-name", "agents[0].page": "agent-mail",
}

// answerOf is the flag whose answer a problem is about; "" where none is known.
func answerOf(field string) string {
	for at, flag := range flagOf {
		if field == at || strings.HasPrefix(field, at+"[") || strings.HasPrefix(field, at+".") {
			return flag
		}
	}
	if field == "stages" {
		return "stage"
	}
	for _, flag := range []string{"account", "region", "alarms"} {
		if field == flag || strings.HasSuffix(field, "."+flag) {
			return flag
		}
	}
	if strings.HasSuffix(field, "time_zone") || strings.HasSuffix(field, ".zone") {
		return "zone"
	}
	return ""
}

// remedied is a problem without where it stands.
func remedied(p policy.Problem) string { return strings.TrimSuffix(p.Message+" ("+p.Remedy+")", " ()") }

// wrongAnswers says what is wrong with the answers, each once: by the flag that gives another, or where in a file it stands.
func wrongAnswers(problems []policy.Problem) error {
	told := map[string]bool{}
	words := ""
	for _, p := range problems {
		flag := answerOf(p.Field)
		one := line(p)
		if flag != "" {
			one = "--" + flag + ": " + remedied(p)
		}
		if flag == "" {
			flag = one
		}
		if !told[flag] {
			told[flag] = true
			words += "\n  " + one
		}
	}
	return &exit{exitProblems, errors.New("nothing was written, for with these answers there would be " + count(len(told), "problem") + ":" + words)}
}

func newInit() *cobra.Command {
	var b beginning
	var dir string
	var ask bool
	c := &cobra.Command{
		Use: "init", Short: "Make a first brand's policy.yaml and stage.yaml, by asking", Args: noArguments,
		Long: `Init asks what a first brand and its first deployment need, and writes policy.yaml and stage.yaml. What flags tell is not asked; with --ask=false nothing is, and what has a
default takes it. An answer that will not do is asked for again. Both files are checked before either is written, and none that is there is written over. Keep their directory outside
of the program's, and name it in PRONTO_DESK.`,
		Example: "  pronto init --dir ../mydesk\n  pronto init --ask=false --name \"Acme Air\" --domain acme.example --zone Europe/Rome --agent-name \"Ana Ferrante\" --agent-mail ana@staff.acme.example --account 111122223333",
		RunE: func(c *cobra.Command, _ []string) error {
			policyFile, stageFile := filepath.Join(dir, "policy.yaml"), filepath.Join(dir, "stage.yaml")
			for _, f := range []string{policyFile, stageFile} {
				if _, err := os.Lstat(f); err == nil {
					return &exit{exitUsage, fmt.Errorf("%s is there already, and is left as it is: choose another --dir, or change it by hand", f)}
				}
			}
			if err := b.know(c, ask); err != nil {
				return err
			}
			return b.write(c.OutOrStdout(), dir, policyFile, stageFile)
		},
	}
	f := c.Flags()
	for _, q := range b.questions() {
		f.StringVar(q.into, q.flag, "", q.help())
	}
	f.StringVar(&dir, "dir", ".", "the directory to write to")
	f.BoolVar(&ask, "ask", true, "ask for what no flag tells")
	return c
}

// know fills in what is not known yet. What a flag tells and cannot be is told before anybody has answered anything.
func (b *beginning) know(c *cobra.Command, ask bool) error {
	var told []policy.Problem
	for _, q := range b.questions() {
		if p := b.wrong(q); *q.into != "" && p != nil {
			told = append(told, *p)
		}
	}
	if len(told) > 0 {
		return wrongAnswers(told)
	}
	in, missing := bufio.NewScanner(c.InOrStdin()), []string(nil)
	for _, q := range b.questions() {
		if *q.into != "" {
			continue
		}
		if ask {
			if err := b.answer(c, in, q); err != nil {
				return err
			}
		} else if q.otherwise != nil {
			*q.into = q.otherwise()
		}
		if *q.into == "" {
			missing = append(missing, "--"+q.flag)
		}
	}
	if len(missing) > 0 {
		return usage(c, fmt.Errorf("not known: %s", strings.Join(missing, ", ")))
	}
	return nil
}

// answer asks until there is an answer that will do.
func (b *beginning) answer(c *cobra.Command, in *bufio.Scanner, q question) error {
	otherwise, hint := "", "as "+q.example
	if q.otherwise != nil {
		otherwise = q.otherwise()
	}
	if otherwise != "" {
		hint = "Enter for " + otherwise
	}
	for {
		fmt.Fprintf(c.OutOrStdout(), "%s (%s) ", q.asks, hint)
		if !in.Scan() {
			return usage(c, fmt.Errorf("the answers ended before --%s: %w", q.flag, errors.Join(in.Err(), io.ErrUnexpectedEOF)))
		}
		if *q.into = cmp.Or(strings.TrimSpace(in.Text()), otherwise); *q.into == "" {
			fmt.Fprintln(c.OutOrStdout(), "  This has to be known.")
			continue
		}
		p := b.wrong(q)
		if p == nil {
			return nil
		}
		fmt.Fprintf(c.OutOrStdout(), "  That will not do: %s\n", remedied(*p))
	}
}

// wrong is what the files would have against one answer, with the examples in place of what is not answered yet; nil: nothing.
func (b *beginning) wrong(q question) *policy.Problem {
	whole := *b
	for _, other := range whole.questions() {
		if *other.into == "" {
			*other.into = other.example
		}
	}
	for _, p := range whole.problems("policy.yaml", "stage.yaml") {
		if answerOf(p.Field) == q.flag {
			return &p
		}
	}
	return nil
}

// problems are what would be wrong with the two files.
func (b *beginning) problems(policyFile, stageFile string) []policy.Problem {
	p, problems := policy.Parse(policyFile, []byte(b.filled(firstPolicy)))
	stages, wrong := stage.Parse(stageFile, []byte(b.filled(firstStage)))
	if problems = append(problems, wrong...); len(problems) > 0 {
		return problems
	}
	receives := wiring.Receives(p)
	if _, domain, _ := strings.Cut(b.AgentMail, "@"); slices.Contains(receives, strings.ToLower(domain)) {
		problems = append(problems, policy.Problem{File: policyFile, Field: "agents[0].page[0].mail", Message: fmt.Sprintf("%q is on a domain that the desk receives: a page would come into the desk", b.AgentMail), Remedy: "give an address on another domain, as ana@staff.acme.example"})
	}
	return append(problems, stages[0].Unheard(receives)...)
}

// slug is a name as an id.
func slug(name string) string {
	s := strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			return r
		}
		return '-'
	}, norm.NFKD.String(strings.ToLower(name)))
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == '-' }), "-")
	return s[:min(len(s), 40)]
}

// write writes both files, if both are right.
func (b *beginning) write(w io.Writer, dir, policyFile, stageFile string) error {
	if problems := b.problems(policyFile, stageFile); len(problems) > 0 {
		return wrongAnswers(problems)
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the directory: %w", err)
	}
	book, stages := b.filled(firstPolicy), b.filled(firstStage)
	for file, text := range map[string]string{policyFile: book, stageFile: stages} {
		if err := create(file, text); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, `
%s and %s are written, and right. Now:

  export PRONTO_DESK=%s      all that follows goes by this directory

  pronto policy explain      who answers what, by when
  pronto run                 the desk on this machine
  pronto agent add …         more agents; put them into the rota
  make synth STAGE=%s       and docs/deploy.md for the way into an account
`, policyFile, stageFile, asWord(whole(dir)), b.Stage)
	return nil
}

// whole is a directory's path from the root, so that it can be named from anywhere.
func whole(dir string) string {
	if abs, err := filepath.Abs(dir); err == nil {
		return abs
	}
	return dir
}

// asWord is a text as one word of a shell's.
func asWord(s string) string {
	if strings.ContainsFunc(s, func(r rune) bool {
		return !(unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/._-", r))
	}) {
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	return s
}

// create writes a file that must not be there.
func create(file, text string) error {
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	_, err = f.WriteString(text)
	return errors.Join(err, f.Close())
}

// filled is a text with the answers in it.
func (b *beginning) filled(text string) string {
	now := time.Now().UTC()
	b.Monday = now.AddDate(0, 0, -(int(now.Weekday())+6)%7).Format(time.DateOnly)
	var out strings.Builder
	t := template.Must(template.New("").Funcs(template.FuncMap{"q": quoted}).Parse(text))
	if err := t.Execute(&out, b); err != nil {
		panic(err) // the texts are below
	}
	return out.String()
}

// quoted is a text as YAML has it between quotes, whatever is in it.
func quoted(s string) string { return fmt.Sprintf("%q", s) }

const firstPolicy = `# The rule book of {{.Name}}. Every key, with its default, is in docs/policy.md; pronto policy check says what is wrong, pronto policy explain what follows.

brands:
  - id: {{q .Brand}}
    name: {{q .Name}}
    language: {{q .Language}}
    time_zone: {{q .Zone}}
    addresses:
      - {{q .Address}}
    domains:                    # other local parts here are ours as well, but unknown: held for a person to look at
      - {{q .Domain}}
    from:
      name: {{q .Name}}
      address: {{q .Address}}
    reply_domain: {{q .ReplyDomain}}   # signed reply addresses live here; give it nothing else to do
    team:                       # has what nobody on shift can answer, and signs for it
      id: team:care
      name: {{q .Name}}
    rota:                       # who is on shift; hand-overs are local times
      layers:
        - name: first
          rotation: weekly
          start: {{.Monday}}
          hand_over: monday 09:00
          agents:
            - {{q .Agent}}

agents:
  - id: {{q .Agent}}
    name: {{q .AgentName}}
    role: admin
    languages: [{{q .Language}}]
    time_zone: {{q .Zone}}
    page:
      - mail: {{q .AgentMail}}
`

const firstStage = `# Where the desk is deployed: make synth STAGE={{.Stage}}, npx cdk deploy --all -c stage={{.Stage}}, with this directory in PRONTO_DESK. Every key is in docs/deploy.md.

stages:
  {{q .Stage}}:
    account: {{q .Account}}
    region: {{q .Region}}
    alarms: {{q .Alarms}}       # on no domain that the desk receives; gets a mail that asks to be confirmed, then one for each alarm
    keep: false                 # all goes with the stack: for trying out. true, once customers write
    log_days: 14
    budget: 30                  # USD a month
    former_hooks: false         # a new stage: nobody knows the address of before webhooks had one of their own
`
