package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// grammar is one language's templates. A file has slots ("@bag = bag | suitcase"), sections ("[airline -]", the domain and the class) and templates, one a
// line, in which {bag} stands for a slot, (a|b) for either and (a|) for a or nothing. Lines that begin with # are comments.
type grammar struct {
	slots     map[string][]string
	templates [classes]map[string][]string // by class and domain
}

func readGrammar(folder, code string) (*grammar, error) {
	raw, err := os.ReadFile(filepath.Join(folder, code+".txt"))
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read grammar: %w", err)
	}
	g := &grammar{slots: map[string][]string{}}
	for c := range g.templates {
		g.templates[c] = map[string][]string{}
	}
	domain, class, n := "", -1, 0
	for line := range strings.Lines(string(raw)) {
		n++
		line = strings.TrimSpace(line)
		switch {
		case line == "" || line[0] == '#':
		case line[0] == '@' && strings.Contains(line, " = "):
			name, list, _ := strings.Cut(line[1:], " = ")
			for s := range strings.SplitSeq(list, "|") {
				g.slots[strings.TrimSpace(name)] = append(g.slots[strings.TrimSpace(name)], strings.TrimSpace(s))
			}
		case line[0] == '[' && strings.HasSuffix(line, "]"):
			d, c, _ := strings.Cut(strings.Trim(line, "[]"), " ")
			if domain, class = d, strings.Index("-0+", c); class < 0 || c == "" {
				return nil, fmt.Errorf("%s.txt, line %d: section %s: write [domain -], [domain 0] or [domain +]", code, n, line)
			}
		case class < 0:
			return nil, fmt.Errorf("%s.txt, line %d: a template before the first section", code, n)
		default:
			if err := g.check(line); err != nil {
				return nil, fmt.Errorf("%s.txt, line %d: %w", code, n, err)
			}
			g.templates[class][domain] = append(g.templates[class][domain], line)
		}
	}
	return g, nil
}

// check tells what is wrong with a template: an unknown slot, an open bracket.
func (g *grammar) check(line string) error {
	for rest := line; ; {
		from := strings.IndexByte(rest, '{')
		if from < 0 {
			break
		}
		to := strings.IndexByte(rest[from:], '}')
		if to < 0 {
			return fmt.Errorf("an open {")
		}
		if name := rest[from+1 : from+to]; g.slots[name] == nil {
			return fmt.Errorf("no slot @%s", name)
		}
		rest = rest[from+to:]
	}
	depth := 0
	for k := range len(line) {
		switch {
		case smileyEnds(line, k):
		case line[k] == '(':
			depth++
		case line[k] == ')':
			depth--
		}
		if depth < 0 {
			break
		}
	}
	if depth != 0 {
		return fmt.Errorf("brackets do not match")
	}
	return nil
}

func (g *grammar) count() (n int) {
	for _, domains := range g.templates {
		for _, list := range domains {
			n += len(list)
		}
	}
	return n
}

// expand writes one of the texts that a template stands for.
func (g *grammar) expand(t string, rng *rand.Rand) string {
	var out strings.Builder
	for i := 0; i < len(t); {
		switch t[i] {
		case '{':
			end := i + strings.IndexByte(t[i:], '}')
			list := g.slots[t[i+1:end]]
			out.WriteString(g.expand(list[rng.IntN(len(list))], rng))
			i = end + 1
		case '(':
			end := closing(t, i)
			if end < 0 || smileyEnds(t, i) {
				out.WriteByte(t[i])
				i++
				continue
			}
			options := alternatives(t[i+1 : end])
			out.WriteString(g.expand(options[rng.IntN(len(options))], rng))
			i = end + 1
		default:
			out.WriteByte(t[i])
			i++
		}
	}
	return strings.Join(strings.Fields(out.String()), " ")
}

// closing returns where the bracket at i is closed, or -1. Smileys are no brackets.
func closing(t string, i int) int {
	depth := 0
	for k := i; k < len(t); k++ {
		smiley := smileyEnds(t, k)
		switch {
		case t[k] == '(' && !smiley:
			depth++
		case t[k] == ')' && !smiley:
			if depth--; depth == 0 {
				return k
			}
		}
	}
	return -1
}

// smileyEnds tells whether the bracket at k is a mouth and no bracket; "(a|:)" is one.
func smileyEnds(t string, k int) bool {
	return k > 0 && strings.IndexByte(":;=", t[k-1]) >= 0 && (k < 2 || t[k-2] != '|')
}

// alternatives splits at the bars that are in no inner bracket.
func alternatives(t string) (out []string) {
	depth, from := 0, 0
	for i := range len(t) {
		switch t[i] {
		case '(':
			depth++
		case ')':
			depth--
		case '|':
			if depth == 0 {
				out = append(out, t[from:i])
				from = i + 1
			}
		}
	}
	return append(out, t[from:])
}

// draw writes a message of a class as customers write it: one to three templates, a handle, tags, emoji, slips. Templates of the domain skip are left out.
func (g *grammar) draw(class int, skip, only string, rng *rand.Rand) string {
	parts := []string{g.pick(class, skip, only, rng)}
	if g.templates[class]["any"] != nil && rng.IntN(3) == 0 {
		parts = append(parts, g.one(class, "any", rng))
	}
	switch {
	case class != 1 && rng.IntN(5) == 0: // what is asked beside a complaint or praise changes neither
		parts = append(parts, g.pick(1, skip, only, rng))
		if rng.IntN(2) == 0 {
			parts[0], parts[len(parts)-1] = parts[len(parts)-1], parts[0]
		}
	case rng.IntN(4) == 0:
		parts = append(parts, g.pick(class, skip, only, rng))
	}
	for i, p := range parts {
		if i < len(parts)-1 && !strings.ContainsRune(".!?…,:)(", rune(p[len(p)-1])) {
			parts[i] += []string{".", ".", "!", " ", "...", ","}[rng.IntN(6)]
		}
		if r, n := utf8.DecodeRuneInString(p); rng.IntN(2) == 0 {
			parts[i] = string(unicode.ToUpper(r)) + parts[i][n:]
		}
	}
	return dress(strings.Join(parts, " "), class, g, rng)
}

// pick writes one template of the class, each domain as likely as its square root of templates.
func (g *grammar) pick(class int, skip, only string, rng *rand.Rand) string {
	var names []string
	total := 0
	for _, d := range domainsOf(g.templates[class]) {
		if d != skip && (only == "" || d == only) {
			names = append(names, d)
			total += len(g.templates[class][d])
		}
	}
	if total == 0 {
		return g.one(class, "any", rng)
	}
	n := rng.IntN(total)
	for _, d := range names {
		if n -= len(g.templates[class][d]); n < 0 {
			return g.one(class, d, rng)
		}
	}
	panic("unreachable")
}

func (g *grammar) one(class int, domain string, rng *rand.Rand) string {
	list := g.templates[class][domain]
	return g.expand(list[rng.IntN(len(list))], rng)
}

var (
	handles = strings.Fields("@AcmeAir @acme @AcmeCare @NorthTel @bluebank @shopwell @citypower @parcelgo @hotelaurora @softworks @acme_help @QuickShip @TeleUno @BancaNova")
	emoji   = [classes][]string{
		strings.Fields("😡 😠 🤬 😤 😞 😒 🙄 👎 😩 😫 😭 😢 💔 🤦 :( :-( :/ 😑 🤢 🤮 😔 ☹️ 😖 💩 😕 :'("),
		strings.Fields("🤔 ✈️ 👀 📱 🙏 ➡️ 📢 ⚽ 📺 🎫 👇 :) 😅 ❓"),
		strings.Fields("😊 😀 😍 🥰 ❤️ 💕 👍 👏 🙌 🎉 😁 😃 😄 💯 :) :-) :D <3 ;) ⭐ 💙 😘 ☺️ 😎 🤗 💪 ✨ 🥳 ♥️"),
	}
	tags = [classes][]string{
		strings.Fields("#fail #badservice #neveragain #worst #angry #disappointed #epicfail #annoyed"),
		strings.Fields("#question #help #travel #news #info #support #tech #today"),
		strings.Fields("#happy #love #thankyou #bestever #blessed #great #kudos #happycustomer"),
	}
)

// dress puts on a text what people put on: the brand's handle, a tag, an emoji, a link; and what they leave off: capitals, apostrophes, accents, letters.
func dress(s string, class int, g *grammar, rng *rand.Rand) string {
	if rng.IntN(8) == 0 {
		s = slip(s, rng)
	}
	switch rng.IntN(12) {
	case 0, 1, 2:
		s = strings.ToLower(s)
	case 3:
		if class == 0 || rng.IntN(4) == 0 {
			s = strings.ToUpper(s)
		}
	case 4:
		s = strings.Map(func(r rune) rune {
			if strings.ContainsRune("'’,.!?", r) {
				return -1
			}
			return r
		}, s)
	case 5:
		s = shout(s, rng)
	}
	if rng.IntN(7) == 0 {
		s = fold(s)
	}
	if rng.IntN(7) == 0 {
		list := emoji[class]
		for range 1 + rng.IntN(3) {
			s += " " + list[rng.IntN(len(list))]
		}
	}
	if rng.IntN(12) == 0 {
		if own := g.slots[[classes]string{"tag-", "tag0", "tag+"}[class]]; own != nil && rng.IntN(3) > 0 {
			s += " " + own[rng.IntN(len(own))]
		} else {
			s += " " + tags[class][rng.IntN(len(tags[class]))]
		}
	}
	if class == 1 && rng.IntN(8) == 0 || rng.IntN(30) == 0 {
		s += " http://t.co/Xy0Ab1"
	}
	switch rng.IntN(5) {
	case 0, 1:
		s = handles[rng.IntN(len(handles))] + " " + s
	case 2:
		s += " " + handles[rng.IntN(len(handles))]
	}
	return s
}

// shout writes one longer word in capitals, or draws its last vowel out.
func shout(s string, rng *rand.Rand) string {
	words := strings.Fields(s)
	i := rng.IntN(len(words))
	if utf8.RuneCountInString(words[i]) < 4 {
		return s
	}
	if rng.IntN(2) == 0 {
		words[i] = strings.ToUpper(words[i])
		return strings.Join(words, " ")
	}
	r := []rune(words[i])
	for k := len(r) - 1; k > 0; k-- {
		if strings.ContainsRune("aeiouаеиоу", r[k]) {
			words[i] = string(r[:k]) + strings.Repeat(string(r[k]), 3+rng.IntN(3)) + string(r[k+1:])
			break
		}
	}
	return strings.Join(words, " ")
}

// slip doubles, drops or swaps a letter.
func slip(s string, rng *rand.Rand) string {
	r := []rune(s)
	i := 1 + rng.IntN(max(len(r)-2, 1))
	if i >= len(r)-1 || !unicode.IsLetter(r[i]) || !unicode.IsLetter(r[i+1]) {
		return s
	}
	switch rng.IntN(3) {
	case 0:
		return string(r[:i]) + string(r[i+1:])
	case 1:
		return string(r[:i]) + string(r[i]) + string(r[i:])
	}
	r[i], r[i+1] = r[i+1], r[i]
	return string(r)
}
