// Package desk is the heart: what a conversation is, what may happen to it, and Decide, which says what follows.
//
// An Event is what happened, a Decision what was judged, an Effect what must be done. Decide is pure: no clock, no network, no randomness; the same facts,
// event, policy and time give the same decision, so a refused commit is simply decided again.
//
// Invariants:
//   - Every message is receipted, or suppressed with a reason; never both, never neither.
//   - A receipt is signed by the assignee of its conversation and names the promise that the conversation carries.
//   - An effect's id is derived from its turn (conversation, sequence, number): deciding again orders nothing twice.
package desk

import (
	"fmt"
	"time"

	"pronto/shared/channel"
	"pronto/shared/policy"
	"pronto/shared/reply"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// Email is the channel that is always on.
const Email = "email"

// Status of a conversation.
type Status string

const (
	StatusOpen     Status = "open"     // a person owes something
	StatusPending  Status = "pending"  // waiting for the contact
	StatusSnoozed  Status = "snoozed"  // put off by an agent
	StatusResolved Status = "resolved" // done, may be reopened by the contact
	StatusClosed   Status = "closed"   // done for good
)

// Ref names a conversation.
type Ref struct {
	Brand        string `json:"brand"`
	Conversation string `json:"conversation"`
}

// Conversation is all between one contact and the desk about one matter. Times are UTC.
type Conversation struct {
	Ref
	Sequence     int              `json:"-"` // number of its last turn; the commit is guarded by it
	Unknown      string           `json:"-"` // members of its row that this version has no field for: written back as they were read
	Status       Status           `json:"status"`
	Channel      string           `json:"channel"`
	Contact      string           `json:"contact"`
	Party        channel.Party    `json:"party"`
	Subject      string           `json:"subject,omitempty"`
	Language     string           `json:"language"`
	Sentiment    triage.Sentiment `json:"sentiment"`
	Abuse        triage.Abuse     `json:"abuse,omitempty"` // of the newest of the contact's messages that hurts
	Priority     triage.Priority  `json:"priority"`
	PriorityWhy  []string         `json:"priority_why"`
	Assignee     policy.Assignee  `json:"assignee"`
	Targets      []sla.Target     `json:"targets,omitempty"`
	Promise      *Promise         `json:"promise,omitempty"`
	PromiseOf    *PromiseOf       `json:"promise_of,omitempty"` // where a promise was given that came along: see From
	Zone         Zone             `json:"zone"`
	Receipt      *ReceiptMark     `json:"receipt,omitempty"`
	Thread       Thread           `json:"thread,omitzero"` // what an answer refers to
	SnoozedUntil *time.Time       `json:"snoozed_until,omitempty"`
	Paging       *Paging          `json:"paging,omitempty"`
	Next         *time.Time       `json:"next,omitempty"` // when its clock must be looked at
	Version      int              `json:"version"`        // moves with what agents see: messages, status, assignee, priority
	Said         []string         `json:"said,omitempty"` // digests of the contact's texts, newest last
	Opened       time.Time        `json:"opened"`
	Ratings      int              `json:"ratings,omitempty"`  // how often the newest survey was answered
	Segment      string           `json:"segment,omitempty"`  // of the customer, when proved
	Resolved     *time.Time       `json:"resolved,omitempty"` // since when it is resolved, or was when it was closed
	Alerted      []Alert          `json:"alerted,omitempty"`  // alerts elsewhere that are still to be resolved
	Taken        string           `json:"taken,omitempty"`    // the agent who took it himself: it is not handed over but when he is away
	Passed       []string         `json:"passed,omitempty"`   // agents who have passed it on: it is not given back to them, and nobody is shown them
	Follows      string           `json:"follows,omitempty"`  // the closed conversation that this one goes on with
	Last         time.Time        `json:"last"`               // arrival of its newest message
	Messages     int              `json:"messages"`
	Withdrawn    bool             `json:"withdrawn,omitempty"` // its author has deleted all of it: there is nothing to answer
	Unawaited    bool             `json:"unawaited,omitempty"` // machines alone have written, and no agent has taken it up: see Idle
	Guest        *Guest           `json:"guest,omitempty"`     // it says that it goes on with another
	Merged       string           `json:"merged,omitempty"`    // where it goes on: a redirect
	Participants []Participant    `json:"participants,omitempty"`
	Thirds       []Third          `json:"thirds,omitempty"`    // to whom outside it was forwarded
	Parts        []string         `json:"parts,omitempty"`     // conversations that were merged into it, and those into these
	Related      []string         `json:"related,omitempty"`   // conversations that it has to do with, as agents say; each names it, too
	SplitOff     []SplitOff       `json:"split_off,omitempty"` // what agents took out into conversations of their own
	SplitFrom    *SplitFrom       `json:"split_from,omitempty"`
	Whole        *Apart           `json:"whole,omitempty"`     // how it stood before something was split off it, while that can be taken back as if it had not been
	Scheduled    []Scheduled      `json:"scheduled,omitempty"` // answers that leave later, in the order in which they were written
	Bulk         []string         `json:"bulk,omitempty"`      // effects of those which are of a circular
	Circulars    Circulars        `json:"circulars,omitempty"` // of which: beside them, since code of before keeps a member that it does not know
	Begins       string           `json:"begins,omitempty"`    // effect of the letter with which an agent begins it, until that has left
	Tags         []string         `json:"tags,omitempty"`      // sorted
	Before       *Before          `json:"before,omitempty"`    // how it stood before its last turn, where that can be undone
	Apart        *Apart           `json:"apart,omitempty"`     // how it stood before it was merged, or took another in, while that can be taken back
	Loosed       string           `json:"loosed,omitempty"`    // key of the words of its last merge, which was taken back
	Answered     time.Time        `json:"answered,omitzero"`   // when a person's answer left last; zero in rows of before it was kept
	Survey       *Survey          `json:"survey,omitempty"`    // the question after a resolution
	Personas     []Persona        `json:"personas,omitempty"`  // how the contact behaves here, the newest hint last: for who answers alone
	Trace        Trace            `json:"trace,omitempty"`     // the messages that wait for its next answer, or had the last; nil in rows of before it was kept
}

// Owed tells whether a person still owes the contact an answer.
func (c *Conversation) Owed() bool { return c.Status == StatusOpen || c.Status == StatusSnoozed }

// Promise is the time named to a customer.
type Promise struct {
	By       time.Time `json:"by"`
	State    string    `json:"state"`             // one of the Promise constants
	Given    time.Time `json:"given,omitzero"`    // since when the target runs that it repeats
	Renewed  bool      `json:"renewed,omitempty"` // a new time was named in its place: once, and never again
	Told     bool      `json:"told,omitempty"`    // the customer was told that somebody else has it
	Answered time.Time `json:"answered,omitzero"` // when a person did
}

// States of a promise.
const (
	PromiseGiven   = "given"
	PromiseRenewed = "renewed"
	PromiseKept    = "kept"
	PromiseBroken  = "broken"
	PromiseGivenUp = "given_up" // settled without an answer, before its time was over: neither kept nor broken
)

// Thread is the newest message of the contact's, as the channel names it.
type Thread struct {
	ID         string   `json:"id,omitempty"`
	References []string `json:"references,omitempty"`
	Account    string   `json:"account,omitempty"` // on a network: the brand's that it mentions, and that answers
}

// Zone is the customer's time zone as far as we know it.
type Zone struct {
	Name   string `json:"name,omitempty"`   // IANA, from the contact's card
	Offset int    `json:"offset,omitempty"` // seconds east of UTC, from a Date header, when Name is ""
	Known  bool   `json:"known,omitempty"`  // Name or Offset is the customer's; false: the brand's zone is used
	Sure   bool   `json:"sure,omitempty"`   // false: the zone is named beside every time
}

// Location is the zone for the customer's times; the brand's when nothing is known.
func (z Zone) Location(brand *time.Location) *time.Location {
	if z.Name != "" {
		if l, err := time.LoadLocation(z.Name); err == nil {
			return l
		}
	}
	if z.Known {
		return time.FixedZone("", z.Offset)
	}
	return brand
}

// DateZone is what a Date header's offset tells: the offset, surely, unless it is zero, which many mailers write for want of better.
// Where it agrees with the brand's own zone, that is taken: it knows of daylight-saving changes.
func DateZone(date time.Time, brand *time.Location) Zone {
	_, offset := date.Zone()
	if _, here := date.In(brand).Zone(); here == offset && offset != 0 {
		return Zone{Name: brand.String(), Known: true, Sure: true}
	}
	return Zone{Offset: offset, Known: true, Sure: offset != 0}
}

// ReceiptMark remembers the newest receipt, for messages that share it.
type ReceiptMark struct {
	Effect string    `json:"effect"`
	At     time.Time `json:"at"` // arrival of the message that it answered
	Full   bool      `json:"full,omitempty"`
}

// Message is one piece in or out. Its body lies in S3 under Raw; the row keeps an excerpt.
type Message struct {
	In          string        `json:"-"`           // of one that stands in another conversation than its row: where that lies
	ID          string        `json:"id"`          // keyed hash of the provider's id
	Unknown     string        `json:"-"`           // as a conversation's
	ProviderID  string        `json:"provider_id"` // SES's message id, a network's post id
	Direction   string        `json:"direction"`   // in, out
	Kind        string        `json:"kind"`        // message, receipt, reply, note, survey, forward, third
	At          time.Time     `json:"at"`          // arrival, as the provider says
	Author      channel.Party `json:"author"`
	Subject     string        `json:"subject,omitempty"`
	Excerpt     string        `json:"excerpt,omitempty"` // new text, at most ExcerptBytes
	Raw         string        `json:"raw,omitempty"`     // S3 key
	Attachments int           `json:"attachments,omitempty"`
	Files       []File        `json:"files,omitempty"`  // of the attachments, the first MaxFiles
	HTML        bool          `json:"html,omitempty"`   // it has an HTML form beside its text
	Quoted      int           `json:"quoted,omitempty"` // lines of older mails that agents do not read first; 0 of messages before it was counted
	Signed      int           `json:"signed,omitempty"` // lines of its signature, the same
	Mood        triage.Mood   `json:"mood,omitempty"`
	Abuse       triage.Abuse  `json:"abuse,omitempty"` // what hurts in it: it is shown to who asks for it
	Outcome     Outcome       `json:"outcome,omitzero"`
	Cc          []Cc          `json:"cc,omitempty"`        // of an answer: who else has it; of a forward: who has it
	Effect      string        `json:"effect,omitempty"`    // of what went out: its delivery
	URL         string        `json:"url,omitempty"`       // where the network shows it
	Account     string        `json:"account,omitempty"`   // on a network: the handle of the brand's that it mentions
	Edited      *time.Time    `json:"edited,omitempty"`    // when its author changed it last
	Withdrawn   *time.Time    `json:"withdrawn,omitempty"` // when its author deleted it
	Corrected   *Correction   `json:"corrected,omitempty"` // what agents have said of it; nil: nothing
	Rating      *Rating       `json:"rating,omitempty"`    // of a survey: what was answered
	Says        *Saying       `json:"says,omitempty"`      // of a note of the desk's own: what it says; nil in rows of before it was kept
	Shift       string        `json:"shift,omitempty"`     // of a note: the agent whose shift was handed over with it. The desk wrote its first words
}

// File is what is known of an attachment; its content is in the raw message, or of an agent's own under Key.
type File struct {
	Name   string `json:"name,omitempty"`
	Type   string `json:"type,omitempty"`
	Size   int    `json:"size"`
	SHA256 string `json:"sha256"` // hexadecimal
	Inline bool   `json:"inline,omitempty"`
	Key    string `json:"key,omitempty"` // of S3
}

// MaxFiles caps the files in a row.
const MaxFiles = 20

// ExcerptBytes caps the text in a row: bodies live in S3.
const ExcerptBytes = 400

// Outcome is what became of a message's acknowledgement: exactly one of the two is set.
type Outcome struct {
	Receipt    string  `json:"receipt,omitempty"`    // the effect that acknowledges it, maybe shared
	Suppressed Silence `json:"suppressed,omitempty"` // why there is none
}

// Contact is one customer of one brand.
type Contact struct {
	ID            string         `json:"id"`
	Version       int            `json:"-"` // guards the row
	Unknown       string         `json:"-"` // as a conversation's
	Party         channel.Party  `json:"party"`
	Language      string         `json:"language,omitempty"`
	Zone          Zone           `json:"zone"`
	Agent         string         `json:"agent,omitempty"`         // who had the last conversation
	Served        time.Time      `json:"served,omitzero"`         // when that was; zero in rows of before it was kept
	Same          []Identity     `json:"same,omitempty"`          // the other contacts that are the same person
	Receipts      []int64        `json:"receipts,omitempty"`      // Unix seconds of the receipts of the last day, oldest first: the sender's budget
	Said          []Said         `json:"said,omitempty"`          // texts of the last day, over all conversations
	OptedOut      *time.Time     `json:"opted_out,omitempty"`     // when the contact asked for no more receipts
	Complained    *time.Time     `json:"complained,omitempty"`    // when the contact marked mail of ours as unwanted
	Blocked       *Block         `json:"blocked,omitempty"`       // nil: not blocked
	Names         []string       `json:"names,omitempty"`         // keys of the name's words, by which the contact is found
	Undeliverable *Undeliverable `json:"undeliverable,omitempty"` // nil: as far as we know, mail arrives
	Surveyed      *time.Time     `json:"surveyed,omitempty"`      // when it was asked last how we did
	Card          *Card          `json:"card,omitempty"`          // what the contact prefers, as agents know it; nil: nothing is known
}

// Undeliverable is why and until when a contact's address gets no receipts: mail to it came back for good.
type Undeliverable struct {
	Why   channel.Report `json:"why"`
	At    time.Time      `json:"at"`
	Until time.Time      `json:"until"`
}

// Said is a text that a contact has sent, as a digest.
type Said struct {
	Digest string `json:"d"`
	At     int64  `json:"t"` // Unix seconds
}

// EffectID names the nth effect of a turn.
func EffectID(sequence, n int) string { return fmt.Sprintf("%06d-%d", sequence, n) }

// Lanes of effects: SQS queues that deliver reads.
const (
	LanePriority = "priority" // what is negative or urgent: receipts and pages
	LanePage     = "page"
	LaneEmail    = "email"
	LaneCustom   = "custom"
	LaneBluesky  = "bluesky"
	LaneMastodon = "mastodon"
	LaneWake     = "wake" // clocks of conversations: the timer reads it
)

// PageChannel is the channel of effects that call an agent: each way to be paged has its own sender.
const PageChannel = "page"

// Lane is the lane of a channel's ordinary traffic.
func Lane(channel string) string { return channel }

// State of an effect.
type State string

const (
	Queued    State = "queued"    // decided, not tried
	Sending   State = "sending"   // claimed: it may have left
	Accepted  State = "accepted"  // the provider took it
	Delivered State = "delivered" // the recipient's own server took it, as the provider reports
	Failed    State = "failed"    // the provider never will, or the recipient's server gave it back; shown to a person
	Recalled  State = "recalled"  // what it answered was withdrawn before it left
)

// Effect is an order to the world: send this receipt. It carries keys and parameters, and no rendered text.
type Effect struct {
	Ref
	ID       string         `json:"id"`
	Contact  string         `json:"contact"` // who may answer it
	Kind     channel.Kind   `json:"kind"`
	Lane     string         `json:"lane"`
	Channel  string         `json:"channel"`
	Day      string         `json:"day"` // UTC day of arrival of the message that it answers, for the sum of promise 1
	Receipt  *Receipt       `json:"receipt,omitempty"`
	Reply    *Reply         `json:"reply,omitempty"`
	Page     *Page          `json:"page,omitempty"`
	Hook     *Hook          `json:"hook,omitempty"`
	Survey   *Question      `json:"survey,omitempty"`
	Decided  time.Time      `json:"decided"`
	Trace    Trace          `json:"trace,omitempty"` // of all but receipts: see Traced; nil in rows of before it was kept
	Attempts int            `json:"-"`
	State    State          `json:"-"`
	Claimed  time.Time      `json:"-"` // when it was last claimed
	Why      string         `json:"-"` // of a failure: a code
	Provider string         `json:"-"` // the provider's id once accepted
	Unsure   bool           `json:"-"` // an earlier try may have left
	Replayed time.Time      `json:"-"` // when a webhook was ordered once more
	Report   channel.Report `json:"-"` // what the provider said of its delivery, once accepted
	Stayed   bool           `json:"-"` // what it answers was deleted while somebody had claimed it: it is to be recalled, not sent
}

// Receipt is what a receipt has to say and to whom.
type Receipt struct {
	Message    string          `json:"message"` // the message that it answers
	To         channel.Party   `json:"to"`
	Language   string          `json:"language"`
	Mood       triage.Mood     `json:"mood"`
	Short      bool            `json:"short,omitempty"`
	Notice     reply.Notice    `json:"notice,omitempty"` // what it tells instead, when it is no receipt
	Assignee   policy.Assignee `json:"assignee"`
	Due        time.Time       `json:"due"`
	Zone       Zone            `json:"zone"`
	InReplyTo  string          `json:"in_reply_to,omitempty"`
	References []string        `json:"references,omitempty"`
	Account    string          `json:"account,omitempty"` // on a network: who says it, by its handle
}

// Reply is a person's answer on its way. The text lies in S3 under Raw.
type Reply struct {
	Message    string          `json:"message"`
	Raw        string          `json:"raw"`
	To         channel.Party   `json:"to"`
	By         policy.Assignee `json:"by"`
	Language   string          `json:"language"`
	Subject    string          `json:"subject,omitempty"`
	InReplyTo  string          `json:"in_reply_to,omitempty"`
	References []string        `json:"references,omitempty"`
	Account    string          `json:"account,omitempty"`  // on a network: from which account it leaves, by its handle
	Files      []File          `json:"files,omitempty"`    // attached; their bytes lie under their keys
	Cc         []Cc            `json:"cc,omitempty"`       // who else gets it, for everybody to see
	First      bool            `json:"first,omitempty"`    // it answers nothing: the agent writes first
	Circular   string          `json:"circular,omitempty"` // it is of this one: it does not leave once that was stopped
}

// Page calls an agent by the ways of the policy, in their order, until one takes it.
type Page struct {
	Agent    string          `json:"agent"`
	Ways     []policy.Way    `json:"ways"`
	Signal   Signal          `json:"signal,omitempty"` // no call but what became of one
	Why      string          `json:"why"`
	Step     int             `json:"step"`
	Priority triage.Priority `json:"priority"`
	Due      time.Time       `json:"due,omitzero"`
	Foreseen string          `json:"foreseen,omitempty"` // of a forecast: its words
	By       string          `json:"by,omitempty"`       // of a mention: who wrote the note
}

// EffectRef names an effect.
type EffectRef struct {
	Ref
	ID string `json:"effect"`
}

// Day is the UTC day of t, the unit of the sum of promise 1.
func Day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
