package desk

// Refusal is why an agent's doing was not taken; "" when it was.
type Refusal string

const (
	NotFound Refusal = "not_found"
	Changed  Refusal = "version_changed" // somebody else was first: look again
	NotOpen  Refusal = "not_open"        // resolved or closed
	NotDone  Refusal = "not_resolved"    // cannot be reopened
	TooEarly Refusal = "not_in_the_future"
	Gone     Refusal = "withdrawn" // its author has deleted it: there is nothing to answer
	Moved    Refusal = "merged"    // it goes on in another conversation
	NotYours Refusal = "not_yours" // somebody else has it
	NotThere Refusal = "not_there" // whoever was to have it has left
	NoGuest  Refusal = "no_guest"  // nobody is to be confirmed, or somebody has decided
	NoHint   Refusal = "no_hint"   // nothing is suggested of the contact, or something else
	Crossing Refusal = "crossed"   // something was said meanwhile that who answers has not seen
	HasLeft  Refusal = "has_left"  // the answer has left, or was taken back: there is nothing to take back
	TooMany  Refusal = "too_many_scheduled"

	TooManyTags Refusal = "too_many_tags"
	NoUndo      Refusal = "nothing_to_undo"
	UndoOver    Refusal = "undo_over" // its time is over

	SameConversation Refusal = "same_conversation"
	OtherChannel     Refusal = "other_channel"
	OtherContact     Refusal = "other_contact" // and the agent has not said that he knows
	OtherClosed      Refusal = "other_closed"  // the conversation into which it was to go
	AnswerWaits      Refusal = "answer_waits"
	TooManyParts     Refusal = "too_many_parts"
	NotMerged        Refusal = "not_merged"
	MovedOn          Refusal = "moved_on" // something was said or done since that cannot be taken apart
	TooManyRelated   Refusal = "too_many_related"
)

// Words is the refusal as an agent reads it.
func (r Refusal) Words() string {
	switch r {
	case NotFound:
		return "there is no such conversation, or it is no longer kept"
	case Changed:
		return "somebody changed this conversation while you looked at it: look again, then repeat what is still right"
	case NotOpen:
		return "this conversation is resolved: reopen it first"
	case NotDone:
		return "this conversation is not resolved"
	case Gone:
		return "its author has deleted it: there is nothing to answer any more"
	case Moved:
		return "this conversation was merged into another: go on there"
	case NotYours:
		return "only who has a conversation can pass it on"
	case NotThere:
		return "who was to have it has left: name somebody else"
	case NoGuest:
		return "nobody is to be confirmed here, or somebody has decided already"
	case NoHint:
		return "nothing of this kind is suggested of the contact here: look again"
	case Crossing:
		return "something was said or done here since you began to write: look at it, and send your answer all the same if it is still right"
	case HasLeft:
		return "this answer has left already, or was taken back: there is nothing to take back any more"
	case TooMany:
		return "three answers wait here to leave already: take one back, or send this one at once"
	case NoUndo:
		return "there is nothing of yours to undo: something else has happened here since"
	case NotOutside:
		return "this address takes part in the conversation already: answer, with a copy to it"
	case TooManyThirds:
		return "a conversation is forwarded to ten people at most"
	case NotBlocked:
		return "it is not written to: it is blocked"
	case NotComplained:
		return "it is not written to: its owner has marked mail of ours as unwanted"
	case NotOptedOut:
		return "it is not written to: its owner has asked for no more"
	case NotDeliverable:
		return "it is not written to: mail to it came back, there is no such mailbox, or the provider does not try it any more"
	case UndoOver:
		return "what was done can be undone for ten minutes, and they are over: do the opposite, as reopen what is resolved"
	case SameConversation:
		return "both are one conversation already"
	case OtherChannel:
		return "they are on two channels, and an answer leaves by one: link them as related"
	case OtherContact:
		return "they are of two contacts, and who writes next would read the answers to the other: say different_contacts, and why, if it is one matter all the same"
	case OtherClosed:
		return "the conversation into which it was to go is closed for good: merge that one into this"
	case AnswerWaits:
		return "an answer waits here to leave: take it back, or let it leave first"
	case TooManyParts:
		return "twenty conversations are one at most, with twenty who take part: no more can be merged into it"
	case NotMerged:
		return "this conversation is merged into no other"
	case MovedOn:
		return "something came, fell due or was done since they were merged, and belongs to both: they stay one conversation"
	case TooManyRelated:
		return "a conversation is related to twenty others at most: take one off"
	case SplitBefore:
		return "one of these messages was split off before: look where it went"
	case NothingGoes:
		return "choose something that the customer wrote, and has not deleted: answers and notes go along with it"
	case NothingStays:
		return "nothing would be left here: a conversation is split where it has two matters"
	case NotSplit:
		return "messages, answers and notes are split off; what was forwarded, what came back from outside, and surveys stay where they are"
	case TooManySplits:
		return "ten times is a conversation split at most"
	case GuestWaits:
		return "say first whether who wrote this is let in"
	case TooManyTags:
		return "a conversation has eight tags at most: take one off"
	case NotAsked:
		return "there is no survey to be answered here, or its time is over"
	case TooEarly:
		return "a conversation can only be put off to a time to come"
	}
	return string(r)
}
