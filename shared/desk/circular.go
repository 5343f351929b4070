package desk

import (
	"maps"
	"slices"
	"time"
)

// Circular is one answer that goes to many: a lead's words by language, the conversations that they go to, and how far they have got. Each conversation gets an answer of its
// own, by a turn of its own, signed by who has it.
type Circular struct {
	Texts   map[string]string  `json:"texts"`             // by ISO 639-1 language, with variables as a macro has them
	Anyhow  bool               `json:"anyhow,omitempty"`  // a language without a text gets the brand's: a lead has said so
	Resolve bool               `json:"resolve,omitempty"` // each is resolved when its answer leaves
	By      string             `json:"by"`                // agent id
	At      time.Time          `json:"at"`                // what has come in since is not answered by it
	To      []string           `json:"to"`                // conversations, in the order of the queue
	Next    int                `json:"next"`              // how many of them were come to
	Part    int                `json:"part,omitempty"`    // how many of the following are being given it: said before the first gets anything, 0 when all have it
	LeftOut map[string]LeftOut `json:"left_out,omitempty"`
	Stopped *time.Time         `json:"stopped,omitempty"`
	Back    int                `json:"back,omitempty"`     // how many were looked at since, to be taken back
	Taken   int                `json:"taken,omitempty"`    // how many of these had not left, and do not
	TakenOf []string           `json:"taken_of,omitempty"` // which: who looks at one again, after a crash or beside another, counts it once
	For     string             `json:"for,omitempty"`      // the agent for whom the desk goes on with it by itself, or with taking it back; "" while it waits for somebody
	Due     *time.Time         `json:"due,omitempty"`      // when the next part is due then: the circular's clock
}

// Bounds of a circular.
const (
	MaxCircular   = 500              // conversations
	CircularDelay = 2 * time.Minute  // from a conversation's turn until its answer leaves: so long it may be taken back
	CircularPace  = 15 * time.Second // between two parts that the desk gives by itself

	CircularPatience = time.Minute // after a part was begun: who gives it has died, and it is given by another
)

// Rests lets a circular wait for somebody: the desk does not go on with it by itself.
func (x *Circular) Rests() { x.For, x.Due = "", nil }

// GoesOn lets the desk go on with a circular by itself, for an agent, at a time.
func (x *Circular) GoesOn(agent string, at time.Time) {
	at = at.UTC()
	x.For, x.Due = agent, &at
}

// TookBack counts a conversation whose answer does not leave.
func (x *Circular) TookBack(conversation string) {
	if !slices.Contains(x.TakenOf, conversation) {
		x.TakenOf = append(x.TakenOf, conversation)
		x.Taken++
	}
}

// Sent is how many of those that were come to get the answer.
func (x Circular) Sent() int { return x.Next - len(x.LeftOut) }

// Reach is how many of them may have got it: those that were come to, and a part, of a size at most, that may have been given and is not counted.
func (x Circular) Reach(part int) int { return min(len(x.To), x.Next+part) }

// Circulars tells of answers that wait, by their effects, of which circular they are.
type Circulars map[string]string

// with is the same with one more, or without it where it is of none: what a conversation was read with stays as it is.
func (x Circulars) with(effect, circular string) Circulars {
	x = maps.Clone(x)
	switch {
	case circular == "":
		delete(x, effect)
	case x == nil:
		x = Circulars{effect: circular}
	default:
		x[effect] = circular
	}
	return x
}

// CircularHalted is why an answer that was on its way did not leave: its circular was stopped meanwhile.
const CircularHalted = "circular_stopped"

// Leaving is an answer of a circular whose time has come. Before it leaves it must be known whether the circular was stopped: who takes the answers back may have died, or be slow.
type Leaving struct {
	Circular, Message string
	Stopped           bool    // what the store knows: it does not leave
	Was               Message // as it is kept, where it does not; without an ID where it was forgotten
}

// ofCircular is the answer that is to leave now, where that is a circular's; nil else.
func (t *turn) ofCircular() *Leaving {
	i := t.leaves()
	if i < 0 {
		return nil
	}
	s := t.Conversation.Scheduled[i]
	if of := t.Conversation.Circulars[s.Effect]; of != "" {
		return &Leaving{Circular: of, Message: s.Message}
	}
	return nil
}

// halted takes an answer back whose circular was stopped.
func (t *turn) halted(i int, x Leaving) {
	t.Event = "taken_back"
	t.why("the answer that was to leave now is taken back: its circular was stopped")
	if x.Was.ID == "" {
		t.unschedule(i)
		return
	}
	t.withdraw(i, x.Was)
}

// LeftOut is why a conversation does not get it.
type LeftOut string

// The reasons.
const (
	NoText       LeftOut = "no_text"
	NoVariable   LeftOut = "variable_missing"
	WroteSince   LeftOut = "wrote_since"
	AnsweredElse LeftOut = "answered_since"
	Settled      LeftOut = "settled"
	NoAnswerable LeftOut = "gone"
	Unwanted     LeftOut = "unwanted"
	TooLongText  LeftOut = "too_long"
	NotTaken     LeftOut = "refused"
)

// Words is the reason as a lead reads it.
func (l LeftOut) Words() string {
	switch l {
	case NoText:
		return "there is no text in its language"
	case NoVariable:
		return "something that the text fills in is not known of it"
	case WroteSince:
		return "the customer has written since this was prepared"
	case AnsweredElse:
		return "somebody has answered since this was prepared"
	case Settled:
		return "it is resolved already"
	case NoAnswerable:
		return "there is nothing to answer any more: deleted, merged, closed or forgotten"
	case Unwanted:
		return "the contact wants no such mail, is blocked, or cannot be reached"
	case TooLongText:
		return "with its signature the text is longer than the channel allows"
	case NotTaken:
		return "the desk did not take it: look at the conversation"
	}
	return string(l)
}
