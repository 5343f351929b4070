package desk

import (
	"slices"

	"pronto/shared/mail"
)

// Silence is why a message gets no receipt. The codes of the mail rules (package mail) and the desk's own share one space.
type Silence string

// The desk's own silences.
const (
	Repeated         Silence = "repeated"
	OverSenderHour   Silence = "over_budget_sender_hour"
	OverSenderDay    Silence = "over_budget_sender_day"
	OverDomainBudget Silence = "over_budget_domain"
	OverBrandBudget  Silence = "over_budget_brand"
	Bot              Silence = "bot"
	OptedOut         Silence = "opted_out"
	OneReceipt       Silence = "one_receipt"
	Withdrawn        Silence = "withdrawn"
	Blocked          Silence = "blocked"
	Complained       Silence = "complained"
	Unreachable      Silence = "undeliverable"
	Answered         Silence = "answered"
	NotMentioned     Silence = "not_mentioned"
	Barred           Silence = "barred"
	Rebuilt          Silence = "rebuilt"
	Forgotten        Silence = "forgotten"
	FromThird        Silence = "third_party"
)

// hushes are why a receipt that was ordered is cancelled when it should leave, beside the silence switch.
var hushes = []Silence{Answered, Silence(mail.Late), Withdrawn, Barred, Rebuilt, Forgotten, Blocked, OptedOut, Complained, Unreachable}

// Hushed is why a receipt that was ordered and then cancelled acknowledges nothing.
func (e Effect) Hushed() Silence {
	if why := Silence(e.Why); slices.Contains(hushes, why) {
		return why
	}
	return Silenced
}

// Words is the reason as a support lead reads it: one of the desk's own, or of the mail rules.
func (s Silence) Words() string {
	switch s {
	case Repeated:
		return "the same text was said already: one receipt is enough"
	case OverSenderHour:
		return "this sender has had as many receipts this hour as the policy allows"
	case OverSenderDay:
		return "this sender has had as many receipts today as the policy allows"
	case OverDomainBudget:
		return "the sender's domain has had as many receipts this hour as the policy allows"
	case Silenced:
		return "the brand's receipts were switched off when it came, and for longer than the policy lets one wait"
	case OverBrandBudget:
		return "the brand has sent as many receipts this hour as the policy allows"
	case Bot:
		return "the network says that no person wrote it"
	case OptedOut:
		return "its author has asked for no more automatic answers"
	case OneReceipt:
		return "the channel allows one automatic answer; what comes later is a person's"
	case Answered:
		return "it was answered or settled before its receipt could leave, which would have promised an answer"
	case Blocked:
		return "its sender is blocked; a person released this message"
	case Complained:
		return "its author has marked mail of ours as unwanted; an agent may lift that"
	case Unreachable:
		return "mail to this address came back: there is no such mailbox, or the provider does not try it any more"
	case NotMentioned:
		return "it does not mention us, and the network lets only those be answered unasked who do"
	case Barred:
		return "its author has blocked us, is blocked or wants no answers: the network takes none"
	case Rebuilt:
		return "the table was rebuilt from what had come: its receipt was sent before, or not, and was not sent again"
	case Forgotten:
		return "it was to be acknowledged together with a message whose author was forgotten before the receipt had left"
	case FromThird:
		return "it is not the customer's: somebody answered to whom an agent had forwarded the conversation"
	case Withdrawn:
		return "its author deleted it before a receipt had left"
	}
	return mail.Silence(s).Words()
}

// Hold is why a message could not be placed in a conversation.
type Hold string

const (
	HoldUnreadable     Hold = "unreadable"      // the mail cannot be parsed
	HoldQuarantined    Hold = "quarantined"     // SES found a virus
	HoldUnknownBrand   Hold = "unknown_brand"   // no brand has this address
	HoldUnknownAddress Hold = "unknown_address" // the brand has the domain, but nobody this address
	HoldNotice         Hold = "notice"          // what woke us cannot be read
	HoldMissing        Hold = "missing"         // the notice names a mail that is not there
	HoldNoticeLost     Hold = "notice_lost"     // a raw mail that no notice told of
	HoldNoOriginal     Hold = "no_original"     // an edit of a message that never came
	HoldNoChannel      Hold = "channel_off"     // the brand does not use the channel
	HoldBlocked        Hold = "blocked"         // an agent has blocked its sender
)

// HoldForwarding is a mail provider's question whether mail may be forwarded here: a lead answers it by its link.
const HoldForwarding Hold = "forwarding_confirmation"

// Words is the reason as a support lead reads it.
func (h Hold) Words() string {
	switch h {
	case HoldUnreadable:
		return "the mail cannot be read as a mail; its source is kept"
	case HoldForwarding:
		return "a mail provider asks whether mail may be forwarded here: a lead may follow its link, if that was asked for"
	case HoldQuarantined:
		return "a virus was found: kept, never opened, never answered"
	case HoldUnknownBrand:
		return "it was sent to an address that no brand has"
	case HoldUnknownAddress:
		return "it was sent to an address of the brand's domain that the policy does not name"
	case HoldNotice:
		return "the notice of its arrival cannot be read; it is kept as it came"
	case HoldNoticeLost:
		return "the mail is in the store, but the notice of its arrival was lost, and with it what SES found of its sender"
	case HoldNoOriginal:
		return "it changes a message that never reached us"
	case HoldNoChannel:
		return "it came on a channel that the brand does not use"
	case HoldBlocked:
		return "an agent has blocked its sender"
	case HoldMissing:
		return "its notice names a mail that is not in the store"
	}
	return string(h)
}
