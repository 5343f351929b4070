package triage

import "slices"

// Urgencies are all of them, the least first.
var Urgencies = []Urgency{NoHurry, SoonPlease, AtOnce}

// Moods are all of them, the unhappiest first.
var Moods = labels[:]

// Table is the priority of a message by its urgency and its mood, in the order of Urgencies and Moods. The zero Table is none.
type Table [3][3]Priority

// DefaultTable counts where a brand has none: what is urgent goes before all, what should not wait and complaints are high, and praise can wait.
var DefaultTable = Table{
	{High, Normal, Low},
	{High, High, High},
	{Urgent, Urgent, Urgent},
}

// Of is the priority of what has this urgency and mood.
func (t Table) Of(u Urgency, m Mood) Priority { return t[slices.Index(Urgencies, u)][index(m)] }

// With is the table with another priority for an urgency and a mood.
func (t Table) With(u Urgency, m Mood, p Priority) Table {
	t[slices.Index(Urgencies, u)][index(m)] = p
	return t
}

// CellPrefix begins the words of a place of a table.
const CellPrefix = "table: "

// Cell is a place of the table in words: "table: soon + negative = high".
func (t Table) Cell(u Urgency, m Mood) string {
	return CellPrefix + urgencyWords[u] + " + " + string(m) + " = " + string(t.Of(u, m))
}

var urgencyWords = map[Urgency]string{NoHurry: "no hurry", SoonPlease: "soon", AtOnce: "urgent"}

// Turned names what is right but hardly meant: places that go behind one of less urgency, or of a better mood.
func (t Table) Turned() (all []string) {
	for i, u := range Urgencies {
		for k, m := range Moods {
			if i > 0 && t[i-1][k].Above(t[i][k]) {
				all = append(all, t.Cell(u, m)+", behind what can wait longer: "+t.Cell(Urgencies[i-1], m))
			}
			if k > 0 && t[i][k].Above(t[i][k-1]) {
				all = append(all, t.Cell(u, Moods[k-1])+", behind who is less unhappy: "+t.Cell(u, m))
			}
		}
	}
	return all
}

// column is the mood by which the table is asked: praise in which something is asked counts as neutral, as does a complaint that is less sure than the policy asks for.
func column(m Mood, unhappy, asks bool) Mood {
	switch {
	case unhappy:
		return Negative
	case m == Positive && !asks:
		return Positive
	}
	return Neutral
}
