package triage

import (
	"slices"
	"strings"
	"unicode/utf8"
)

const (
	reach     = 3 // words over which a negation works on praise and on what is expected
	reachWeak = 2 // and on complaint: "you cannot find my lost bag" is one

	questioned = 0.4 // of its weight that a word keeps in a plain question
)

// reader walks over a passage with one language's lexicon and writes what it finds to out.
type reader struct {
	*passage
	lexicon lexicon
	both    bool // negation may follow its verb ("funktioniert nicht", "marche pas")
	out     *findings
	marks   []mark // by token
}

// mark is what the lexicon says of the words that begin at a token.
type mark struct {
	best   found    // the longest entry that weighs
	has    [16]bool // kinds that begin here
	taken  bool     // part of a longer entry that began before
	polite bool     // part of a formula: a negation in it negates nothing
	idle   bool     // part of an entry of several words that weighs nothing: "lost and found"
}

// found is an entry that weighs, and where.
type found struct {
	match
	kind   kind
	weight float64
}

// match is where the words of an entry stand.
type match struct {
	end, words int // token after the last; words matched, 0 for no match
	gapped     bool
}

func (r *reader) read() {
	r.out.marks = slices.Grow(r.out.marks[:0], len(r.tokens))[:len(r.tokens)]
	r.marks = r.out.marks
	r.out.asked = r.out.asked[:0]
	clear(r.marks)
	for i := range r.tokens {
		r.look(i)
	}
	from := len(r.out.moods)
	for i := range r.tokens {
		r.weigh(i)
	}
	r.sarcasm(r.out.moods[from:])
	r.damaged()
}

// look finds the entries that begin at token i. The longest that weighs wins; what it covers weighs no more.
func (r *reader) look(i int) {
	m := &r.marks[i]
	for s := r.lexicon.search(r.tokens[i].word); s.next(); {
		if r.differs(s.entry.rest, i+1) {
			continue
		}
		if hit, ok := r.match(&s.entry, i); ok {
			r.keep(m, &s.entry, hit, i)
		}
	}
	b := &m.best
	if b.words == 0 || m.taken {
		return
	}
	m.polite = m.polite || b.kind == formula
	m.idle = b.words > 1 && (b.kind == formula || b.kind == feeling && b.weight == 0)
	from := i + 1
	if b.gapped {
		from = b.end - 1 // the words between say their own
	}
	for k := from; k < b.end; k++ {
		r.marks[k].taken, r.marks[k].polite, r.marks[k].idle = true, b.kind == formula, m.idle
	}
}

func (r *reader) keep(m *mark, e *entry, hit match, i int) {
	switch e.kind {
	case danger, soon:
		u, other := r.out.reasons[e.reason]
		if !other {
			u = e.urgency()
		}
		r.waits(e, hit, i, u)
	case manner:
		r.out.manners = append(r.out.manners, cue{Card(e.reason), r.span(i, hit)})
	case press:
		if r.negated(i, reachWeak, false) < 0 { // "not urgent"
			r.out.pressed = addCause(r.out.pressed, cause{said: r.span(i, hit)})
		}
	case ask:
		r.out.asks++
		r.out.asked = append(r.out.asked, r.tokens[i].sentence)
	case feeling, thanks, formula:
		if m.best.words == 0 || hit.words > m.best.words {
			m.best = found{hit, e.kind, e.weight()}
		}
	}
	m.has[e.kind] = true
}

// match tells whether e, whose first word is at i, goes on in the same sentence.
func (r *reader) match(e *entry, i int) (match, bool) {
	m := match{end: i + 1, words: 1}
	gap := 0
	for rest := e.rest; rest != ""; {
		var p piece
		if p, rest = cutPiece(rest); p.gap {
			gap = maxGap
			continue
		}
		at := r.next(p, m.end, gap, r.tokens[i].sentence)
		if at < 0 {
			return m, false
		}
		m.gapped = m.gapped || at > m.end
		m.end, m.words, gap = at+1, m.words+1, 0
	}
	return m, true
}

// differs tells at a glance that the word at a token is not the first that must follow: most entries fail there.
func (r *reader) differs(rest string, at int) bool {
	if rest == "" || rest[0] != tagWord {
		return false
	}
	n := int(rest[1])
	return at >= len(r.tokens) || string(r.tokens[at].word) != rest[2:2+n]
}

// next returns the first token from at, no more than gap further, that fits p, or -1.
func (r *reader) next(p piece, at, gap, sentence int) int {
	for k := at; k <= at+gap && k < len(r.tokens); k++ {
		if r.tokens[k].sentence != sentence {
			return -1
		}
		if p.fits(r.tokens[k].word) {
			return k
		}
	}
	return -1
}

func (p piece) fits(word []byte) bool {
	switch {
	case p.limit > 0:
		n := number(word)
		return n >= 1 && n <= p.limit
	case p.stem:
		return len(word) >= len(p.text) && string(word[:len(p.text)]) == p.text
	}
	return string(word) == p.text
}

// grave are the dangers that a person is hurt by or threatens with: never a neutral matter.
var grave = []string{"harm", "safety", "medical", "legal"}

// waits takes note of what cannot wait, or should not. That something grave has happened is true even where a brand lets it wait.
func (r *reader) waits(e *entry, hit match, i int, u Urgency) {
	if r.negated(i, reachWeak, false) >= 0 {
		return
	}
	if e.kind == danger && slices.Contains(grave, e.reason) && !r.inquired(i) {
		r.out.graves = addCause(r.out.graves, cause{e.reason, r.span(i, hit)})
	}
	switch {
	case u == AtOnce:
		r.out.dangers = addCause(r.out.dangers, cause{e.reason, r.span(i, hit)})
	case u == SoonPlease && !r.inquired(i):
		r.out.pressed = addCause(r.out.pressed, cause{e.reason, r.span(i, hit)})
	}
}

// urgency is that of the entry's kind.
func (e *entry) urgency() Urgency {
	switch e.kind {
	case danger:
		return AtOnce
	case soon:
		return SoonPlease
	}
	return NoHurry
}

// weigh adds what the entry at token i contributes, as read with the words around it.
func (r *reader) weigh(i int) {
	m := &r.marks[i]
	if m.taken {
		return
	}
	b := &m.best
	switch {
	case b.words == 0:
		if m.has[expected] {
			r.disappointed(i)
		}
	case b.kind == thanks:
		r.out.moods = append(r.out.moods, finding{why: r.span(i, b.match), at: i, thanks: true, meant: r.follows(i, thanksFor)})
	case b.kind == feeling && b.weight != 0:
		r.feel(i, b)
	}
}

// disappointed adds a complaint if what is expected at i is negated.
func (r *reader) disappointed(i int) {
	n := r.negated(i, reach, r.both)
	if n < 0 || r.marks[n].taken || r.spared(n, i) {
		return
	}
	r.add(i, -1.5, quote{head: r.text[r.tokens[min(n, i)].start:r.tokens[max(n, i)].end]})
}

// spared tells whether what is denied between token n and i is damage: "you did not lose my bag" is no complaint.
func (r *reader) spared(n, i int) bool {
	for k := n + 1; k < i; k++ {
		if r.marks[k].has[damage] {
			return true
		}
	}
	return false
}

// feel adds a word of praise or complaint.
func (r *reader) feel(i int, b *found) {
	w, why := b.weight, r.span(i, b.match)
	if i > 0 && r.marks[i-1].has[very] {
		w *= 1.3
	}
	if r.tokens[i].capitals && !r.shouted() {
		w *= 1.25
		r.out.note("capitals")
	}
	if w > 0 {
		if n := r.negated(i, reach, r.both && r.marks[i].has[expected]); n >= 0 {
			w = min(-0.75*w, -1)
			why = quote{head: r.text[r.tokens[min(n, i)].start:r.tokens[max(n, b.end-1)].end]}
			r.out.note("negation")
		}
	} else if w > -3 && (r.negated(i, reachOf(b), false) >= 0 || r.over(i)) {
		r.out.note("negation")
		return
	}
	r.add(i, w, why)
	if b.weight > 0 && b.weight <= 1 && r.denied(i, b) {
		r.out.moods[len(r.out.moods)-1].litotes = true
	}
}

// denied tells whether the entry at i denies something bad: "not bad", "no complaints".
func (r *reader) denied(i int, b *found) bool {
	for k := i; k < b.end; k++ {
		if r.marks[k].has[not] {
			return true
		}
	}
	return false
}

// reachOf is how far a negation works on complaint; only right before several words does it mean them all: "not losing my bag".
func reachOf(b *found) int {
	if b.words > 1 {
		return 1
	}
	return reachWeak
}

// add keeps a finding. In a plain question a word names what is asked about and hardly a feeling: "is my flight late?"
func (r *reader) add(i int, weight float64, why quote) {
	if r.inquired(i) {
		weight *= questioned
	}
	r.out.moods = append(r.out.moods, finding{weight: weight, why: why, at: i})
}

// negated returns the token that negates token i within n words of its clause, or -1.
func (r *reader) negated(i, n int, after bool) int {
	for k := i - 1; k >= 0 && k >= i-n && r.tokens[k].clause == r.tokens[i].clause && !r.marks[k].has[but]; k-- {
		if r.denies(k) {
			return k
		}
	}
	for k := i + 1; after && k < len(r.tokens) && k <= i+n+1 && r.tokens[k].clause == r.tokens[i].clause; k++ {
		if r.denies(k) {
			return k
		}
	}
	return -1
}

func (r *reader) denies(k int) bool { return r.marks[k].has[not] && !r.marks[k].polite }

// over tells whether the trouble at i is named as past: "solved my problem", "meinen verlorenen Koffer gefunden".
func (r *reader) over(i int) bool {
	for k := i - 1; k >= 0 && k >= i-5 && r.tokens[k].sentence == r.tokens[i].sentence; k-- {
		if r.marks[k].has[relief] && r.negated(k, reachWeak, false) < 0 {
			return true
		}
	}
	for k := i + 1; r.both && k < len(r.tokens) && k <= i+4 && r.tokens[k].clause == r.tokens[i].clause; k++ {
		if r.marks[k].has[relief] && r.negated(k, reach, true) < 0 {
			return true
		}
	}
	return false
}

// thanksFor are the words that join thanks to their reason.
var thanksFor = []string{"for", "per", "por", "pour", "fur", "fuer", "за", "pela", "pelo", "voor", "za", "pentru"}

// sarcasm turns praise that "another" trouble follows, and thanks for trouble, into complaint.
func (r *reader) sarcasm(found []finding) {
	for i := range found {
		f := &found[i]
		ironic := f.thanks && r.follows(f.at, thanksFor) || f.weight > 0 && r.repeats(f.at)
		if ironic && r.troubled(found[i+1:], f.at) && !r.mends(f.at, f.at+8) {
			f.weight, f.thanks = -1.5, false
			r.out.note("sarcasm")
		}
	}
}

// follows tells whether one of the words stands within two after token i.
func (r *reader) follows(i int, words []string) bool {
	for k := i + 1; k <= i+3 && k < len(r.tokens) && r.tokens[k].sentence == r.tokens[i].sentence; k++ {
		if is(r.tokens[k].word, words) {
			return true
		}
	}
	return false
}

// repeats tells whether "another", "again" stands within three words after token i.
func (r *reader) repeats(i int) bool {
	for k := i + 1; k <= i+3 && k < len(r.tokens) && r.tokens[k].sentence == r.tokens[i].sentence; k++ {
		if r.marks[k].has[again] {
			return true
		}
	}
	return false
}

// troubled tells whether a complaint follows token i closely in its sentence.
func (r *reader) troubled(later []finding, i int) bool {
	for _, f := range later {
		if f.weight <= -1 && f.at-i <= 7 && r.tokens[f.at].sentence == r.tokens[i].sentence {
			return true
		}
	}
	return false
}

// span returns the words of a match as they stand in the text; where other words stand between, only the ends.
func (r *reader) span(i int, m match) quote {
	if !m.gapped {
		return quote{head: r.text[r.tokens[i].start:r.tokens[m.end-1].end]}
	}
	return quote{r.text[r.tokens[i].start:r.tokens[i].end], r.text[r.tokens[m.end-1].start:r.tokens[m.end-1].end]}
}

const maxQuote = 60 // runes of one quoted finding

// tidy puts a piece of text in lower case on one line.
func tidy(s string) string {
	if len(s) <= maxQuote && plain(s) {
		return s
	}
	s = strings.ToValidUTF8(strings.Join(strings.Fields(strings.ToLower(s)), " "), "")
	if runes := []rune(s); len(runes) > maxQuote {
		return string(runes[:maxQuote]) + "…"
	}
	return s
}

// plain tells whether a piece of text is tidy as it stands: ASCII in lower case, with single spaces.
func plain(s string) bool {
	for i := range len(s) {
		if b := s[i]; b >= utf8.RuneSelf || b < ' ' || b >= 'A' && b <= 'Z' || b == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			return false
		}
	}
	return true
}
