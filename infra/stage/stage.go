// Package stage reads stage.yaml: in which accounts and regions the desk is deployed, and what differs between them. What the desk does is in the rule book and the
// same everywhere; a stage says where, how carefully, and who hears of it when something is wrong.
//
// What Parse returns without problems is complete: every default filled in, every value one that AWS takes. A mistake is told with file, line and remedy, and the
// stack is not made.
package stage

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"pronto/shared/policy"
)

// DeskDir names in the environment the directory with a desk's own policy.yaml and stage.yaml, for the stack and for pronto's commands; unset: where they are run.
const DeskDir = "PRONTO_DESK"

// Stage is one deployment of the desk.
type Stage struct {
	Name       string
	Account    string
	Region     string
	Keep       bool    // what cannot be made anew is retained when its stack goes, and protected from deletion
	Alarms     string  // the address that hears of alarms
	LogDays    int     // how long the ledger is kept
	MailDays   int     // how long raw mails and agents' words are kept; 0: for ever
	Traces     bool    // every function is traced by X-Ray
	HookURL    string  // where receipts of the custom channel go; "": the rule book says
	WebhookURL string  // where brands' webhooks go, whatever the rule book says; "": where it says
	Verify     bool    // the sending domains are made SES identities; false: they exist already
	Requests   Limit   // that console and API let in, all routes together
	HookLimit  Limit   // that are let in of what other systems post, each route alone
	Former     bool    // what other systems post is taken at the address of console and API, too, where it was before it had one of its own: unless the file says no, for who upgrades loses nothing
	Domain     *Domain // of console and API; nil: the one that API Gateway gives
	HookDomain *Domain // of what other systems post; nil: the one that API Gateway gives
	BudgetUSD  int     // a month, above which somebody is told; 0: no budget

	alarmsAt policy.Problem // where the address of alarms stands: file, line, field
}

// Limit is how many requests are let in.
type Limit struct{ Second, Once int } // a second, and at once

// Domain is a name of one's own.
type Domain struct {
	Name        string
	Certificate string // ARN in ACM, in the stage's region
}

// Prefix begins the name of everything of the stage that has a name.
func (s *Stage) Prefix() string { return "pronto-" + s.Name }

// Unheard says what is wrong with an address of alarms on one of the domains that the desk receives: SNS's question whether it may write there, and every alarm after it,
// would come into the desk and be held as mail for nobody, while the desk is what fails.
func (s *Stage) Unheard(receives []string) []policy.Problem {
	_, domain, _ := strings.Cut(s.Alarms, "@")
	if !slices.ContainsFunc(receives, func(d string) bool { return strings.EqualFold(d, domain) }) {
		return nil
	}
	p := s.alarmsAt
	p.Message = quote(s.Alarms) + " is on a domain that the desk receives: alarms would come into the desk, and be held"
	p.Remedy = "give an address on another domain, as oleg@staff.acme.example"
	return []policy.Problem{p}
}

// Bucket is the name of the bucket of mails: unique in the world.
func (s *Stage) Bucket() string { return fmt.Sprintf("%s-mail-%s-%s", s.Prefix(), s.Account, s.Region) }

// Read reads the file and gives the stage of this name; "" is the only one that it has.
func Read(file, name string) (*Stage, error) {
	b, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the stages: %w", err)
	}
	all, problems := Parse(file, b)
	if len(problems) > 0 {
		return nil, &Error{problems}
	}
	if name == "" && len(all) == 1 {
		return all[0], nil
	}
	var names []string
	for _, s := range all {
		if s.Name == name {
			return s, nil
		}
		names = append(names, s.Name)
	}
	slices.Sort(names)
	if name == "" {
		return nil, fmt.Errorf("%s has more than one stage: name one of %s", file, strings.Join(names, ", "))
	}
	return nil, fmt.Errorf("%s has no stage %q: name one of %s", file, name, strings.Join(names, ", "))
}

// Error says everything that is wrong with the file, a line each.
type Error struct{ Problems []policy.Problem }

func (e *Error) Error() string {
	var words string
	for i, p := range e.Problems {
		if i > 0 {
			words += "\n"
		}
		words += p.Error()
	}
	return words
}
