package desk_test

import (
	"fmt"
	"strings"
	"testing"

	"pronto/shared/desk"
)

func TestATraceKeepsTheFirstAndTheNewest(t *testing.T) {
	var all desk.Trace
	if all.String() != "" {
		t.Errorf("no message: %q", all)
	}
	for n := range 20 {
		before := all.String()
		longer := all.With(fmt.Sprintf("m%d", n))
		if all.String() != before {
			t.Fatalf("With changed what it was asked of: %s", all)
		}
		all = longer
	}
	if got := all.String(); got != "m0 m13 m14 m15 m16 m17 m18 m19" {
		t.Errorf("of twenty: %s", got)
	}
	if got := all.With("m13", "", "m0").String(); got != all.String() {
		t.Errorf("what it names already, and nothing: %s", got)
	}
	if got := (desk.Trace{"m0"}).With(all...).With(all...); len(got) != len(all) || !strings.HasPrefix(got.String(), "m0 ") {
		t.Errorf("joined with itself: %s", got)
	}
}
