package main

import (
	"testing"
)

// What a page reads is what it shows: the same with a thousand and with five thousand messages of one conversation, and conversations of one contact.
func TestAPageReadsTheSameHoweverMuchThereIs(t *testing.T) {
	l, err := openLong(t.Context(), &report{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer l.d.Close()
	read := map[int]map[string]float64{}
	had := 1
	for _, n := range []int{1000, 5000} {
		if err := l.talk(had, n); err != nil {
			t.Fatal(err)
		}
		if err := l.contact(had, n); err != nil {
			t.Fatal(err)
		}
		read[n], had = map[string]float64{}, n
		for _, p := range l.pages(n, n) {
			if read[n][p.path], _, err = l.look(t.Context(), p.path, 4); err != nil {
				t.Fatal(err)
			}
		}
	}
	for path, units := range read[1000] {
		if read[5000][path] != units || units < 1 || units > 600 {
			t.Errorf("%s reads %.1f units with a thousand, and %.1f with five thousand", path, units, read[5000][path])
		}
	}
	t.Logf("%v", read)
}
