package triage

import (
	"bytes"
	"encoding/binary"
	"flag"
	"fmt"
	"os"
	"testing"
)

var pack = flag.Bool("pack", false, "write words.bin")

// The tables that judge are those of the word lists. After a change to a list: go test ./shared/triage -run Packed -pack
func TestPacked(t *testing.T) {
	want, err := packLists()
	if err != nil {
		t.Fatal(err)
	}
	if *pack {
		if err := os.WriteFile("words.bin", want, 0o644); err != nil {
			t.Fatal(err)
		}
		t.Logf("words.bin: %d bytes", len(want))
		return
	}
	if !bytes.Equal(want, []byte(packed)) {
		t.Error("words.bin is not what the lists in words say: go test ./shared/triage -run Packed -pack")
	}
}

// packLists makes the tables of all word lists.
func packLists() ([]byte, error) {
	var sizes, tables []byte
	for _, code := range packedLists {
		text, err := wordFiles.ReadFile("words/" + code + ".txt")
		if err != nil {
			return nil, fmt.Errorf("read a word list: %w", err)
		}
		l, err := parse(string(text))
		if err != nil {
			return nil, fmt.Errorf("words/%s.txt: %w", code, err)
		}
		table, err := l.pack()
		if err != nil {
			return nil, fmt.Errorf("words/%s.txt: %w", code, err)
		}
		sizes = binary.LittleEndian.AppendUint32(sizes, uint32(len(table)))
		tables = append(tables, table...)
	}
	return append(sizes, tables...), nil
}

// every yields all entries of a table.
func (l lexicon) every(yield func(key string, e entry)) {
	for slot := range int(uint32At(string(l), 0)) {
		begin := uint32At(string(l), 4+4*slot)
		if begin == 0 {
			continue
		}
		r := string(l[begin:])
		key := r[2 : 2+int(r[1])]
		s := search{lexicon: l}
		s.left, s.record, _ = l.find(r[0], []byte(key), hashOfKey(r[0], []byte(key)))
		for s.left > 0 && s.next() {
			yield(r[:1]+key, s.entry)
		}
	}
}

// Each entry of the lists is found in the table under its key, with what it says.
func TestEveryEntryIsFound(t *testing.T) {
	for _, code := range packedLists {
		text, err := wordFiles.ReadFile("words/" + code + ".txt")
		if err != nil {
			t.Fatal(err)
		}
		l, err := parse(string(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, items := range []map[string][]item{l.exact, l.stems} {
			for key, list := range items {
				want := map[string]int{}
				for _, e := range list {
					want[string(rune('a'+e.kind))+e.reason]++
				}
				for s := lexiconOf(code).search([]byte(key)); s.next(); {
					want[string(rune('a'+s.entry.kind))+s.entry.reason]--
				}
				for what, n := range want {
					if n > 0 {
						t.Errorf("%s: %q lacks %d entries of %s", code, key, n, what)
					}
				}
			}
		}
	}
	if lexiconOf("da") != "" {
		t.Error("a list for a language that has none")
	}
}

// Once a reader is warm, a judgement allocates nothing but its words: language, urgency, mood, persona and priority are found without.
func TestNoAllocation(t *testing.T) {
	rules := Rules{}
	if err := rules.Add("en", AtOnce, "crew", "captain is missing"); err != nil {
		t.Fatal(err)
	}
	judges := map[string]*Triage{"default": {}, "with rules": {Rules: rules, Reasons: map[string]Urgency{"stranded": SoonPlease}, Table: DefaultTable.With(NoHurry, Neutral, Low)}}
	for name, judge := range judges {
		for _, in := range []Input{
			{Text: typicalTweet},
			{Subject: "Lost suitcase, flight AC 123", Text: longMail},
			{Text: "Grazie per aver perso la mia valigia! Volo tra 2 ore 😡 VERGOGNA", Hint: "it"},
			{Text: "Мой рейс через два часа, а багажа НЕТ. I demand, no excuses!"},
			{Text: "Ik ben heel teleurgesteld: mijn koffer is kwijt en niemand reageert!"}, {Text: "Nikt nie odpowiada, jestem bardzo rozczarowany."}, {Text: "كيف حالك؟"}, {Text: "😡😡"}, {},
		} {
			judge.Outcome(in)
			if n := testing.AllocsPerRun(20, func() { judge.Outcome(in) }); n != 0 {
				t.Errorf("%s, %.30q: %v allocations", name, in.Text, n)
			}
		}
	}
	// The words of this tweet: two lists that grow, and a string for each that is put together.
	if n := testing.AllocsPerRun(20, func() { Default(Input{Text: typicalTweet}) }); n > 20 {
		t.Errorf("with words: %v allocations", n)
	}
}
