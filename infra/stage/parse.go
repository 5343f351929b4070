package stage

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/mail"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"pronto/shared/policy"
)

// Limits of the file, far above any real one.
const (
	maxBytes  = 64 << 10
	maxStages = 20
	maxText   = 300
)

// Keys by the mapping that they stand in.
var (
	stageKeys  = []string{"account", "region", "keep", "alarms", "log_days", "mail_days", "hook_url", "webhook_url", "identities", "requests", "hook_requests", "former_hooks", "domain", "budget", "traces"}
	rateKeys   = []string{"a_second", "at_once"}
	domainKeys = []string{"name", "certificate", "hooks"}
	namedKeys  = []string{"name", "certificate"}
)

// logDays are the retentions that CloudWatch Logs knows, up to a year.
var logDays = []int{1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365}

var (
	aName        = regexp.MustCompile(`^[a-z][a-z0-9]{1,11}$`)
	anAccount    = regexp.MustCompile(`^\d{12}$`)
	aRegion      = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-\d$`)
	aDomain      = regexp.MustCompile(`^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$`)
	aCertificate = regexp.MustCompile(`^arn:aws[a-z-]*:acm:([a-z0-9-]+):(\d{12}):certificate/[a-f0-9-]{36}$`)
)

// reader collects what is wrong.
type reader struct {
	file     string
	problems []policy.Problem
}

func (r *reader) report(n *yaml.Node, field, remedy, message string, args ...any) {
	r.problems = append(r.problems, policy.Problem{
		File: r.file, Line: n.Line, Column: n.Column, Field: field, Message: fmt.Sprintf(message, args...), Remedy: remedy,
	})
}

// Parse reads stages. The file's name is for the problems only. With problems there are no stages.
func Parse(file string, data []byte) ([]*Stage, []policy.Problem) {
	r := &reader{file: file}
	var all []*Stage
	if top := r.root(data); top != nil {
		all = r.stages(top)
	}
	if len(r.problems) > 0 {
		return nil, r.problems
	}
	return all, nil
}

// root parses the bytes into one document's top value. Aliases unfold without end in a hostile file: they are refused before anything is decoded.
func (r *reader) root(data []byte) *yaml.Node {
	nowhere := &yaml.Node{}
	switch {
	case len(data) > maxBytes:
		r.report(nowhere, "", "keep to what docs/deploy.md names", "the file has %d bytes, more than the %d allowed", len(data), maxBytes)
		return nil
	case !utf8.Valid(data):
		r.report(nowhere, "", "save it as UTF-8", "the file is not valid UTF-8")
		return nil
	}
	var doc yaml.Node
	err := yaml.NewDecoder(bytes.NewReader(data)).Decode(&doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && doc.Content[0].Tag == "!!null":
		r.report(nowhere, "", "begin with stages:", "the file is empty")
	case err != nil:
		line, words := 0, strings.TrimPrefix(err.Error(), "yaml: ")
		_, _ = fmt.Sscanf(words, "line %d:", &line) // without one the whole file is meant
		r.report(&yaml.Node{Line: line}, "", "check the indentation there and above", "not YAML: %s", words)
	case r.plain(doc.Content[0], 1):
		return doc.Content[0]
	}
	return nil
}

func (r *reader) plain(n *yaml.Node, depth int) bool {
	if depth > 8 || n.Kind == yaml.AliasNode || n.Anchor != "" || n.Style&yaml.TaggedStyle != 0 {
		r.report(n, "", "write the value out", "anchors, aliases, tags and deep values are not read")
		return false
	}
	for _, c := range n.Content {
		if !r.plain(c, depth+1) {
			return false
		}
	}
	return true
}

// fields reads a mapping whose keys are known.
func (r *reader) fields(n *yaml.Node, field string, known []string) map[string]*yaml.Node {
	if n.Kind != yaml.MappingNode {
		r.report(n, field, "write it as key: value, one a line; keys here: "+strings.Join(known, ", "), "is not a mapping")
		return nil
	}
	all := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		switch _, twice := all[k.Value]; {
		case known != nil && !slices.Contains(known, k.Value):
			r.report(k, field, "known here: "+strings.Join(known, ", "), "unknown key %s", quote(k.Value))
		case twice:
			r.report(k, field, "delete one of the two", "%s stands here twice", quote(k.Value))
		case v.Tag == "!!null":
			r.report(k, field, "give it one or delete the line", "%s has no value", quote(k.Value))
		default:
			all[k.Value] = v
		}
	}
	return all
}

func (r *reader) stages(top *yaml.Node) (all []*Stage) {
	list, ok := r.fields(top, "", []string{"stages"})["stages"]
	if !ok {
		if len(r.problems) == 0 {
			r.report(top, "stages", "name at least one stage below it", "is missing")
		}
		return nil
	}
	named := r.fields(list, "stages", nil)
	if len(named) == 0 || len(named) > maxStages {
		r.report(list, "stages", fmt.Sprintf("name 1 to %d", maxStages), "has %d stages", len(named))
		return nil
	}
	for i := 0; i+1 < len(list.Content); i += 2 {
		if k := list.Content[i]; named[k.Value] == list.Content[i+1] {
			all = append(all, r.stage(k, list.Content[i+1]))
		}
	}
	return all
}

// mapping is one stage's mapping while it is read.
type mapping struct {
	*reader
	node  *yaml.Node
	field string
	have  map[string]*yaml.Node
}

func (r *reader) stage(name, n *yaml.Node) *Stage {
	field := "stages." + name.Value
	if !aName.MatchString(name.Value) {
		r.report(name, "stages", "use 2 to 12 small letters and digits, a letter first: it begins the names of everything", "%s cannot name a stage", quote(name.Value))
		field = "stages"
	}
	m := mapping{r, n, field, r.fields(n, field, stageKeys)}
	if m.have == nil {
		return nil
	}
	s := &Stage{
		Name: name.Value, Account: m.need("account", anAccount, "give the twelve digits of the account, in quotes"),
		Region: m.need("region", aRegion, "give a region that receives mail, as eu-west-1"),
		Keep:   m.flag("keep", true), Traces: m.flag("traces", true), Verify: m.choice("identities", "create", "existing") == "create",
		LogDays: m.number("log_days", 90, 1, 365), MailDays: m.number("mail_days", 0, 1, 3650), BudgetUSD: m.number("budget", 0, 1, 1_000_000),
	}
	if v, ok := m.have["log_days"]; ok && !slices.Contains(logDays, s.LogDays) {
		m.report(v, field+".log_days", fmt.Sprintf("use one of %v", logDays), "CloudWatch Logs does not know a retention of %d days", s.LogDays)
	}
	s.Alarms = m.address()
	if v, ok := m.have["alarms"]; ok {
		s.alarmsAt = policy.Problem{File: r.file, Line: v.Line, Column: v.Column, Field: field + ".alarms"}
	}
	s.HookURL, s.WebhookURL = m.hook("hook_url"), m.hook("webhook_url")
	s.Requests = m.requests("requests", Limit{50, 100})
	s.HookLimit, s.Former = m.requests("hook_requests", s.Requests), m.flag("former_hooks", true)
	s.Domain, s.HookDomain = m.domain(s)
	return s
}

func (m mapping) text(key string) (string, bool) {
	v, ok := m.have[key]
	if !ok {
		return "", false
	}
	if s := v.Value; v.Kind == yaml.ScalarNode && s != "" && len(s) <= maxText && !strings.ContainsAny(s, "\n\r\x00") {
		return s, true
	}
	m.report(v, m.field+"."+key, "write one value on one line", "is not a text")
	return "", false
}

// need reads a value that must be there and have a form.
func (m mapping) need(key string, form *regexp.Regexp, remedy string) string {
	if _, ok := m.have[key]; !ok {
		m.report(m.node, m.field+"."+key, remedy, "is missing")
		return ""
	}
	s, ok := m.text(key)
	if ok && !form.MatchString(s) {
		m.report(m.have[key], m.field+"."+key, remedy, "%s is none", quote(s))
	}
	return s
}

func (m mapping) flag(key string, otherwise bool) bool {
	v, ok := m.have[key]
	if !ok {
		return otherwise
	}
	if v.Tag != "!!bool" {
		m.report(v, m.field+"."+key, "write true or false", "%s is neither", quote(v.Value))
	}
	return v.Value == "true"
}

// choice reads one of a few words, the first of which is the default.
func (m mapping) choice(key string, words ...string) string {
	s, ok := m.text(key)
	if !ok {
		return words[0]
	}
	if !slices.Contains(words, s) {
		m.report(m.have[key], m.field+"."+key, "write "+strings.Join(words, " or "), "%s is not understood", quote(s))
	}
	return s
}

func (m mapping) number(key string, otherwise, least, most int) int {
	v, ok := m.have[key]
	if !ok {
		return otherwise
	}
	n, err := strconv.Atoi(v.Value)
	if err != nil || n < least || n > most {
		m.report(v, m.field+"."+key, fmt.Sprintf("write a whole number from %d to %d", least, most), "%s is none", quote(v.Value))
	}
	return n
}

func (m mapping) address() string {
	const remedy = "give the address of whom an alarm should wake"
	if _, ok := m.have["alarms"]; !ok {
		m.report(m.node, m.field+".alarms", remedy, "is missing")
		return ""
	}
	s, ok := m.text("alarms")
	if a, err := mail.ParseAddress(s); ok && (err != nil || a.Address != s) {
		m.report(m.have["alarms"], m.field+".alarms", remedy, "%s is no bare mail address", quote(s))
	}
	return s
}

func (m mapping) hook(key string) string {
	s, ok := m.text(key)
	if !ok {
		return ""
	}
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" || u.Hostname() == "" || u.User != nil {
		m.report(m.have[key], m.field+"."+key, "write it whole, as https://hooks.acme.example/pronto", "%s is no https address", quote(s))
	}
	return s
}

func (m mapping) requests(key string, otherwise Limit) Limit {
	v, ok := m.have[key]
	if !ok {
		return otherwise
	}
	sub := m.below(key, v, rateKeys)
	return Limit{sub.number("a_second", otherwise.Second, 1, 10_000), sub.number("at_once", otherwise.Once, 1, 5_000)}
}

// below is a mapping within this one.
func (m mapping) below(key string, v *yaml.Node, known []string) mapping {
	field := m.field + "." + key
	return mapping{m.reader, v, field, m.fields(v, field, known)}
}

// domain reads the names of one's own. Each is of one API: API Gateway would take the same name for both, and whichever came last would have it.
func (m mapping) domain(s *Stage) (desk, hooks *Domain) {
	v, ok := m.have["domain"]
	if !ok {
		return nil, nil
	}
	sub := m.below("domain", v, domainKeys)
	desk = sub.named(s, "give the name by which agents reach the console, as desk.acme.example")
	if v, ok := sub.have["hooks"]; ok {
		own := sub.below("hooks", v, namedKeys)
		hooks = own.named(s, "give the name to which other systems post, as hooks.acme.example")
		if desk != nil && hooks != nil && hooks.Name != "" && hooks.Name == desk.Name {
			m.report(own.have["name"], own.field+".name", "give another, as hooks.acme.example; the certificate may be one for both", "%s is the console's", quote(hooks.Name))
		}
	}
	return desk, hooks
}

// named reads a name and its certificate. A certificate of another region or account would fail the deployment after minutes.
func (m mapping) named(s *Stage, remedy string) *Domain {
	if m.have == nil {
		return nil
	}
	d := &Domain{Name: m.need("name", aDomain, remedy), Certificate: m.need("certificate", aCertificate, "give the ARN of its certificate in ACM")}
	if parts := aCertificate.FindStringSubmatch(d.Certificate); parts != nil && (parts[1] != s.Region || parts[2] != s.Account) {
		m.report(m.have["certificate"], m.field+".certificate", "request it in ACM in "+s.Region+" in account "+s.Account, "the certificate is of another region or account")
	}
	return d
}

func quote(s string) string {
	if r := []rune(s); len(r) > 40 {
		s = string(r[:40]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
