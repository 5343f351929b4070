package desk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"regexp"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"go.etcd.io/bbolt"

	"pronto/infra/local"
	"pronto/infra/local/ses"
	"pronto/infra/local/sns"
	"pronto/infra/local/wire"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/channel"
	"pronto/shared/channel/custom"
	channels "pronto/shared/channel/ses"
	"pronto/shared/channel/webhook"
)

// sink stands for the other side of the custom channel where there is none: it takes posts as a good bridge does, each id once and only if it is rightly
// signed, and keeps them in the outbox beside the mails.
type sink struct {
	aws     *local.AWS
	keyring *custom.Keyring
	web     *http.Server
	at      net.Listener
}

// sinkPath is where the sink takes posts.
const sinkPath = "/dev/hook-sink"

// posted holds the ids of the posts that were taken.
var posted = []byte("pronto/posted")

// openSink listens on a port of its own.
func openSink(a *local.AWS, cfg aws.Config, log *slog.Logger) (*sink, error) {
	err := a.DB.Update(func(tx *bbolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(posted)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the outbox of posts: %w", err)
	}
	s := &sink{aws: a, keyring: custom.NewKeyring(secretsmanager.NewFromConfig(cfg), wiring.HookSecrets, a.Clock.Now, log)}
	if s.at, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, fmt.Errorf("open the outbox of posts: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+sinkPath, s.take)
	s.web = &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second, MaxHeaderBytes: 32 << 10}
	go func() { _ = s.web.Serve(s.at) }()
	a.SNS.Tell(textMessage)
	return s, nil
}

// textMessage enters a text message into the outbox: only agents are ever texted.
func textMessage(tx *bbolt.Tx, t sns.Text) error {
	return ses.Keep(tx, ses.Row{At: t.At, MessageID: t.MessageID, To: []string{t.To}, Raw: []byte(t.Message), Tags: map[string][]string{
		edge.TagChannel: {"sms"}, channels.TagKind: {string(channel.Page)},
	}})
}

// slackBlock is the name of the block of a page: its conversation and effect.
var slackBlock = regexp.MustCompile(`^page-(.+)-\d{6,}-\d+$`)

// Slack stands for a workspace's incoming webhook: it takes what Slack takes, and believes who knows the address.
func (s *sink) Slack(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, custom.MaxBody))
	var p struct {
		Text   string
		Blocks []struct {
			ID string `json:"block_id"`
		}
	}
	if err != nil || json.Unmarshal(body, &p) != nil {
		http.Error(w, "invalid_payload", http.StatusBadRequest)
		return
	}
	if p.Text == "" && len(p.Blocks) == 0 {
		http.Error(w, "no_text", http.StatusBadRequest)
		return
	}
	row := ses.Row{At: s.aws.Clock.Now(), MessageID: wire.UUID(), Raw: body, Tags: map[string][]string{edge.TagChannel: {"slack"}, channels.TagKind: {string(channel.Page)}}}
	for _, b := range p.Blocks {
		if m := slackBlock.FindStringSubmatch(b.ID); m != nil {
			row.Tags[channels.TagConversation] = []string{m[1]}
		}
	}
	if err := s.aws.DB.Update(func(tx *bbolt.Tx) error { return ses.Keep(tx, row) }); err != nil {
		http.Error(w, "rollback_error", http.StatusInternalServerError)
		return
	}
	_, _ = io.WriteString(w, "ok")
}

func (s *sink) url() string { return "http://" + s.at.Addr().String() + sinkPath }

func (s *sink) close(ctx context.Context) error {
	if s.web.Shutdown(ctx) != nil {
		return s.web.Close()
	}
	return nil
}

func (s *sink) take(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, custom.MaxBody))
	if err != nil {
		http.Error(w, "too large", http.StatusRequestEntityTooLarge)
		return
	}
	secrets, err := s.keyring.Secrets(r.Context(), "") // one machine's desk has no others
	if err != nil {
		http.Error(w, "the secrets cannot be read", http.StatusServiceUnavailable)
		return
	}
	id, err := secrets.Verify(r.Header, body, s.aws.Clock.Now())
	var refused *webhook.Refusal
	switch {
	case errors.As(err, &refused):
		http.Error(w, "not believed", http.StatusUnauthorized)
	case err != nil || s.keep(id, body) != nil:
		http.Error(w, "it cannot be kept", http.StatusServiceUnavailable)
	default:
		w.WriteHeader(http.StatusNoContent)
	}
}

// keep enters a post into the outbox unless its id is there.
func (s *sink) keep(id string, body []byte) error {
	row := ses.Row{At: s.aws.Clock.Now(), MessageID: id, Raw: body, Tags: map[string][]string{}}
	var p edge.Post
	if json.Unmarshal(body, &p) == nil {
		row.From, row.To = p.Brand, []string{p.To.Handle}
		row.Tags[channels.TagKind], row.Tags[channels.TagConversation] = []string{p.Type}, []string{p.Conversation}
	}
	row.Tags[edge.TagChannel] = []string{custom.Channel}
	if told := p.Data; told.Conversation != "" {
		row.From, row.Tags[edge.TagChannel], row.Tags[channels.TagConversation] = told.Brand, []string{"webhook"}, []string{told.Conversation}
	}
	if p.Type == "page" {
		row.Tags[edge.TagChannel] = []string{"page"}
	}
	return s.aws.DB.Update(func(tx *bbolt.Tx) error {
		b := tx.Bucket(posted)
		if b.Get([]byte(id)) != nil {
			return nil
		}
		if err := b.Put([]byte(id), []byte(row.At.Format(time.RFC3339Nano))); err != nil {
			return err
		}
		return ses.Keep(tx, row)
	})
}
