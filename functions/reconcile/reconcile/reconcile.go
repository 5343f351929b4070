// Package reconcile proves promise 1. Every hour: the sums of today and yesterday hold; one that does not is an alarm. In the night: every raw mail of
// yesterday that lies in S3 has become a message or is held. Of one that nothing knows, the notice was lost, and with it envelope and verdicts, which no
// header may replace: it is held for a person, and counts as received from then on. It looks, too, whether nothing comes where something should (package lull), and says once a
// day what a message has cost (package meter).
package reconcile

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/account"
	"pronto/shared/desk"
	"pronto/shared/meter"
	"pronto/shared/setup"
)

// Handler is the reconcile function.
type Handler struct {
	accountant *account.Accountant
	s3         *s3.Client
	bucket     string
	keys       desk.Keys
	counter    *meter.Counter
	meters     meter.Sheet
	now        func() time.Time
	log        *slog.Logger
}

// New wires the function.
func New(ctx context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.Bucket, setup.Secret)
	if err != nil {
		return nil, err
	}
	a, err := account.New(s)
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	meters, _ := meter.ReadFile(s.Env(setup.Meters)) // without it there is no cost (noSheet); the proof of promise 1 goes on
	return &Handler{accountant: a, s3: s.S3(), bucket: env[setup.Bucket], keys: keys, counter: meter.New(s.AWS), meters: meters, now: s.Now, log: s.Log}, nil
}

// The alarms: both are returned, which raises the function's error alarm.
var (
	ErrGap  = errors.New("the day's sum does not hold")
	ErrLost = errors.New("raw mails whose notice was lost are held")
)

// deepHours are the hours after midnight (UTC) whose runs compare yesterday's raw mails: more than one, since a run may fail or find intake busy.
const deepHours = 4

// Handle sums up yesterday and today, and once a day looks for raw mails that nothing knows.
func (h *Handler) Handle(ctx context.Context, _ events.EventBridgeEvent) error {
	now := h.now()
	yesterday := now.AddDate(0, 0, -1)
	var errs []error
	var days []account.Day
	for _, t := range []time.Time{yesterday, now} {
		d, err := h.sum(ctx, desk.Day(t), now)
		days, errs = append(days, d), append(errs, err)
	}
	if !slices.ContainsFunc(errs, func(err error) bool { return err != nil && !errors.Is(err, ErrGap) }) {
		errs = append(errs, h.lulls(ctx, days[0], days[1], now))
	}
	if now.Hour() == costHour {
		h.cost(ctx, yesterday, days[0], errs[0])
	}
	if now.Hour() < deepHours {
		errs = append(errs, h.compareWhenQuiet(ctx, desk.Day(yesterday)))
	}
	return errors.Join(errs...)
}

func (h *Handler) sum(ctx context.Context, day string, now time.Time) (account.Day, error) {
	d, err := h.accountant.Day(ctx, "", day, now)
	if err != nil {
		return d, err
	}
	h.log.Info("reconciliation", "day", d.Day, "received", d.Received, "receipted", d.Receipted, "suppressed", d.Suppressed,
		"held", d.Held, "in_flight", d.InFlight, "failed", d.Failed, "balanced", d.Balanced)
	if !d.Balanced {
		return d, fmt.Errorf("%s: %w", d.Day, ErrGap)
	}
	return d, nil
}

// compareWhenQuiet compares unless notices still wait for intake or were given up by it: their mails are not lost, only not taken yet.
func (h *Handler) compareWhenQuiet(ctx context.Context, day string) error {
	n, err := h.accountant.Backlog(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		h.log.Info("comparison put off", "day", day, "backlog", n)
		return nil
	}
	return h.compare(ctx, day)
}

// compare lists the bucket once and holds what arrived on that day and stands in no sum of that day or of a neighbour, since S3's time of writing and
// SES's of arrival may lie on two sides of midnight.
func (h *Handler) compare(ctx context.Context, day string) error {
	known, err := h.known(ctx, day)
	if err != nil {
		return err
	}
	lost := 0
	pages := s3.NewListObjectsV2Paginator(h.s3, &s3.ListObjectsV2Input{Bucket: &h.bucket, Prefix: aws.String(setup.MailPrefix)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("list the raw mails: %w", err)
		}
		for _, o := range page.Contents {
			at, key := aws.ToTime(o.LastModified).UTC(), aws.ToString(o.Key)
			id := strings.TrimPrefix(key, setup.MailPrefix)
			if desk.Day(at) != day || id == setupNotice || h.anyKnows(known, id) {
				continue
			}
			if err := h.hold(ctx, id, key, at); err != nil {
				return err
			}
			lost++
		}
	}
	if lost > 0 {
		return fmt.Errorf("%s: %d: %w", day, lost, ErrLost)
	}
	return nil
}

// setupNotice is the object that SES itself puts into a bucket when a receipt rule is made.
const setupNotice = "AMAZON_SES_SETUP_NOTIFICATION"

func (h *Handler) known(ctx context.Context, day string) (map[string]bool, error) {
	middle, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return nil, fmt.Errorf("day %s: %w", day, err)
	}
	known := map[string]bool{}
	for _, b := range h.accountant.Brands("") {
		for _, d := range []int{-1, 0, 1} {
			if err := h.accountant.Store.Known(ctx, b, desk.Day(middle.AddDate(0, 0, d)), func(id string) { known[id] = true }); err != nil {
				return nil, err
			}
		}
	}
	return known, nil
}

// anyKnows tells whether a brand has taken or held the mail: each keys it by SES's id.
func (h *Handler) anyKnows(known map[string]bool, id string) bool {
	for _, b := range h.accountant.Brands("") {
		if known[h.keys.Message(b, desk.Email, id)] {
			return true
		}
	}
	return false
}

func (h *Handler) hold(ctx context.Context, id, key string, at time.Time) error {
	held := desk.Held{
		Brand: account.NoBrand, ID: h.keys.Message(account.NoBrand, desk.Email, id), At: at, Channel: desk.Email, Reason: desk.HoldNoticeLost, Raw: key,
	}
	if err := h.accountant.Store.Hold(ctx, held); err != nil {
		return err
	}
	h.log.Info("held", "brand", held.Brand, "held", held.ID, "reason", held.Reason, "trace", held.ID)
	return nil
}
