package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// cpu is what a running process has used so far, user and system, from Linux's /proc (proc_pid_stat(5)): in ticks of 10 ms.
func cpu(pid int) (time.Duration, error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("read the desk's CPU time (Linux only): %w", err)
	}
	// The second field is the command in parentheses and may hold anything; utime and stime are the 14th and 15th.
	_, rest, ok := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if !ok || len(f) < 13 {
		return 0, fmt.Errorf("read the desk's CPU time: /proc/%d/stat is not understood", pid)
	}
	var user, system int64
	if _, err := fmt.Sscan(f[11]+" "+f[12], &user, &system); err != nil {
		return 0, fmt.Errorf("read the desk's CPU time: %w", err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond, nil
}
