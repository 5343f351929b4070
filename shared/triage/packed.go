package triage

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// packed holds the tables of all word lists, in the order of lexiconOf: first how many bytes each has. TestPacked makes it.
//
//go:embed words.bin
var packed string

// lexicon is one language's word list as a table that is used in place, so that a start parses none:
//
//	slots, a power of two                       4 bytes
//	for each slot, where its record begins      4 bytes, 0: nowhere
//	records: a key, and the entries under it
//
// A key is '=' and a word, '*' and a stem, or '^' and the first letters of some stem: most words begin like none. Keys are found by hash, and from the slot of that on.
type lexicon string

// packedLists are the languages of packed: those that have a model besides, and those that a list alone judges.
var packedLists = [...]string{"en", "it", "es", "fr", "de", "pt", "ru", "nl", "pl", "uk", "sv", "tr", "cs", "ro"}

const modelled = 7 // of packedLists have a model

// lexiconOf is the word list of a language, or "".
func lexiconOf(code string) lexicon {
	at := 4 * len(packedLists)
	for i, c := range packedLists {
		n := int(uint32At(packed, 4*i))
		if c == code {
			return lexicon(packed[at : at+n])
		}
		at += n
	}
	return ""
}

func uint32At(s string, i int) uint32 {
	s = s[i : i+4]
	return uint32(s[0]) | uint32(s[1])<<8 | uint32(s[2])<<16 | uint32(s[3])<<24
}

// Kinds of key.
const (
	wholeWord = '='
	wordStem  = '*'
	stemHead  = '^'
)

// entry is an entry of a lexicon. Its pieces are read as they are matched.
type entry struct {
	kind   kind
	tenths int8 // ten times the weight
	reason string
	rest   string // pieces
}

func (e *entry) weight() float64 { return float64(e.tenths) / 10 }

// Tags of a piece.
const (
	tagWord byte = iota
	tagStem
	tagGap
	tagNumber
)

// cutPiece cuts the first piece off.
func cutPiece(rest string) (p piece, after string) {
	switch tag := rest[0]; tag {
	case tagGap:
		return piece{gap: true}, rest[1:]
	case tagNumber:
		return piece{limit: int(rest[1])}, rest[2:]
	default:
		n := int(rest[1])
		return piece{text: rest[2 : 2+n], stem: tag == tagStem}, rest[2+n:]
	}
}

// search goes through the entries that may begin with a word: exact ones first, then by ever shorter stem.
type search struct {
	entry entry

	lexicon lexicon
	word    []byte
	left    int    // entries of the key
	record  string // that are left
	letters int    // of the stem that is tried next
	ends    [maxStem + 1]uint8
	hashes  [maxStem + 1]uint32 // of the stems
}

func (l lexicon) search(word []byte) (s search) {
	if l == "" || len(word) == 0 {
		return s
	}
	s.lexicon, s.word = l, word
	s.left, s.record, _ = l.find(wholeWord, word, hashOfKey(wholeWord, word))
	n, h := 0, hashOfKey(wordStem, nil)
	for i := 0; i < len(word) && n < maxStem; {
		_, size := utf8.DecodeRune(word[i:])
		for ; size > 0; size-- {
			h = hashByte(h, word[i])
			i++
		}
		n++
		s.ends[n], s.hashes[n] = uint8(i), h
		if n == minStem {
			if head := word[:i]; !l.has(stemHead, head) {
				return s
			}
		}
	}
	s.letters = n
	return s
}

// next takes the next entry and tells whether there is one.
func (s *search) next() bool {
	for s.left == 0 {
		if s.letters < minStem {
			return false
		}
		s.left, s.record, _ = s.lexicon.find(wordStem, s.word[:s.ends[s.letters]], s.hashes[s.letters])
		s.letters--
	}
	r := s.record
	reason, rest := 3+int(r[2]), 0
	rest = reason + 1 + int(r[reason])
	s.entry = entry{kind(r[0]), int8(r[1]), r[3:reason], r[reason+1 : rest]}
	s.record = r[rest:]
	s.left--
	return true
}

func (l lexicon) has(mark byte, key []byte) bool {
	_, _, found := l.find(mark, key, hashOfKey(mark, key))
	return found
}

// find returns how many entries a key has, where they begin, and whether there is one of this name.
func (l lexicon) find(mark byte, key []byte, hash uint32) (n int, entries string, found bool) {
	slots := uint32At(string(l), 0)
	for at := hash & (slots - 1); ; at = (at + 1) & (slots - 1) {
		begin := uint32At(string(l), 4+4*int(at))
		if begin == 0 {
			return 0, "", false
		}
		r := string(l[begin:])
		if size := int(r[1]); r[0] == mark && size == len(key) && r[2:2+size] == string(key) {
			return int(r[2+size]) | int(r[3+size])<<8, r[4+size:], true
		}
	}
}

// FNV-1a.
func hashByte(h uint32, b byte) uint32 { return (h ^ uint32(b)) * 16777619 }

func hashOfKey(mark byte, key []byte) uint32 {
	h := hashByte(2166136261, mark)
	for _, b := range key {
		h = hashByte(h, b)
	}
	return h
}

// pack makes the table of a list.
func (l *list) pack() (lexicon, error) {
	records := map[string][]item{}
	for word, items := range l.exact {
		records[string(wholeWord)+word] = items
	}
	for stem, items := range l.stems {
		records[string(wordStem)+stem] = items
		records[string(stemHead)+string([]rune(stem)[:minStem])] = nil
	}
	slots := 4
	for slots < 2*len(records) {
		slots *= 2
	}
	out := binary.LittleEndian.AppendUint32(nil, uint32(slots))
	out = append(out, make([]byte, 4*slots)...)
	for _, key := range slices.Sorted(maps.Keys(records)) {
		at := hashOfKey(key[0], []byte(key[1:])) & uint32(slots-1)
		for binary.LittleEndian.Uint32(out[4+4*at:]) != 0 {
			at = (at + 1) & uint32(slots-1)
		}
		binary.LittleEndian.PutUint32(out[4+4*at:], uint32(len(out)))
		var err error
		if out, err = appendRecord(out, key, records[key]); err != nil {
			return "", err
		}
	}
	return lexicon(out), nil
}

func appendRecord(out []byte, key string, items []item) ([]byte, error) {
	if len(key) > 256 || len(items) >= 1<<16 {
		return nil, fmt.Errorf("entry %.20q…: a word of 255 bytes at most", key[1:])
	}
	out = append(out, key[0], byte(len(key)-1))
	out = append(out, key[1:]...)
	out = append(out, byte(len(items)), byte(len(items)>>8))
	for _, e := range items {
		var rest []byte
		for _, p := range e.rest {
			switch {
			case p.gap:
				rest = append(rest, tagGap)
			case p.limit > 0:
				rest = append(rest, tagNumber, byte(p.limit))
			case p.stem:
				rest = append(append(rest, tagStem, byte(len(p.text))), p.text...)
			default:
				rest = append(append(rest, tagWord, byte(len(p.text))), p.text...)
			}
		}
		if len(rest) > 255 || len(e.reason) > 255 {
			return nil, fmt.Errorf("entry %q: 255 bytes at most, and of its reason", key[1:])
		}
		out = append(out, byte(e.kind), byte(int8(math.Round(e.weight*10))), byte(len(e.reason)))
		out = append(append(out, e.reason...), byte(len(rest)))
		out = append(out, rest...)
	}
	return out, nil
}

// is tells whether a folded word is one of a list.
func is(word []byte, list []string) bool {
	for _, w := range list {
		if string(word) == w {
			return true
		}
	}
	return false
}

// quote is a piece of the text that was judged, as it stands there; tail is its last word where others stand between.
type quote struct{ head, tail string }

// String puts it in lower case on one line.
func (q quote) String() string {
	if q.tail == "" {
		return tidy(q.head)
	}
	return tidy(q.head + " … " + q.tail)
}

func (q quote) same(o quote) bool {
	return strings.EqualFold(q.head, o.head) && strings.EqualFold(q.tail, o.tail)
}

// cause is a quote with the reason that it was taken for, or none.
type cause struct {
	reason string
	said   quote
}

func (c cause) String() string {
	if c.reason == "" {
		return c.said.String()
	}
	return c.reason + ": " + c.said.String()
}

func addCause(list []cause, c cause) []cause {
	for _, known := range list {
		if known.reason == c.reason && known.said.same(c.said) {
			return list
		}
	}
	return append(list, c)
}
