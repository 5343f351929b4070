package work

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/channel/custom"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/setup"
)

// errGone is a conversation that was there a moment ago.
var errGone = errors.New("the conversation is gone")

// Bounds of the texts of one answer: a row has the beginning of each, and what goes beyond it is fetched.
const (
	maxFetched = 40       // messages, newest first
	maxRaw     = 40 << 20 // bytes of one
	fetchers   = 8
)

// texts completes the messages' texts: where a row has only the beginning, the new text of the raw message, as far as it can be had.
func (d *Desk) texts(ctx context.Context, messages []Message) error {
	free := make(chan struct{}, fetchers)
	var wg sync.WaitGroup
	left := maxFetched
	for i := len(messages) - 1; i >= 0; i-- {
		m := messages[i].row
		if m == nil || !cut(*m) || left == 0 {
			continue
		}
		left--
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			if full, err := d.fullText(ctx, *m); err == nil {
				messages[i].Text = full
			} else {
				d.Log.Error("text", "message", m.ID, "error", setup.Outermost(err))
			}
		})
	}
	wg.Wait()
	return ctx.Err()
}

// cut tells whether a row's excerpt may be less than the text.
func cut(m desk.Message) bool {
	return m.Raw != "" && len(m.Excerpt) > desk.ExcerptBytes-4
}

func (d *Desk) fullText(ctx context.Context, m desk.Message) (string, error) {
	out, err := d.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &d.bucket, Key: &m.Raw})
	if err != nil {
		return "", fmt.Errorf("get a message: %w", err)
	}
	defer out.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(out.Body, maxRaw))
	if err != nil {
		return "", fmt.Errorf("read a message: %w", err)
	}
	switch {
	case m.Direction == "out":
		return string(raw), nil
	case strings.HasPrefix(m.Raw, setup.MailPrefix):
		parsed, err := mail.Parse(raw, mail.DefaultLimits)
		if err != nil {
			return "", fmt.Errorf("read a message: %w", err)
		}
		return parsed.Reply, nil
	}
	mention, err := custom.Decode(raw, d.Now())
	if err != nil {
		return "", fmt.Errorf("read a mention: %w", err)
	}
	return mention.Text, nil
}

// keep stores a text of an agent's: an answer is read by deliver, a note by nobody but the API.
func (d *Desk) keep(ctx context.Context, key, text string) error {
	plain := "text/plain; charset=utf-8"
	_, err := d.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &d.bucket, Key: &key, Body: bytes.NewReader([]byte(text)), ContentType: &plain})
	if err != nil {
		return fmt.Errorf("keep a text: %w", err)
	}
	return nil
}
