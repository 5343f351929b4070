package offset_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/desktest"
	"pronto/shared/offset"
	"pronto/shared/setup"
	"pronto/shared/triage"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

const brand = "acme-air"

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func bucket(t *testing.T) offset.Bucket {
	d := desktest.New(t, desktest.Options{Start: monday})
	return offset.Bucket{S3: d.Setup.S3(), Name: d.Setup.Env(setup.Bucket)}
}

// taught are offsets of a few labels.
func taught(t *testing.T) []byte {
	var labels []triage.Label
	for _, text := range strings.Fields("one two three four five six seven eight nine ten eleven twelve") {
		labels = append(labels, triage.Label{Text: "the gate went purple in " + text, Language: "en", Mood: triage.Negative},
			triage.Label{Text: "which gate is it in " + text, Language: "en", Mood: triage.Neutral}, triage.Label{Text: "the golden nod came in " + text, Language: "en", Mood: triage.Positive})
	}
	raw, err := triage.Learn(labels).JSON()
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// A version is kept as it was written; before there is one, the model alone judges; one brand's are not another's.
func TestVersionsAreKept(t *testing.T) {
	b, ctx := bucket(t), t.Context()
	if v, err := b.Version(ctx, brand, "v-1"); v != nil || err != nil {
		t.Errorf("nothing is there: %v %v", v, err)
	}
	if a, err := b.Active(ctx, brand); a != (offset.Active{}) || err != nil {
		t.Errorf("nothing judges: %+v %v", a, err)
	}
	if o, err := b.Of(ctx, brand); o != nil || err != nil {
		t.Errorf("nothing was taught: %v %v", o, err)
	}
	raw := taught(t)
	for i, name := range []string{"v-b", "v-a"} { // not in the order of their names
		if err := b.Keep(ctx, brand, offset.Version{Name: name, At: monday.Add(time.Duration(i) * time.Hour), Labels: 36 + i, Offsets: raw}); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(b.Keep(ctx, "acme-rail", offset.Version{Name: "v-c", Offsets: raw}), b.Activate(ctx, brand, offset.Active{Version: "v-b", At: monday})); err != nil {
		t.Fatal(err)
	}
	all, err := b.Versions(ctx, brand)
	if err != nil || len(all) != 2 || all[0].Name != "v-b" || all[1].Name != "v-a" || all[1].Labels != 37 || !all[0].At.Equal(monday) {
		t.Errorf("versions %+v %v", all, err)
	}
	if o, err := b.Of(ctx, brand); err != nil || o.Of("en") == nil || o.Of("it") != nil {
		t.Errorf("%v %v", o, err)
	}
	if o, err := b.Of(ctx, "acme-rail"); o != nil || err != nil {
		t.Errorf("of another brand: %v %v", o, err)
	}
}

// What a person chooses judges and is pinned, the one before is remembered, and what is not there cannot be chosen.
func TestChoose(t *testing.T) {
	b, ctx := bucket(t), t.Context()
	if err := errors.Join(b.Keep(ctx, brand, offset.Version{Name: "v-1", Offsets: taught(t)}), b.Keep(ctx, brand, offset.Version{Name: "v-2", Offsets: taught(t)}),
		b.Activate(ctx, brand, offset.Active{Version: "v-2", Before: "v-1", Studied: "v-2"})); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		pin  bool
		want offset.Active
	}{
		{"v-1", true, offset.Active{Version: "v-1", Before: "v-2", Studied: "v-2", Pinned: true, At: monday}},
		{"v-1", true, offset.Active{Version: "v-1", Before: "v-2", Studied: "v-2", Pinned: true, At: monday}}, // twice is once
		{"", true, offset.Active{Version: "", Before: "v-1", Studied: "v-2", Pinned: true, At: monday}},
		{"", false, offset.Active{Version: "", Before: "v-1", Studied: "v-2", At: monday}},
	} {
		if _, err := b.Choose(ctx, brand, c.name, c.pin, monday); err != nil {
			t.Fatal(err)
		}
		if a, err := b.Active(ctx, brand); err != nil || a != c.want {
			t.Errorf("%q: %+v, want %+v; %v", c.name, a, c.want, err)
		}
	}
	if _, err := b.Choose(ctx, brand, "v-3", true, monday); !errors.Is(err, offset.ErrNoVersion) {
		t.Errorf("what is not there: %v", err)
	}
}

// What is damaged is an error and no offset; the cache goes on with what it had.
func TestWhatIsDamaged(t *testing.T) {
	b, ctx := bucket(t), t.Context()
	if err := errors.Join(b.Keep(ctx, brand, offset.Version{Name: "v-1", Offsets: taught(t)}), b.Activate(ctx, brand, offset.Active{Version: "v-1"})); err != nil {
		t.Fatal(err)
	}
	now, failed := monday, 0
	c := offset.Cache{Bucket: b, Now: func() time.Time { return now }, Failed: func(error) { failed++ }}
	if c.Of(ctx, brand).Of("en") == nil {
		t.Fatal("it is there, and was not read")
	}
	key := setup.TriagePrefix + brand + "/v-1.json"
	if _, err := b.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.Name, Key: &key, Body: strings.NewReader(`{"name": "v-1", "offsets": {"pronto_offset": 1, "languages": {"en": {"rows": "AAAA"}}}}`)}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Of(ctx, brand); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("of rows too few: %v", err)
	}
	now = now.Add(4 * time.Minute)
	if c.Of(ctx, brand).Of("en") == nil || failed != 0 {
		t.Error("it was asked again too soon")
	}
	now = now.Add(2 * time.Minute)
	if c.Of(ctx, brand).Of("en") == nil || failed != 1 {
		t.Errorf("what was read before is lost; failed %d times", failed)
	}
	if _, err := b.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.Name, Key: &key, Body: strings.NewReader("{")}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Version(ctx, brand, "v-1"); err == nil {
		t.Error("half a version was read")
	}
	if _, err := b.Versions(ctx, brand); err == nil || !strings.Contains(err.Error(), "v-1") {
		t.Errorf("the list does not name it: %v", err)
	}
	gone, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := b.Versions(gone, brand); err == nil {
		t.Error("a list that could not be read")
	}
}

// What a version changes is said in words, a language a line.
func TestChanges(t *testing.T) {
	v := offset.Version{Better: []string{"en"}, Scores: []triage.Scored{
		{Language: "en", Before: triage.Score{MacroF1: .7}, Behind: triage.Score{MacroF1: .75, Labels: 40}, Previous: &triage.Score{MacroF1: .72}, Mended: 5, Broken: 2},
		{Language: "it", Before: triage.Score{MacroF1: .7}, Behind: triage.Score{MacroF1: .7, Labels: 16}},
	}}
	got := strings.Join(v.Changes(), "\n")
	want := "en, promoted: macro-F1 0.750, the model alone 0.700, the version before 0.720; of 40 labels held out 5 are judged right that were wrong, 2 wrong that were right\n" +
		"it, not promoted: macro-F1 0.700, the model alone 0.700; of 16 labels held out 0 are judged right that were wrong, 0 wrong that were right"
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
