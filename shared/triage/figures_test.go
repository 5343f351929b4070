package triage

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var figures = flag.Bool("figures", false, "write the figures of docs/triage.md")

// row is a line of the table of figures.
func (j judged) row(name string) string {
	line := fmt.Sprintf("| %s (%d) | %.3f |", name, len(j.scored), j.macroF1())
	for _, is := range []Mood{Negative, Neutral, Positive} {
		line += fmt.Sprintf(" %d · %d · %d |", j.confused[[2]Mood{is, Negative}], j.confused[[2]Mood{is, Neutral}], j.confused[[2]Mood{is, Positive}])
	}
	return line + "\n"
}

// The figures of docs/triage.md are those of the judge as it is. After a change: go test ./shared/triage -run Figures -figures
func TestFigures(t *testing.T) {
	care := judgeFile(t, "care-en.jsonl", Default)["en"]
	six, ru := judgeFile(t, "tweets-6.jsonl", Default), judgeFile(t, "tweets-ru.jsonl", Default)["ru"]
	table := "| set | macro-F1 | is negative | is neutral | is positive |\n|---|---|---|---|---|\n" + care.row("customer care, en")
	mean := 0.0
	for _, code := range packedLists[:6] {
		table += six[code].row("tweets, " + code)
		mean += six[code].macroF1() / 6
	}
	recall, _ := care.recallAt(.9)
	table += ru.row("tweets, ru") + fmt.Sprintf("\nThe mean of the six European languages is %.3f. In customer care it finds %.0f %% of the negatives at a precision of 90 %%.\n", mean, 100*recall)
	front := "| precision at least | from a probability of | finds |\n|---|---|---|\n"
	for _, b := range bars {
		words := ""
		if b.Precision == DefaultPrecision {
			words = " (the default)"
		}
		front += fmt.Sprintf("| %s%s | %s | %.0f %% |\n", strings.TrimPrefix(fmt.Sprintf("%.2f", b.Precision), "0"), words, strings.TrimPrefix(fmt.Sprintf("%.2f", b.Bar), "0"), 100*b.Recall)
	}
	const name = "../../docs/triage.md"
	raw, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	page := string(raw)
	for mark, text := range map[string]string{"figures": table, "bars": front} {
		from, to := "<!-- "+mark+" -->\n", "<!-- /"+mark+" -->"
		before, rest, ok := strings.Cut(page, from)
		_, after, closed := strings.Cut(rest, to)
		if !ok || !closed {
			t.Fatalf("docs/triage.md has no %s", from)
		}
		page = before + from + text + to + after
	}
	switch {
	case *figures:
		if err := os.WriteFile(name, []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	case page != string(raw):
		t.Error("the figures of docs/triage.md are others now: go test ./shared/triage -run Figures -figures")
	}
}
