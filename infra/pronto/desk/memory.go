package desk

import (
	"os"
	"runtime/debug"
)

// Collect tells the collector of a program that runs a whole desk to come less often, unless GOGC says something else: while it works it takes a quarter of the
// processors that everything here shares, and what all of it keeps is small beside any machine's memory.
func Collect() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
	}
}
