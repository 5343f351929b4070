package triage

import "slices"

// bridges lead from thanks to what they are for, at once or over filler words: "thanks for losing", "grazie per aver perso".
var bridges = []string{"for", "on", "per", "por", "pour", "de", "d", "fur", "fuer", "furs", "за", "pela", "pelo", "voor", "za", "pentru"}

// clauses begin a sentence of their own that says what the thanks are for; its verb may come late, in German last.
var clauses = []string{"that", "dass", "che", "que", "qu", "что", "dat", "ze", "що", "att"}

// fillers may stand between a bridge and the damage. Any other word may be the deed that is really thanked for: "for tracing my lost bag".
var fillers = []string{
	"the", "a", "my", "our", "this", "having", "me", "us", "completely", "totally", "again", "once", "yet", "another",
	"aver", "avere", "avermi", "averci", "il", "la", "mia", "mio", "completamente", "l",
	"haber", "haberme", "habernos", "haberse", "el", "mi", "otra", "vez",
	"avoir", "m", "nous", "le", "ma", "mon", "encore",
	"den", "die", "das", "der", "meinen", "meine", "mein", "meines", "unseren", "erneut",
	"ter", "terem", "me", "nos", "o", "minha", "meu",
	"het", "van", "mijn", "onze",
	"mojej", "mojego", "moj", "moja", "naszej", "naszego",
	"мой", "мою", "наш", "то", "еще", "очередную", "очередной",
}

const (
	bridged = 3 // words between a bridge and the damage, all of them fillers
	clausal = 7 // words of a clause in which the damage is looked for
)

// damaged takes note of the damage that a passage names and of thanks for it. Damage that is denied, asked about or mended
// ("thank you for finding my lost bag") is none.
func (r *reader) damaged() {
	for i := range r.tokens {
		m := &r.marks[i]
		r.out.mended = r.out.mended || r.repaired(i)
		if m.has[well] {
			r.out.well = true
		}
		if len(r.out.damages) < maxWhy && r.hurts(i) {
			r.out.damaged(quote{head: r.text[r.tokens[i].start:r.tokens[i].end]})
		}
	}
	for i := range r.tokens {
		if d := r.thankedFor(i); d >= 0 && !r.mends(i, d+3) {
			r.out.mocked = true
			r.out.note("sarcasm")
			r.add(i, -1.5, quote{head: r.text[r.tokens[i].start:r.tokens[d].end]})
		}
	}
}

// damaged takes note of what went wrong, by name.
func (f *findings) damaged(q quote) {
	if !slices.ContainsFunc(f.damages, q.same) {
		f.damages = append(f.damages, q)
	}
}

// hurts tells whether damage is named at token i.
func (r *reader) hurts(i int) bool {
	m := &r.marks[i]
	return m.has[damage] && !m.idle && !r.inquired(i) && !r.over(i) && r.negated(i, reach, false) < 0
}

// inquired tells whether token i stands in a plain question.
func (r *reader) inquired(i int) bool {
	s := r.tokens[i].sentence
	return slices.Contains(r.questions, s) && slices.Contains(r.out.asked, s)
}

// thankedFor returns the token of the damage for which thanks or praise at token i are given, or -1.
func (r *reader) thankedFor(i int) int {
	m, end := &r.marks[i], i+1
	grateful := m.has[thanks]
	if m.idle || m.taken || !grateful && (m.best.words == 0 || m.best.weight <= 0) {
		return -1
	}
	if !grateful {
		end = m.best.end
		if end < len(r.tokens) && r.tokens[end].clause == r.tokens[i].clause && r.hurts(end) {
			return end // "great job losing my bag"
		}
	}
	for k := i + 1; k <= max(end, i+4) && k < len(r.tokens) && r.tokens[k].sentence == r.tokens[i].sentence; k++ {
		word := r.tokens[k].word
		switch {
		case grateful && k <= i+4 && is(word, clauses):
			return r.damageIn(k+1, clausal, i, false)
		case (k <= end || grateful && k <= i+4) && is(word, bridges):
			return r.damageIn(k+1, bridged, i, true)
		}
	}
	return -1
}

// damageIn returns the first damage from token k, at most n words further in the sentence of token i, or -1.
func (r *reader) damageIn(k, n, i int, direct bool) int {
	for last := k + n; k <= last && k < len(r.tokens) && r.tokens[k].sentence == r.tokens[i].sentence; k++ {
		if r.hurts(k) {
			return k
		}
		if direct && !is(r.tokens[k].word, fillers) {
			return -1
		}
	}
	return -1
}

// concessions are words of relief that put nothing right: "despite the delay".
var concessions = []string{"despite", "in", "thanks", "handled", "handling", "nonostante", "a", "pese", "malgre", "trotz", "apesar", "несмотря", "ondanks", "pomimo", "mimo", "попри", "trots", "navzdory", "ragmen"}

// repaired tells whether the word at k says that something was put right.
func (r *reader) repaired(k int) bool {
	return r.marks[k].has[relief] && !is(r.tokens[k].word, concessions) && r.negated(k, reach, r.both) < 0
}

// mends tells whether the sentence says after token i and up to last that something was put right.
func (r *reader) mends(i, last int) bool {
	for k := i + 1; k <= last && k < len(r.tokens) && r.tokens[k].sentence == r.tokens[i].sentence; k++ {
		if r.repaired(k) {
			return true
		}
	}
	return false
}
