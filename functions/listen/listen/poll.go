package listen

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"pronto/shared/channel/network"
	"pronto/shared/desk"
	"pronto/shared/line"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// The limits of one poll, within the function's fifteen seconds.
const (
	patience = 12 * time.Second // of all of it
	enough   = 6 * time.Second  // after which no other page is begun
	lease    = 20 * time.Second // longer than the function may run: who has it and is gone has died
	tooSoon  = 5 * time.Second  // after the last poll, where nobody pushed: the order came twice
)

// poll takes an account's lease, reads what is new, and gives the lease back with how it went.
func (h *Handler) poll(ctx context.Context, a network.Account, pushed bool) error {
	now := h.now()
	c, err := h.store.Cursor(ctx, a.Brand, a.Channel, a.Handle)
	if err != nil {
		return err
	}
	opened, failed := h.lines.Open(ctx, a)
	if failed == nil && !opened.Connected.Equal(c.Connected) {
		c.Connected, c.Wait = opened.Connected, time.Time{} // somebody connected it anew: whatever was wrong may be mended
	}
	if now.Before(c.Until) || now.Before(c.Wait) || !pushed && now.Sub(c.Polled) < tooSoon && c.Behind.IsZero() {
		return nil
	}
	c.Until = now.Add(lease)
	switch err := h.save(ctx, a, &c); {
	case errors.Is(err, store.ErrCursorMoved):
		return nil
	case err != nil:
		return err
	}
	taken := 0
	if failed == nil {
		within, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		taken, failed = h.read(within, opened, &c)
	}
	if errors.Is(failed, store.ErrCursorMoved) {
		return nil // the lease ran out, and who has it now goes on
	}
	return h.end(ctx, a, &c, taken, failed)
}

// read takes page after page, and moves the cursor behind each. It returns how many posts it took.
func (h *Handler) read(ctx context.Context, l line.Line, c *store.Cursor) (taken int, err error) {
	began := time.Now() // not h.now: what is bounded is how long this run of the function may take, whatever the desk's clock says
	for {
		page, err := l.Poll(ctx, c.Place)
		if err != nil {
			return taken, fmt.Errorf("poll: %w", err)
		}
		if len(page.Posts) > network.MaxPage {
			return taken, network.ErrGarbled
		}
		if err := h.keep(ctx, l.Account, page.Posts); err != nil {
			return taken, errors.Join(errOurs, err)
		}
		h.heard(c, len(page.Posts))
		taken += len(page.Posts)
		if len(page.Cursor) > 0 {
			c.Place = page.Cursor
		}
		c.Wait = page.Wait
		if !page.More {
			c.Behind = time.Time{}
			return taken, h.check(ctx, l, c)
		}
		if c.Behind.IsZero() {
			c.Behind = h.now()
		}
		if err := h.save(ctx, l.Account, c); err != nil {
			return taken, err
		}
		if time.Since(began) > enough || h.now().Before(page.Wait) {
			return taken, nil
		}
	}
}

// maxEntries is what one SendMessageBatch takes.
const maxEntries = 10

// keep stores posts, then tells intake of them.
func (h *Handler) keep(ctx context.Context, a network.Account, posts []network.Post) error {
	var notices []string
	var kept []network.Notice
	for _, p := range posts {
		n := h.notice(a, p)
		text, err := n.Encode()
		if err != nil {
			return fmt.Errorf("encode a notice: %w", err)
		}
		raw := p.Raw[:min(len(p.Raw), network.MaxRaw)] // what is longer is kept as far as it goes, cannot be decoded and is held
		_, err = h.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &n.Bucket, Key: &n.Key, Body: bytes.NewReader(raw), ContentType: aws.String("application/json")})
		if err != nil {
			return fmt.Errorf("store a post: %w", err)
		}
		notices, kept = append(notices, text), append(kept, n)
	}
	for len(notices) > 0 {
		n := min(len(notices), maxEntries)
		if err := h.announce(ctx, notices[:n]); err != nil {
			return err
		}
		for _, k := range kept[:n] {
			h.log.Info("received", "channel", k.Channel, "brand", k.Brand, "message", k.ID, "key", k.Key, "trace", k.ID)
		}
		notices, kept = notices[n:], kept[n:]
	}
	return nil
}

// announce tells intake of posts that lie in the bucket.
func (h *Handler) announce(ctx context.Context, notices []string) error {
	in := &sqs.SendMessageBatchInput{QueueUrl: &h.intake}
	for i, text := range notices {
		in.Entries = append(in.Entries, types.SendMessageBatchRequestEntry{Id: aws.String(strconv.Itoa(i)), MessageBody: &text})
	}
	out, err := h.sqs.SendMessageBatch(ctx, in)
	if err != nil {
		return fmt.Errorf("tell intake: %w", err)
	}
	if len(out.Failed) > 0 {
		return errors.New("tell intake: the queue left some out")
	}
	return nil
}

// notice is what intake is told of a post. Its id is made of the network's, its key of what it says, too: an edit does not overwrite what came before.
func (h *Handler) notice(a network.Account, p network.Post) network.Notice {
	now := h.now().UTC()
	digest := h.keys.Digest(string(p.Raw))
	id := h.keys.Message(a.Brand, a.Channel, cmp.Or(p.ID, digest))
	return network.Notice{
		Channel: a.Channel, Account: a.Handle, ID: id, Brand: a.Brand, Bucket: h.bucket, ReceivedAt: now,
		Key: setup.PostsPrefix + a.Channel + "/" + desk.Day(now) + "/" + id + "-" + digest,
	}
}

// end writes down how a poll went, and ends the lease. An account that fails is no error of the function's: the minute's telling raises the alarm. Nothing fails where another
// process renews the account's session just now: the next order finds the new one.
func (h *Handler) end(ctx context.Context, a network.Account, c *store.Cursor, taken int, failed error) error {
	now := h.now()
	c.Until = time.Time{}
	elsewhere := errors.Is(failed, store.ErrRenewing)
	switch {
	case elsewhere: // whoever renews it tells if that fails
	case failed == nil:
		c.Polled, c.Failure, c.Failing = now, "", time.Time{}
	default:
		h.fails(c, failed, now)
	}
	switch {
	case elsewhere:
		h.log.Info("listen", "brand", a.Brand, "channel", a.Channel, "account", h.account(a), "posts", taken, "why", "renewed_elsewhere")
	case failed != nil:
		h.log.Error("listen", "brand", a.Brand, "channel", a.Channel, "account", h.account(a), "posts", taken, "error", c.Failure)
	case taken > 0:
		h.log.Info("listened", "brand", a.Brand, "channel", a.Channel, "account", h.account(a), "posts", taken)
	}
	err := h.save(ctx, a, c)
	if errors.Is(err, store.ErrCursorMoved) {
		return nil // it took longer than the lease, and somebody else goes on
	}
	return err
}

// How long an account is left alone that cannot be polled. A network counts log-ins, and locks who tries a wrong password all day.
const (
	refusedPause = 15 * time.Minute // pronto connect ends it
	longestPause = 2 * time.Minute  // of a server that is unwell, the longer the longer it has been
)

// errOurs says that not the network failed but our own bucket or queue.
var errOurs = errors.New("posts cannot be kept")

// fails notes a failure, and until when the account is left alone.
func (h *Handler) fails(c *store.Cursor, failed error, now time.Time) {
	code := network.CodeOf(failed)
	if errors.Is(failed, errOurs) {
		code = network.CodeOurs
	}
	c.Failure = string(code)
	if c.Failing.IsZero() {
		c.Failing = now
	}
	var limited *network.Limited
	switch {
	case errors.As(failed, &limited):
		c.Wait = limited.Until
	case errors.Is(failed, network.ErrRefused), errors.Is(failed, network.ErrNotConnected):
		h.lines.Refused()
		c.Wait = now.Add(refusedPause)
	default:
		c.Wait = now.Add(min(now.Sub(c.Failing)/4, longestPause))
	}
}

// heard notes that something came, and after which silence.
func (h *Handler) heard(c *store.Cursor, posts int) {
	if posts == 0 {
		return
	}
	now := h.now()
	if !c.Newest.IsZero() {
		c.Gaps = append(c.Gaps, int(now.Sub(c.Newest)/time.Minute))
		c.Gaps = c.Gaps[max(0, len(c.Gaps)-store.MaxGaps):]
	}
	c.Newest = now
}

// checkEvery is how often a server is asked how an account stands, beside being polled.
const checkEvery = time.Hour

// check asks the server how the account stands. What polls well and cannot be checked is asked again in an hour.
func (h *Handler) check(ctx context.Context, l line.Line, c *store.Cursor) error {
	now := h.now()
	if l.Check == nil || now.Sub(c.Checked) < checkEvery {
		return nil
	}
	c.Checked = now
	state, err := l.Check(ctx)
	if err == nil {
		c.Unmarked, c.Expires = !state.Bot, state.Expires
	}
	if errors.Is(err, network.ErrRefused) {
		return fmt.Errorf("check: %w", err)
	}
	return nil
}

func (h *Handler) save(ctx context.Context, a network.Account, c *store.Cursor) error {
	return h.store.SaveCursor(ctx, a.Brand, a.Channel, a.Handle, c)
}
