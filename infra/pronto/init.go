package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"text/template"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"golang.org/x/text/unicode/norm"

	"pronto/infra/stage"
	"pronto/shared/policy"
	"pronto/shared/setup"
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
		{"alarms", "Which address hears of alarms?", "oleg@staff.acme.example", &b.Alarms, func() string { return b.AgentMail }},
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

// wrongAnswers says what is wrong with the answers, each once: by the flag that gives another, or where in a file it stands.
func wrongAnswers(problems []policy.Problem) error {
	told := map[string]bool{}
	words := ""
	for _, p := range problems {
		flag := answerOf(p.Field)
		one := line(p)
		if flag != "" {
			one = "--" + flag + ": " + strings.TrimSuffix(p.Message+" ("+p.Remedy+")", " ()")
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
default takes it. Both files are checked before either is written, and none that is there is written over.`,
		Example: "  pronto init --dir mydesk\n  pronto init --ask=false --name \"Acme Air\" --domain acme.example --zone Europe/Rome --agent-name \"Ana Ferrante\" --agent-mail ana@staff.acme.example --account 111122223333",
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

// know fills in what is not known yet.
func (b *beginning) know(c *cobra.Command, ask bool) error {
	in, missing := bufio.NewScanner(c.InOrStdin()), []string(nil)
	for _, q := range b.questions() {
		if *q.into != "" {
			continue
		}
		otherwise := ""
		if q.otherwise != nil {
			otherwise = q.otherwise()
		}
		if ask {
			hint := "as " + q.example
			if otherwise != "" {
				hint = "Enter for " + otherwise
			}
			fmt.Fprintf(c.OutOrStdout(), "%s (%s) ", q.asks, hint)
			if !in.Scan() {
				return usage(c, fmt.Errorf("the answers ended before --%s: %w", q.flag, errors.Join(in.Err(), io.ErrUnexpectedEOF)))
			}
			*q.into = strings.TrimSpace(in.Text())
		}
		if *q.into == "" {
			*q.into = otherwise
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
	now := time.Now().UTC()
	b.Monday = now.AddDate(0, 0, -(int(now.Weekday())+6)%7).Format(time.DateOnly)
	book, stages := filled(firstPolicy, b), filled(firstStage, b)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("make the directory: %w", err)
	}
	try, err := os.MkdirTemp(dir, ".pronto-init-")
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	defer os.RemoveAll(try)
	trial := filepath.Join(try, "policy.yaml")
	if err := os.WriteFile(trial, []byte(book), 0o600); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	_, problems, err := setup.ReadPolicy(trial)
	if err != nil {
		return fmt.Errorf("read the rule book: %w", err)
	}
	for i := range problems {
		problems[i].File = policyFile
	}
	_, wrong := stage.Parse(stageFile, []byte(stages))
	if problems = append(problems, wrong...); len(problems) > 0 {
		return wrongAnswers(problems)
	}
	for file, text := range map[string]string{policyFile: book, stageFile: stages} {
		if err := create(file, text); err != nil {
			return err
		}
	}
	fmt.Fprintf(w, `
%s and %s are written, and right. Now:

  pronto policy explain --policy %s      who answers what, by when
  pronto run --policy %s                 the desk on this machine
  pronto agent add …                     more agents; put them into the rota

and docs/deploy.md for the way into an account.
`, policyFile, stageFile, policyFile, policyFile)
	return nil
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

func filled(text string, b *beginning) string {
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

const firstStage = `# Where the desk is deployed: make synth STAGE={{.Stage}}, npx cdk deploy --all -c stage={{.Stage}}. Every key is in docs/deploy.md.

stages:
  {{.Stage}}:
    account: {{q .Account}}
    region: {{q .Region}}
    alarms: {{q .Alarms}}       # gets a mail that asks to be confirmed, then one for each alarm
    keep: false                 # all goes with the stack: for trying out. true, once customers write
    log_days: 14
    budget: 30                  # USD a month
`
