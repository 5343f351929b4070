// Package sns is SNS as far as it carries notices to SQS: topics, subscriptions of queues, and the envelope that SNS writes around a message; and texts to
// phone numbers, which end in an outbox (Texts).
//
// Invariant: a published message is in every subscribed queue in the same commit, or in none. Publish may join a caller's transaction, so that what happened and its notice are one.
//
// Keys: the bucket sns holds each topic, with its subscriptions, under its name; sns-texts each text under its sequence number.
package sns

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/clock"
	"pronto/infra/local/disk"
	"pronto/infra/local/sqs"
	"pronto/infra/local/wire"
)

// MaxMessage is the largest message in bytes.
const MaxMessage = 256 << 10

// Service is the topics of the local account.
type Service struct {
	db  *disk.DB
	clk *clock.Clock
	sqs *sqs.Service

	told  func(*bbolt.Tx, Text) error // of each text message, in the commit that keeps it
	tally func(topic string)          // of each message that was published
}

// topic is what is stored of one.
type topic struct {
	Subscriptions []subscription `json:"subscriptions"`
}

type subscription struct {
	ARN   string `json:"arn"`
	Queue string `json:"queue"`
	Raw   bool   `json:"raw"`
}

var root = []byte("sns")

// New opens the topics that db holds.
func New(db *disk.DB, clk *clock.Clock, queues *sqs.Service) (*Service, error) {
	err := db.Update(func(tx *bbolt.Tx) error {
		if _, err := tx.CreateBucketIfNotExists(root); err != nil {
			return err
		}
		_, err := tx.CreateBucketIfNotExists(outbox)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("open the topics: %w", err)
	}
	return &Service{db: db, clk: clk, sqs: queues, told: func(*bbolt.Tx, Text) error { return nil }, tally: func(string) {}}, nil
}

// Tell has f called with each text message that leaves from now on, in the transaction that keeps it. It is to be set before the first.
func (s *Service) Tell(f func(*bbolt.Tx, Text) error) { s.told = f }

// Tally has f called with the topic of each message that was published. It is to be set before the first.
func (s *Service) Tally(f func(topic string)) { s.tally = f }

func load(tx *bbolt.Tx, name string) (topic, error) {
	var t topic
	b := tx.Bucket(root).Get([]byte(name))
	if b == nil {
		return t, &wire.Error{Status: http.StatusNotFound, Code: "NotFound", Message: "the topic " + name + " does not exist"}
	}
	return t, json.Unmarshal(b, &t)
}

func save(tx *bbolt.Tx, name string, t topic) error {
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return tx.Bucket(root).Put([]byte(name), b)
}

// Publish sends message to every queue that is subscribed to the topic, in the caller's transaction. It returns the notification's id.
func (s *Service) Publish(tx *bbolt.Tx, topicARN, subject string, message []byte) (string, error) {
	name, err := wire.Resource(topicARN, "sns")
	if err != nil {
		return "", err
	}
	t, err := load(tx, name)
	if err != nil {
		return "", err
	}
	if len(message) == 0 || len(message) > MaxMessage {
		return "", wire.Refuse("InvalidParameter", "a message of %d bytes: want 1 to %d", len(message), MaxMessage)
	}
	id := wire.UUID()
	for _, sub := range t.Subscriptions {
		body := message
		if !sub.Raw {
			if body, err = envelope(id, topicARN, subject, sub.ARN, message, s.clk.Now()); err != nil {
				return "", err
			}
		}
		if _, err := s.sqs.Put(tx, sub.Queue, body); err != nil {
			return "", err
		}
	}
	tx.OnCommit(func() { s.tally(name) })
	return id, nil
}

// envelope is the JSON that SNS hands to a queue that did not ask for raw delivery. Its signature does not verify: nobody signs here.
func envelope(id, topicARN, subject, subscription string, message []byte, at time.Time) ([]byte, error) {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false)
	const base = "https://sns." + wire.Region + ".amazonaws.com/"
	err := e.Encode(struct {
		Type, MessageId, TopicArn                       string
		Subject                                         string `json:",omitempty"`
		Message, Timestamp, SignatureVersion, Signature string
		SigningCertURL, UnsubscribeURL                  string
	}{
		"Notification", id, topicARN, subject, string(message), at.Format("2006-01-02T15:04:05.000Z"), "1", "bG9jYWw=",
		base + "SimpleNotificationService-local.pem", base + "?Action=Unsubscribe&SubscriptionArn=" + url.QueryEscape(subscription),
	})
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), err
}

// operations is the allow-list: what each returns is the inside of its result element.
var operations = map[string]struct {
	do     func(*Service, url.Values) (any, error)
	params []string // a trailing dot allows everything below
}{
	"CreateTopic":              {(*Service).createTopic, []string{"Name", "Tags."}},
	"DeleteTopic":              {(*Service).deleteTopic, []string{"TopicArn"}},
	"ListTopics":               {(*Service).listTopics, nil},
	"Subscribe":                {(*Service).subscribe, []string{"TopicArn", "Protocol", "Endpoint", "ReturnSubscriptionArn", "Attributes.entry."}},
	"ListSubscriptionsByTopic": {(*Service).listSubscriptions, []string{"TopicArn"}},
	"Publish":                  {(*Service).publish, []string{"TopicArn", "Message", "Subject", "PhoneNumber", "MessageAttributes.entry."}},
}

// Operations lists what ServeHTTP answers.
func (s *Service) Operations() []string {
	names := make([]string, 0, len(operations))
	for n := range operations {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}

// ServeHTTP answers the query protocol (a form with an Action).
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/xml")
	body, err := wire.Body(r, 1<<20)
	if err != nil {
		WriteError(w, err)
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		WriteError(w, wire.Refuse("MalformedQueryString", "%v", err))
		return
	}
	action := form.Get("Action")
	out, err := s.do(action, form)
	if err != nil {
		WriteError(w, err)
		return
	}
	inner, err := xml.Marshal(out)
	if err != nil {
		WriteError(w, err)
		return
	}
	fmt.Fprintf(w, `<%sResponse xmlns="http://sns.amazonaws.com/doc/2010-03-31/"><%[1]sResult>%[2]s</%[1]sResult><ResponseMetadata><RequestId>%[3]s</RequestId></ResponseMetadata></%[1]sResponse>`,
		action, inner, wire.UUID())
}

func (s *Service) do(action string, form url.Values) (any, error) {
	op, ok := operations[action]
	if !ok {
		return nil, wire.Unsupported("SNS " + action)
	}
	for name := range form {
		if name != "Action" && name != "Version" && !slices.ContainsFunc(op.params, func(p string) bool { return name == p || strings.HasSuffix(p, ".") && strings.HasPrefix(name, p) }) {
			return nil, wire.Unsupported("parameter " + name + " of " + action)
		}
	}
	return op.do(s, form)
}

// WriteError answers err as the query protocol does.
func WriteError(w http.ResponseWriter, err error) {
	e := wire.AsError(err)
	w.WriteHeader(e.Status)
	kind := "Sender"
	if e.Status >= 500 {
		kind = "Receiver"
	}
	b, _ := xml.Marshal(struct {
		XMLName   xml.Name `xml:"ErrorResponse"`
		Type      string   `xml:"Error>Type"`
		Code      string   `xml:"Error>Code"`
		Message   string   `xml:"Error>Message"`
		RequestId string
	}{Type: kind, Code: e.Code, Message: e.Message, RequestId: wire.UUID()})
	_, _ = w.Write(b)
}

type topicArn struct {
	XMLName xml.Name `xml:"TopicArn"`
	ARN     string   `xml:",chardata"`
}

var topicName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,256}$`)

// createTopic of one that exists answers its ARN.
func (s *Service) createTopic(form url.Values) (any, error) {
	name := form.Get("Name")
	if !topicName.MatchString(name) {
		return nil, wire.Refuse("InvalidParameter", "topic name %q: use 1 to 256 letters, digits, hyphens, underscores (FIFO topics are not implemented by the local AWS)", name)
	}
	err := s.db.Update(func(tx *bbolt.Tx) error {
		if tx.Bucket(root).Get([]byte(name)) != nil {
			return nil
		}
		return save(tx, name, topic{})
	})
	return topicArn{ARN: wire.ARN("sns", name)}, err
}

func (s *Service) deleteTopic(form url.Values) (any, error) {
	name, err := wire.Resource(form.Get("TopicArn"), "sns")
	if err != nil {
		return nil, err
	}
	return nil, s.db.Update(func(tx *bbolt.Tx) error { return tx.Bucket(root).Delete([]byte(name)) })
}

func (s *Service) listTopics(url.Values) (any, error) {
	type member struct{ TopicArn string }
	list := struct {
		XMLName xml.Name `xml:"Topics"`
		Members []member `xml:"member"`
	}{}
	err := s.db.View(func(tx *bbolt.Tx) error {
		return tx.Bucket(root).ForEach(func(k, _ []byte) error {
			list.Members = append(list.Members, member{wire.ARN("sns", string(k))})
			return nil
		})
	})
	return list, err
}

// subscribe of the same queue with the same attributes answers the subscription that exists.
func (s *Service) subscribe(form url.Values) (any, error) {
	name, err := wire.Resource(form.Get("TopicArn"), "sns")
	if err != nil {
		return nil, err
	}
	sub, err := s.subscription(name, form)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		t, err := load(tx, name)
		if err != nil {
			return err
		}
		for _, old := range t.Subscriptions {
			if old.Queue == sub.Queue && old.Raw != sub.Raw {
				return wire.Refuse("InvalidParameter", "the queue %s is subscribed already with other attributes", sub.Queue)
			}
			if old.Queue == sub.Queue {
				sub = old
				return nil
			}
		}
		t.Subscriptions = append(t.Subscriptions, sub)
		return save(tx, name, t)
	})
	return struct {
		XMLName xml.Name `xml:"SubscriptionArn"`
		ARN     string   `xml:",chardata"`
	}{ARN: sub.ARN}, err
}

func (s *Service) subscription(topic string, form url.Values) (subscription, error) {
	if p := form.Get("Protocol"); p != "sqs" {
		return subscription{}, wire.Unsupported("subscription protocol " + strconv.Quote(p))
	}
	queue, err := wire.Resource(form.Get("Endpoint"), "sqs")
	if err != nil {
		return subscription{}, err
	}
	if !slices.Contains(s.sqs.Names(), queue) {
		return subscription{}, wire.Refuse("InvalidParameter", "the queue %s does not exist: create it first", queue)
	}
	sub := subscription{ARN: wire.ARN("sns", topic) + ":" + wire.UUID(), Queue: queue}
	for i := 1; form.Has(fmt.Sprintf("Attributes.entry.%d.key", i)); i++ {
		key, value := form.Get(fmt.Sprintf("Attributes.entry.%d.key", i)), form.Get(fmt.Sprintf("Attributes.entry.%d.value", i))
		if key != "RawMessageDelivery" {
			return sub, wire.Unsupported("subscription attribute " + key)
		}
		if sub.Raw, err = strconv.ParseBool(value); err != nil {
			return sub, wire.Refuse("InvalidParameter", "RawMessageDelivery %q: want true or false", value)
		}
	}
	return sub, nil
}

func (s *Service) listSubscriptions(form url.Values) (any, error) {
	name, err := wire.Resource(form.Get("TopicArn"), "sns")
	if err != nil {
		return nil, err
	}
	type member struct{ SubscriptionArn, Owner, Protocol, Endpoint, TopicArn string }
	out := struct {
		XMLName xml.Name `xml:"Subscriptions"`
		Members []member `xml:"member"`
	}{}
	err = s.db.View(func(tx *bbolt.Tx) error {
		t, err := load(tx, name)
		for _, sub := range t.Subscriptions {
			out.Members = append(out.Members, member{sub.ARN, wire.Account, "sqs", wire.ARN("sqs", sub.Queue), wire.ARN("sns", name)})
		}
		return err
	})
	return out, err
}

func (s *Service) publish(form url.Values) (any, error) {
	var id string
	err := s.db.Update(func(tx *bbolt.Tx) (err error) {
		if form.Has("PhoneNumber") {
			id, err = s.text(tx, form)
			return err
		}
		if form.Has("MessageAttributes.entry.1.Name") {
			return wire.Unsupported("parameter MessageAttributes.entry.1.Name of Publish")
		}
		id, err = s.Publish(tx, form.Get("TopicArn"), form.Get("Subject"), []byte(form.Get("Message")))
		return err
	})
	return struct {
		XMLName xml.Name `xml:"MessageId"`
		ID      string   `xml:",chardata"`
	}{ID: id}, err
}
