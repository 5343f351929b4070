package dynamodb

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"
)

// The API of DynamoDB Streams. A stream has one shard, which never closes.

const (
	shardID      = "shardId-00000000000000000001-00000001"
	iteratorLife = 15 * time.Minute
	maxRecords   = 1000
)

var errNoStream = refuse("ResourceNotFoundException", "Requested resource not found: Stream not found")

func (s *Service) stream(arn string) (*table, error) {
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	for _, t := range s.tables {
		if t.streams() && t.streamARN() == arn {
			return t, nil
		}
	}
	return nil, errNoStream
}

func (s *Service) listStreams(body []byte, _ *meter) ([]byte, error) {
	var r struct {
		TableName               string
		ExclusiveStartStreamArn string
		Limit                   *int
	}
	if err := decode("ListStreams", body, &r); err != nil {
		return nil, err
	}
	limit := 100
	if r.Limit != nil {
		if limit = *r.Limit; limit < 1 || limit > 100 {
			return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must be between 1 and 100", limit)
		}
	}
	s.definitions.RLock()
	defer s.definitions.RUnlock()
	streams, last := []map[string]string{}, ""
	byARN := slices.SortedFunc(maps.Values(s.tables), func(a, b *table) int { return strings.Compare(a.streamARN(), b.streamARN()) })
	for _, t := range byARN {
		if !t.streams() || r.TableName != "" && t.TableName != r.TableName || r.ExclusiveStartStreamArn != "" && t.streamARN() <= r.ExclusiveStartStreamArn {
			continue
		}
		if len(streams) == limit {
			last = streams[limit-1]["StreamArn"]
			break
		}
		streams = append(streams, map[string]string{"StreamArn": t.streamARN(), "StreamLabel": t.streamLabel(), "TableName": t.TableName})
	}
	o := newObject()
	o.json("Streams", streams)
	if last != "" {
		o.json("LastEvaluatedStreamArn", last)
	}
	return o.end(), nil
}

func (s *Service) describeStream(body []byte, _ *meter) ([]byte, error) {
	var r struct {
		StreamArn             string
		ExclusiveStartShardId string
		Limit                 *int
	}
	if err := decode("DescribeStream", body, &r); err != nil {
		return nil, err
	}
	t, err := s.stream(r.StreamArn)
	if err != nil {
		return nil, err
	}
	shards := []any{map[string]any{"ShardId": shardID, "SequenceNumberRange": map[string]any{"StartingSequenceNumber": SequenceNumber(1)}}}
	if r.ExclusiveStartShardId != "" {
		shards = []any{}
	}
	o := newObject()
	o.json("StreamDescription", map[string]any{
		"StreamArn": t.streamARN(), "StreamLabel": t.streamLabel(), "StreamStatus": "ENABLED", "StreamViewType": t.StreamSpecification.StreamViewType,
		"CreationRequestDateTime": seconds(t.Created), "TableName": t.TableName, "KeySchema": t.KeySchema, "Shards": shards,
	})
	return o.end(), nil
}

// iterator is a position in a stream, as the token that a client holds.
type iterator struct {
	Stream string
	After  uint64
	Issued int64 // Unix milliseconds
}

func (i iterator) String() string {
	raw, _ := json.Marshal(i) // three plain fields
	return base64.RawURLEncoding.EncodeToString(raw)
}

func parseIterator(s string) (i iterator, err error) {
	raw, err := base64.RawURLEncoding.DecodeString(s)
	if err == nil {
		err = json.Unmarshal(raw, &i)
	}
	if err != nil {
		return i, invalid("Invalid ShardIterator.")
	}
	return i, nil
}

func (s *Service) getShardIterator(body []byte, _ *meter) ([]byte, error) {
	var r struct{ StreamArn, ShardId, ShardIteratorType, SequenceNumber string }
	if err := decode("GetShardIterator", body, &r); err != nil {
		return nil, err
	}
	t, err := s.stream(r.StreamArn)
	if err != nil {
		return nil, err
	}
	if r.ShardId != shardID {
		return nil, refuse("ResourceNotFoundException", "Requested resource not found: Shard %s does not exist", r.ShardId)
	}
	after, err := s.position(t, r.ShardIteratorType, r.SequenceNumber)
	if err != nil {
		return nil, err
	}
	o := newObject()
	o.json("ShardIterator", iterator{r.StreamArn, after, s.clk.Now().UnixMilli()}.String())
	return o.end(), nil
}

func (s *Service) position(t *table, kind, sequence string) (after uint64, err error) {
	switch kind {
	case "TRIM_HORIZON":
		return 0, nil
	case "LATEST":
		return s.last(t)
	case "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER":
	default:
		return 0, notOneOf("shardIteratorType", kind, "TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER")
	}
	n, err := ParseSequence(sequence)
	if err != nil || n == 0 {
		return 0, invalid("Invalid SequenceNumber: %s", sequence)
	}
	if err := s.living(t, n); err != nil {
		return 0, err
	}
	if kind == "AT_SEQUENCE_NUMBER" {
		n--
	}
	return n, nil
}

// living refuses a sequence whose record has passed retention.
func (s *Service) living(t *table, n uint64) error {
	first := uint64(0)
	if err := s.records(t, 0, 1, func(n uint64, _ stored) bool { first = n; return true }); err != nil {
		return err
	}
	last, err := s.last(t)
	if err != nil {
		return err
	}
	if first > n || first == 0 && n <= last {
		return refuse("TrimmedDataAccessException", "The operation attempted to read past the oldest stream record in a shard")
	}
	if n > last {
		return invalid("Invalid SequenceNumber: %s is not in the shard", SequenceNumber(n))
	}
	return nil
}

func (s *Service) getRecords(body []byte, _ *meter) ([]byte, error) {
	var r struct {
		ShardIterator string
		Limit         *int
	}
	if err := decode("GetRecords", body, &r); err != nil {
		return nil, err
	}
	limit := maxRecords
	if r.Limit != nil {
		if limit = *r.Limit; limit < 1 || limit > maxRecords {
			return nil, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must be between 1 and %d", limit, maxRecords)
		}
	}
	at, err := parseIterator(r.ShardIterator)
	if err != nil {
		return nil, err
	}
	now := s.clk.Now()
	if now.Sub(time.UnixMilli(at.Issued)) > iteratorLife {
		return nil, refuse("ExpiredIteratorException", "Iterator expired. The iterator was created at time %v, older than 15 minutes", time.UnixMilli(at.Issued).UTC())
	}
	t, err := s.stream(at.Stream)
	if err != nil {
		return nil, err
	}
	records, size := []json.RawMessage{}, 0
	err = s.records(t, at.After, limit, func(n uint64, rec stored) bool {
		records = append(records, rec.json(t, n, false))
		at.After = n
		size += rec.size
		return size < maxPage
	})
	if err != nil {
		return nil, err
	}
	at.Issued = now.UnixMilli()
	o := newObject()
	o.json("Records", records)
	o.json("NextShardIterator", at.String())
	return o.end(), nil
}
