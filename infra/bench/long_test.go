package main

import (
	"fmt"
	"testing"
)

// What a page reads is what it shows: the same with six hundred and with two thousand messages of one conversation, and conversations of one contact; and an open page to which nothing
// happens reads next to nothing.
func TestAPageReadsTheSameHoweverMuchThereIs(t *testing.T) {
	l, err := openLong(t.Context(), &report{}, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer l.d.Close()
	const few, many = 600, 2000
	read := map[int]map[string]float64{}
	had := 1
	for _, n := range []int{few, many} {
		if err := l.grow([2]int{had, had}, [2]int{n, n}); err != nil {
			t.Fatal(err)
		}
		read[n], had = map[string]float64{}, n
		for _, p := range l.pages(n, n) {
			key := fmt.Sprint(p.path, p.timeline, p.before)
			if read[n][key], _, err = l.look(t.Context(), p, 4); err != nil {
				t.Fatal(err)
			}
			if p.live && read[n][key] > 2 {
				t.Errorf("a look at what has not changed reads %.1f units", read[n][key])
			}
		}
	}
	for path, units := range read[few] {
		if read[many][path] != units || units < 0.5 || units > 600 {
			t.Errorf("%s reads %.1f units with %d, and %.1f with %d", path, units, few, read[many][path], many)
		}
	}
	t.Logf("%v", read)
}
