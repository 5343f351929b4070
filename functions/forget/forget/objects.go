package forget

import (
	"bytes"
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

	"pronto/shared/channel/networks"
	"pronto/shared/desk"
	"pronto/shared/setup"
)

// remove deletes all versions of the objects under a prefix that are meant, and the marks of their deletion.
func (w *work) remove(ctx context.Context, prefix string, meant func(key string) bool) error {
	return w.removeOf(ctx, prefix, func(key string, _ time.Time) bool { return meant(key) })
}

// removeOf is remove where it matters when a version was written.
func (w *work) removeOf(ctx context.Context, prefix string, meant func(key string, at time.Time) bool) error {
	all, err := w.versions(ctx, prefix)
	if err != nil {
		return err
	}
	return w.removeVersions(ctx, slices.DeleteFunc(all, func(v version) bool { return !meant(*v.key, v.at) }))
}

// maxLists is how many prefixes are listed at once.
const maxLists = 8

// removeUnder removes all that lies under some prefixes. Of most there is nothing: of a mention each day is one on which it may have been edited.
func (w *work) removeUnder(ctx context.Context, prefixes []string) error {
	for some := range slices.Chunk(prefixes, maxLists) {
		all, errs := make([][]version, len(some)), make([]error, len(some))
		var listed sync.WaitGroup
		for i, prefix := range some {
			listed.Go(func() { all[i], errs[i] = w.versions(ctx, prefix) })
		}
		listed.Wait()
		if err := errors.Join(errs...); err != nil {
			return err
		}
		if err := w.removeVersions(ctx, slices.Concat(all...)); err != nil {
			return err
		}
	}
	return nil
}

// version is one of an object's, or the mark of its deletion.
type version struct {
	key, id *string
	at      time.Time
	mark    bool
}

func (w *work) versions(ctx context.Context, prefix string) (all []version, err error) {
	pages := s3.NewListObjectVersionsPaginator(w.s3, &s3.ListObjectVersionsInput{Bucket: &w.bucket, Prefix: &prefix})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list what lies in the bucket: %w", err)
		}
		for _, v := range page.Versions {
			all = append(all, version{v.Key, v.VersionId, aws.ToTime(v.LastModified), false})
		}
		for _, m := range page.DeleteMarkers {
			all = append(all, version{m.Key, m.VersionId, aws.ToTime(m.LastModified), true})
		}
	}
	return all, nil
}

func (w *work) removeVersions(ctx context.Context, all []version) error {
	seen := map[string]bool{}
	for _, v := range all {
		if err := w.removeVersion(ctx, v.key, v.id); err != nil {
			return err
		}
		if !v.mark {
			seen[*v.key] = true
			w.removed[desk.RemovedVersions]++
		}
	}
	w.removed[desk.RemovedObjects] += len(seen)
	return nil
}

func (w *work) removeVersion(ctx context.Context, key, version *string) error {
	if _, err := w.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &w.bucket, Key: key, VersionId: version}); err != nil {
		return fmt.Errorf("remove from the bucket: %w", err)
	}
	return nil
}

// maxRead bounds what is read of one object: SES takes 40 MB.
const maxRead = 41 << 20

func (h *Handler) read(ctx context.Context, key string) ([]byte, error) {
	out, err := h.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &h.bucket, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("read from the bucket: %w", err)
	}
	defer out.Body.Close()
	return io.ReadAll(io.LimitReader(out.Body, maxRead))
}

// bury writes a tombstone beside the raw mails, where it outlives the table. A later one of the same contact takes its place.
func (h *Handler) bury(ctx context.Context, t desk.Tombstone) error {
	b, err := json.Marshal(t)
	if err != nil {
		return fmt.Errorf("encode a tombstone: %w", err)
	}
	key, kind := setup.TombKey(t.Brand, t.Contact), "application/json"
	if _, err := h.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &key, Body: bytes.NewReader(b), ContentType: &kind}); err != nil {
		return fmt.Errorf("write a tombstone: %w", err)
	}
	return nil
}

// tombstones calls fn with every one.
func (h *Handler) tombstones(ctx context.Context, fn func(desk.Tombstone)) error {
	return Tombstones(ctx, h.s3, h.bucket, fn)
}

// Tombstones calls fn with every contact that was forgotten.
func Tombstones(ctx context.Context, client *s3.Client, bucket string, fn func(desk.Tombstone)) error {
	pages := s3.NewListObjectsV2Paginator(client, &s3.ListObjectsV2Input{Bucket: &bucket, Prefix: aws.String(setup.TombPrefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the tombstones: %w", err)
		}
		for _, o := range page.Contents {
			t, err := tombstone(ctx, client, bucket, o.Key)
			if err != nil {
				return err
			}
			if t != nil {
				fn(*t)
			}
		}
	}
	return nil
}

func tombstone(ctx context.Context, client *s3.Client, bucket string, key *string) (*desk.Tombstone, error) {
	out, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: key})
	var none *types.NoSuchKey
	if errors.As(err, &none) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read a tombstone: %w", err)
	}
	defer out.Body.Close()
	var t desk.Tombstone
	if err := json.NewDecoder(io.LimitReader(out.Body, 1<<10)).Decode(&t); err != nil {
		return nil, fmt.Errorf("a tombstone cannot be read: %w", err)
	}
	return &t, nil
}

// objects removes what lies in the bucket of some messages, and all under some prefixes.
func (w *work) objects(ctx context.Context, messages []desk.Message, prefixes []string) error {
	var exact []string
	for _, m := range messages {
		prefixes = append(prefixes, setup.FilesPrefix+m.ID+"/")
		if m.Raw != "" {
			spared := false
			if w.spares != nil {
				var err error
				if spared, err = w.spares(ctx, m.Raw, m.At); err != nil {
					return err
				}
			}
			if !spared {
				exact = append(exact, m.Raw)
			}
		}
		for _, f := range m.Files {
			if f.Key != "" {
				exact = append(exact, f.Key)
			}
		}
		prefixes = append(prefixes, posted(m, w.now())...)
	}
	for _, key := range exact {
		if err := w.remove(ctx, key, func(k string) bool { return k == key }); err != nil {
			return err
		}
	}
	return w.removeUnder(ctx, prefixes)
}

// late is how long after a mention its edits and its deletion may still come.
const late = 30 * 24 * time.Hour

// posted are the prefixes of all that was posted of a mention up to now: each edit is an object of its own, under the day on which it came.
func posted(m desk.Message, now time.Time) (prefixes []string) {
	under := setup.CustomPrefix
	if strings.HasPrefix(m.Raw, setup.PostsPrefix) {
		under = setup.PostsPrefix + networks.ChannelOf(m.Raw) + "/"
	}
	if !strings.HasPrefix(m.Raw, under) {
		return nil
	}
	last := m.At
	for _, t := range []*time.Time{m.Edited, m.Withdrawn} {
		if t != nil && t.After(last) {
			last = *t
		}
	}
	if last = last.Add(late); last.After(now.AddDate(0, 0, 1)) {
		last = now.AddDate(0, 0, 1)
	}
	for day := m.At; !day.After(last); day = day.AddDate(0, 0, 1) {
		prefixes = append(prefixes, under+desk.Day(day)+"/"+m.ID+"-")
	}
	return prefixes
}
