package child

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// key signs what is posted to the desk; secret is how the desk is told of it.
var (
	key    = []byte("a key of the storm, 32 bytes long")[:32]
	secret = "whsec_" + base64.StdEncoding.EncodeToString(key)
)

// sign signs a post as Standard Webhooks has it.
func sign(id string, at time.Time, body []byte) http.Header {
	seconds := strconv.FormatInt(at.Unix(), 10)
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, seconds, body)
	h := http.Header{}
	h.Set("Content-Type", "application/json")
	h.Set("Webhook-Id", id)
	h.Set("Webhook-Timestamp", seconds)
	h.Set("Webhook-Signature", "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	return h
}

// Post posts a mention, or a change of one, under a delivery id. With nil the desk has answered 202. Its errors are ErrInDoubt, also for a 503, for what
// was not kept whole may have been kept in part; or an *Unposted; or else the post was certainly not taken.
func (d *Desk) Post(ctx context.Context, id string, body []byte) error {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, d.URL+"/hooks/custom", bytes.NewReader(body))
	if err != nil {
		return fmt.Errorf("post: %w", err)
	}
	r.Header = sign(id, d.Now(), body)
	answer, err := d.http.Do(r)
	var dial *net.OpError
	switch {
	case errors.As(err, &dial) && dial.Op == "dial":
		return fmt.Errorf("post: %w", err)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrInDoubt, err)
	}
	defer answer.Body.Close()
	words, _ := io.ReadAll(io.LimitReader(answer.Body, 1<<10)) // for people
	switch {
	case answer.StatusCode == http.StatusAccepted:
		return nil
	case answer.StatusCode >= 500:
		return fmt.Errorf("%w: %s", ErrInDoubt, answer.Status)
	}
	return &Unposted{answer.StatusCode, string(words)}
}

// Unposted is the desk's own no to a post.
type Unposted struct {
	Status int // HTTP's, 3xx or 4xx
	Words  string
}

func (u *Unposted) Error() string {
	return fmt.Sprintf("the desk refuses the post: %d %s", u.Status, u.Words)
}
