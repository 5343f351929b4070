package store

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-lambda-go/events"

	"pronto/shared/desk"
)

// IsTurn tells whether a stream record's keys are those of a turn.
func IsTurn(keys map[string]events.DynamoDBAttributeValue) bool {
	return strings.HasPrefix(image(keys, sk), "T#")
}

// Orders reads the effects that a turn ordered, with the lane of each, from its row as the stream shows it.
func Orders(row map[string]events.DynamoDBAttributeValue) ([]desk.EffectRef, []string, error) {
	r, ok := parseConversation(image(row, pk))
	if !ok {
		return nil, nil, fmt.Errorf("turn %s: not under a conversation", image(row, sk))
	}
	var rec Record
	if err := json.Unmarshal([]byte(image(row, doc)), &rec); err != nil {
		return nil, nil, fmt.Errorf("decode turn %s: %w", image(row, sk), err)
	}
	var refs []desk.EffectRef
	var lanes []string
	for _, o := range rec.Effects {
		refs, lanes = append(refs, desk.EffectRef{Ref: r, ID: o.ID}), append(lanes, o.Lane)
	}
	return refs, lanes, nil
}

func image(row map[string]events.DynamoDBAttributeValue, name string) string {
	if v, ok := row[name]; ok && v.DataType() == events.DataTypeString {
		return v.String()
	}
	return ""
}
