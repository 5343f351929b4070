package work

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/channel/networks"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/setup"
)

// errGone is a conversation that was there a moment ago.
var errGone = errors.New("the conversation is gone")

// Bounds of the texts of one answer: a row has the beginning of each, and what goes beyond it is fetched. Who writes to the desk must not be able to write what
// agents cannot open any more: a Lambda answers 6 MB at most, within its time and memory, and JSON may make six bytes of one.
const (
	maxFetched = 40        // messages, newest first
	maxRaw     = 40 << 20  // bytes of one
	maxRaws    = 64 << 20  // of all together
	maxText    = 128 << 10 // bytes of one text; an agent's has 20,000 runes
	maxTexts   = 512 << 10 // of all together
	fetchers   = 8
	large      = 2 << 20 // raw messages from here on are read one at a time: parsed, they take some times their size
)

// errLong is a raw message that would be too much for one answer.
var errLong = errors.New("too long to be read with the others")

// texts completes the messages' texts: where a row has only the beginning, the new text of the raw message, as far as it can be had.
func (d *Desk) texts(ctx context.Context, messages []Message) error {
	r := d.newReading()
	free := make(chan struct{}, fetchers)
	var wg sync.WaitGroup
	left := maxFetched
	for i := range slices.Backward(messages) {
		m := &messages[i]
		if m.row == nil || !cut(*m.row) {
			continue
		}
		m.Cut = true
		if left == 0 {
			continue
		}
		left--
		free <- struct{}{} // newest first, also where they take turns
		wg.Go(func() {
			defer func() { <-free }()
			full, err := r.fullText(ctx, *m.row)
			switch {
			case errors.Is(err, errLong):
				return
			case err != nil:
				d.Log.Error("text", "message", m.row.ID, "error", setup.Outermost(err))
				return
			}
			m.Text = strings.Clone(mail.Cut(full, maxText)) // and no more of the mail is kept
			m.Cut = len(m.Text) < len(full)
		})
	}
	wg.Wait()
	fit(messages)
	return ctx.Err()
}

// fit leaves of the texts that are too much together, of the older ones, the beginnings.
func fit(messages []Message) {
	left := maxTexts
	for i := range slices.Backward(messages) {
		m := &messages[i]
		if m.row == nil || len(m.Text) <= len(m.row.Excerpt) {
			continue
		}
		if left -= len(m.Text); left < 0 {
			m.Text, m.Cut = m.row.Excerpt, true
		}
	}
}

// reading is what the texts of one answer take together.
type reading struct {
	*Desk
	left atomic.Int64 // bytes of raw messages that may still be read
	one  sync.Mutex   // of the large ones
}

// cut tells whether a row's excerpt may be less than the text.
func cut(m desk.Message) bool {
	return m.Raw != "" && len(m.Excerpt) > desk.ExcerptBytes-4
}

// fullText is what agents read of a message.
func (r *reading) fullText(ctx context.Context, m desk.Message) (string, error) {
	t, err := r.open(ctx, m)
	return t.shown, err
}

// whole reads a raw message, within what may still be read. A large one has the machine for itself until it is done with.
func (r *reading) whole(ctx context.Context, key string) (raw []byte, done func(), err error) {
	out, err := r.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &r.bucket, Key: &key})
	if err != nil {
		return nil, nil, fmt.Errorf("get a message: %w", err)
	}
	defer out.Body.Close()
	size := aws.ToInt64(out.ContentLength)
	if r.left.Add(-size) < 0 {
		return nil, nil, errLong
	}
	done = func() {}
	if size >= large {
		r.one.Lock()
		done = r.one.Unlock
	}
	if raw, err = io.ReadAll(io.LimitReader(out.Body, maxRaw)); err != nil {
		done()
		return nil, nil, fmt.Errorf("read a message: %w", err)
	}
	return raw, done, nil
}

// newReading is one with all that an answer may take.
func (d *Desk) newReading() *reading {
	r := &reading{Desk: d}
	r.left.Store(maxRaws)
	return r
}

// opened is a raw message's text: as agents read it, and as triage does.
type opened struct{ shown, judged string }

func (r *reading) open(ctx context.Context, m desk.Message) (opened, error) {
	raw, done, err := r.whole(ctx, m.Raw)
	if err != nil {
		return opened{}, err
	}
	defer done()
	switch {
	case m.Direction == "out":
		return opened{string(raw), string(raw)}, nil
	case strings.HasPrefix(m.Raw, setup.MailPrefix):
		parsed, err := mail.Parse(raw, r.limits())
		if err != nil {
			return opened{}, fmt.Errorf("read a message: %w", err)
		}
		return opened{parsed.Reply, parsed.New}, nil
	}
	mention, err := networks.Decode(networks.ChannelOf(m.Raw), raw, r.Now())
	if err != nil {
		return opened{}, fmt.Errorf("read a mention: %w", err)
	}
	return opened{mention.Text, mention.Text}, nil
}
