package main

import (
	"errors"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/shared/offset"
	"pronto/shared/setup"
	"pronto/shared/triage"
)

// An operator sees what was learnt and what it changed, goes back, to the model alone, and lets it learn by itself again.
func TestVersionsAndRollback(t *testing.T) {
	d := desktest.New(t, desktest.Options{Start: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)})
	b, now := offset.Bucket{S3: d.Setup.S3(), Name: d.Setup.Env(setup.Bucket)}, d.Clock.Now()
	if err := rollBack(t.Context(), &strings.Builder{}, b, "acme-air", "", false, now); err == nil || !strings.Contains(err.Error(), "nothing yet") {
		t.Errorf("of nothing: %v", err)
	}
	score := triage.Score{MacroF1: .7, Recall: .8, Labels: 30}
	worse := triage.Score{MacroF1: .6, Recall: .8, Labels: 30}
	raw, err := triage.Offsets{}.JSON()
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(
		b.Keep(t.Context(), "acme-air", offset.Version{Name: "v-1", At: now, Labels: 150, Offsets: raw, Better: []string{"en"}, Scores: []triage.Scored{{Language: "en", Labels: 120, Before: worse, Behind: score, Mended: 4, Broken: 1}}}),
		b.Keep(t.Context(), "acme-air", offset.Version{Name: "v-2", At: now.Add(time.Hour), Labels: 200, Offsets: raw, Scores: []triage.Scored{{Language: "en", Before: worse, Behind: worse, Previous: &score}}}),
		b.Activate(t.Context(), "acme-air", offset.Active{Version: "v-1", Studied: "v-2", At: now}),
	); err != nil {
		t.Fatal(err)
	}
	list := func() string {
		var w strings.Builder
		if err := listVersions(t.Context(), &w, b, "acme-air"); err != nil {
			t.Fatal(err)
		}
		return w.String()
	}
	want := `v-1  2026-11-23 09:00:00, of 150 labels; judges now
    en, promoted: macro-F1 0.700, the model alone 0.600; of 30 labels held out 4 are judged right that were wrong, 1 wrong that were right
v-2  2026-11-23 10:00:00, of 200 labels
    en, not promoted: macro-F1 0.600, the model alone 0.600, the version before 0.700; of 30 labels held out 0 are judged right that were wrong, 0 wrong that were right
none  the model without an offset; judged before
`
	if got := list(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	back := func(to string, follow bool) (string, error) {
		var w strings.Builder
		err := rollBack(t.Context(), &w, b, "acme-air", to, follow, now)
		return w.String(), err
	}
	if said, err := back("", false); err != nil || !strings.Contains(said, "the model alone judges") || !strings.Contains(list(), "none  the model without an offset; judges now, pinned") {
		t.Errorf("back: %s %v\n%s", said, err, list())
	}
	if said, err := back("v-2", false); err != nil || !strings.Contains(said, "v-2 judges") || !strings.Contains(list(), "of 200 labels; judges now, pinned") {
		t.Errorf("to v-2: %s %v", said, err)
	}
	if _, err := back("v-9", false); err == nil || !strings.Contains(err.Error(), "v-9: no such version of acme-air: see pronto triage versions") {
		t.Errorf("to what is not there: %v", err)
	}
	if said, err := back("", true); err != nil || !strings.Contains(said, "until a version does better") || strings.Contains(list(), "pinned") || !strings.Contains(list(), "of 200 labels; judges now\n") {
		t.Errorf("follow: %s %v\n%s", said, err, list())
	}
	if out, status := pronto(t, "triage", "rollback", "--brand", "acme-air"); status != exitUsage || !strings.Contains(out, "--bucket") {
		t.Errorf("without a bucket: %d %s", status, out)
	}
	if out, status := pronto(t, "triage", "rollback", "--follow", "--to", "v-1"); status != exitUsage || !strings.Contains(out, "leave out --to") {
		t.Errorf("both: %d %s", status, out)
	}
}
