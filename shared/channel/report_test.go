package channel

import (
	"math/rand/v2"
	"testing"
)

// Whatever the order and however often, the same reports give the same end.
func TestReportsAreJoinedInAnyOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		var heard []Report
		for range 1 + r.IntN(6) {
			heard = append(heard, reports[r.IntN(len(reports))])
		}
		join := func() (end Report) {
			for _, i := range r.Perm(len(heard)) {
				end = end.Join(heard[i]).Join(heard[i])
			}
			return end
		}
		if a, b := join(), join(); a != b || a == "" {
			t.Fatalf("of %v: %q and %q", heard, a, b)
		}
	}
}

func TestWhatReportsMean(t *testing.T) {
	for _, c := range []struct {
		heard                 []Report
		end                   Report
		failed, undeliverable bool
	}{
		{[]Report{Delivered}, Delivered, false, false},
		{[]Report{Delayed, Delivered}, Delivered, false, false},
		{[]Report{Delivered, Delayed}, Delivered, false, false}, // late
		{[]Report{Delivered, Unclear}, Delivered, false, false}, // out of office
		{[]Report{Unclear, Delivered}, Delivered, false, false}, // the same
		{[]Report{Delayed, Unclear}, Unclear, true, false},      // given up
		{[]Report{Delivered, Bounced}, Bounced, true, true},     // the next server found no mailbox
		{[]Report{Delivered, MailboxFull}, MailboxFull, true, false},
		{[]Report{Complained}, Complained, false, false}, // whoever complains has it
		{[]Report{Complained, Delivered}, Complained, false, false},
		{[]Report{Listed}, Listed, true, true},
		{[]Report{Malware}, Malware, true, false},
		{[]Report{"of_a_later_version"}, "", false, false},
	} {
		var end Report
		for _, r := range c.heard {
			end = end.Join(r)
		}
		if end != c.end || end.Failed() != c.failed || end.Undeliverable() != c.undeliverable {
			t.Errorf("%v: %q, failed %t, undeliverable %t; want %+v", c.heard, end, end.Failed(), end.Undeliverable(), c)
		}
	}
	for _, r := range reports {
		if r.Words() == string(r) {
			t.Errorf("%s has no words", r)
		}
	}
}
