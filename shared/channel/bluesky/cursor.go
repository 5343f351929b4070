package bluesky

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"time"
)

// cursor is how far an account's notifications have been read. A single instant would not do: the server sorts them by the time that their authors claim, so one
// that was written on a train lies below others that were read long ago.
type cursor struct {
	Floor time.Time `json:"floor"`           // what is older is passed over
	Seen  []seen    `json:"seen,omitempty"`  // of what is not older, all that was taken; newest first
	Marks []string  `json:"marks,omitempty"` // the server's own positions on the way down through a backlog, deepest last
	Swept time.Time `json:"swept,omitzero"`  // when all was read down to the floor
	Read  time.Time `json:"read,omitzero"`   // when nothing was left that had been found
}

// after is when all that was there had been taken: what is new now came later, whatever its author claims.
func (c *cursor) after() time.Time {
	if c.Swept.Before(c.Read) {
		return c.Swept
	}
	return c.Read
}

// seen is a notification that was taken.
type seen struct {
	At  int64  `json:"t"` // as the server sorts it, in Unix milliseconds
	Sum string `json:"h"` // of its id
}

// The bounds of a cursor. It is written with every poll that brings something.
const (
	maxSeen  = 200
	maxMarks = 100
	overlap  = 24 * time.Hour // how far below the newest one something new is looked for
)

func readCursor(b []byte) (c cursor, err error) {
	if err = json.Unmarshal(b, &c); err != nil {
		return cursor{}, fmt.Errorf("read the cursor: %w", err)
	}
	return c, nil
}

func sumOf(id string) string {
	sum := sha256.Sum256([]byte(id))
	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// has tells whether something was taken.
func (c *cursor) has(i item) bool {
	sum := sumOf(i.id)
	return slices.ContainsFunc(c.Seen, func(s seen) bool { return s.Sum == sum })
}

// took notes what was taken, and raises the floor above what need not be remembered any more: the floor is always such that the two sentences at Floor and
// Seen are true.
func (c *cursor) took(items []item) {
	for _, i := range items {
		c.Seen = append(c.Seen, seen{i.at.UnixMilli(), sumOf(i.id)})
	}
	slices.SortStableFunc(c.Seen, func(a, b seen) int { return int(min(max(b.At-a.At, -1), 1)) })
	if len(c.Seen) > 0 {
		c.raise(c.Seen[0].At - overlap.Milliseconds())
	}
	if len(c.Seen) > maxSeen {
		c.raise(c.Seen[maxSeen].At + 1)
	}
}

// raise forgets what lies below a new floor.
func (c *cursor) raise(floor int64) {
	if floor <= c.Floor.UnixMilli() {
		return
	}
	c.Floor = time.UnixMilli(floor).UTC()
	c.Seen = slices.DeleteFunc(c.Seen, func(s seen) bool { return s.At < floor })
}
