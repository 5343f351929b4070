package sqs

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// entry is one message to send, alone or in a batch.
type entry struct {
	Id                                     string
	QueueUrl                               string
	MessageBody                            string
	DelaySeconds                           *int
	MessageAttributes                      map[string]Attribute
	MessageSystemAttributes                map[string]Attribute
	MessageGroupId, MessageDeduplicationId *string
}

// ready is an entry that may be stored.
type ready struct {
	message
	delay time.Duration
}

func (e entry) ready(conf config) (ready, error) {
	if e.MessageGroupId != nil || e.MessageDeduplicationId != nil {
		return ready{}, wire.Unsupported("MessageGroupId or MessageDeduplicationId (FIFO and fair queues)")
	}
	if len(e.MessageSystemAttributes) > 0 {
		return ready{}, wire.Unsupported("MessageSystemAttributes")
	}
	if err := e.checkBody(conf); err != nil {
		return ready{}, err
	}
	r := ready{message{ID: wire.UUID(), Body: []byte(e.MessageBody), Attributes: e.MessageAttributes}, conf.delay}
	return r, bounded("DelaySeconds", e.DelaySeconds, 0, 900, func(n int) { r.delay = time.Duration(n) * time.Second })
}

func (e entry) checkBody(conf config) error {
	if e.MessageBody == "" {
		return wire.Refuse("MissingParameter", "MessageBody is missing or empty")
	}
	if n := e.size(); n > conf.maxSize {
		return wire.Refuse("InvalidParameterValue", "the message is %d bytes with its attributes: at most %d are allowed", n, conf.maxSize)
	}
	if i := strings.IndexFunc(e.MessageBody, forbidden); i >= 0 || !utf8.ValidString(e.MessageBody) {
		return wire.Refuse("InvalidMessageContents", "the body has a character that SQS does not allow (control characters but tab, line feed, return)")
	}
	return checkAttributes(e.MessageAttributes)
}

func forbidden(r rune) bool {
	return r < 0x20 && r != '\t' && r != '\n' && r != '\r' || r == 0xFFFE || r == 0xFFFF
}

func (e entry) size() int {
	n := len(e.MessageBody)
	for k, a := range e.MessageAttributes {
		n += len(k) + len(a.DataType) + len(a.BinaryValue)
		if a.StringValue != nil {
			n += len(*a.StringValue)
		}
	}
	return n
}

var attributeName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,256}$`)

func checkAttributes(attrs map[string]Attribute) error {
	if len(attrs) > 10 {
		return wire.Refuse("InvalidParameterValue", "%d message attributes: at most 10 are allowed", len(attrs))
	}
	for name, a := range attrs {
		base, _, _ := strings.Cut(a.DataType, ".")
		text := (base == "String" || base == "Number") && a.StringValue != nil && *a.StringValue != ""
		binary := base == "Binary" && len(a.BinaryValue) > 0
		if !attributeName.MatchString(name) || !text && !binary {
			return wire.Refuse("InvalidParameterValue", "message attribute %q: want a name of letters, digits, _ - . and a value of its type String, Number or Binary", name)
		}
	}
	return nil
}

// sent is what is answered for a stored message.
type sent struct {
	Id                     string `json:",omitempty"`
	MessageId              string
	MD5OfMessageBody       string
	MD5OfMessageAttributes string `json:",omitempty"`
}

func (r ready) sent(id string) sent {
	return sent{id, r.ID, hexMD5(r.Body), attributesMD5(r.Attributes)}
}

func (s *Service) sendMessage(_ *http.Request, body []byte) (any, error) {
	var in entry
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	m, err := in.ready(q.config())
	if err != nil {
		return nil, err
	}
	return m.sent(""), s.send(q, m)
}

func (s *Service) send(q *queue, ms ...ready) error {
	now := s.clk.Now()
	return s.db.Update(func(tx *bbolt.Tx) error {
		for _, m := range ms {
			if err := s.put(tx, q, m.message, now, m.delay); err != nil {
				return err
			}
		}
		return nil
	})
}

// failure is a batch entry that was refused.
type failure struct {
	Id, Code, Message string
	SenderFault       bool
}

func failed(id string, err error) failure {
	e := wire.AsError(err)
	return failure{id, e.Code, e.Message, e.Status < 500}
}

type batchResult struct {
	Successful []any
	Failed     []failure
}

func (s *Service) sendMessageBatch(_ *http.Request, body []byte) (any, error) {
	var in struct {
		QueueUrl string
		Entries  []entry
	}
	if err := wire.Decode(body, &in); err != nil {
		return nil, err
	}
	q, err := s.byURL(in.QueueUrl)
	if err != nil {
		return nil, err
	}
	if err := checkBatch(in.Entries, func(e entry) string { return e.Id }); err != nil {
		return nil, err
	}
	out, good, total := batchResult{[]any{}, []failure{}}, []ready(nil), 0
	for _, e := range in.Entries {
		total += e.size()
		m, err := e.ready(q.config())
		if err != nil {
			out.Failed = append(out.Failed, failed(e.Id, err))
			continue
		}
		good = append(good, m)
		out.Successful = append(out.Successful, m.sent(e.Id))
	}
	if total > MaxMessage {
		return nil, &wire.Error{Code: "BatchRequestTooLong", Query: "AWS.SimpleQueueService.BatchRequestTooLong", Message: "the messages of a batch are limited to 1048576 bytes together"}
	}
	return out, s.send(q, good...)
}

var batchID = regexp.MustCompile(`^[A-Za-z0-9_-]{1,80}$`)

// checkBatch refuses a batch as a whole: empty, more than ten, ids that are odd or not distinct.
func checkBatch[E any](entries []E, id func(E) string) error {
	const query = "AWS.SimpleQueueService."
	switch {
	case len(entries) == 0:
		return &wire.Error{Code: "EmptyBatchRequest", Query: query + "EmptyBatchRequest", Message: "the batch has no entries"}
	case len(entries) > 10:
		return &wire.Error{Code: "TooManyEntriesInBatchRequest", Query: query + "TooManyEntriesInBatchRequest", Message: "the batch has more than 10 entries"}
	}
	seen := map[string]bool{}
	for _, e := range entries {
		if !batchID.MatchString(id(e)) {
			return &wire.Error{Code: "InvalidBatchEntryId", Query: query + "InvalidBatchEntryId", Message: "entry id " + id(e) + ": use 1 to 80 letters, digits, hyphens, underscores"}
		}
		if seen[id(e)] {
			return &wire.Error{Code: "BatchEntryIdsNotDistinct", Query: query + "BatchEntryIdsNotDistinct", Message: "entry id " + id(e) + " repeats"}
		}
		seen[id(e)] = true
	}
	return nil
}

// attributesMD5 is the digest that the SQS developer guide defines over attributes: by name, each part behind its length, a byte for the kind of value.
func attributesMD5(attrs map[string]Attribute) string {
	if len(attrs) == 0 {
		return ""
	}
	names := make([]string, 0, len(attrs))
	for n := range attrs {
		names = append(names, n)
	}
	slices.Sort(names)
	var b []byte
	part := func(p string) { b = append(binary.BigEndian.AppendUint32(b, uint32(len(p))), p...) }
	for _, n := range names {
		part(n)
		part(attrs[n].DataType)
		if v := attrs[n].StringValue; v != nil {
			b = append(b, 1)
			part(*v)
		} else {
			b = append(b, 2)
			part(string(attrs[n].BinaryValue))
		}
	}
	sum := md5.Sum(b)
	return hex.EncodeToString(sum[:])
}
