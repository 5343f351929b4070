package s3

import (
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// queueNotification is one rule of a bucket: which events of which keys go to which queue.
type queueNotification struct {
	ID     string   `xml:"Id,omitempty" json:"id"`
	Queue  string   `xml:"Queue" json:"queue"` // ARN
	Events []string `xml:"Event" json:"events"`
	Filter []rule   `xml:"Filter>S3Key>FilterRule" json:"filter,omitempty"`
}

type rule struct {
	Name  string `xml:"Name" json:"name"` // prefix or suffix
	Value string `xml:"Value" json:"value"`
}

type notificationConfig struct {
	XMLName xml.Name            `xml:"NotificationConfiguration"`
	Queues  []queueNotification `xml:"QueueConfiguration"`
	Topics  []struct{}          `xml:"TopicConfiguration"`
	Lambdas []struct{}          `xml:"CloudFunctionConfiguration"`
	Bridge  *struct{}           `xml:"EventBridgeConfiguration"`
}

var known = []string{"s3:ObjectCreated:*", "s3:ObjectCreated:Put", "s3:ObjectRemoved:*", "s3:ObjectRemoved:Delete"}

func (s *Service) putNotifications(r *http.Request, bucket string) error {
	body, err := wire.Body(r, 1<<20)
	if err != nil {
		return err
	}
	var in notificationConfig
	if err := xml.Unmarshal(body, &in); err != nil {
		return wire.Refuse("MalformedXML", "%v", err)
	}
	if len(in.Topics)+len(in.Lambdas) > 0 || in.Bridge != nil {
		return wire.Unsupported("a notification to anything but a queue")
	}
	for i := range in.Queues {
		if in.Queues[i].ID == "" {
			in.Queues[i].ID = fmt.Sprintf("rule-%d", i+1) // the same when the same rules are put again
		}
		if err := s.checkNotification(&in.Queues[i]); err != nil {
			return err
		}
	}
	return s.db.Update(func(tx *bbolt.Tx) error { return s.replace(tx, bucket, in.Queues) })
}

func (s *Service) checkNotification(n *queueNotification) error {
	for _, e := range n.Events {
		if !slices.Contains(known, e) {
			return wire.Unsupported("notification of event " + e)
		}
	}
	for i := range n.Filter {
		if n.Filter[i].Name = strings.ToLower(n.Filter[i].Name); n.Filter[i].Name != "prefix" && n.Filter[i].Name != "suffix" {
			return wire.Refuse("InvalidArgument", "filter rule %q: want prefix or suffix", n.Filter[i].Name)
		}
	}
	queue, err := wire.Resource(n.Queue, "sqs")
	if err == nil && !slices.Contains(s.sqs.Names(), queue) {
		err = wire.Refuse("InvalidArgument", "the queue %s does not exist: create it first", queue)
	}
	return err
}

// replace stores the rules; as S3 does, it sends a test event to the queues of rules that are new.
func (s *Service) replace(tx *bbolt.Tx, bucket string, rules []queueNotification) error {
	c, err := loadConfig(tx, bucket)
	if err != nil {
		return err
	}
	for _, n := range rules {
		if slices.ContainsFunc(c.Notifications, func(old queueNotification) bool { return reflect.DeepEqual(old, n) }) {
			continue
		}
		test, err := json.Marshal(map[string]string{"Service": "Amazon S3", "Event": "s3:TestEvent", "Time": s.clk.Now().Format(iso), "Bucket": bucket, "RequestId": wire.UUID(), "HostId": "local"})
		if err != nil {
			return err
		}
		queue, _ := wire.Resource(n.Queue, "sqs")
		if _, err := s.sqs.Put(tx, queue, test); err != nil {
			return err
		}
	}
	c.Notifications = rules
	return saveConfig(tx, bucket, c)
}

func (s *Service) getNotifications(w http.ResponseWriter, bucket string) error {
	var c bucketConfig
	err := s.db.View(func(tx *bbolt.Tx) (err error) {
		c, err = loadConfig(tx, bucket)
		return err
	})
	if err != nil {
		return err
	}
	b, err := xml.Marshal(notificationConfig{Queues: c.Notifications})
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write(append([]byte(xml.Header), b...))
	return nil
}

const iso = "2006-01-02T15:04:05.000Z"

func (n queueNotification) matches(event, key string) bool {
	kind, _, _ := strings.Cut(event, ":")
	if !slices.Contains(n.Events, "s3:"+event) && !slices.Contains(n.Events, "s3:"+kind+":*") {
		return false
	}
	for _, f := range n.Filter {
		if f.Name == "prefix" && !strings.HasPrefix(key, f.Value) || f.Name == "suffix" && !strings.HasSuffix(key, f.Value) {
			return false
		}
	}
	return true
}

// notify sends the bucket's notifications of one event in the transaction in which it happens.
func (s *Service) notify(tx *bbolt.Tx, bucket, key string, o object, event string) error {
	c, err := loadConfig(tx, bucket)
	if err != nil {
		return err
	}
	for _, n := range c.Notifications {
		if !n.matches(event, key) {
			continue
		}
		body, err := json.Marshal(map[string]any{"Records": []any{record(n.ID, bucket, key, o, event)}})
		if err != nil {
			return err
		}
		queue, _ := wire.Resource(n.Queue, "sqs")
		if _, err := s.sqs.Put(tx, queue, body); err != nil {
			return fmt.Errorf("notify %s of %s: %w", queue, event, err)
		}
	}
	return nil
}

// record is one element of S3's event message, version 2.1 (S3 user guide, "Event message structure"). Its key is URL-encoded but for slashes, as S3 does it.
func record(id, bucket, key string, o object, event string) any {
	type m = map[string]any
	facts := m{"key": strings.ReplaceAll(url.QueryEscape(key), "%2F", "/"), "sequencer": fmt.Sprintf("%016X", o.Modified.UnixNano())}
	if len(o.MD5) > 0 {
		facts["size"], facts["eTag"] = o.Size, hex.EncodeToString(o.MD5)
	}
	return m{
		"eventVersion": "2.1", "eventSource": "aws:s3", "awsRegion": wire.Region, "eventTime": o.Modified.Format(iso), "eventName": event,
		"userIdentity": m{"principalId": "AWS:LOCAL"}, "requestParameters": m{"sourceIPAddress": "127.0.0.1"},
		"responseElements": m{"x-amz-request-id": wire.UUID(), "x-amz-id-2": "local"},
		"s3": m{
			"s3SchemaVersion": "1.0", "configurationId": id,
			"bucket": m{"name": bucket, "ownerIdentity": m{"principalId": "LOCAL"}, "arn": "arn:aws:s3:::" + bucket},
			"object": facts,
		},
	}
}
