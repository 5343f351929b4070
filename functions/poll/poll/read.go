package poll

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/channel/imap"
	"pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// maxMail is SES's own limit: what is larger than a mail may be that comes that way is held with its header.
const maxMail = 40 << 20

// read takes what is new in a mailbox, in the order of its UIDs, and moves the cursor behind each. It returns how many it took.
func (h *Handler) read(ctx context.Context, m mailbox, secret imap.Secret, c *store.Cursor) (taken int, err error) {
	s, err := h.imap.Open(ctx, m.box(), secret)
	if err != nil {
		return 0, err
	}
	defer s.Close()
	if c.Validity != s.Validity {
		if err := h.begin(ctx, m, c, s); err != nil {
			return 0, err
		}
	}
	uids, err := s.After(c.Last, c.Since)
	if err != nil {
		return 0, err
	}
	began := time.Now() // not h.now: what is bounded is how long this run of the function may take, whatever the desk's clock says
	for _, uid := range uids[:min(len(uids), perRun)] {
		if time.Since(began) > enough {
			return taken, nil
		}
		n, err := h.one(ctx, m, s, uid, !c.Since.IsZero())
		if err != nil {
			return taken, err
		}
		taken, c.Last = taken+n, uid
		if err := h.save(ctx, m, c); err != nil {
			return taken, err
		}
	}
	if len(uids) <= perRun {
		c.Since = time.Time{} // whatever comes now is new
		c.Last = max(c.Last, s.Next-1)
	}
	return taken, nil
}

// one fetches a mail and takes it: 1, or 0 when it was deleted since it was listed.
func (h *Handler) one(ctx context.Context, m mailbox, s *imap.Mailbox, uid uint32, again bool) (int, error) {
	h.slots <- struct{}{}
	defer func() { <-h.slots }()
	l, err := s.Fetch(uid, maxMail)
	if err != nil || l.Gone {
		return 0, err
	}
	return 1, h.take(ctx, m, l, again)
}

// resync is how far before the last poll a mailbox is read again whose server numbers its mails anew. SEARCH knows days only, in the server's zone.
const resync = 24 * time.Hour

// maxResync bounds it for one that has not been polled for long.
const maxResync = 30 * 24 * time.Hour

// begin sets the cursor in a mailbox that is new to us, behind all that is there; or in one whose UIDs count no more, before what may not have been taken.
func (h *Handler) begin(ctx context.Context, m mailbox, c *store.Cursor, s *imap.Mailbox) error {
	now := h.now()
	if c.Validity == 0 {
		c.Last = s.Next - 1
	} else {
		c.Last, c.Since = 0, now.Add(-maxResync)
		if since := c.Polled.Add(-resync); since.After(c.Since) {
			c.Since = since
		}
		h.log.Warn("mailbox renumbered", "brand", m.brand, "mailbox", m.id)
	}
	c.Validity = s.Validity
	return h.save(ctx, m, c)
}

// take stores a mail, then tells intake. again: it may have been taken before, under another UID.
func (h *Handler) take(ctx context.Context, m mailbox, l imap.Letter, again bool) error {
	n := h.notice(m, l)
	if again {
		known, err := h.known(ctx, m, n.ID, l)
		if known || err != nil {
			return err
		}
	}
	_, err := h.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &h.bucket, Key: &n.Key, Body: bytes.NewReader(l.Raw), ContentType: aws.String("message/rfc822")})
	if err != nil {
		return fmt.Errorf("store the mail: %w", err)
	}
	if l.Large {
		return h.hold(ctx, m, n)
	}
	text, err := n.Encode()
	if err != nil {
		return fmt.Errorf("encode the notice: %w", err)
	}
	if _, err = h.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &h.queue, MessageBody: &text}); err != nil {
		return fmt.Errorf("tell intake: %w", err)
	}
	h.log.Info("fetched", "brand", m.brand, "mailbox", m.id, "key", n.Key, "late", n.Envelope.Late, "trace", h.keys.Message(m.brand, desk.Email, n.ID))
	return nil
}

// notice is what SES would say of a mail. Its id is made of the mail's own text: it is the same however often, and under whatever UID, the mail is fetched.
func (h *Handler) notice(m mailbox, l imap.Letter) ses.Notice {
	now, text := h.now(), sha256.Sum256(l.Raw)
	id := h.keys.Message(m.brand, desk.Email, m.id+" "+hex.EncodeToString(text[:]))
	env := mail.Delivered(l.Raw, m.Trust)
	env.Recipients, env.Late = []string{m.Address}, now.Sub(l.At) > m.Late
	return ses.Notice{ID: id, At: arrived(l.At, now), Envelope: env, Bucket: h.bucket, Key: setup.MailPrefix + id}
}

// arrived is when a mail counts as received: when its server got it, unless that was before yesterday. Sums of days that were proved long ago do not change.
func arrived(at, now time.Time) time.Time {
	if at.After(now) || desk.Day(at) < desk.Day(now.AddDate(0, 0, -1)) {
		return now
	}
	return at
}

// known tells whether a mail was taken before: its key, or that of its Message-ID, is held by this very delivery. A Message-ID alone proves nothing: whoever
// knows one could have another's mail passed over.
func (h *Handler) known(ctx context.Context, m mailbox, id string, l imap.Letter) (bool, error) {
	keys := []string{h.keys.Message(m.brand, desk.Email, id)}
	if read, err := mail.Parse(l.Raw, mail.DefaultLimits.Within(mail.Patience, h.now)); err == nil && read.MessageID != "" {
		keys = append(keys, h.keys.Message(m.brand, desk.Email, read.MessageID))
	}
	found, err := h.store.Find(ctx, m.brand, desk.Email, keys)
	for _, f := range found {
		if f.Delivery == id {
			return true, err
		}
	}
	return false, err
}

// hold keeps a mail that is too large for intake: its header, for a person who looks for it in the mailbox.
func (h *Handler) hold(ctx context.Context, m mailbox, n ses.Notice) error {
	held := desk.Held{
		Brand: m.brand, ID: h.keys.Message(m.brand, desk.Email, n.ID), At: n.At, Channel: desk.Email, Reason: desk.HoldUnreadable, Detail: mail.ReasonTooLarge,
		Raw: n.Key, Envelope: &n.Envelope,
	}
	if err := h.store.Hold(ctx, held); err != nil {
		return err
	}
	h.log.Info("held", "brand", held.Brand, "held", held.ID, "reason", held.Reason, "detail", held.Detail, "trace", held.ID)
	return nil
}
