package rebuild

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/account"
	"pronto/shared/channel/network"
	"pronto/shared/channel/networks"
	"pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/setup"
)

// piece is one thing that came or was written.
type piece struct {
	at   time.Time
	key  string
	take func(context.Context) error
}

// pieces are all that lies in the bucket of the past, in their order.
func (r *rebuild) pieces(ctx context.Context) (all []piece, err error) {
	for _, from := range []struct {
		prefix string
		read   func(context.Context, string, time.Time) (piece, bool, error)
	}{{setup.MailPrefix, r.mail}, {setup.CustomPrefix, r.mention}, {setup.PostsPrefix, r.mention}, {setup.WordsPrefix, r.words}} {
		pages := s3.NewListObjectsV2Paginator(r.s3, &s3.ListObjectsV2Input{Bucket: &r.bucket, Prefix: &from.prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("list the bucket: %w", err)
			}
			for _, o := range page.Contents {
				p, ok, err := from.read(ctx, aws.ToString(o.Key), aws.ToTime(o.LastModified).UTC())
				if err != nil {
					return nil, err
				}
				switch {
				case ok && p.at.After(r.Until):
					r.Later++
				case ok:
					all = append(all, p)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b piece) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.key, b.key)) })
	return all, nil
}

// headBytes is how much of a mail is read for its time: SES's block is some 2 KB.
const headBytes = 16 << 10

const maxRaw = 41 << 20

// read gets an object, or its beginning.
func (r *rebuild) read(ctx context.Context, key string, first int) ([]byte, error) {
	in := &s3.GetObjectInput{Bucket: &r.bucket, Key: &key}
	if first > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=0-%d", first-1))
	}
	out, err := r.s3.GetObject(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	defer out.Body.Close()
	return io.ReadAll(io.LimitReader(out.Body, maxRaw))
}

// notOurs is what SES puts into the bucket itself.
const notOurs = "AMAZON_SES_SETUP_NOTIFICATION"

// mail is one as SES has stored it, or as poll has fetched it.
func (r *rebuild) mail(ctx context.Context, key string, stored time.Time) (piece, bool, error) {
	id := strings.TrimPrefix(key, setup.MailPrefix)
	if id == notOurs {
		return piece{}, false, nil
	}
	top, err := r.read(ctx, key, headBytes)
	if err != nil {
		return piece{}, false, err
	}
	env, at, ok := mail.Stored(top, id)
	if !ok {
		at = stored
	}
	return piece{at, key, func(ctx context.Context) error {
		n := ses.Notice{ID: id, At: at, Envelope: env, Bucket: r.bucket, Key: key}
		if !ok && !r.fetched(ctx, &n) {
			x := desk.Held{
				Brand: account.NoBrand, ID: r.keys.Message(account.NoBrand, desk.Email, id), At: at, Channel: desk.Email, Reason: desk.HoldNoticeLost, Raw: key,
			}
			if r.buried(ctx, x) {
				return nil
			}
			r.Held++
			return r.store.Hold(ctx, x)
		}
		r.Mails++
		text, err := n.Encode()
		if err != nil {
			return err
		}
		return r.handle(ctx, text)
	}}, true, nil
}

// fetched finds the mailbox from which poll has fetched a mail: its id is made of the two.
func (r *rebuild) fetched(ctx context.Context, n *ses.Notice) bool {
	raw, err := r.read(ctx, n.Key, 0)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(raw)
	for _, b := range r.policy.Brands {
		for _, m := range b.Mailboxes {
			box := r.keys.Message(b.ID, desk.Email, fmt.Sprintf("mailbox %q %q %q", m.Host, m.User, m.Folder))
			if r.keys.Message(b.ID, desk.Email, box+" "+hex.EncodeToString(sum[:])) == n.ID {
				n.Envelope = mail.Delivered(raw, m.Trust)
				n.Envelope.Recipients = []string{m.Address}
				return true
			}
		}
	}
	return false
}

// mention is one event of the custom channel or a network: <prefix>…/<day>/<message id>-<digest>.
func (r *rebuild) mention(_ context.Context, key string, stored time.Time) (piece, bool, error) {
	name, day := path.Base(key), path.Base(path.Dir(key))
	id, _, ok := strings.Cut(name, "-")
	came, err := time.Parse(time.DateOnly, day)
	if !ok || err != nil {
		return piece{}, false, nil
	}
	if desk.Day(stored) != day { // the bucket is a copy: the day is all that is known
		stored = came.Add(12 * time.Hour)
		if stored.After(r.Until) && day == desk.Day(r.Until) {
			stored = r.Until
		}
	}
	return piece{stored, key, func(ctx context.Context) error {
		if r.gone[id] {
			return nil
		}
		n := network.Notice{Channel: networks.ChannelOf(key), ID: id, Bucket: r.bucket, Key: key, ReceivedAt: stored}
		raw, err := r.read(ctx, key, 0)
		if err != nil {
			return err
		}
		m, err := networks.Decode(n.Channel, raw, stored)
		if err != nil {
			return fmt.Errorf("read a mention: %w", err)
		}
		for _, b := range r.policy.Brands {
			if r.keys.Message(b.ID, n.Channel, m.ID) == id {
				n.Brand = b.ID
			}
		}
		if n.Brand == "" {
			return errors.New("it is of no brand of this rule book, or the desk's secret is another")
		}
		text, err := n.Encode()
		if err != nil {
			return err
		}
		r.Mentions++
		if err := r.handle(ctx, text); err != nil {
			r.at = r.at.Add(outOfOrder) // a change without its mention waits, and then is what it is
			return r.handle(ctx, text)
		}
		return nil
	}}, true, nil
}

// outOfOrder is longer than intake lets a change wait for its mention.
const outOfOrder = time.Hour

// handle gives intake one notice.
func (r *rebuild) handle(ctx context.Context, text string) error {
	out, err := r.intake.Handle(ctx, events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: "rebuild", Body: text, Attributes: map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": fmt.Sprint(r.at.UnixMilli())},
	}}})
	if err == nil && len(out.BatchItemFailures) > 0 {
		err = errors.New("intake does not take it")
	}
	return err
}
