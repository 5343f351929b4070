package main

import (
	"strings"
	"testing"
)

// The program that verifies a stage verifies a desk here: mail, mention, receipts, the clock.
func TestVerify(t *testing.T) {
	t.Chdir(copied(t))
	out, status := pronto(t, "verify", "--snooze", "3s")
	if status != 0 || strings.Contains(out, "wrong") {
		t.Fatalf("%d\n%s", status, out)
	}
	for _, want := range []string{"mail     +", "receipt accepted by SES", "receipt delivered to the other side's server", "mention  +", "receipt accepted by the hook", "timer    +", "after its time"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not told:\n%s", want, out)
		}
	}
}

// What does not come true is told, and ends with 1: a machine's address gets no receipt.
func TestVerifyTellsWhatIsWrong(t *testing.T) {
	t.Chdir("../..")
	out, status := pronto(t, "verify", "--from", "no-reply@elsewhere.example", "--hooks", "-", "--snooze", "1s")
	if status != exitFailed || !strings.Contains(out, "wrong  mail") || !strings.Contains(out, "none was ordered") || strings.Contains(out, "mention") {
		t.Errorf("%d\n%s", status, out)
	}
	for want, args := range map[string]string{
		"no stage":                   "--stage nowhere --from a@b.example --smtp s.example:587",
		"from which mailbox":         "--stage live",
		"is the desk's own":          "--stage live --from care@acme.example --smtp s.example:587",
		"begins with https":          "--stage dev --from a@b.example --smtp s.example:587 --hooks http://hooks.acme.example/hooks/custom",
		"--from \"x\" is no address": "--from x",
		"no brand \"nobody\"":        "--brand nobody",
	} {
		if out, status := pronto(t, append([]string{"verify"}, strings.Fields(args)...)...); status != exitUsage || !strings.Contains(out, want) {
			t.Errorf("%s: %d %s", args, status, out)
		}
	}
}
