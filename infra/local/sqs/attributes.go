package sqs

import (
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// config is a queue's attributes, parsed.
type config struct {
	delay, visibility, retention, wait time.Duration
	maxSize                            int
	deadLetter                         string // queue name; none when empty
	maxReceives                        uint32
}

// seconds are the attributes that are a number, with their bounds and defaults (API reference of CreateQueue).
var seconds = map[string]struct{ min, max, unset int }{
	"DelaySeconds":                  {0, 900, 0},
	"VisibilityTimeout":             {0, 43200, 30},
	"MessageRetentionPeriod":        {60, 1209600, 345600},
	"ReceiveMessageWaitTimeSeconds": {0, 20, 0},
	"MaximumMessageSize":            {1024, MaxMessage, MaxMessage},
}

func parse(attrs map[string]string) (config, error) {
	n := map[string]int{}
	for name, bound := range seconds {
		n[name] = bound.unset
	}
	var c config
	for name, value := range attrs {
		switch bound, ok := seconds[name]; {
		case ok:
			v, err := strconv.Atoi(value)
			if err != nil || v < bound.min || v > bound.max {
				return c, wire.Refuse("InvalidAttributeValue", "%s %q: want a number from %d to %d", name, value, bound.min, bound.max)
			}
			n[name] = v
		case name == "RedrivePolicy":
			if err := c.redrive(value); err != nil {
				return c, err
			}
		case name == "CreatedTimestamp", name == "LastModifiedTimestamp", name == "SqsManagedSseEnabled", name == "Policy":
			// what is at rest here is one user's own file, and there is one account: nothing to encrypt for or to permit
		default:
			return c, wire.Unsupported("queue attribute " + name)
		}
	}
	c.delay, c.visibility = time.Duration(n["DelaySeconds"])*time.Second, time.Duration(n["VisibilityTimeout"])*time.Second
	c.retention, c.wait = time.Duration(n["MessageRetentionPeriod"])*time.Second, time.Duration(n["ReceiveMessageWaitTimeSeconds"])*time.Second
	c.maxSize = n["MaximumMessageSize"]
	return c, nil
}

func (c *config) redrive(value string) error {
	if value == "" {
		return nil // how an SDK takes a policy away
	}
	var p struct {
		DeadLetterTargetArn string          `json:"deadLetterTargetArn"`
		MaxReceiveCount     json.RawMessage `json:"maxReceiveCount"` // a number or, as CloudFormation writes it, a string
	}
	if err := json.Unmarshal([]byte(value), &p); err != nil {
		return wire.Refuse("InvalidAttributeValue", "RedrivePolicy: %v", err)
	}
	count := string(p.MaxReceiveCount)
	if s, err := strconv.Unquote(count); err == nil {
		count = s
	}
	n, err := strconv.Atoi(count)
	if err != nil || n < 1 || n > 1000 {
		return wire.Refuse("InvalidAttributeValue", "RedrivePolicy: maxReceiveCount %q: want 1 to 1000", count)
	}
	c.maxReceives = uint32(n)
	c.deadLetter, err = wire.Resource(p.DeadLetterTargetArn, "sqs")
	return err
}

func defaults(attrs map[string]string, now time.Time) map[string]string {
	full := map[string]string{"CreatedTimestamp": unix(now), "LastModifiedTimestamp": unix(now), "SqsManagedSseEnabled": "true"}
	for name, bound := range seconds {
		full[name] = strconv.Itoa(bound.unset)
	}
	for k, v := range attrs {
		full[k] = v
	}
	return full
}

func unix(t time.Time) string { return strconv.FormatInt(t.Unix(), 10) }

// checkDeadLetter refuses a redrive policy whose queue does not exist.
func (s *Service) checkDeadLetter(attrs map[string]string) error {
	conf, err := parse(attrs)
	if err != nil || conf.deadLetter == "" {
		return err
	}
	if s.find(conf.deadLetter) == nil {
		return wire.Refuse("InvalidParameterValue", "RedrivePolicy: the dead-letter queue %s does not exist: create it first", conf.deadLetter)
	}
	return nil
}

// Stats is how many messages a queue holds: to be received now, received and not deleted, and delayed.
type Stats struct{ Visible, InFlight, Delayed int }

// Stats counts a queue's messages exactly.
func (s *Service) Stats(name string) (Stats, error) {
	if _, err := s.queue(name); err != nil {
		return Stats{}, err
	}
	var st Stats
	now := s.clk.Now().UnixMilli()
	err := s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket(bucketName(name))
		if b == nil {
			return nil
		}
		c := b.Cursor()
		for k, v := c.Seek([]byte{'v'}); len(k) == 17; k, v = c.Next() {
			switch {
			case visibleKeyAt(k) <= now:
				st.Visible++
			case len(v) > 0 && v[0] == 1:
				st.InFlight++
			default:
				st.Delayed++
			}
		}
		return nil
	})
	return st, err
}

// Attributes is everything that GetQueueAttributes tells.
func (s *Service) attributes(q *queue) (map[string]string, error) {
	st, err := s.Stats(q.name)
	if err != nil {
		return nil, err
	}
	out := map[string]string{
		"QueueArn":                              wire.ARN("sqs", q.name),
		"ApproximateNumberOfMessages":           fmt.Sprint(st.Visible),
		"ApproximateNumberOfMessagesNotVisible": fmt.Sprint(st.InFlight),
		"ApproximateNumberOfMessagesDelayed":    fmt.Sprint(st.Delayed),
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	for k, v := range q.attrs {
		if v != "" {
			out[k] = v
		}
	}
	return out, nil
}
