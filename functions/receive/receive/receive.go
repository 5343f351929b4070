// Package receive takes webhooks: it verifies, keeps the body as it came, tells intake, and only then answers 202. It decides nothing.
//
//	POST /hooks/custom            a mention, signed after Standard Webhooks; see package custom
//	POST /hooks/{channel}/{push}  a network's push to an account, which is polled at once; what it says is not believed
//
// Invariants:
//   - Who cannot sign learns nothing but why he is not believed: size and signature are looked at before the body is parsed.
//   - 202 is answered when the body lies in S3 and its notice is in the queue; anything less is 503, and the sender tries again. What was done twice has the
//     same key and the same id, so trying again is harmless.
//   - No body, handle or id of the provider's is logged.
package receive

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/channel/custom"
	"pronto/shared/channel/network"
	"pronto/shared/channel/webhook"
	"pronto/shared/desk"
	"pronto/shared/line"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// Prefix is of raw bodies in the bucket: custom/<UTC day of arrival>/<message id>-<digest of the body>.
const Prefix = setup.CustomPrefix

// patience is how long S3, SQS and Secrets Manager may take together. The sender waits, and a function that is killed answers nothing.
const patience = 8 * time.Second

// Handler is the receive function.
type Handler struct {
	http.Handler
	keyring *custom.Keyring
	lines   *line.Lines
	s3      *s3.Client
	sqs     *sqs.Client
	bucket  string
	queue   string // URL of the intake queue
	listen  string // URL of listen's queue
	policy  *policy.Policy
	keys    desk.Keys
	now     func() time.Time
	log     *slog.Logger
}

// New wires the function.
func New(ctx context.Context, s *setup.Setup) (*Handler, error) {
	env, err := s.Need(setup.HookSecrets, setup.Bucket, setup.IntakeQueue, setup.AccountsQueue, setup.AccountSecrets, setup.Secret, setup.Policy)
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
	lines, err := line.New(s, nil, p)
	if err != nil {
		return nil, err
	}
	h := &Handler{
		lines: lines, listen: env[setup.AccountsQueue],
		keyring: custom.NewKeyring(secretsmanager.NewFromConfig(s.AWS), env[setup.HookSecrets], s.Now, s.Log),
		s3:      s.S3(), sqs: sqs.NewFromConfig(s.AWS),
		bucket: env[setup.Bucket], queue: env[setup.IntakeQueue], policy: p, keys: keys, now: s.Now, log: s.Log,
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hooks/custom", h.custom)
	mux.HandleFunc("POST /hooks/{channel}/{push}", h.push)
	h.Handler = mux
	return h, nil
}

// custom answers POST /hooks/custom: 202 taken (now or before), 400 with the field, 401, 413, or 503: try again.
func (h *Handler) custom(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()
	n, err := h.take(ctx, r)
	if err != nil {
		h.refuse(w, err)
		return
	}
	h.log.Info("received", "channel", custom.Channel, "brand", n.Brand, "message", n.ID, "key", n.Key, "trace", n.ID)
	answer(w, http.StatusAccepted, "application/json", map[string]string{"id": n.ID})
}

// take does it all, in the order of the package's invariants.
func (h *Handler) take(ctx context.Context, r *http.Request) (network.Notice, error) {
	body, err := read(r)
	if err != nil {
		return network.Notice{}, err
	}
	ring, err := h.keyring.Ring(ctx)
	if err != nil {
		return network.Notice{}, err
	}
	now := h.now()
	signed, err := ring.Signed(r.Header, body, now, h.brands())
	if err != nil {
		return network.Notice{}, err
	}
	m, err := custom.Decode(body, now)
	if err != nil {
		return network.Notice{}, err
	}
	brand, err := h.brand(m.Brand)
	if err != nil && len(signed) == len(h.policy.Brands) {
		return network.Notice{}, err
	}
	if !slices.Contains(signed, brand) { // who may not speak for all brands does not learn which there are
		return network.Notice{}, &webhook.Refusal{Reason: webhook.Wrong}
	}
	id := h.keys.Message(brand, custom.Channel, m.ID)
	n := network.Notice{
		Channel: custom.Channel, ID: id, Brand: brand, Bucket: h.bucket, ReceivedAt: now.UTC(),
		// The digest keeps an edit, or another text under the same id, from overwriting what was taken before.
		Key: Prefix + desk.Day(now) + "/" + id + "-" + h.keys.Digest(string(body)),
	}
	return n, h.keep(ctx, n, body)
}

// errTooLarge is answered 413.
var errTooLarge = errors.New("body too large")

func read(r *http.Request) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, custom.MaxBody+1))
	if err != nil {
		return nil, fmt.Errorf("read the body: %w", err)
	}
	if len(body) > custom.MaxBody {
		return nil, errTooLarge
	}
	return body, nil
}

func (h *Handler) brands() (ids []string) {
	for _, b := range h.policy.Brands {
		ids = append(ids, b.ID)
	}
	return ids
}

// brand finds the brand that a mention is for.
func (h *Handler) brand(id string) (string, error) {
	if id == "" && len(h.policy.Brands) == 1 {
		id = h.policy.Brands[0].ID
	}
	b := h.policy.Brand(id)
	switch {
	case id == "":
		return "", &network.Problem{Field: "brand", Message: "is missing: name one of the desk's brands"}
	case b == nil:
		return "", &network.Problem{Field: "brand", Message: "is none of the desk's: name one of its brands by its id"}
	}
	if _, on := b.Use(custom.Channel); !on {
		return "", &network.Problem{Field: "brand", Message: "does not use this channel: enable custom under its channels in the policy"}
	}
	return id, nil
}

// keep stores the body, then tells intake. Dying between the two leaves an object that nobody knows of; the sender, unanswered, comes again and writes the
// same key.
func (h *Handler) keep(ctx context.Context, n network.Notice, body []byte) error {
	notice, err := n.Encode()
	if err != nil {
		return fmt.Errorf("encode the notice: %w", err)
	}
	_, err = h.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &n.Bucket, Key: &n.Key, Body: bytes.NewReader(body), ContentType: aws.String("application/json"),
	})
	if err != nil {
		return fmt.Errorf("store the body: %w", err)
	}
	if _, err = h.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &h.queue, MessageBody: &notice}); err != nil {
		return fmt.Errorf("tell intake: %w", err)
	}
	return nil
}

// Problem is an error as RFC 9457 has it, with the field at fault.
type Problem struct {
	Title  string `json:"title"`
	Status int    `json:"status"`
	Detail string `json:"detail"`
	Field  string `json:"field,omitempty"`
}

// refuse answers what cannot be taken, and says so in the log.
func (h *Handler) refuse(w http.ResponseWriter, err error) {
	p := problem(err)
	if p.Status == http.StatusServiceUnavailable {
		h.log.Error("receive", "channel", custom.Channel, "status", p.Status, "error", setup.Outermost(err))
		w.Header().Set("Retry-After", "10")
	} else {
		h.log.Warn("refused", "channel", custom.Channel, "status", p.Status, "title", p.Title, "field", p.Field)
	}
	if p.Status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", "Webhook-Signature") // RFC 9110 wants a scheme; there is no registered one for this
	}
	answer(w, p.Status, "application/problem+json", p)
}

func problem(err error) Problem {
	var unbelieved *webhook.Refusal
	var field *network.Problem
	switch {
	case errors.Is(err, errTooLarge):
		return Problem{
			Title: "Too large", Status: http.StatusRequestEntityTooLarge, Detail: fmt.Sprintf("a body has at most %d KB: shorten it", custom.MaxBody>>10),
		}
	case errors.As(err, &unbelieved):
		return Problem{Title: titles[unbelieved.Reason], Status: http.StatusUnauthorized, Detail: notBelieved}
	case errors.As(err, &field):
		return Problem{Title: "Not understood", Status: http.StatusBadRequest, Detail: field.Error(), Field: field.Field}
	}
	return Problem{Title: "Not taken", Status: http.StatusServiceUnavailable, Detail: "it cannot be kept now: post it again, with the same id"}
}

// titles tell a developer which of the four it is. The detail is one for all: what a secret or a clock of ours is like is nobody's business.
var titles = map[webhook.Reason]string{
	webhook.Missing: "Signature missing", webhook.Malformed: "Signature malformed", webhook.Wrong: "Signature wrong", webhook.Stale: "Signature stale",
}

const notBelieved = "sign the body as it is sent, after Standard Webhooks, with a secret in force and the time of sending: webhook-id, webhook-timestamp, webhook-signature"

func answer(w http.ResponseWriter, status int, kind string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, "the answer cannot be encoded", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(append(b, '\n'))
}
