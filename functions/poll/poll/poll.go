// Package poll is the minute's round of all that calls nobody by itself. It orders the polls of the brands' accounts at networks, which listen does, and tells how the
// accounts are; and it fetches mail from mailboxes on other servers by IMAP. Each mail is stored as SES would store it, and intake is told as SES would
// tell it; but SES has not judged it, so it is believed only by the word of the receiving server, if the policy trusts that (mail.Delivered). It decides nothing.
//
// Invariants:
//   - A mail is behind the cursor when its raw text lies in S3 and its notice is in the queue. Dying before, it is fetched again; its key and its id are made of
//     its own text and its mailbox, so that what was done twice is taken once, also when the server numbers its mails anew.
//   - The first poll begins with what comes from then on. Nothing is marked, moved or deleted in the mailbox.
//   - One poller at a time has a mailbox: a lease in the cursor's row, fenced by the row's sequence. It runs out by itself when its holder dies.
//   - A mailbox that cannot be polled keeps no other from being polled. Its failure is a code in its row and in the ledger, never a server's words.
package poll

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/channel/imap"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Handler is the poll function.
type Handler struct {
	store    *store.Store
	s3       *s3.Client
	sqs      *sqs.Client
	vault    *secretsmanager.Client
	secrets  string // Secrets Manager id of {"name": "password"}, or OAuth in place of one
	imap     *imap.Client
	bucket   string
	queue    string // URL of the intake queue
	accounts string // URL of listen's queue
	policy   *policy.Policy
	keys     desk.Keys
	slots    chan struct{} // a mail in memory each
	now      func() time.Time
	log      *slog.Logger
}

// New wires the function.
func New(ctx context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Secret, setup.Policy, setup.IntakeQueue, setup.AccountsQueue, setup.MailboxSecrets)
	if err != nil {
		return nil, err
	}
	p, err := s.Policy()
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	return &Handler{
		store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), s3: s.S3(), sqs: sqs.NewFromConfig(s.AWS),
		vault: secretsmanager.NewFromConfig(s.AWS), secrets: env[setup.MailboxSecrets], imap: imap.New(s.Now),
		bucket: env[setup.Bucket], queue: env[setup.IntakeQueue], accounts: env[setup.AccountsQueue], policy: p, keys: keys, slots: make(chan struct{}, atOnce), now: s.Now, log: s.Log,
	}, nil
}

// The limits of one run. A mailbox that has more goes on in the next minute.
const (
	patience = 30 * time.Second // for a mailbox, within the function's fifty: all are polled beside each other
	enough   = 20 * time.Second // after which no other mail is begun
	lease    = 2 * time.Minute
	perRun   = 50 // mails of a mailbox
	atOnce   = 3  // mails in memory
)

// ErrFailing says that mailboxes have failed for long enough that somebody must look; it raises the function's error alarm.
var ErrFailing = errors.New("mailboxes cannot be polled")

// alarmAfter is how long a mailbox may fail before that: a server's restart is nobody's business.
const alarmAfter = 15 * time.Minute

// Handle has every account of the policy polled, and polls every mailbox.
func (h *Handler) Handle(ctx context.Context, _ events.EventBridgeEvent) error {
	ordered := h.order(ctx) // first: a mailbox may take most of the function's time
	return errors.Join(ordered, h.pollAll(ctx))
}

func (h *Handler) pollAll(ctx context.Context) error {
	all := h.mailboxes()
	if len(all) == 0 {
		return nil
	}
	secrets, err := h.logins(ctx)
	if err != nil {
		return err
	}
	errs := make([]error, len(all))
	var wg sync.WaitGroup
	for i, m := range all {
		wg.Go(func() { errs[i] = h.poll(ctx, m, secrets[m.Secret]) })
	}
	wg.Wait()
	return errors.Join(errs...)
}

// mailbox is one of a brand's, with the id that it has in rows and in the ledger.
type mailbox struct {
	policy.Polled
	brand, id string
}

func (h *Handler) mailboxes() (all []mailbox) {
	for _, b := range h.policy.Brands {
		for _, p := range b.Mailboxes {
			all = append(all, mailbox{p, b.ID, h.keys.Message(b.ID, desk.Email, p.Place())})
		}
	}
	return all
}

// box is where it is.
func (m mailbox) box() imap.Box {
	return imap.Box{Host: m.Host, Port: m.Port, StartTLS: m.StartTLS, User: m.User, Folder: m.Folder}
}

func (h *Handler) logins(ctx context.Context) (map[string]imap.Secret, error) {
	out, err := h.vault.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &h.secrets})
	if err != nil {
		return nil, fmt.Errorf("get the mailboxes' passwords: %w", err)
	}
	return imap.ReadSecrets(aws.ToString(out.SecretString))
}

// poll takes a mailbox's lease, reads what is new, and gives the lease back with how it went.
func (h *Handler) poll(ctx context.Context, m mailbox, secret imap.Secret) error {
	now := h.now()
	c, err := h.store.Cursor(ctx, m.brand, desk.Email, m.id)
	if err != nil {
		return err
	}
	if now.Before(c.Until) {
		return nil // another poller has it, or had it and died
	}
	c.Until = now.Add(lease)
	switch err := h.save(ctx, m, &c); {
	case errors.Is(err, store.ErrCursorMoved):
		return nil
	case err != nil:
		return err
	}
	within, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	taken, failed := h.read(within, m, secret, &c)
	if errors.Is(failed, store.ErrCursorMoved) {
		return nil // the lease ran out, and who has it now goes on
	}
	return h.end(ctx, m, &c, taken, failed)
}

// end writes down how a poll went, and ends the lease. A mailbox that has failed for long is an error.
func (h *Handler) end(ctx context.Context, m mailbox, c *store.Cursor, taken int, failed error) error {
	now := h.now()
	c.Until = time.Time{}
	if failed == nil {
		c.Polled, c.Failure, c.Failing = now, "", time.Time{}
		if taken > 0 {
			h.log.Info("polled", "brand", m.brand, "mailbox", m.id, "mails", taken)
		}
	} else {
		c.Failure = setup.Outermost(failed)
		if c.Failing.IsZero() {
			c.Failing = now
		}
		h.log.Error("poll", "brand", m.brand, "mailbox", m.id, "mails", taken, "error", c.Failure)
	}
	if err := h.save(ctx, m, c); err != nil {
		return err
	}
	if failed != nil && now.Sub(c.Failing) >= alarmAfter {
		return fmt.Errorf("%s: %w", c.Failure, ErrFailing)
	}
	return nil
}

func (h *Handler) save(ctx context.Context, m mailbox, c *store.Cursor) error {
	return h.store.SaveCursor(ctx, m.brand, desk.Email, m.id, c)
}
