package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Cursor is how far a mailbox, or an account at a network, has been read, who reads it now, and how that went: row X#brand#channel / CURSOR#mailbox, CURSOR#handle.
//
// Its sequence fences: who saves it has read it since the last save, or saves nothing. So a poller whose lease ran out cannot move it behind another's back.
type Cursor struct {
	Validity uint32    `json:"validity,omitempty"` // UIDVALIDITY under which Last counts; 0: never polled
	Last     uint32    `json:"last,omitempty"`     // the last UID whose notice is in the queue, or that was there before us
	Since    time.Time `json:"since,omitzero"`     // after UIDVALIDITY changed: what is older is not looked at again
	Until    time.Time `json:"until,omitzero"`     // the lease of who polls it now ends then
	Polled   time.Time `json:"polled,omitzero"`    // when a poll last came to its end
	Failure  string    `json:"failure,omitempty"`  // code of why the last one did not; "" when it did
	Failing  time.Time `json:"failing,omitzero"`   // since when

	// Of an account.
	Place     json.RawMessage `json:"place,omitempty"`    // the adapter's own cursor; empty: never polled
	Wait      time.Time       `json:"wait,omitzero"`      // it is not polled before: the network wants to be left alone, or is unwell
	Behind    time.Time       `json:"behind,omitzero"`    // since when there is more to fetch than one poll takes
	Newest    time.Time       `json:"newest,omitzero"`    // when something last came
	Gaps      []int           `json:"gaps,omitempty"`     // minutes between what came, the newest last: what silence is usual
	Connected time.Time       `json:"connected,omitzero"` // of the secret that is in use
	Checked   time.Time       `json:"checked,omitzero"`   // when the server was last asked how the account stands
	Unmarked  bool            `json:"unmarked,omitempty"` // it did not say that the account is automated
	Expires   time.Time       `json:"expires,omitzero"`   // of what must be renewed by hand

	sequence int
}

// MaxGaps is how many silences are remembered, and with fewer than enoughGaps nothing is usual.
const (
	MaxGaps    = 50
	enoughGaps = 10
	leastQuiet = 6 * time.Hour
)

// Quiet tells whether nothing has come for three times as long as the longest of the silences remembered, nights and week-ends among them.
func (c Cursor) Quiet(now time.Time) bool {
	if len(c.Gaps) < enoughGaps {
		return false
	}
	usual := time.Duration(slices.Max(c.Gaps)) * time.Minute
	return now.Sub(c.Newest) > max(3*usual, leastQuiet)
}

// Troubled tells whether nobody has been able to read, or to send, for this long.
func (h Health) Troubled(now time.Time, long time.Duration) bool {
	since := h.Polled
	if since.IsZero() {
		since = h.Failing
	}
	return !since.IsZero() && now.Sub(since) > long || h.Outward.Fails(now) && now.Sub(h.Outward.Since) > long
}

func cursorKey(brand, channel, mailbox string) item {
	return row("X#"+brand+"#"+channel, "CURSOR#"+mailbox)
}

// Cursor reads a mailbox's cursor; the zero Cursor when it was never polled.
func (s *Store) Cursor(ctx context.Context, brand, channel, mailbox string) (c Cursor, err error) {
	key := cursorKey(brand, channel, mailbox)
	found, err := s.get(ctx, key)
	if err != nil {
		return c, fmt.Errorf("read the cursor: %w", err)
	}
	if i, ok := found[text(key, pk)+text(key, sk)]; ok {
		err = content(i, &c)
		c.sequence = int(number(i, seq))
	}
	return c, err
}

// ErrCursorMoved says that another poller has saved the cursor since it was read.
var ErrCursorMoved = errors.New("another poller has the mailbox")

// SaveCursor saves a cursor that was read before, and counts its sequence on.
func (s *Store) SaveCursor(ctx context.Context, brand, channel, mailbox string, c *Cursor) error {
	i, err := with(cursorKey(brand, channel, mailbox), c)
	if err != nil {
		return err
	}
	i[seq] = num(int64(c.sequence + 1))
	in := &dynamodb.PutItemInput{TableName: &s.table, Item: i, ExpressionAttributeNames: map[string]string{"#seq": seq}}
	if c.sequence == 0 {
		in.ConditionExpression = aws.String("attribute_not_exists(#seq)")
	} else {
		in.ConditionExpression, in.ExpressionAttributeValues = aws.String("#seq = :seen"), item{":seen": num(int64(c.sequence))}
	}
	var moved *types.ConditionalCheckFailedException
	if _, err = s.db.PutItem(ctx, in); errors.As(err, &moved) {
		return ErrCursorMoved
	}
	if err != nil {
		return fmt.Errorf("save the cursor: %w", err)
	}
	c.sequence++
	return nil
}
