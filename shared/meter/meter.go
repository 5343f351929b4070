// Package meter says what a day's messages cost: what AWS counts by itself, as CloudWatch keeps it, at the prices of the bill.
//
// Which counts, and at which prices, stands in a Sheet. Whoever lays out the desk makes it (infra/pronto/cost), from the one list of prices, and lays it beside the
// program: the functions know no price.
package meter

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// Dimension is one of those by which CloudWatch tells counts of one metric apart.
type Dimension struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Meter is a count of AWS's with its price.
type Meter struct {
	Namespace  string      `json:"namespace"`
	Metric     string      `json:"metric"`
	Dimensions []Dimension `json:"dimensions"`
	USD        float64     `json:"usd"`            // for each unit
	Rest       float64     `json:"rest,omitempty"` // units a second that are counted there at rest, and no message has caused
}

// Key names what is counted, whatever its price.
func (m Meter) Key() string {
	var b strings.Builder
	b.WriteString(m.Namespace + " " + m.Metric)
	for _, d := range m.Dimensions {
		b.WriteString(" " + d.Name + "=" + d.Value)
	}
	return b.String()
}

// Part is a share of what messages cost.
type Part struct {
	Name   string  `json:"name"`
	Meters []Meter `json:"meters"`
}

// Sheet is all that messages cost.
type Sheet struct {
	Parts  []Part  `json:"parts"`
	Unseen float64 `json:"unseen"` // USD a message that no count shows: what it is expected to be
}

// Unseen is the name of that part in what was spent.
const Unseen = "unseen"

// errEmpty is a sheet that would find that everything is for nothing.
var errEmpty = errors.New("it has no meters")

// ReadFile reads a sheet, whole or not at all: half of one would make messages look cheap.
func ReadFile(path string) (s Sheet, err error) {
	b, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(b, &s)
	}
	if err == nil && len(s.Asked()) == 0 {
		err = errEmpty
	}
	if err != nil {
		return Sheet{}, fmt.Errorf("read the meters: %w", err)
	}
	return s, nil
}

// Asked are the sheet's counts, each once: some have two prices.
func (s Sheet) Asked() (all []Meter) {
	seen := map[string]bool{}
	for _, p := range s.Parts {
		for _, m := range p.Meters {
			if !seen[m.Key()] {
				all = append(all, m)
			}
			seen[m.Key()] = true
		}
	}
	return all
}

// Counts are how much was counted, by Meter.Key. What is not there was not counted: nothing happened.
type Counts map[string]float64

// Spent is what messages have cost.
type Spent struct {
	USD      float64            // all of them
	AMessage float64            // one of them, in millionths of a dollar: what a million of them cost in dollars
	Parts    map[string]float64 // the same, by part
}

// Spent is what a number of messages, one at least, cost over some time.
func (s Sheet) Spent(messages int, over time.Duration, counted Counts) Spent {
	all := Spent{Parts: map[string]float64{}}
	add := func(part string, usd float64) {
		all.USD += usd
		all.Parts[part] = round(usd/float64(messages)*1e6, 2)
	}
	for _, p := range s.Parts {
		usd := 0.0
		for _, m := range p.Meters {
			usd += max(0, counted[m.Key()]-m.Rest*over.Seconds()) * m.USD
		}
		add(p.Name, usd)
	}
	add(Unseen, s.Unseen*float64(messages))
	all.AMessage = round(all.USD/float64(messages)*1e6, 2)
	all.USD = round(all.USD, 6)
	return all
}

// round keeps a ledger's line readable.
func round(f float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(f*p) / p
}

// Of makes a meter's dimensions of names and values in turns, in the order of their names.
func Of(pairs ...string) (all []Dimension) {
	for pair := range slices.Chunk(pairs, 2) {
		all = append(all, Dimension{pair[0], pair[1]})
	}
	slices.SortFunc(all, func(a, b Dimension) int { return strings.Compare(a.Name, b.Name) })
	return all
}
