package policy

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// Limits of a rule book. They are far above any real one; they keep a hostile or broken file from costing more than milliseconds.
const (
	MaxBytes    = 1 << 20 // of its text
	maxDepth    = 12
	maxProblems = 100
)

// Problem is one thing wrong with a rule book, and what to do about it.
type Problem struct {
	File         string
	Line, Column int    // from 1; 0 when the file as a whole is meant
	Field        string // as in brands[0].time_zone
	Message      string
	Remedy       string
}

// Error writes the problem on one line: file:line: field: message; remedy.
func (p Problem) Error() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d", p.Line)
	}
	if p.Field != "" {
		b.WriteString(": " + p.Field)
	}
	b.WriteString(": " + p.Message)
	if p.Remedy != "" {
		b.WriteString("; " + p.Remedy)
	}
	return b.String()
}

// value is a node with the field's name.
type value struct {
	field string
	node  *yaml.Node
}

// reader turns nodes into values and collects what is wrong with them.
type reader struct {
	file     string
	problems []Problem
}

func (r *reader) report(v value, remedy, message string, args ...any) {
	p := Problem{File: r.file, Field: v.field, Message: fmt.Sprintf(message, args...), Remedy: remedy}
	if v.node != nil {
		p.Line, p.Column = v.node.Line, v.node.Column
	}
	r.problems = append(r.problems, p)
}

// root parses the bytes into one mapping.
func (r *reader) root(data []byte) (value, bool) {
	if len(data) > MaxBytes {
		r.report(value{}, "split off what is no rule", "the file has %d bytes, more than the %d allowed", len(data), MaxBytes)
		return value{}, false
	}
	if !utf8.Valid(data) {
		r.report(value{}, "save it as UTF-8", "the file is not valid UTF-8")
		return value{}, false
	}
	var doc, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(data))
	err := dec.Decode(&doc)
	switch {
	case errors.Is(err, io.EOF), err == nil && doc.Content[0].Tag == "!!null":
		r.report(value{}, "begin with brands: and agents:", "the file is empty")
		return value{}, false
	case err != nil:
		r.syntax(err)
		return value{}, false
	}
	if dec.Decode(&more) == nil {
		r.report(value{node: &more}, "delete the --- and what follows it", "there is a second document")
	}
	top := value{node: doc.Content[0]}
	return top, r.guard(top.node, 1)
}

// syntax reports what the YAML parser says: "yaml: line 12: words".
func (r *reader) syntax(err error) {
	line, words := 0, strings.TrimPrefix(err.Error(), "yaml: ")
	if n, scanErr := fmt.Sscanf(words, "line %d:", &line); n == 1 && scanErr == nil {
		_, words, _ = strings.Cut(words, ": ")
	}
	r.report(value{node: &yaml.Node{Line: line}}, "check the indentation there and above, and quote what holds a colon or a #", "not YAML: %s", words)
}

// guard refuses what a rule book does not need and a hostile one does: aliases (a few lines of them unfold to gigabytes), tags, depth.
// It goes on after an alias, to find all, but not deeper than allowed.
func (r *reader) guard(n *yaml.Node, depth int) bool {
	ok := true
	refuse := func(remedy, message string) {
		r.report(value{node: n}, remedy, "%s", message)
		ok = false
	}
	switch {
	case depth > maxDepth:
		refuse("unfold it", "values lie too deep in one another")
		return false
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		refuse("write the value out", "anchors and aliases (& and *) are not read")
	case n.Style&yaml.TaggedStyle != 0:
		refuse("delete the tag", "tags (!) are not read")
	}
	for _, c := range n.Content {
		ok = r.guard(c, depth+1) && ok
	}
	return ok
}

// object is a mapping whose keys are known.
type object struct {
	*reader
	value
	fields map[string]value
}

// object reads a mapping; keys that are not among known, doubled or without a value are reported.
func (r *reader) object(v value, known []string) (object, bool) {
	o := object{r, v, map[string]value{}}
	if v.node.Kind != yaml.MappingNode {
		r.report(v, "write it as key: value, one a line; keys here: "+strings.Join(known, ", "), "is not a mapping")
		return o, false
	}
	for i := 0; i+1 < len(v.node.Content); i += 2 {
		key, val := v.node.Content[i], v.node.Content[i+1]
		o.add(key, value{join(v.field, plain(key.Value)), val}, known)
	}
	return o, true
}

func (o object) add(key *yaml.Node, v value, known []string) {
	at := value{v.field, key}
	_, twice := o.fields[key.Value]
	switch {
	case key.Kind != yaml.ScalarNode || !slices.Contains(known, key.Value):
		o.report(at, nearest(key.Value, known), "unknown key %s", quote(key.Value))
	case twice:
		o.report(at, "delete one of the two", "stands here twice")
	case v.node.Tag == "!!null":
		o.report(at, "give it one or delete the line", "has no value")
		fallthrough
	default:
		o.fields[key.Value] = v
	}
}

// get gives the value of a key that may be left out.
func (o object) get(key string) (value, bool) {
	v, ok := o.fields[key]
	return v, ok && v.node.Tag != "!!null"
}

// need gives the value of a key that must be there.
func (o object) need(key, remedy string) (value, bool) {
	if _, ok := o.fields[key]; !ok {
		o.report(value{join(o.field, key), o.node}, remedy, "is missing")
	}
	return o.get(key)
}

// list reads a list of 1 to limit values; one scalar alone counts as a list of one.
func (r *reader) list(v value, limit int) []value {
	switch {
	case v.node.Kind == yaml.ScalarNode:
		return []value{v}
	case v.node.Kind != yaml.SequenceNode:
		r.report(v, "write one entry a line, each after a dash", "is not a list")
		return nil
	case len(v.node.Content) == 0:
		r.report(v, "give one entry or delete the line", "is an empty list")
	case len(v.node.Content) > limit:
		r.report(v, fmt.Sprintf("keep it to %d", limit), "has %d entries", len(v.node.Content))
		return nil
	}
	all := make([]value, len(v.node.Content))
	for i, n := range v.node.Content {
		all[i] = value{fmt.Sprintf("%s[%d]", v.field, i), n}
	}
	return all
}

// text reads one line of up to limit characters. It goes into mail headers and pages, so nothing in it may break a line.
func (r *reader) text(v value, limit int) (string, bool) {
	s, ok := r.prose(v, limit)
	if ok && strings.ContainsAny(s, "\n\u0085\u2028\u2029") {
		r.report(v, "write it on one line", "has a line break")
		return "", false
	}
	return s, ok
}

// prose reads a text that may have several lines; space around it does not count.
func (r *reader) prose(v value, limit int) (string, bool) {
	s := strings.TrimSpace(v.node.Value)
	switch {
	case v.node.Kind != yaml.ScalarNode:
		r.report(v, "write a single value after the colon", "is not a text")
	case s == "":
		r.report(v, "give it a value", "is empty")
	case utf8.RuneCountInString(s) > limit:
		r.report(v, fmt.Sprintf("shorten it to %d", limit), "has %d characters", utf8.RuneCountInString(s))
	case strings.ContainsFunc(s, unseen):
		r.report(v, "write it anew, in plain letters", "holds a control character")
	default:
		return s, true
	}
	return "", false
}

// unseen tells characters that nobody sees but that change what is read: controls, and overrides of the direction of writing.
func unseen(c rune) bool {
	return c != '\n' && unicode.IsControl(c) || c >= '\u202a' && c <= '\u202e' || c >= '\u2066' && c <= '\u2069'
}

// matching reads a value that ok accepts; what says what it should be, as in "an IANA zone".
func (r *reader) matching(v value, accept func(string) bool, what, remedy string) (string, bool) {
	s, ok := r.text(v, 320)
	if ok && !accept(s) {
		r.report(v, remedy, "%s is not %s", quote(s), what)
		return "", false
	}
	return s, ok
}

// word reads one of a few words.
func (r *reader) word(v value, known []string) (string, bool) {
	s, ok := r.text(v, 320)
	if ok && !slices.Contains(known, s) {
		r.report(v, nearest(s, known), "%s is not understood", quote(s))
		return "", false
	}
	return s, ok
}

func join(field, key string) string {
	if field == "" {
		return key
	}
	return field + "." + key
}

// plain gives a key as it may stand in a field's name: one that is no plain word is quoted.
func plain(key string) string {
	if strings.Trim(key, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-") == "" && len(key) <= 40 {
		return key
	}
	return quote(key)
}

// quote shows a value in a message, shortened when it is long.
func quote(s string) string {
	if runes := []rune(s); len(runes) > 40 {
		s = string(runes[:40]) + "…"
	}
	return fmt.Sprintf("%q", s)
}
