package sns

import (
	"encoding/json"
	"errors"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/sqs"
	"pronto/infra/local/wire"
)

// rig is a topic t with the queue q subscribed.
type rig struct {
	*Service
	t *testing.T
}

func newRig(t *testing.T) rig {
	t.Helper()
	db, err := disk.Open(filepath.Join(t.TempDir(), "aws.db"), disk.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	clk := clock.Stopped(time.Date(2026, 3, 28, 12, 0, 0, 0, time.UTC))
	queues, err := sqs.New(db, clk, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := queues.Create("q", nil); err != nil {
		t.Fatal(err)
	}
	s, err := New(db, clk, queues)
	if err != nil {
		t.Fatal(err)
	}
	r := rig{s, t}
	r.call(200, "Action", "CreateTopic", "Name", "t")
	r.call(200, "Action", "Subscribe", "TopicArn", wire.ARN("sns", "t"), "Protocol", "sqs", "Endpoint", wire.ARN("sqs", "q"))
	return r
}

// call sends a form of names and values, and holds the status.
func (r rig) call(status int, pairs ...string) string {
	r.t.Helper()
	form := url.Values{"Version": {"2010-03-31"}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, httptest.NewRequest("POST", "/", strings.NewReader(form.Encode())))
	if w.Code != status {
		r.t.Errorf("%v: %d %s, want %d", pairs, w.Code, w.Body, status)
	}
	return w.Body.String()
}

func (r rig) queued() []string {
	r.t.Helper()
	got, err := r.sqs.Receive(r.t.Context(), "q", 10, 0)
	if err != nil {
		r.t.Fatal(err)
	}
	var out []string
	for _, m := range got {
		out = append(out, string(m.Body))
	}
	return out
}

func TestSubscribingTwiceIsOneSubscription(t *testing.T) {
	r := newRig(t)
	again := r.call(200, "Action", "Subscribe", "TopicArn", wire.ARN("sns", "t"), "Protocol", "sqs", "Endpoint", wire.ARN("sqs", "q"))
	r.call(400, "Action", "Subscribe", "TopicArn", wire.ARN("sns", "t"), "Protocol", "sqs", "Endpoint", wire.ARN("sqs", "q"), "Attributes.entry.1.key", "RawMessageDelivery", "Attributes.entry.1.value", "true")
	list := r.call(200, "Action", "ListSubscriptionsByTopic", "TopicArn", wire.ARN("sns", "t"))
	_, arn, _ := strings.Cut(again, "<SubscriptionArn>")
	arn, _, _ = strings.Cut(arn, "<")
	if strings.Count(list, "<member>") != 1 || !strings.Contains(list, arn) {
		t.Errorf("%s is not alone in %s", arn, list)
	}
	r.call(200, "Action", "Publish", "TopicArn", wire.ARN("sns", "t"), "Message", "m")
	if got := r.queued(); len(got) != 1 {
		t.Errorf("queued %q", got)
	}
}

func TestEnvelopeHasWhatSNSWrites(t *testing.T) {
	r := newRig(t)
	r.call(200, "Action", "Publish", "TopicArn", wire.ARN("sns", "t"), "Message", `{"a":"<b>"}`)
	body := r.queued()[0]
	var e map[string]string
	if err := json.Unmarshal([]byte(body), &e); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Type", "MessageId", "TopicArn", "Message", "Timestamp", "SignatureVersion", "Signature", "SigningCertURL", "UnsubscribeURL"} {
		if e[name] == "" {
			t.Errorf("the envelope lacks %s", name)
		}
	}
	if _, has := e["Subject"]; has || len(e) != 9 || e["Timestamp"] != "2026-03-28T12:00:00.000Z" || !strings.Contains(body, `<b>`) {
		t.Errorf("envelope %s", body)
	}
}

func TestPublishingJoinsTheCallersTransaction(t *testing.T) {
	r := newRig(t)
	broken := errors.New("broken")
	err := r.db.Update(func(tx *bbolt.Tx) error {
		if _, err := r.Publish(tx, wire.ARN("sns", "t"), "s", []byte("m")); err != nil {
			return err
		}
		return broken
	})
	if !errors.Is(err, broken) || r.queued() != nil {
		t.Errorf("%v, and something was queued", err)
	}
}

func TestRefusals(t *testing.T) {
	r := newRig(t)
	topic := wire.ARN("sns", "t")
	for _, c := range []struct {
		status int
		has    string
		pairs  []string
	}{
		{400, "SNS SetTopicAttributes is not implemented", []string{"Action", "SetTopicAttributes"}},
		{400, "MessageAttributes.entry.1.Name of Publish is not implemented", []string{"Action", "Publish", "TopicArn", topic, "Message", "m", "MessageAttributes.entry.1.Name", "x"}},
		{400, "want 1 to 262144", []string{"Action", "Publish", "TopicArn", topic, "Message", ""}},
		{404, "does not exist", []string{"Action", "Publish", "TopicArn", topic + "2", "Message", "m"}},
		{400, "no ARN", []string{"Action", "Publish", "TopicArn", "t", "Message", "m"}},
		{400, "FIFO", []string{"Action", "CreateTopic", "Name", "t.fifo"}},
		{400, "subscription protocol", []string{"Action", "Subscribe", "TopicArn", topic, "Protocol", "email", "Endpoint", "a@b.example"}},
		{400, "create it first", []string{"Action", "Subscribe", "TopicArn", topic, "Protocol", "sqs", "Endpoint", wire.ARN("sqs", "none")}},
		{400, "attribute FilterPolicy", []string{"Action", "Subscribe", "TopicArn", topic, "Protocol", "sqs", "Endpoint", wire.ARN("sqs", "q"), "Attributes.entry.1.key", "FilterPolicy", "Attributes.entry.1.value", "{}"}},
	} {
		if got := r.call(c.status, c.pairs...); !strings.Contains(got, c.has) {
			t.Errorf("%v: %s, want %q in it", c.pairs, got, c.has)
		}
	}
	r.call(200, "Action", "DeleteTopic", "TopicArn", topic)
	if got := r.call(200, "Action", "ListTopics"); strings.Contains(got, "<member>") {
		t.Errorf("topics after deletion: %s", got)
	}
}
