package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"pronto/shared/channel"
	"pronto/shared/mail"
	"pronto/shared/policy"
)

// Held is what could not be placed: kept, with the reason, until a person releases or dismisses it.
type Held struct {
	Brand    string         `json:"brand"` // "-" when no brand is known
	ID       string         `json:"id"`
	At       time.Time      `json:"at"`
	Channel  string         `json:"channel"`
	Reason   Hold           `json:"reason"`
	Detail   string         `json:"detail,omitempty"`   // a code, never the sender's words
	Raw      string         `json:"raw,omitempty"`      // S3 key
	Notice   string         `json:"notice,omitempty"`   // what woke us, when it could not be read; at most 8 KB
	Contact  string         `json:"contact,omitempty"`  // the sender's, where one is known
	Envelope *mail.Envelope `json:"envelope,omitempty"` // of a mail: what SES found of its sender, for the day when it is placed after all

	State        HeldState  `json:"state,omitempty"`
	By           string     `json:"by,omitempty"`   // the agent who released or dismissed it
	Done         *time.Time `json:"done,omitempty"` // when
	Why          string     `json:"why,omitempty"`  // in the agent's words
	Spam         bool       `json:"spam,omitempty"` // who dismissed it called it spam
	Conversation *Ref       `json:"conversation,omitempty"`
}

// HeldState is what a person has done about something held.
type HeldState string

// The states of what is held. Dismissed, it still counts as held in its day's sum; released, it counts as the message that it became.
const (
	Waiting   HeldState = ""
	Released  HeldState = "released"
	Dismissed HeldState = "dismissed"
)

// Placeable tells whether a person may release it: it is a message, whole and harmless.
func (h Held) Placeable() bool {
	switch h.Reason {
	case HoldQuarantined, HoldNotice, HoldNoOriginal, HoldForwarding:
		return false
	}
	return h.Raw != "" && h.State != Released
}

// HeldKey names a held piece among all: its brand, its time to the millisecond and its id.
type HeldKey struct {
	Brand string    `json:"brand"`
	At    time.Time `json:"at"`
	ID    string    `json:"id"`
}

// Key is the piece's name.
func (h Held) Key() HeldKey { return HeldKey{h.Brand, h.At, h.ID} }

// Text is the key without its brand, as agents see it.
func (k HeldKey) Text() string { return strconv.FormatInt(k.At.UnixMilli(), 36) + "-" + k.ID }

// ParseHeldKey is the inverse of Text.
func ParseHeldKey(brand, text string) (HeldKey, bool) {
	at, id, ok := strings.Cut(text, "-")
	ms, err := strconv.ParseInt(at, 36, 64)
	k := HeldKey{brand, time.UnixMilli(ms).UTC(), id}
	return k, ok && err == nil && len(at) <= 9 && len(id) > 0 && len(id) <= 64 && k.Text() == text
}

// releases is the channel that an order to release names: other notices name theirs.
const releases = "held"

// Release is a person's order to place what is held: it travels to intake as its own kind of notice.
type Release struct {
	HeldKey
	To string          `json:"to"` // the brand that it goes to
	As policy.Assignee `json:"as"` // who says so
}

// Encode is the order as it travels.
func (r Release) Encode() (string, error) {
	b, err := json.Marshal(struct {
		Channel string `json:"channel"`
		Release
	}{releases, r})
	return string(b), err
}

// maxRelease caps an order in bytes.
const maxRelease = 2 << 10

// DecodeRelease reads a notice of the intake queue; mine is false when it is none of these, whatever else it is.
func DecodeRelease(body string) (r Release, mine bool, err error) {
	var peek struct {
		Channel string `json:"channel"`
	}
	if len(body) > maxRelease || json.Unmarshal([]byte(body), &peek) != nil || peek.Channel != releases {
		return r, false, nil
	}
	if err := json.Unmarshal([]byte(body), &r); err != nil {
		return Release{}, true, fmt.Errorf("decode release: %w", err)
	}
	if r.Brand == "" || r.ID == "" || r.At.IsZero() || r.To == "" || r.As.ID == "" {
		return Release{}, true, errors.New("release: brand, id, at, to or as is missing")
	}
	return r, true, nil
}

// Placed is what a message has that a person released.
type Placed struct {
	Held Held
	As   policy.Assignee
}

// Block is why nothing of a contact reaches the agents: what it sends is held.
type Block struct {
	By  string    `json:"by"` // agent id
	At  time.Time `json:"at"`
	Why string    `json:"why,omitempty"`
}

// Blocking is a contact that is blocked, as the list of them has it.
type Blocking struct {
	Contact string        `json:"contact"`
	Party   channel.Party `json:"party"`
	Block
}

// Change is what an agent changed outside of a conversation's turns, for the audit.
type Change struct {
	Brand string     `json:"brand"`
	ID    string     `json:"id"`
	At    time.Time  `json:"at"`
	By    string     `json:"by"` // agent id
	Name  ChangeName `json:"change"`
	About string     `json:"about,omitempty"` // what was changed: a held piece, a contact
	With  []string   `json:"with,omitempty"`  // the other contacts, of some that were linked
	Why   string     `json:"why,omitempty"`   // in the agent's words
}

// ChangeName is what was changed, in the past tense.
type ChangeName string

// The changes.
const (
	SilenceOn       ChangeName = "silenced"
	SilenceOff      ChangeName = "silence_lifted"
	HeldReleased    ChangeName = "held_released"
	HeldDismissed   ChangeName = "held_dismissed"
	ContactBlocked  ChangeName = "contact_blocked"
	ContactAdmitted ChangeName = "contact_unblocked"
	HookReplayed    ChangeName = "hook_replayed"
	RotaChanged     ChangeName = "rota_changed"
	RotaRestored    ChangeName = "rota_restored"
	CardChanged     ChangeName = "card_changed"
	ContactLinked   ChangeName = "contact_linked"
	ContactUnlinked ChangeName = "contact_unlinked"
	MacroKept       ChangeName = "macro_kept"
	MacroDropped    ChangeName = "macro_dropped"
	BulletinKept    ChangeName = "bulletin_kept"
	BulletinDropped ChangeName = "bulletin_dropped"
	ViewKept        ChangeName = "view_kept"
	ViewDropped     ChangeName = "view_dropped"
	ContactErased   ChangeName = "contact_forgotten"
	ContactCopied   ChangeName = "contact_exported"
	IncidentTold    ChangeName = "incident_told"
	IncidentOver    ChangeName = "incident_over"
	CircularKept    ChangeName = "circular_prepared"
	CircularGone    ChangeName = "circular_sent" // a part of it
	CircularStopped ChangeName = "circular_stopped"

	HandoverOffered  ChangeName = "handover_offered"
	HandoverAccepted ChangeName = "handover_accepted"
	HandoverDeclined ChangeName = "handover_declined" // or withdrawn, by who offered it

	AgentLeft     ChangeName = "agent_offboarded"
	AgentReturned ChangeName = "agent_returned"

	RulesProposedNow  ChangeName = "rules_proposed"
	RulesActivated    ChangeName = "rules_activated" // by who may alone, or who agreed
	RulesRefusedNow   ChangeName = "rules_refused"
	RulesWithdrawnNow ChangeName = "rules_withdrawn"
	RulesRolledBack   ChangeName = "rules_rolled_back"
)
