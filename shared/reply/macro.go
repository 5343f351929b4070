package reply

import (
	"slices"
	"strings"
)

// Filling is what the variables of a macro stand for in one conversation. What is "" is not known.
type Filling struct {
	Name, Agent, Brand, Subject, Due string
}

// Variables are the names of a macro's variables.
var Variables = []string{"name", "agent", "brand", "subject", "due"}

func (f Filling) of(variable string) string {
	switch variable {
	case "name":
		return f.Name
	case "agent":
		return f.Agent
	case "brand":
		return f.Brand
	case "subject":
		return f.Subject
	case "due":
		return f.Due
	}
	return ""
}

// maxVariable bounds a variable with its other words.
const maxVariable = 100

// Fill puts values into a macro's variables: {name}, or {name|there} with other words for where the name is not known. One that is not known and has no other words
// stays as it stands, and is among the missing: whoever sends the answer is to look. It is one pass: a value with braces in it is never filled again.
func Fill(text string, f Filling) (filled string, missing []string) {
	var b strings.Builder
	for {
		before, variable, otherwise, whole, after := variableIn(text)
		b.WriteString(before)
		if whole == "" {
			return b.String(), missing
		}
		value := oneLine(f.of(variable))
		switch {
		case value != "":
			b.WriteString(value)
		case otherwise != "":
			b.WriteString(otherwise)
		default:
			b.WriteString(whole)
			missing = append(missing, variable)
		}
		text = after
	}
}

// CheckMacro gives the variables of a text that there are not.
func CheckMacro(text string) (unknown []string) {
	for {
		_, variable, _, whole, after := variableIn(text)
		if whole == "" {
			return unknown
		}
		if !slices.Contains(Variables, variable) {
			unknown = append(unknown, whole)
		}
		text = after
	}
}

// Unfilled gives the variables that still stand in a text.
func Unfilled(text string) (all []string) {
	for {
		_, variable, _, whole, after := variableIn(text)
		if whole == "" {
			return all
		}
		if slices.Contains(Variables, variable) {
			all = append(all, whole)
		}
		text = after
	}
}

// variableIn cuts a text at its first variable. Without one whole is "" and before is all of it.
func variableIn(s string) (before, variable, otherwise, whole, after string) {
	for i := 0; i < len(s); i++ {
		if s[i] != '{' {
			continue
		}
		n := strings.IndexAny(s[i+1:], "{}\n")
		if n < 0 || n > maxVariable || s[i+1+n] != '}' {
			continue
		}
		whole = s[i : i+n+2]
		variable, otherwise, _ = strings.Cut(whole[1:len(whole)-1], "|")
		return s[:i], strings.TrimSpace(variable), strings.TrimSpace(otherwise), whole, s[i+n+2:]
	}
	return s, "", "", "", ""
}
