package storm

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// ErrBroken says that a storm found promises that were not kept; what they are was printed.
var ErrBroken = errors.New("promises were broken")

// ErrUsage says that a storm was asked for that would prove nothing.
var ErrUsage = errors.New("it would prove nothing")

// atLeast checks what numbers were asked for.
func atLeast(seeds int, o Options) error {
	for _, x := range []struct {
		flag     string
		is, want int
	}{{"--seeds", seeds, 1}, {"--mails", o.Mails, 1}, {"--kills", o.Kills, 0}} {
		if x.is < x.want {
			return fmt.Errorf("%s %d: %w: ask for %d or more", x.flag, x.is, ErrUsage, x.want)
		}
	}
	return nil
}

// Command is pronto storm. It runs the program that it is part of as the desk.
func Command() *cobra.Command {
	o := Options{Seed: 1, Mails: 80, Kills: 2}
	seeds, asJSON := 1, false
	c := &cobra.Command{
		Use: "storm", Short: "Break everything at once and prove that no promise is", Args: cobra.NoArgs,
		Long: `Storm sends the mails of a seed at a desk of its own while the local AWS fails in every way it knows and the desk's process is killed, and checks from outside
that every mail was accounted for and receipted once. Then it plays two networks with their own faults, and holds each one's guarantee. It exits with 1 when a promise was broken, and says which, of which mail, by which seed.`,
		Example: "  pronto storm\n  pronto storm --seed 17 --mails 300 --kills 5\n  pronto storm --seeds 50 --json",
		RunE: func(c *cobra.Command, _ []string) (err error) {
			if err := atLeast(seeds, o); err != nil {
				return err
			}
			if o.Binary, err = os.Executable(); err != nil {
				return fmt.Errorf("find this program: %w", err)
			}
			return many(c, o, seeds, asJSON)
		},
	}
	f := c.Flags()
	f.Uint64Var(&o.Seed, "seed", o.Seed, "what happens; the same seed sends the same mails")
	f.IntVar(&seeds, "seeds", seeds, "how many seeds, from --seed on")
	f.IntVar(&o.Mails, "mails", o.Mails, "at least so many mails a seed")
	f.IntVar(&o.Kills, "kills", o.Kills, "how often the process is killed in a seed")
	f.StringVar(&o.Dir, "dir", "", "where the desk's state lies (default: a directory of its own)")
	f.BoolVar(&o.Keep, "keep", false, "keep the state also when all is well")
	f.BoolVar(&asJSON, "json", false, "print one JSON object a seed")
	return c
}

func many(c *cobra.Command, o Options, seeds int, asJSON bool) error {
	broken := 0
	for range seeds {
		ok := true
		for _, play := range []func(context.Context, Options) (Verdict, error){Run, Networks} {
			v, err := play(c.Context(), o)
			if err != nil {
				return err
			}
			if err := show(c.OutOrStdout(), v, asJSON); err != nil {
				return err
			}
			ok = ok && v.OK()
		}
		if !ok {
			broken++
		}
		o.Seed++
	}
	if broken > 0 {
		return fmt.Errorf("%d of %d seeds: %w", broken, seeds, ErrBroken)
	}
	return nil
}

func show(w io.Writer, v Verdict, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(w).Encode(v)
	}
	_, err := fmt.Fprintln(w, v)
	return err
}
