package pages

import (
	"cmp"
	"net/http"
	"strings"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/sla"
)

// moment is a time as an agent reads it; scripts count down to At.
type moment struct {
	At    string // RFC 3339, UTC
	Words string // in the agent's zone
	Full  string // the same with its date and zone
	Late  bool   // it is over
}

// at writes a time for who looks now. Nothing in it changes with each second: a page whose words stay is not sent again.
func at(t, now time.Time, zone *time.Location) moment {
	return moment{At: t.UTC().Format(time.RFC3339), Words: when(t.In(zone), now.In(zone)), Full: t.In(zone).Format("Monday 2 January 2006, 15:04 MST"), Late: !t.After(now)}
}

func when(t, now time.Time) string {
	switch days := midnight(t).Sub(midnight(now)).Hours() / 24; {
	case days == 0:
		return t.Format("15:04")
	case days == 1:
		return "tomorrow " + t.Format("15:04")
	case days == -1:
		return "yesterday " + t.Format("15:04")
	case days > 1 && days < 7:
		return t.Format("Mon 15:04")
	case t.Year() == now.Year():
		return t.Format("2 Jan 15:04")
	}
	return t.Format("2 Jan 2006 15:04")
}

// midnight is a local date as a time that can be subtracted.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// zone is the one in which an agent reads times.
func (v *visit) zone() *time.Location { return cmp.Or(v.by.Zone, time.UTC) }

// languages are the English names of those that are written most; another is shown by its code.
var languages = map[string]string{
	"ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
	"et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian",
	"it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
	"ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
	"vi": "Vietnamese", "zh": "Chinese",
}

func language(code string) string {
	if code == "" {
		return "language unknown"
	}
	return cmp.Or(languages[code], code)
}

// statuses are in words for people.
var statuses = map[desk.Status]string{
	desk.StatusOpen: "open", desk.StatusPending: "waiting for the customer", desk.StatusSnoozed: "snoozed", desk.StatusResolved: "resolved", desk.StatusClosed: "closed",
}

var targets = map[sla.Kind]string{sla.FirstResponse: "First answer", sla.NextResponse: "Next answer", sla.Resolution: "Resolution"}

// deliveries say how far what goes out has come, and no more than is known.
var deliveries = map[desk.State]string{
	desk.Queued: "waiting to leave", desk.Sending: "leaving", desk.Accepted: "sent: the provider has taken it", "delivered": "delivered", desk.Failed: "not delivered",
	desk.Cancelled: "cancelled", desk.Recalled: "recalled before it left",
}

// whys are the codes of an effect's state; docs/operations.md has them all.
var whys = map[string]string{
	"silenced": "the brand's receipts are switched off", "no_answer_from_provider": "the provider has not said whether it took it",
	"refused_for_now": "the provider does not take it now; it is tried again", "refused_by_provider": "the provider will never take it",
	"text_missing": "its text cannot be read", "attachment_missing": "an attachment of it cannot be read", "brand_not_in_policy": "the policy has no such brand any more", "unknown_kind_or_channel": "this version cannot send it",
	"withdrawn": "what it answers was deleted", "barred": "its author, or the network, takes no answer",
	"provider_event": "",
}

func delivery(d *work.Delivery) string {
	words := cmp.Or(deliveries[d.State], string(d.State))
	why, known := whys[d.Why]
	if report := channel.Report(d.Why).Words(); !known && report != d.Why {
		why = report
	} else if !known {
		why = strings.ReplaceAll(d.Why, "_", " ")
	}
	if why == "" {
		return words
	}
	return words + ": " + why
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	s = strings.ToUpper(s[:1]) + s[1:]
	if strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

func problemTitle(status int) string {
	switch status {
	case http.StatusNotFound:
		return "Not found"
	case http.StatusForbidden, http.StatusUnauthorized:
		return "Not allowed"
	case http.StatusServiceUnavailable, http.StatusTooManyRequests:
		return "Not now"
	case http.StatusRequestEntityTooLarge:
		return "Too long"
	}
	return "That did not work"
}

// said is what was just done, by the word in the address after the redirect.
var said = map[string]string{
	"claim": "It is yours.", "unassign": "Given back to the team.", "assign": "Handed over.", "reply": "Your answer is on its way.", "note": "Note kept.",
	"snooze": "Snoozed.", "resolve": "Resolved.", "reopen": "Open again.", "confirm": "Let in.", "refuse": "It stays a conversation of its own.", "allow_receipts": "The contact gets receipts again.",
	"undo": "Undone: it is as it was.", "take_back": "Taken back: it has not left, and stands below.", "tag": "Tags kept.", "card": "Card kept.", "macro_kept": "Kept.", "macro_dropped": "Taken off.",
	"correct": "Corrected.", "confirm_persona": "Confirmed, for this conversation.", "dismiss_persona": "Dismissed, for this conversation.", "silence": "The silence switch is turned.", "incident": "Receipts say so from now on.", "rota": "The rota is changed.", "rota_back": "Taken back: the rota is as it was without it.", "release": "Released: it is in the desk in a moment.", "dismiss": "Dismissed.",
	"offered": "Offered: it stays with its agent until somebody accepts.", "offered_more": "Offered, the first hundred: hand over the others when these are accepted.",
	"given": "Given.", "given_more": "Given, the first hundred: press again for the others.", "accepted": "They are yours now.", "declined": "It stays as it was.",
	"block": "Blocked: what this sender writes from now on is held, and nobody answers it.",
}
