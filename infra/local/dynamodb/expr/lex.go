package expr

import "strings"

type tokenKind uint8

const (
	end    tokenKind = iota
	word             // a bare name or keyword
	name             // #n
	value            // :v
	number           // a list index
	mark             // an operator or bracket
)

type token struct {
	kind tokenKind
	text string
	at   int
}

func wordByte(c byte) bool {
	return c == '_' || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// lex cuts the text into tokens; the last one is end.
func lex(text string) []token {
	var out []token
	for i := 0; i < len(text); {
		if strings.IndexByte(" \t\r\n", text[i]) >= 0 {
			i++
			continue
		}
		t := next(text, i)
		out = append(out, t)
		i += len(t.text)
	}
	return append(out, token{end, "<EOF>", len(text)})
}

func next(text string, at int) token {
	c := text[at]
	stop := at + 1
	for stop < len(text) && wordByte(text[stop]) {
		stop++
	}
	run := token{text: text[at:stop], at: at}
	switch {
	case (c == '#' || c == ':') && stop > at+1:
		run.kind = map[byte]tokenKind{'#': name, ':': value}[c]
	case c >= '0' && c <= '9' && strings.Trim(run.text, "0123456789") == "":
		run.kind = number
	case wordByte(c) && (c < '0' || c > '9'):
		run.kind = word
	default:
		return symbol(text, at)
	}
	return run
}

func symbol(text string, at int) token {
	if at+1 < len(text) {
		switch two := text[at : at+2]; two {
		case "<>", "<=", ">=":
			return token{mark, two, at}
		}
	}
	if strings.IndexByte("=<>(),.[]+-", text[at]) < 0 {
		fail(`Syntax error; token: "%s", near: "%s"`, text[at:at+1], near(text, at))
	}
	return token{mark, text[at : at+1], at}
}

// near is the text around a fault: a client sees it.
func near(text string, at int) string { return text[max(0, at-12):min(len(text), at+12)] }

// parser walks the tokens of one expression.
type parser struct {
	text   string
	scope  *Scope
	tokens []token
	at     int
	paths  []Path // every path seen
	group  [2]int // the tokens of the last parenthesis closed: from, to
}

func (p *parser) peek() token { return p.tokens[p.at] }

func (p *parser) next() token {
	t := p.tokens[p.at]
	if t.kind != end {
		p.at++
	}
	return t
}

func (p *parser) syntax() {
	t := p.peek()
	fail(`Syntax error; token: "%s", near: "%s"`, t.text, near(p.text, t.at))
}

// is reports whether the next token is this mark.
func (p *parser) is(symbol string) bool { return p.peek().kind == mark && p.peek().text == symbol }

// take consumes the mark if it is next.
func (p *parser) take(symbol string) bool {
	ok := p.is(symbol)
	if ok {
		p.at++
	}
	return ok
}

func (p *parser) expect(symbol string) {
	if !p.take(symbol) {
		p.syntax()
	}
}

// keyword consumes the word if it is next, in any case.
func (p *parser) keyword(w string) bool {
	t := p.peek()
	ok := t.kind == word && strings.EqualFold(t.text, w)
	if ok {
		p.at++
	}
	return ok
}
