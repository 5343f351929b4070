// Package storm proves that the desk keeps its promises when everything goes wrong at once.
//
// A storm is a seed. From it come mails and mentions of people and machines in seven languages, who answer, repeat themselves, rush, forge and flood; the real desk runs
// as a process of its own, while the local AWS throttles, fails, tears connections, delivers twice and out of order, and loses events; at moments of its
// choice the storm kills the process (kill -9) and starts it again, and agents merge and split. It turns the desk's clock, so that waits of minutes take seconds.
//
// When all has come to rest, package check, which knows nothing of the desk's code, compares what went in with what left and with the desk's own sums.
//
// The mails of a seed are always the same, and so are the places of the kills among them; how the machine interleaves the work is not. A seed that found
// something finds it again mostly, not always: see --seeds.
package storm

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"pronto/infra/pronto/storm/check"
	"pronto/infra/pronto/storm/child"
)

// Options of Run.
type Options struct {
	Binary string // the program whose run is the desk
	Seed   uint64
	Mails  int    // at least so many
	Kills  int    // of the process
	Dir    string // of the desk's state: made when absent, and removed when all is well; "" for one of its own
	Keep   bool   // keep Dir also when all is well
}

// Verdict is what came of one seed.
type Verdict struct {
	Seed       uint64         `json:"seed"`
	Mails      int            `json:"mails"`    // different ones that were sent
	InDoubt    int            `json:"in_doubt"` // tries whose connection died before the answer
	Pieces     int            `json:"pieces"`   // that left
	Duplicates int            `json:"possible_duplicates"`
	Merged     int            `json:"merged"` // by agents
	Apart      int            `json:"taken_apart"`
	Split      int            `json:"split"`
	Kills      int            `json:"kills"`
	Took       time.Duration  `json:"took_ns"`
	DeskTime   time.Duration  `json:"desk_time_ns"` // by the desk's turned clock
	Breaches   []check.Breach `json:"breaches"`
	Dir        string         `json:"dir,omitempty"` // where state and log lie, if they were kept
}

// OK tells whether every promise was kept.
func (v Verdict) OK() bool { return len(v.Breaches) == 0 }

// String is the verdict for people; of a failed seed it names everything that is needed to look closer.
func (v Verdict) String() string {
	var s strings.Builder
	word := "kept"
	if !v.OK() {
		word = fmt.Sprintf("BROKEN %d times", len(v.Breaches))
	}
	deeds := ""
	if v.Merged+v.Apart+v.Split > 0 {
		deeds = fmt.Sprintf(", %d merged, %d taken apart again, %d split", v.Merged, v.Apart, v.Split)
	}
	fmt.Fprintf(&s, "seed %d: promises %s. %d mails, %d in doubt, %d kills, %d left (%d marked as possible duplicates)%s, %s of the desk's time in %s",
		v.Seed, word, v.Mails, v.InDoubt, v.Kills, v.Pieces, v.Duplicates, deeds, v.DeskTime.Round(time.Second), v.Took.Round(100*time.Millisecond))
	for _, b := range v.Breaches {
		s.WriteString("\n  " + b.String())
	}
	if v.Dir != "" {
		s.WriteString("\n  state and log: " + v.Dir)
	}
	return s.String()
}

// Run plays one seed. Its error says that the storm itself could not be played; broken promises are in the verdict.
func Run(ctx context.Context, o Options) (Verdict, error) {
	dir := o.Dir
	if dir == "" {
		var err error
		if dir, err = os.MkdirTemp("", "pronto-storm-"); err != nil {
			return Verdict{}, fmt.Errorf("make a directory for the storm: %w", err)
		}
	}
	h := house{address: "care@acme.example", domain: "acme.example", salt: o.Seed}
	d, err := child.New(o.Binary, filepath.Join(dir, fmt.Sprintf("seed-%d", o.Seed)), Rules("acme", "acme.example"))
	if err != nil {
		return Verdict{}, err
	}
	began := time.Now()
	p := newPlayer(d, newScript(o.Seed, h, o.Mails), o.Kills)
	err = p.play(ctx)
	if end := d.Kill(); err == nil {
		err = end
	}
	if err != nil {
		return Verdict{}, fmt.Errorf("seed %d (state and log: %s): %w", o.Seed, d.Dir, err)
	}
	v := p.verdict()
	v.Took = time.Since(began)
	if v.OK() && !o.Keep {
		err = os.RemoveAll(d.Dir)
		if o.Dir == "" {
			err = os.RemoveAll(dir)
		}
		return v, err
	}
	v.Dir = d.Dir
	return v, nil
}
