package console_test

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go/middleware"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/setup"
)

// written are the versions of agents' words in the bucket, and of how many keys the present one has its note.
func (w *world) written() (versions []s3.DeleteObjectInput, signed int) {
	w.t.Helper()
	client := w.Setup.S3()
	out, err := client.ListObjectVersions(w.t.Context(), &s3.ListObjectVersionsInput{Bucket: aws.String(wiring.Bucket), Prefix: aws.String(setup.WordsPrefix)})
	if err != nil {
		w.t.Fatal(err)
	}
	for _, v := range out.Versions {
		versions = append(versions, s3.DeleteObjectInput{Bucket: aws.String(wiring.Bucket), Key: v.Key, VersionId: v.VersionId})
		if !aws.ToBool(v.IsLatest) {
			continue
		}
		head, err := client.HeadObject(w.t.Context(), &s3.HeadObjectInput{Bucket: aws.String(wiring.Bucket), Key: v.Key})
		if err != nil {
			w.t.Fatal(err)
		}
		if _, ok := work.ReadJournal(head.Metadata); ok {
			signed++
		}
	}
	return versions, signed
}

// between is a desk at which something happens right before the note of an agent's words is written.
func between(t *testing.T, do func(*world) error) *world {
	t.Helper()
	w := &world{t: t}
	look := middleware.InitializeMiddlewareFunc("Between", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if put, is := in.Parameters.(*s3.PutObjectInput); is && put.IfMatch != nil {
			if err := do(w); err != nil {
				return middleware.InitializeOutput{}, middleware.Metadata{}, err
			}
		}
		return next.HandleInitialize(ctx, in)
	})
	w.Desk = desktest.New(t, desktest.Options{Start: monday, Policy: two(t), Change: func(c *aws.Config) {
		c.APIOptions = append(c.APIOptions, func(s *middleware.Stack) error { return s.Initialize.Add(look, middleware.After) })
	}})
	w.api = edge.AsAgent(w.API())
	return w
}

// Who is forgotten between an agent's note and its signing does not come back by the signing.
func TestASigningBringsNothingBack(t *testing.T) {
	w := between(t, func(w *world) error {
		versions, _ := w.written()
		for _, v := range versions {
			if _, err := w.Setup.S3().DeleteObject(w.t.Context(), &v); err != nil {
				return err
			}
		}
		return nil
	})
	id := w.complaint()
	w.ask("ana", "POST", conv(id, "note"), `{"text":"Her number is 12."}`).is(200)
	if versions, _ := w.written(); len(versions) != 0 {
		t.Errorf("%d versions are back", len(versions))
	}
}

// A request that comes again finds its words where they are: signed ones stay so, and unsigned ones, whose writer died, are signed now. What was taken back stays unsigned.
func TestARepeatedRequestKeepsItsSignature(t *testing.T) {
	dies := false
	w := between(t, func(*world) error {
		if dies {
			return context.Canceled
		}
		return nil
	})
	id := w.complaint()
	say := func(verb, key, body string, versions, signed int) {
		t.Helper()
		w.ask("ana", "POST", conv(id, verb), body, "Idempotency-Key", key).is(200)
		if v, s := w.written(); len(v) != versions || s != signed {
			t.Errorf("%s %s: %d versions and %d signed, want %d and %d", verb, key, len(v), s, versions, signed)
		}
	}
	say("note", "k1", `{"text":"She calls often."}`, 2, 1)
	say("note", "k1", `{"text":"She calls often."}`, 2, 1)
	dies = true
	later := `{"text":"Tomorrow.","at":"` + w.Clock.Now().Add(24*time.Hour).Format(time.RFC3339) + `"}`
	say("reply", "k2", later, 3, 1)
	dies = false
	say("reply", "k2", later, 4, 2)
	c := w.ask("ana", "GET", conv(id), "").is(200).conversation()
	say("take_back", "k3", `{"answer":"`+c.Scheduled[0].ID+`"}`, 5, 1)
	say("take_back", "k3", `{"answer":"`+c.Scheduled[0].ID+`"}`, 5, 1)
	say("reply", "k2", later, 5, 1)
}
