package main

import (
	"fmt"
	"runtime/debug"

	"github.com/spf13/cobra"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Tell which Pronto this is", Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := fmt.Fprintln(c.OutOrStdout(), buildLine())
			return err
		},
	}
}

// buildLine is what the Go tool noted in the program when it was built; "go run" notes no revision.
func buildLine() string {
	b, ok := debug.ReadBuildInfo()
	if !ok {
		return "pronto, built without a note of its version"
	}
	return told(b)
}

func told(b *debug.BuildInfo) string {
	noted := map[string]string{}
	for _, s := range b.Settings {
		noted[s.Key] = s.Value
	}
	words := "pronto"
	if v := b.Main.Version; v != "" && v != "(devel)" {
		words += " " + v
	}
	if revision := noted["vcs.revision"]; revision != "" {
		words += ", revision " + revision[:min(len(revision), 12)]
		if noted["vcs.modified"] == "true" {
			words += " with changes"
		}
	}
	return words + ", " + b.GoVersion
}
