// Package words is the console's words in the languages of those who read it: English, in which they are written, and the languages of its catalogues.
//
// A message's key is its English text, as it stands in the template or the code. To add one, write it there: {{t "Queue"}} in a template, v.T("Queue") where a page is
// made, Key("Queue") where it waits in a table for the one who will read it, t("Queue") in console.js; and its translation into one of the files of it/, whichever
// the page's subject is. Tests fail on a key without translation, on a translation without key, and on words in a template that go by no catalogue.
//
//   - %s and %d stand for what is filled in, %[2]s for the second where a translation needs another order; numbers are written as the language writes them.
//   - "%d answer | %d answers" has a form for one and a form for others, chosen by the first number. Italian may have a third, for whole millions.
//   - Cut: what stands between { and } is put into markup by the template: "It goes on in {another conversation}."
//   - "by ‹who›": what stands so at the end tells two uses of the same English words apart. It is not shown.
//
// Translations are text, and escaped like any other: a catalogue has no markup. The API's words are English; so are the names of columns that programs read.
package words

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed it/*.txt
var catalogues embed.FS

// Key is an English text that is translated where it is shown.
type Key string

// Locale is a language in which the console speaks.
type Locale struct {
	Tag      string // as HTML's lang has it
	Name     string // as its own speakers call it
	entries  map[string]string
	patterns []pattern
	facts
}

// English is the language in which the console is written.
var English = &Locale{Tag: "en", Name: "English", facts: english}

// American is the same with the times of the United States.
var American = &Locale{Tag: "en-US", Name: "English (US)", facts: american}

var italian = sync.OnceValue(func() *Locale {
	l := &Locale{Tag: "it", Name: "italiano", facts: italianFacts}
	l.entries, l.patterns = load("it")
	return l
})

// All are the languages that can be chosen.
func All() []*Locale { return []*Locale{English, American, italian()} }

// Of is the language of a tag, nil for none that is known.
func Of(tag string) *Locale {
	switch base, region, _ := strings.Cut(strings.ToLower(tag), "-"); base {
	case "en":
		if region == "us" {
			return American
		}
		return English
	case "it":
		return italian()
	}
	return nil
}

// maxAccept bounds how much of a browser's wishes is read.
const maxAccept = 200

// Accepted is the best of a browser's Accept-Language, English where it wants none that is known.
func Accepted(header string) *Locale {
	best, weight := English, 0.0
	for part := range strings.SplitSeq(header[:min(len(header), maxAccept)], ",") {
		tag, q, _ := strings.Cut(part, ";")
		w := 1.0
		if v, ok := strings.CutPrefix(strings.TrimSpace(q), "q="); ok {
			w, _ = strconv.ParseFloat(v, 64) // what is no number weighs nothing
		}
		if l := Of(strings.TrimSpace(tag)); l != nil && w > weight {
			best, weight = l, w
		}
	}
	return best
}

// Untranslated tells that the keys themselves are the texts.
func (l *Locale) Untranslated() bool { return l.entries == nil }

// T is the text of a key in the language, filled in.
func (l *Locale) T(key Key, args ...any) string {
	text := l.text(string(key), args)
	if text == "" {
		return ""
	}
	text, _ = l.fill(text, args, 0)
	return text
}

// Cut is T in pieces, cut at { and }: the uneven ones stand in markup.
func (l *Locale) Cut(key Key, args ...any) []string {
	pieces := strings.FieldsFunc(strings.ReplaceAll(strings.ReplaceAll(l.text(string(key), args), "{", "\x00{"), "}", "\x00}"), func(r rune) bool { return r == 0 })
	if len(pieces) > 0 && strings.HasPrefix(pieces[0], "{") {
		pieces = slices.Insert(pieces, 0, "")
	}
	next := 0
	for i, p := range pieces {
		if i > 0 {
			p = p[1:]
		}
		pieces[i], next = l.fill(p, args, next)
	}
	return pieces
}

// Raw is a key's text with its places unfilled, for scripts, which fill them in themselves.
func (l *Locale) Raw(key Key) string {
	text, ok := l.entries[string(key)]
	if !ok {
		text = plain(string(key))
	}
	return text
}

// text is the form of a key that fits the arguments.
func (l *Locale) text(key string, args []any) string {
	text, ok := l.entries[key]
	if !ok {
		text = plain(key)
	}
	if !strings.Contains(text, " | ") {
		return text
	}
	forms, n := strings.Split(text, " | "), 0
	if i := slices.IndexFunc(args, func(a any) bool { _, ok := a.(int); return ok }); i >= 0 {
		n = args[i].(int)
	}
	switch {
	case n == 1:
		return forms[0]
	case len(forms) > 2 && n != 0 && n%1_000_000 == 0:
		return forms[2]
	}
	return forms[1]
}

// plain is a key without what tells it from another.
func plain(key string) string {
	if i := strings.LastIndex(key, " ‹"); i >= 0 && strings.HasSuffix(key, "›") {
		return key[:i]
	}
	return key
}

// fill puts the arguments into a text, from the next on: %s, %d, %[2]s, and %% for %. It tells which is then the next.
func (l *Locale) fill(text string, args []any, next int) (string, int) {
	var b strings.Builder
	for text != "" {
		before, after, found := strings.Cut(text, "%")
		b.WriteString(before)
		if !found {
			break
		}
		if strings.HasPrefix(after, "%") {
			b.WriteByte('%')
			text = after[1:]
			continue
		}
		n := next
		if number, rest, ok := strings.Cut(strings.TrimPrefix(after, "["), "]"); ok && strings.HasPrefix(after, "[") {
			i, _ := strconv.Atoi(number)
			n, after = i-1, rest
		}
		next = n + 1
		if n >= 0 && n < len(args) {
			b.WriteString(l.shown(args[n]))
		}
		text = after[min(1, len(after)):]
	}
	return b.String(), next
}

// shown is an argument as it is read.
func (l *Locale) shown(a any) string {
	switch x := a.(type) {
	case string:
		return x
	case int:
		return l.Int(x)
	case Key:
		return l.T(x)
	}
	return fmt.Sprint(a)
}

// load reads a language's catalogue.
func load(tag string) (entries map[string]string, made []pattern) {
	entries = map[string]string{}
	var desk []string
	files, err := fs.Glob(catalogues, tag+"/*.txt")
	if err != nil {
		panic(err) // the pattern is ours
	}
	for _, name := range files {
		b, err := catalogues.ReadFile(name)
		if err != nil {
			panic(err) // it is embedded: cannot be
		}
		read, err := Read(string(b))
		if err != nil {
			panic(name + ": " + err.Error()) // a test reads it first
		}
		if maps.Copy(entries, read); strings.HasPrefix(name, tag+"/desk-") {
			desk = slices.AppendSeq(desk, maps.Keys(read))
		}
	}
	return entries, patterns(desk)
}

// Read reads a file of a catalogue: each key on a line, below it its translation, begun by a tab. Lines with # before them, and empty ones, say nothing.
func Read(file string) (map[string]string, error) {
	entries, key := map[string]string{}, ""
	for i, line := range strings.Split(file, "\n") {
		text, translation := strings.CutPrefix(line, "\t")
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
		case translation && key == "":
			return nil, fmt.Errorf("line %d translates nothing: write the English text above it", i+1)
		case translation:
			entries[key], key = text, ""
		case key != "":
			return nil, fmt.Errorf("line %d: the line above it has no translation: write one below it, begun by a tab", i+1)
		default:
			if _, twice := entries[line]; twice {
				return nil, fmt.Errorf("line %d: %q is there twice", i+1, line)
			}
			key = line
		}
	}
	if key != "" {
		return nil, fmt.Errorf("the last line, %q, has no translation", key)
	}
	return entries, nil
}
