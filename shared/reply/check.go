package reply

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// field is one of a template's sentences with its rules.
type field struct {
	name, text string
	required   string // placeholders that must be there
	allowed    string // placeholders that may be there, the required ones included
	lines      bool   // may have line breaks
	runes      int
}

func fields(t Template) []field {
	const said, who = "{agent} {due}", "{agent} {due} {brand}"
	return []field{
		{"subject", t.Subject, "", "{brand}", false, 150},
		{"greeting", t.Greeting, "{name}", "{name} {brand}", false, 150},
		{"hello", t.Hello, "", "{brand}", false, 150},
		{"negative", t.Negative, said, who, true, 2000},
		{"neutral", t.Neutral, said, who, true, 2000},
		{"positive", t.Positive, said, who, true, 2000},
		{"follow_up", t.FollowUp, said, who, true, 2000},
		{"automatic", t.Automatic, "", "{agent} {brand}", true, 500},
		{"closing", t.Closing, "", "{brand}", false, 150},
		{"team", t.Team, "", "{brand}", false, 150},
	}
}

// why a placeholder is required, or what is to be written into an empty field.
var (
	whyRequired = map[string]string{
		"{agent}": "the receipt must say who has the message",
		"{due}":   "the receipt must say by when the answer comes",
		"{name}":  "the greeting is the one for a known name",
		"{stop}":  "the mail must say how to get no more of its kind",
	}
	whyEmpty = map[string]string{
		"automatic": "every receipt must say that it is automatic",
		"hello":     "it greets whoever gave no plain name",
		"team":      "it signs when nobody is on",
	}
)

// Check returns a template's breaches of the rules of receipts, each as the field (its name in the policy), what is wrong and why or what to do;
// none when it may be used. The language is named by ISO 639-1.
func Check(lang string, t Template) []string {
	var breaches []string
	if len(lang) != 2 || strings.Trim(lang, "abcdefghijklmnopqrstuvwxyz") != "" {
		breaches = append(breaches, fmt.Sprintf("language %q: write its two letters (ISO 639-1) in lower case, such as en", lang))
	}
	for _, f := range fields(t) {
		for _, breach := range f.breaches() {
			breaches = append(breaches, f.name+": "+breach)
		}
	}
	return breaches
}

func (f field) breaches() []string {
	if len(words(f.text)) == 0 {
		if why := whyEmpty[f.name]; why != "" {
			return []string{"it is empty: " + why}
		}
		return []string{"it is empty: write a sentence, or leave the template out to use the product's own"}
	}
	var all []string
	if n := utf8.RuneCountInString(f.text); n > f.runes {
		all = append(all, fmt.Sprintf("%d characters: at most %d are allowed", n, f.runes))
	}
	if fault := f.character(); fault != "" {
		all = append(all, fault)
	}
	for _, p := range strings.Fields(f.required) {
		if !strings.Contains(f.text, p) {
			all = append(all, p+" is missing: "+whyRequired[p])
		}
	}
	return append(all, f.placeholders()...)
}

// character names the first character that may not be there. Directional overrides are among them: they make a sentence read other than it is.
func (f field) character() string {
	if !utf8.ValidString(f.text) {
		return "it is not valid UTF-8: save the file as UTF-8"
	}
	for _, r := range f.text {
		switch {
		case r == '\n' && f.lines:
		case r == '\n' || r == '\r' || r == '\u2028' || r == '\u2029':
			return "a line break: write it on one line"
		case unicode.IsControl(r) || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069':
			return fmt.Sprintf("control character U+%04X: remove it", r)
		}
	}
	return ""
}

func (f field) placeholders() []string {
	var all []string
	for rest := f.text; rest != ""; {
		var before, p string
		before, p, rest = next(rest)
		if strings.ContainsAny(before, "{}") {
			all = append(all, "a brace that belongs to no placeholder: braces are for "+f.allowed+" alone")
		}
		switch {
		case p == "" || strings.Contains(" "+f.allowed+" ", " "+p+" "):
		case p == "{name}":
			all = append(all, "{name} is not allowed here: of the sender's nothing is repeated outside the greeting")
		default:
			all = append(all, fmt.Sprintf("%s is not allowed here: use %s", p, f.allowed))
		}
	}
	return all
}
