package desk

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Draft is what an agent has typed for a doing and not done yet. It is the agent's own: no turn reads it, and the turn of that doing takes it away.
type Draft struct {
	At       time.Time   `json:"at,omitzero"` // when it was kept last
	Text     string      `json:"text,omitempty"`
	Files    []DraftFile `json:"files,omitempty"`
	Cc       []string    `json:"cc,omitempty"`      // who is ticked to have a copy
	CcMore   string      `json:"cc_more,omitempty"` // who is typed besides
	Then     []string    `json:"then,omitempty"`    // what is to be done together with it: resolve, snooze:72h, tag:refund, priority:high
	Later    string      `json:"later,omitempty"`   // when it is to leave, as typed
	To       string      `json:"to,omitempty"`      // an address; of a handover the agent
	Name     string      `json:"name,omitempty"`
	Subject  string      `json:"subject,omitempty"`
	Language string      `json:"language,omitempty"`

	Behind []string `json:"behind,omitempty"` // names of files that stayed at a conversation which was merged: they are to be attached again

	Messages    []string `json:"messages,omitempty"`     // of a forward: what of the customer goes with it
	Attachments []string `json:"attachments,omitempty"`  // and which files: message/number
	WithAddress bool     `json:"with_address,omitempty"` // and the customer's address
}

// DraftFile is a file that was uploaded for what is being written.
type DraftFile struct {
	Upload string `json:"upload"`
	Name   string `json:"name"`
	Size   int    `json:"size"`
}

// What a draft is for, by the name of the doing.
const (
	DraftReply    = "reply"
	DraftNote     = "note"
	DraftForward  = "forward"
	DraftHandover = "assign"
	DraftLetter   = "start"
)

// DraftKey names a draft: whose it is, at what, and for which doing. The zero key names none.
type DraftKey struct {
	Brand, Agent string
	About        string // a conversation, or ALetter
	Of           string
}

// SentDraft is a draft that is sent. The commit takes it away as its sender knew it, or as his page has kept it since; what he has typed elsewhere meanwhile stays. The zero one
// names none.
type SentDraft struct {
	DraftKey
	Version int    // the newest that the sender knew
	Page    string // the page that he sends from; "" for a program
}

// ALetter is what a letter is about that opens a conversation: nothing yet, or a contact that is known.
func ALetter(contact string) string {
	if contact == "" {
		return letters
	}
	return letters + "-" + contact
}

const letters = "write"

// LetterTo tells whether something is ALetter, and to which contact, "" for one that is not known.
func LetterTo(about string) (contact string, ok bool) {
	contact, ok = strings.CutPrefix(about, letters)
	return strings.TrimPrefix(contact, "-"), ok && (contact == "" || contact[0] == '-')
}

// How long a draft is kept after its last change; and that there is none any more, so that another page of the agent's does not bring back what was sent.
const (
	DraftHolds = 30 * 24 * time.Hour
	DraftGone  = 3 * 24 * time.Hour
)

// Empty tells whether nothing of it would be missed: what is only ticked or chosen beside is no draft.
func (d Draft) Empty(of string) bool {
	typed := d.Text
	switch of {
	case DraftReply:
		typed += d.CcMore
	case DraftForward:
		typed += d.To
	case DraftLetter:
		typed += d.To + d.Name + d.Subject
	}
	return strings.TrimSpace(typed) == "" && len(d.Files) == 0 && len(d.Behind) == 0
}

// Same tells whether two say the same, whenever they were kept.
func (d Draft) Same(other Draft) bool {
	for _, x := range []*Draft{&d, &other} {
		x.At = time.Time{}
		for _, all := range []*[]string{&x.Cc, &x.Then, &x.Behind, &x.Messages, &x.Attachments} {
			if len(*all) == 0 {
				*all = nil
			}
		}
		if len(x.Files) == 0 {
			x.Files = nil
		}
	}
	return reflect.DeepEqual(d, other)
}

// Beginning tells whether all that is typed and chosen in a draft is in what is sent: its text is how that begins, and its files are among those.
func (d Draft) Beginning(text string, uploads []string) bool {
	return strings.HasPrefix(strings.TrimSpace(text), strings.TrimSpace(d.Text)) && !slices.ContainsFunc(d.Files, func(f DraftFile) bool { return !slices.Contains(uploads, f.Upload) })
}

// maxDraftList is how many files one has that is made of two, and copies.
const maxDraftList = 50

// With is one draft made of two: what the other says stands below, its files and who has a copy are among these. What is to be done beside, and what of the customer's a forward
// takes along, is as it stands here.
func (d Draft) With(other Draft) Draft {
	d.Text = strings.Trim(d.Text+"\n\n"+other.Text, "\n")
	d.Files = together(d.Files, other.Files)
	d.Behind, d.Cc = together(d.Behind, other.Behind), together(d.Cc, other.Cc)
	if len(d.Then) == 0 {
		d.Then = other.Then
	}
	if d.To == "" {
		d.To = other.To
	}
	if d.CcMore != other.CcMore {
		d.CcMore = strings.Trim(d.CcMore+", "+other.CcMore, ", ")
	}
	if other.At.After(d.At) {
		d.At = other.At
	}
	return d
}

// together are the one and what of the other is not among them.
func together[T comparable](one, other []T) []T {
	all := slices.Clone(one)
	for _, x := range other {
		if !slices.Contains(all, x) && len(all) < maxDraftList {
			all = append(all, x)
		}
	}
	return all
}

// Elsewhere is a draft as it goes on where its conversation was merged. Its files are uploads to the other one, which an answer here may not carry: only their names come along. So it
// is with what of the customer's was to be forwarded.
func (d Draft) Elsewhere() Draft {
	for _, f := range d.Files {
		d.Behind = together(d.Behind, []string{f.Name})
	}
	d.Files, d.Messages, d.Attachments = nil, nil, nil
	return d
}
