package channel

import "slices"

// Report is what a provider says, after it accepted a piece, of what became of it. Reports come late, twice and in any order, so they are joined and not
// replayed: the weightiest that was ever heard stands.
type Report string

// Reports, the lightest first.
const (
	Delayed           Report = "delayed"             // not delivered yet; the provider goes on trying
	Unclear           Report = "bounced_unclear"     // given back, nobody can say why: where it was delivered, too, an automatic answer
	Delivered         Report = "delivered"           // the recipient's server took it
	Complained        Report = "complained"          // delivered, and marked as unwanted
	MailboxFull       Report = "mailbox_full"        //
	TooLarge          Report = "message_too_large"   //
	ContentRefused    Report = "content_refused"     // for what it says, or from whom it is
	AttachmentRefused Report = "attachment_refused"  //
	Bounced           Report = "bounced"             // there is no such mailbox
	Listed            Report = "on_suppression_list" // the provider did not try: the address bounced or complained before
	Malware           Report = "rejected_as_malware" // the provider did not try: it found a virus
	Unwanted          Report = "unwanted"            // of a copy alone, and our own word: it was left out when the answer left, since its reader was not to be written to any more
)

var reports = []Report{Delayed, Unclear, Delivered, Complained, MailboxFull, TooLarge, ContentRefused, AttachmentRefused, Bounced, Listed, Malware, Unwanted}

// Join gives the weightier of two reports; one that this version does not know is lighter than all.
func (r Report) Join(other Report) Report {
	if slices.Index(reports, other) > slices.Index(reports, r) {
		return other
	}
	return r
}

// Failed tells whether the recipient does not have it.
func (r Report) Failed() bool {
	return r == Unclear || slices.Index(reports, r) > slices.Index(reports, Complained)
}

// Undeliverable tells whether nothing else will reach this address, either.
func (r Report) Undeliverable() bool { return r == Bounced || r == Listed }

// Words is the report as an agent reads it.
func (r Report) Words() string {
	switch r {
	case Delayed:
		return "not delivered yet: the provider goes on trying"
	case Unclear:
		return "it came back without a clear reason"
	case Delivered:
		return "the recipient's mail server took it"
	case Complained:
		return "the recipient's mail server took it, and the recipient marked it as unwanted"
	case MailboxFull:
		return "it came back: the mailbox is full"
	case TooLarge:
		return "it came back: the recipient's server finds it too large"
	case ContentRefused:
		return "it came back: the recipient's server refuses what it says, or its sender"
	case AttachmentRefused:
		return "it came back: the recipient's server refuses its attachment"
	case Bounced:
		return "it came back: there is no such mailbox"
	case Listed:
		return "it was not sent: this address is on the provider's suppression list, since earlier mail to it bounced or was complained about"
	case Malware:
		return "it was not sent: the provider found a virus in it"
	case Unwanted:
		return "it was not sent: its reader is blocked, has complained, or came back"
	}
	return string(r)
}
