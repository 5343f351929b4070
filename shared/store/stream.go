package store

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"

	"pronto/shared/desk"
)

// IsTurn tells whether a stream record's keys are those of a turn.
func IsTurn(keys map[string]events.DynamoDBAttributeValue) bool {
	return strings.HasPrefix(image(keys, sk), "T#")
}

// Ordered is what a turn ordered: effects with their lanes, and the clock if it is near.
type Ordered struct {
	Ref     desk.Ref
	At      time.Time // of the turn
	Effects []Order
	Wake    *time.Time
	Trace   desk.Trace
}

// Orders reads what a turn ordered from its row as the stream shows it.
func Orders(row map[string]events.DynamoDBAttributeValue) (o Ordered, err error) {
	r, ok := parseConversation(image(row, pk))
	if !ok {
		return o, fmt.Errorf("turn %s: not under a conversation", image(row, sk))
	}
	var rec Record
	if err := json.Unmarshal([]byte(image(row, doc)), &rec); err != nil {
		return o, fmt.Errorf("decode turn %s: %w", image(row, sk), err)
	}
	if rec.Rebuilt {
		return Ordered{Ref: r, At: rec.At}, nil
	}
	about := rec.Trace
	if about == nil {
		about = about.With(rec.Message)
	}
	return Ordered{Ref: r, At: rec.At, Effects: rec.Effects, Wake: rec.Wake, Trace: about}, nil
}

func image(row map[string]events.DynamoDBAttributeValue, name string) string {
	if v, ok := row[name]; ok && v.DataType() == events.DataTypeString {
		return v.String()
	}
	return ""
}
