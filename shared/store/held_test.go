package store

import (
	"testing"
	"time"
)

func TestAListIsReadFromThePresentMonthAtMost(t *testing.T) {
	now := time.Date(2026, 11, 30, 23, 0, 0, 0, time.UTC)
	for before, want := range map[string]string{
		"": "2026-11", "2026-03-31T10:00:00.000Z#a": "2026-03", "2026-12-01T00:00:00.000Z#a": "2026-11", "9999-12-31T00:00:00.000Z#a": "2026-11", "?": "2026-11",
	} {
		if got := monthOf(before, now).Format(time.DateOnly); got != want+"-01" {
			t.Errorf("%q is read from %s", before, got)
		}
	}
}
