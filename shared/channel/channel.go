// Package channel is what the desk knows of the ways to a customer, apart from any one of them: what leaves (Outgoing), the hand that sends it (Sender),
// and what a failed sending means.
//
// An adapter is a package under channel/ (channel/ses, …). It verifies and decodes what comes in, and its Sender is the only code that speaks to the provider.
package channel

import (
	"context"
	"errors"
	"time"
)

// Kind says what an outgoing piece is.
type Kind string

const (
	Receipt Kind = "receipt" // the automatic acknowledgement
	Reply   Kind = "reply"   // a person's answer
	Page    Kind = "page"    // a call to the agent on call
	Notice  Kind = "notice"  // a renewed promise, a handover
	Survey  Kind = "survey"
	Forward Kind = "forward" // what a customer wrote, passed on by a person to somebody outside
	Webhook Kind = "webhook" // what a brand's own system is told
)

// Party is one end of a message: a display name (may be "") and the channel's own address.
type Party struct {
	Name    string `json:"name,omitempty"`
	Address string `json:"address"`
}

// Outgoing is one piece that leaves, whole: a Sender adds nothing to its words.
type Outgoing struct {
	Effect            string // the effect's id; travels with the message so that the provider's events can name it
	Brand             string
	Conversation      string
	Kind              Kind
	From, To          Party
	Cc                []Party // by mail: who else gets it, for everybody to see
	ReplyTo           string  // "" where the channel has none
	Subject           string
	Text, HTML        string
	Language          string    // ISO 639-1
	InReplyTo         string    // provider's or RFC 5322 id of the message answered
	References        []string  // oldest first
	Files             []File    // attachments, where the channel's rules allow them
	Decided           time.Time // when it was ordered: the same at each try
	PossibleDuplicate bool      // an earlier try may have left already (promise 2)
}

// File is an attachment of what leaves.
type File struct {
	Name, Type string
	Content    []byte
}

// Sent is what the provider said of an accepted message.
type Sent struct {
	ProviderID string // the id under which the customer's answer will refer to it
}

// Sender is the hand that sends on one channel. An error is one of three:
// Permanent (it will never be accepted), Unsent (certainly not sent, try again), or any other (it may have left: look before trying again).
type Sender interface {
	Send(ctx context.Context, o Outgoing) (Sent, error)
}

type fate struct {
	err       error
	permanent bool
}

func (f *fate) Error() string { return f.err.Error() }
func (f *fate) Unwrap() error { return f.err }

// Permanent marks err as final: the provider will never accept this message.
func Permanent(err error) error { return &fate{err: err, permanent: true} }

// Unsent marks err as passing, with the message certainly not sent.
func Unsent(err error) error { return &fate{err: err} }

// IsPermanent tells whether err was marked by Permanent.
func IsPermanent(err error) bool {
	var f *fate
	return errors.As(err, &f) && f.permanent
}

// IsUnsent tells whether err says that nothing was sent and trying again is right.
func IsUnsent(err error) bool {
	var f *fate
	return errors.As(err, &f) && !f.permanent
}
