package main

import (
	"fmt"
	"strings"
	"text/tabwriter"
	"time"
)

// report is everything that was measured. Durations are in milliseconds.
type report struct {
	At      time.Time `json:"at"`
	Machine string    `json:"machine"`
	Figures []figure  `json:"figures"`
	Calls   []calls   `json:"calls"` // of the counted mails, by service and operation
	Starts  []start   `json:"starts"`
}

// figure is one number, and what the design wants of it.
type figure struct {
	Name  string  `json:"name"`
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	Want  string  `json:"want,omitempty"`
	Met   *bool   `json:"met,omitempty"`
}

// calls are those of one operation a mail.
type calls struct {
	Service   string  `json:"service"`
	Operation string  `json:"operation"`
	PerMail   float64 `json:"per_mail"`
	// Units of DynamoDB a mail, on the table and on its indexes.
	TableWrite float64 `json:"table_write,omitempty"`
	IndexWrite float64 `json:"index_write,omitempty"`
	Read       float64 `json:"read,omitempty"`
}

// start is how long a function takes from exec to its first question for work.
type start struct {
	Function string  `json:"function"`
	Median   float64 `json:"median_ms"`
	Least    float64 `json:"least_ms"`
	MB       float64 `json:"mb"` // of the binary
}

func (r *report) add(name string, value float64, unit string) {
	r.Figures = append(r.Figures, figure{Name: name, Value: value, Unit: unit})
}

// most adds a figure that the design wants to be at most, least one that it wants to be at least.
func (r *report) most(name string, value float64, unit string, want float64) {
	met := value <= want
	r.Figures = append(r.Figures, figure{name, value, unit, fmt.Sprintf("≤ %g", want), &met})
}

func (r *report) least(name string, value float64, unit string, want float64) {
	met := value >= want
	r.Figures = append(r.Figures, figure{name, value, unit, fmt.Sprintf("≥ %g", want), &met})
}

// table is the report for people.
func (r *report) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %s\n\n", r.At.Format(time.RFC3339), r.Machine)
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, f := range r.Figures {
		verdict := ""
		if f.Met != nil {
			verdict = map[bool]string{true: "met", false: "missed"}[*f.Met]
		}
		fmt.Fprintf(w, "%s\t%.2f\t%s\t%s\t%s\n", f.Name, f.Value, f.Unit, f.Want, verdict)
	}
	fmt.Fprint(w, "\ncalls a mail\tcalls\ttable write units\tindex write units\tread units\n")
	for _, c := range r.Calls {
		fmt.Fprintf(w, "%s %s\t%.2f\t%.2f\t%.2f\t%.2f\n", c.Service, c.Operation, c.PerMail, c.TableWrite, c.IndexWrite, c.Read)
	}
	fmt.Fprint(w, "\nstart of\tmedian ms\tleast ms\tMB\n")
	for _, s := range r.Starts {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\n", s.Function, s.Median, s.Least, s.MB)
	}
	_ = w.Flush() // into memory
	return b.String()
}

func ms(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
