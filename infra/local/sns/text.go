package sns

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"time"
	"unicode/utf8"

	"go.etcd.io/bbolt"

	"pronto/infra/local/wire"
)

// Text is a text message that left for a phone number. It goes nowhere: the outbox is the end.
type Text struct {
	Seq       int64     `json:"seq"` // 1, 2, 3, …
	At        time.Time `json:"at"`  // UTC
	MessageID string    `json:"message_id"`
	To        string    `json:"to"`
	Message   string    `json:"message"`
	Type      string    `json:"type"` // Transactional, Promotional
}

// MaxText is the longest text message in characters, over all its parts.
const MaxText = 1600

var (
	outbox = []byte("sns-texts")
	number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`) // E.164
)

const smsType = "AWS.SNS.SMS.SMSType"

// text keeps a text message, in the caller's transaction.
func (s *Service) text(tx *bbolt.Tx, form url.Values) (string, error) {
	t := Text{At: s.clk.Now(), MessageID: wire.UUID(), To: form.Get("PhoneNumber"), Message: form.Get("Message"), Type: "Promotional"}
	switch n := utf8.RuneCountInString(t.Message); {
	case form.Has("TopicArn"):
		return "", wire.Refuse("InvalidParameter", "a phone number and a topic: give one of them")
	case !number.MatchString(t.To):
		return "", wire.Refuse("InvalidParameter", "Invalid parameter: PhoneNumber Reason: it is not valid to publish to (want E.164, as in +390655501230)")
	case n == 0 || n > MaxText:
		return "", wire.Refuse("InvalidParameter", "a text of %d characters: want 1 to %d", n, MaxText)
	}
	for i := 1; form.Has(fmt.Sprintf("MessageAttributes.entry.%d.Name", i)); i++ {
		at := fmt.Sprintf("MessageAttributes.entry.%d.", i)
		if name := form.Get(at + "Name"); name != smsType {
			return "", wire.Unsupported("message attribute " + name)
		}
		if t.Type = form.Get(at + "Value.StringValue"); t.Type != "Transactional" && t.Type != "Promotional" {
			return "", wire.Refuse("InvalidParameter", "%s %q: want Transactional or Promotional", smsType, t.Type)
		}
	}
	b := tx.Bucket(outbox)
	seq, err := b.NextSequence()
	if err != nil {
		return "", err
	}
	t.Seq = int64(seq)
	value, err := json.Marshal(t)
	if err != nil {
		return "", err
	}
	if err := b.Put(binary.BigEndian.AppendUint64(nil, seq), value); err != nil {
		return "", err
	}
	return t.MessageID, s.told(tx, t)
}

// Texts lists up to max text messages with a sequence number above after, oldest first.
func (s *Service) Texts(after int64, max int) (all []Text, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		c := tx.Bucket(outbox).Cursor()
		for k, v := c.Seek(binary.BigEndian.AppendUint64(nil, uint64(after)+1)); k != nil && len(all) < max; k, v = c.Next() {
			var t Text
			if err := json.Unmarshal(v, &t); err != nil {
				return fmt.Errorf("decode text %x: %w", k, err)
			}
			all = append(all, t)
		}
		return nil
	})
	return all, err
}
