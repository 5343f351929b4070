package desk

import (
	"strings"

	"pronto/shared/channel"
	"pronto/shared/mail"
)

// Saying is what a note of the desk's own says: a code, and what is filled in. The note's text is its words, for who reads the row alone; notes of before it was kept have
// nothing but them.
type Saying struct {
	Code  NoteCode `json:"code"`
	Names []string `json:"names,omitempty"` // of agents and teams, in the order of the words
	Why   string   `json:"why,omitempty"`   // words of the desk's; of a split an agent's own
}

// NoteCode is what happened of which the desk itself leaves a note.
type NoteCode string

// The codes of notes.
const (
	NoteSplit      NoteCode = "split_off"   // by Names[0]
	NoteCopyUnsent NoteCode = "copy_unsent" // since it is not wanted any more
	NoteReassigned NoteCode = "reassigned"  // to Names[0]
	NoteHandedOver NoteCode = "handed_over" // from Names[0] to Names[1]
	splitWords              = "Split off another conversation by "
)

// Words are the note's text.
func (s Saying) Words() string {
	name := func(n int) string {
		if n < len(s.Names) {
			return s.Names[n]
		}
		return ""
	}
	switch s.Code {
	case NoteSplit:
		if s.Why == "" {
			return splitWords + name(0) + "."
		}
		return mail.Cut(splitWords+name(0)+": "+s.Why, ExcerptBytes)
	case NoteCopyUnsent:
		return "One address has not had its copy of the answer: " + s.Why + "."
	case NoteReassigned:
		return "Reassigned by the rota to " + name(0) + "."
	case NoteHandedOver:
		return "Handed over from " + name(0) + " to " + name(1) + ": " + s.Why + "."
	}
	return string(s.Code)
}

// TellsSplit tells of a note that it says that its conversation was split off another: it is no longer so where the two are one again.
func (m Message) TellsSplit() bool {
	if m.Says != nil {
		return m.Says.Code == NoteSplit
	}
	return m.Kind == "note" && strings.HasPrefix(m.ID, OwnNote) && strings.HasPrefix(m.Excerpt, splitWords)
}

// OwnNote is how the id of a note of the desk's own begins.
const OwnNote = "handover-"

// ownNote is a note of the desk's own.
func (t *turn) ownNote(s Saying) *Message {
	id := OwnNote + EffectID(t.Conversation.Sequence+1, 0)
	return &Message{ID: id, ProviderID: id, Direction: "out", Kind: "note", At: t.now, Author: channel.Party{Name: t.brand.Name}, Excerpt: s.Words(), Says: &s}
}

// note writes what the desk itself did into the timeline.
func (t *turn) note(s Saying) {
	if t.Message != nil {
		return
	}
	t.Conversation.Messages++
	t.Message = t.ownNote(s)
}
