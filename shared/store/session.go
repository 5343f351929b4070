package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// session is what a network gave for an account's secret, and until when somebody renews it: row X#brand#channel / SESSION#handle.
type session struct {
	Session  []byte    `json:"session,omitempty"`
	Renewing time.Time `json:"renewing,omitzero"`
}

func sessionKey(brand, channel, handle string) item {
	return row("X#"+brand+"#"+channel, "SESSION#"+handle)
}

func (s *Store) session(ctx context.Context, key item) (v session, sequence int64, err error) {
	found, err := s.get(ctx, key)
	if err != nil {
		return v, 0, fmt.Errorf("read the session: %w", err)
	}
	if i, ok := found[text(key, pk)+text(key, sk)]; ok {
		err = content(i, &v)
		sequence = number(i, seq)
	}
	return v, sequence, err
}

// Session reads an account's session; nil when there is none.
func (s *Store) Session(ctx context.Context, brand, channel, handle string) ([]byte, error) {
	v, _, err := s.session(ctx, sessionKey(brand, channel, handle))
	return v.Session, err
}

// renewing is how long somebody may take to renew a session before another tries: longer than any call to a network.
const renewing = 15 * time.Second

// ErrRenewing says that somebody else renews the session just now.
var ErrRenewing = errors.New("the session is being renewed")

// RenewSession calls renew and keeps what it gives, unless the session is another than was by then, which it returns. One renews at a time: who comes meanwhile gets
// ErrRenewing and comes again. Who dies while he renews holds it up for as long as renewing.
func (s *Store) RenewSession(ctx context.Context, brand, channel, handle string, was []byte, now time.Time, renew func(context.Context) ([]byte, error)) ([]byte, error) {
	key := sessionKey(brand, channel, handle)
	v, sequence, err := s.session(ctx, key)
	switch {
	case err != nil:
		return nil, err
	case len(v.Session) > 0 && string(v.Session) != string(was):
		return v.Session, nil
	case now.Before(v.Renewing):
		return nil, ErrRenewing
	}
	v.Renewing = now.Add(renewing)
	if err := s.saveSession(ctx, key, v, sequence); err != nil {
		return nil, err
	}
	fresh, failed := renew(ctx)
	if failed == nil {
		v.Session = fresh
	}
	v.Renewing = time.Time{}
	if err := s.saveSession(ctx, key, v, sequence+1); err != nil && failed == nil && !errors.Is(err, ErrRenewing) {
		return nil, err // what was given is lost: some networks take each renewal once, and a new log-in follows
	}
	return fresh, failed
}

func (s *Store) saveSession(ctx context.Context, key item, v session, seen int64) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode the session: %w", err)
	}
	i := row(text(key, pk), text(key, sk))
	i[doc], i[seq] = str(string(b)), num(seen+1)
	in := &dynamodb.PutItemInput{TableName: &s.table, Item: i, ExpressionAttributeNames: map[string]string{"#seq": seq}, ConditionExpression: aws.String("attribute_not_exists(#seq)")}
	if seen > 0 {
		in.ConditionExpression, in.ExpressionAttributeValues = aws.String("#seq = :seen"), item{":seen": num(seen)}
	}
	_, err = s.db.PutItem(ctx, in)
	var moved *types.ConditionalCheckFailedException
	if errors.As(err, &moved) {
		return ErrRenewing
	}
	if err != nil {
		return fmt.Errorf("save the session: %w", err)
	}
	return nil
}

// Outward is how sending from an account goes: row X#brand#channel / HEALTH#handle. It is written when that changes, by whoever sends; what is read of a
// mailbox or an account stands in its Cursor.
type Outward struct {
	Failure string    `json:"failure,omitempty"` // code; "" when the last one left
	Since   time.Time `json:"since"`             // when that began
	At      time.Time `json:"at"`                // when it was so last
}

// outwardLife is how long a failure to send is believed that nobody has repeated: what waits is tried every ten minutes at least.
const outwardLife = 30 * time.Minute

// Fails tells whether sending fails now.
func (o Outward) Fails(now time.Time) bool { return o.Failure != "" && now.Sub(o.At) < outwardLife }

func healthKey(brand, channel, handle string) item {
	return row("X#"+brand+"#"+channel, "HEALTH#"+handle)
}

// SetOutward keeps how sending goes. Who comes later is right: two that send beside each other may disagree for a moment.
func (s *Store) SetOutward(ctx context.Context, brand, channel, handle string, o Outward) error {
	i, err := with(healthKey(brand, channel, handle), o)
	if err != nil {
		return err
	}
	if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: i}); err != nil {
		return fmt.Errorf("save the health: %w", err)
	}
	return nil
}

// Place names a mailbox or an account: whose cursor and health are read.
type Place struct{ Brand, Channel, ID string }

// Health is what is kept of one.
type Health struct {
	Cursor
	Outward Outward
}

// Health reads what is kept of mailboxes and accounts; zero of one that was never polled.
func (s *Store) Health(ctx context.Context, places []Place) (map[Place]Health, error) {
	all := map[Place]Health{}
	for len(places) > 0 {
		n := min(len(places), 50) // two rows each: a call takes a hundred
		var keys []item
		for _, p := range places[:n] {
			keys = append(keys, cursorKey(p.Brand, p.Channel, p.ID), healthKey(p.Brand, p.Channel, p.ID))
		}
		found, err := s.get(ctx, keys...)
		if err != nil {
			return nil, fmt.Errorf("read the health: %w", err)
		}
		for _, p := range places[:n] {
			var h Health
			c, o := cursorKey(p.Brand, p.Channel, p.ID), healthKey(p.Brand, p.Channel, p.ID)
			if i, ok := found[text(c, pk)+text(c, sk)]; ok {
				err = errors.Join(err, content(i, &h.Cursor))
			}
			if i, ok := found[text(o, pk)+text(o, sk)]; ok {
				err = errors.Join(err, content(i, &h.Outward))
			}
			all[p] = h
		}
		if err != nil {
			return nil, err
		}
		places = places[n:]
	}
	return all, nil
}
