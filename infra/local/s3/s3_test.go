package s3

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/johannesboyne/gofakes3"
	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/sqs"
)

func open(t *testing.T) (*Service, *sqs.Service) {
	t.Helper()
	db, err := disk.Open(filepath.Join(t.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clk := clock.Stopped(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
	queues, err := sqs.New(db, clk, nil)
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(db, clk, queues)
	if err != nil {
		t.Fatal(err)
	}
	if err := (backend{s}).CreateBucket("b"); err != nil {
		t.Fatal(err)
	}
	return s, queues
}

func (s *Service) put(t *testing.T, key, data string) error {
	t.Helper()
	return s.db.Update(func(tx *bbolt.Tx) error { return s.Put(tx, "b", key, []byte(data), nil) })
}

// listed is what S3's rules say of a listing, over a sorted list of all keys.
func listed(keys []string, prefix, delimiter string) (out []string) {
	for _, k := range keys {
		rest, ok := strings.CutPrefix(k, prefix)
		if !ok {
			continue
		}
		if i := strings.Index(rest, delimiter); delimiter != "" && i >= 0 {
			k = prefix + rest[:i+len(delimiter)]
		}
		if len(out) == 0 || out[len(out)-1] != k {
			out = append(out, k)
		}
	}
	return out
}

// Pages of any size, put together, are the listing; none is longer than asked.
func TestListingFollowsItsModel(t *testing.T) {
	s, _ := open(t)
	r := rand.New(rand.NewPCG(1, 2))
	seen := map[string]bool{}
	for range 80 {
		key := ""
		for range 1 + r.IntN(5) {
			key += string("ab/"[r.IntN(3)])
		}
		if seen[key] = true; s.put(t, key, key) != nil {
			t.Fatal("put")
		}
	}
	var keys []string
	for k := range seen {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for range 300 {
		prefix, delimiter, size := []string{"", "a", "a/", "b/a", "//", "zz"}[r.IntN(6)], []string{"", "/"}[r.IntN(2)], int64(1+r.IntN(6))
		got := s.pages(t, prefix, delimiter, size)
		if want := listed(keys, prefix, delimiter); !slices.Equal(got, want) {
			t.Fatalf("prefix %q delimiter %q pages of %d:\n%q, want\n%q", prefix, delimiter, size, got, want)
		}
	}
}

func (s *Service) pages(t *testing.T, prefix, delimiter string, size int64) (all []string) {
	t.Helper()
	p := &gofakes3.Prefix{Prefix: prefix, HasPrefix: prefix != "", Delimiter: delimiter, HasDelimiter: delimiter != ""}
	page := gofakes3.ListBucketPage{MaxKeys: size}
	for range 200 {
		out, err := (backend{s}).ListBucket("b", p, page)
		if err != nil {
			t.Fatal(err)
		}
		var these []string
		for _, o := range out.Contents {
			these = append(these, o.Key)
		}
		for _, g := range out.CommonPrefixes {
			these = append(these, g.Prefix)
		}
		if int64(len(these)) > size {
			t.Fatalf("a page of %d, asked for %d", len(these), size)
		}
		slices.Sort(these)
		all = append(all, these...)
		if !out.IsTruncated {
			return all
		}
		page.HasMarker, page.Marker = true, out.NextMarker
	}
	t.Fatal("the listing has no end")
	return nil
}

func TestObjectAndNotificationAreOneCommit(t *testing.T) {
	s, queues := open(t)
	if err := queues.Create("q", nil); err != nil {
		t.Fatal(err)
	}
	rule := queueNotification{ID: "r", Queue: "arn:aws:sqs:us-east-1:000000000000:q", Events: []string{"s3:ObjectCreated:*"}}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		return saveConfig(tx, "b", bucketConfig{Notifications: []queueNotification{rule}})
	})
	if err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if err := s.Put(tx, "b", "k", []byte("x"), nil); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) {
		t.Fatal(err)
	}
	if _, err := s.Get("b", "k"); !gofakes3.HasErrorCode(err, gofakes3.ErrNoSuchKey) {
		t.Errorf("after the failure: %v", err)
	}
	if err := s.put(t, "k", "x"); err != nil {
		t.Fatal(err)
	}
	if st, err := queues.Stats("q"); err != nil || st.Visible != 1 {
		t.Errorf("notifications %+v, %v", st, err)
	}
}

func TestReplacedAndDeletedContentsAreGone(t *testing.T) {
	s, _ := open(t)
	for i := range 5 {
		if err := s.put(t, "k", fmt.Sprint("version ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := s.Get("b", "k"); err != nil || string(got) != "version 4" {
		t.Errorf("%q, %v", got, err)
	}
	count := func() (n int) {
		_ = s.db.View(func(tx *bbolt.Tx) error { n = tx.Bucket(dataBucket("b")).Stats().KeyN; return nil })
		return n
	}
	if n := count(); n != 1 {
		t.Errorf("%d contents are kept of one object", n)
	}
	for range 2 {
		if _, err := (backend{s}).DeleteObject("b", "k"); err != nil {
			t.Fatal(err)
		}
	}
	if n := count(); n != 0 {
		t.Errorf("%d contents are kept of none", n)
	}
}

func TestNotificationRules(t *testing.T) {
	n := queueNotification{Events: []string{"s3:ObjectCreated:*"}, Filter: []rule{{"prefix", "mail/"}, {"suffix", ".eml"}}}
	for _, c := range []struct {
		event, key string
		want       bool
	}{
		{"ObjectCreated:Put", "mail/1.eml", true}, {"ObjectCreated:Put", "mail/1.txt", false}, {"ObjectCreated:Put", "other/1.eml", false}, {"ObjectRemoved:Delete", "mail/1.eml", false},
	} {
		if got := n.matches(c.event, c.key); got != c.want {
			t.Errorf("%s of %s: %v", c.event, c.key, got)
		}
	}
}
