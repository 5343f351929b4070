// Package offset keeps in the bucket what brands' own labels have taught, so that a brand's texts and what was made of them never leave its account.
//
//	triage/<brand>/v-<hash>.json   a version: its offsets, what they are worth, of which labels; written once
//	triage/<brand>/active.json     the name of the version that judges, and of the one before it
//
// A version is named by the labels that it was made of: the same labels teach once. Nothing is deleted, so going back is writing another name into active.json (Choose,
// pronto triage rollback); as long as that says pinned, no later version takes its place.
package offset

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"pronto/shared/setup"
	"pronto/shared/triage"
)

// Version is what a brand's labels have taught, at one time.
type Version struct {
	Name    string          `json:"name"`
	At      time.Time       `json:"at"`
	Labels  int             `json:"labels"`           // that it was made of
	Against string          `json:"against"`          // the version that judged then; "": the model alone
	Scores  []triage.Scored `json:"scores"`           // on labels that it was not fitted on, with it and without
	Better  []string        `json:"better"`           // the languages in which it does better
	Offsets json.RawMessage `json:"offsets"`          // of these, and of others as they were; pronto triage --offset reads it
	Shadow  json.RawMessage `json:"shadow,omitempty"` // the same without the labels held out: what a later version is compared with
}

// Active says which version judges.
type Active struct {
	Version string    `json:"version"` // "": the model alone
	Before  string    `json:"before"`  // which one did before: to go back
	Studied string    `json:"studied"` // the version that was looked at last
	Pinned  bool      `json:"pinned"`  // a person has chosen it: nothing takes its place by itself
	At      time.Time `json:"at"`
}

// Changes say what a version changes, a language a line.
func (v *Version) Changes() (all []string) {
	for _, s := range v.Scores {
		line := fmt.Sprintf("%s, not promoted: macro-F1 %.3f, the model alone %.3f", s.Language, s.Behind.MacroF1, s.Before.MacroF1)
		if slices.Contains(v.Better, s.Language) {
			line = fmt.Sprintf("%s, promoted: macro-F1 %.3f, the model alone %.3f", s.Language, s.Behind.MacroF1, s.Before.MacroF1)
		}
		if s.Previous != nil {
			line += fmt.Sprintf(", the version before %.3f", s.Previous.MacroF1)
		}
		all = append(all, line+fmt.Sprintf("; of %d labels held out %d are judged right that were wrong, %d wrong that were right", s.Behind.Labels, s.Mended, s.Broken))
	}
	return all
}

// Bucket is where offsets are kept.
type Bucket struct {
	S3   *s3.Client
	Name string
}

// maxBytes bounds what is read: an offset has some 40 KB a language.
const maxBytes = 4 << 20

func key(brand, name string) string { return setup.TriagePrefix + brand + "/" + name + ".json" }

// Version reads one; nil when there is none of this name.
func (b Bucket) Version(ctx context.Context, brand, name string) (*Version, error) {
	var v Version
	found, err := b.read(ctx, key(brand, name), &v)
	if !found {
		return nil, err
	}
	return &v, nil
}

// Active reads which version judges a brand's messages; the zero Active for the model alone.
func (b Bucket) Active(ctx context.Context, brand string) (a Active, err error) {
	_, err = b.read(ctx, key(brand, "active"), &a)
	return a, err
}

// Keep writes a version.
func (b Bucket) Keep(ctx context.Context, brand string, v Version) error {
	return b.write(ctx, key(brand, v.Name), v)
}

// Activate lets a version judge from now on.
func (b Bucket) Activate(ctx context.Context, brand string, a Active) error {
	return b.write(ctx, key(brand, "active"), a)
}

// Of reads the offsets that judge a brand's messages; none for the model alone.
func (b Bucket) Of(ctx context.Context, brand string) (triage.Offsets, error) {
	a, err := b.Active(ctx, brand)
	if err != nil || a.Version == "" {
		return nil, err
	}
	v, err := b.Version(ctx, brand, a.Version)
	if err != nil || v == nil {
		return nil, err
	}
	return triage.ReadOffsets(v.Offsets)
}

// Versions are all of a brand, the oldest first.
func (b Bucket) Versions(ctx context.Context, brand string) (all []*Version, err error) {
	prefix := setup.TriagePrefix + brand + "/"
	pages := s3.NewListObjectsV2Paginator(b.S3, &s3.ListObjectsV2Input{Bucket: &b.Name, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the versions: %w", err)
		}
		for _, o := range page.Contents {
			name, ok := strings.CutSuffix(strings.TrimPrefix(aws.ToString(o.Key), prefix), ".json")
			if !ok || !strings.HasPrefix(name, "v-") {
				continue
			}
			v, err := b.Version(ctx, brand, name)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if v != nil {
				all = append(all, v)
			}
		}
	}
	slices.SortStableFunc(all, func(a, b *Version) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name)) })
	return all, nil
}

// ErrNoVersion is that there is none of this name.
var ErrNoVersion = errors.New("no such version")

// Choose lets a version judge from now on because a person says so, "" for the model alone, and pins it: nothing takes its place until somebody says so with pin false.
func (b Bucket) Choose(ctx context.Context, brand, name string, pin bool, now time.Time) (Active, error) {
	if name != "" {
		switch v, err := b.Version(ctx, brand, name); {
		case err != nil:
			return Active{}, err
		case v == nil:
			return Active{}, fmt.Errorf("%s: %w of %s", name, ErrNoVersion, brand)
		}
	}
	a, err := b.Active(ctx, brand)
	if err != nil {
		return a, err
	}
	if name != a.Version {
		a.Before, a.Version = a.Version, name
	}
	a.Pinned, a.At = pin, now
	return a, b.Activate(ctx, brand, a)
}

func (b Bucket) read(ctx context.Context, key string, into any) (found bool, err error) {
	out, err := b.S3.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Name, Key: &key})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("get an offset: %w", err)
	}
	defer out.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(out.Body, maxBytes))
	if err == nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return false, fmt.Errorf("read an offset: %w", err)
	}
	return true, nil
}

func (b Bucket) write(ctx context.Context, key string, v any) error {
	raw, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode an offset: %w", err)
	}
	_, err = b.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.Name, Key: &key, Body: bytes.NewReader(raw), ContentType: aws.String("application/json")})
	if err != nil {
		return fmt.Errorf("keep an offset: %w", err)
	}
	return nil
}

// How long what was read is used, how long a failure is, and how long a reading may take: a receipt does not wait for it.
const (
	fresh   = 5 * time.Minute
	retry   = time.Minute
	patient = time.Second
)

// Cache are the offsets of a function's brands.
type Cache struct {
	Bucket
	Now    func() time.Time
	Failed func(error)

	mu     sync.Mutex
	brands map[string]cached
}

type cached struct {
	offsets triage.Offsets
	until   time.Time
}

// Of gives a brand's offsets as they were at most some minutes ago. What cannot be read in time is what was read before, or none: the model alone.
func (c *Cache) Of(ctx context.Context, brand string) triage.Offsets {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.Now()
	known := c.brands[brand]
	if now.Before(known.until) {
		return known.offsets
	}
	ctx, cancel := context.WithTimeout(ctx, patient)
	defer cancel()
	read, err := c.Bucket.Of(ctx, brand)
	known.until = now.Add(retry)
	if err != nil {
		c.Failed(err)
	} else {
		known = cached{read, now.Add(fresh)}
	}
	if c.brands == nil {
		c.brands = map[string]cached{}
	}
	c.brands[brand] = known
	return known.offsets
}
