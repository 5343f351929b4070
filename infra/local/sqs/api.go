package sqs

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// operations is the allow-list.
var operations = map[string]func(*Service, *http.Request, []byte) (any, error){
	"CreateQueue": (*Service).createQueue, "GetQueueUrl": (*Service).getQueueURL, "ListQueues": (*Service).listQueues, "DeleteQueue": (*Service).deleteQueue,
	"GetQueueAttributes": (*Service).getQueueAttributes, "SetQueueAttributes": (*Service).setQueueAttributes, "PurgeQueue": (*Service).purgeQueue,
	"SendMessage": (*Service).sendMessage, "SendMessageBatch": (*Service).sendMessageBatch, "ReceiveMessage": (*Service).receiveMessage,
	"DeleteMessage": (*Service).deleteMessage, "DeleteMessageBatch": (*Service).deleteMessageBatch,
	"ChangeMessageVisibility": (*Service).changeMessageVisibility, "ChangeMessageVisibilityBatch": (*Service).changeMessageVisibilityBatch,
}

type nothing struct{}

// byURL finds a queue by its URL (…/account/name), whatever the port was when it was made.
func (s *Service) byURL(url string) (*queue, error) {
	if url == "" {
		return nil, wire.Refuse("MissingParameter", "QueueUrl is missing")
	}
	return s.queue(url[strings.LastIndexByte(url, '/')+1:])
}

func queueURL(r *http.Request, name string) string {
	return "http://" + r.Host + "/" + wire.Account + "/" + name
}

func (s *Service) createQueue(r *http.Request, body []byte) (any, error) {
	var in struct {
		QueueName  string
		Attributes map[string]string
		Tags       map[string]string `json:"tags"`
	}
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	if err := s.checkDeadLetter(in.Attributes); err != nil {
		return nil, err
	}
	if err := s.Create(in.QueueName, in.Attributes); err != nil {
		return nil, err
	}
	return map[string]string{"QueueUrl": queueURL(r, in.QueueName)}, nil
}

func (s *Service) getQueueURL(r *http.Request, body []byte) (any, error) {
	var in struct{ QueueName, QueueOwnerAWSAccountId string }
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	if _, err := s.queue(in.QueueName); err != nil {
		return nil, err
	}
	return map[string]string{"QueueUrl": queueURL(r, in.QueueName)}, nil
}

func (s *Service) listQueues(r *http.Request, body []byte) (any, error) {
	var in struct{ QueueNamePrefix string }
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	urls := []string{}
	for _, n := range s.Names() {
		if strings.HasPrefix(n, in.QueueNamePrefix) {
			urls = append(urls, queueURL(r, n))
		}
	}
	return map[string][]string{"QueueUrls": urls}, nil
}

func (s *Service) deleteQueue(_ *http.Request, body []byte) (any, error) {
	q, err := s.onlyURL(body)
	if err != nil {
		return nil, err
	}
	err = s.db.Update(func(tx *bbolt.Tx) error {
		if err := tx.Bucket(root).Delete([]byte(q.name)); err != nil {
			return err
		}
		return tx.DeleteBucket(bucketName(q.name))
	})
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	delete(s.queues, q.name)
	s.mu.Unlock()
	q.wakeAll()
	return nothing{}, nil
}

func (s *Service) onlyURL(body []byte) (*queue, error) {
	var in struct{ QueueUrl string }
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	return s.byURL(in.QueueUrl)
}

func (s *Service) purgeQueue(_ *http.Request, body []byte) (any, error) {
	q, err := s.onlyURL(body)
	if err != nil {
		return nil, err
	}
	return nothing{}, s.db.Update(func(tx *bbolt.Tx) error {
		seq := tx.Bucket(bucketName(q.name)).Sequence() // goes on, so that no old handle fits a new message
		if err := tx.DeleteBucket(bucketName(q.name)); err != nil {
			return err
		}
		b, err := tx.CreateBucket(bucketName(q.name))
		if err != nil {
			return err
		}
		return b.SetSequence(seq)
	})
}

func (s *Service) getQueueAttributes(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueUrl       string
		AttributeNames []string
	}
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	attrs, err := s.attributes(q)
	if err != nil {
		return nil, err
	}
	if !slices.Contains(in.AttributeNames, "All") {
		for k := range attrs {
			if !slices.Contains(in.AttributeNames, k) {
				delete(attrs, k)
			}
		}
	}
	return map[string]any{"Attributes": attrs}, nil
}

func (s *Service) setQueueAttributes(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueUrl   string
		Attributes map[string]string
	}
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := s.checkDeadLetter(in.Attributes); err != nil {
		return nil, err
	}
	q.mu.Lock()
	full := map[string]string{}
	for k, v := range q.attrs {
		full[k] = v
	}
	q.mu.Unlock()
	for k, v := range in.Attributes {
		full[k] = v
	}
	full["LastModifiedTimestamp"] = unix(s.clk.Now())
	defer q.wakeAll()
	return nothing{}, s.store(q.name, full)
}

func (s *Service) receiveMessage(r *http.Request, body []byte) (any, error) {
	var in struct {
		QueueUrl                                                           string
		MaxNumberOfMessages, VisibilityTimeout, WaitTimeSeconds            *int
		AttributeNames, MessageSystemAttributeNames, MessageAttributeNames []string
	}
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	conf := q.config()
	max, wait, visibility := 1, conf.wait, conf.visibility
	if err := bounded("MaxNumberOfMessages", in.MaxNumberOfMessages, 1, 10, func(n int) { max = n }); err != nil {
		return nil, err
	}
	if err := bounded("WaitTimeSeconds", in.WaitTimeSeconds, 0, 20, func(n int) { wait = time.Duration(n) * time.Second }); err != nil {
		return nil, err
	}
	if err := bounded("VisibilityTimeout", in.VisibilityTimeout, 0, 43200, func(n int) { visibility = time.Duration(n) * time.Second }); err != nil {
		return nil, err
	}
	got, err := s.receive(r.Context(), q, max, visibility, wait)
	if err != nil || len(got) == 0 {
		return nothing{}, err
	}
	out := make([]wireMessage, len(got))
	for i := range got {
		out[i] = got[i].wire(append(in.AttributeNames, in.MessageSystemAttributeNames...), in.MessageAttributeNames)
	}
	return map[string]any{"Messages": out}, nil
}

// bounded calls set with a parameter that was given and lies in its bounds.
func bounded(name string, n *int, min, max int, set func(int)) error {
	if n == nil {
		return nil
	}
	if *n < min || *n > max {
		return wire.Refuse("InvalidParameterValue", "%s %d: want %d to %d", name, *n, min, max)
	}
	set(*n)
	return nil
}

// wireMessage is a message as ReceiveMessage answers it.
type wireMessage struct {
	MessageId, ReceiptHandle, Body, MD5OfBody string
	MD5OfMessageAttributes                    string               `json:",omitempty"`
	Attributes                                map[string]string    `json:",omitempty"`
	MessageAttributes                         map[string]Attribute `json:",omitempty"`
}

func (m *Message) wire(system, own []string) wireMessage {
	w := wireMessage{MessageId: m.ID, ReceiptHandle: m.ReceiptHandle, Body: string(m.Body), MD5OfBody: hexMD5(m.Body)}
	for k, v := range m.SystemAttributes() {
		if slices.Contains(system, "All") || slices.Contains(system, k) {
			if w.Attributes == nil {
				w.Attributes = map[string]string{}
			}
			w.Attributes[k] = v
		}
	}
	for k, v := range m.Attributes {
		if wanted(own, k) {
			if w.MessageAttributes == nil {
				w.MessageAttributes = map[string]Attribute{}
			}
			w.MessageAttributes[k] = v
		}
	}
	w.MD5OfMessageAttributes = attributesMD5(w.MessageAttributes)
	return w
}

// wanted understands All, .* and a prefix ("bar.*").
func wanted(names []string, k string) bool {
	return slices.ContainsFunc(names, func(n string) bool {
		prefix, star := strings.CutSuffix(n, ".*")
		return n == "All" || n == k || star && strings.HasPrefix(k, prefix)
	})
}

// SystemAttributes are those that SQS adds itself, instants in Unix milliseconds.
func (m *Message) SystemAttributes() map[string]string {
	a := map[string]string{
		"SenderId": wire.Account, "SentTimestamp": strconv.FormatInt(m.Sent.UnixMilli(), 10),
		"ApproximateReceiveCount":          strconv.Itoa(m.ReceiveCount),
		"ApproximateFirstReceiveTimestamp": strconv.FormatInt(m.FirstReceived.UnixMilli(), 10),
	}
	if m.DeadLetterOf != "" {
		a["DeadLetterQueueSourceArn"] = m.DeadLetterOf
	}
	return a
}

// MD5OfBody is the digest that SQS and Lambda put beside the body.
func (m *Message) MD5OfBody() string { return hexMD5(m.Body) }
