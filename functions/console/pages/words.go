package pages

import (
	"cmp"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/sla"
	"pronto/shared/triage"
)

// moment is a time as an agent reads it; scripts count down to At.
type moment struct {
	At    string // RFC 3339, UTC
	Words string // in the agent's zone
	Full  string // the same with its date and zone
	Late  bool   // it is over
}

// at writes a time for who looks now. Nothing in it changes with each second: a page whose words stay is not sent again.
func (v *visit) at(t time.Time) moment {
	local := t.In(v.zone())
	return moment{At: t.UTC().Format(time.RFC3339), Words: v.when(local, v.now.In(v.zone())), Full: v.Time(local, "Monday 2 January 2006, 15:04 MST"), Late: !t.After(v.now)}
}

func (v *visit) when(t, now time.Time) string {
	clock := v.Time(t, "15:04")
	switch days := midnight(t).Sub(midnight(now)).Hours() / 24; {
	case days == 0:
		return clock
	case days == 1:
		return v.T("tomorrow %s", clock)
	case days == -1:
		return v.T("yesterday %s", clock)
	case days > 1 && days < 7:
		return v.Time(t, "Mon 15:04")
	case t.Year() == now.Year():
		return v.Time(t, "2 Jan 15:04")
	}
	return v.Time(t, "2 Jan 2006 15:04")
}

// midnight is a local date as a time that can be subtracted.
func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

// zone is the one in which an agent reads times.
func (v *visit) zone() *time.Location { return cmp.Or(v.by.Zone, time.UTC) }

// languages are the names of those that are written most; another is shown by its code.
var languages = map[string]words.Key{
	"ar": "Arabic", "bg": "Bulgarian", "ca": "Catalan", "cs": "Czech", "da": "Danish", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
	"et": "Estonian", "fa": "Persian", "fi": "Finnish", "fr": "French", "he": "Hebrew", "hi": "Hindi", "hr": "Croatian", "hu": "Hungarian", "id": "Indonesian",
	"it": "Italian", "ja": "Japanese", "ko": "Korean", "lt": "Lithuanian", "lv": "Latvian", "nl": "Dutch", "no": "Norwegian", "pl": "Polish", "pt": "Portuguese",
	"ro": "Romanian", "ru": "Russian", "sk": "Slovak", "sl": "Slovenian", "sr": "Serbian", "sv": "Swedish", "th": "Thai", "tr": "Turkish", "uk": "Ukrainian",
	"vi": "Vietnamese", "zh": "Chinese",
}

// language names a language in the agent's own.
func (v *visit) language(code string) string {
	if code == "" {
		return v.T("language unknown")
	}
	return cmp.Or(v.T(languages[code]), code)
}

// byName are languages, each once, in the order of their names.
func (v *visit) byName(codes []string) []string {
	all := slices.Clone(codes)
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(v.language(a), v.language(b)), cmp.Compare(a, b)) })
	return slices.Compact(all)
}

// channel names a channel.
func (v *visit) channel(c string) string {
	if name, ok := channels[c]; ok {
		return v.T(name)
	}
	return c
}

// channels are those whose names are no names of their own.
var channels = map[string]words.Key{desk.Email: "mail", "custom": "mention", "bluesky": "Bluesky", "mastodon": "Mastodon"}

// untitled stands where there is no subject: a mention never has one.
func (v *visit) untitled(channel string) string {
	switch channel {
	case desk.Email:
		return v.T("(no subject)")
	case "custom":
		return v.T("a mention")
	}
	return v.T("a post on %s", v.channel(channel))
}

// priorities, moods and promised are the codes that are shown as they are.
var (
	priorities = map[triage.Priority]words.Key{triage.Low: "low", triage.Normal: "normal", triage.High: "high", triage.Urgent: "urgent"}
	moods      = map[triage.Mood]words.Key{triage.Negative: "negative", triage.Neutral: "neutral", triage.Positive: "positive"}
	promised   = map[string]words.Key{desk.PromiseGiven: "given", desk.PromiseKept: "kept ‹promise›", desk.PromiseBroken: "broken", desk.PromiseRenewed: "renewed ‹promise›", desk.PromiseGivenUp: "given up"}
	running    = map[sla.State]words.Key{sla.Running: "running", sla.Paused: "paused", sla.Met: "met", sla.Breached: "breached"}
)

// statuses are in words for people.
var statuses = map[desk.Status]words.Key{
	desk.StatusOpen: "open", desk.StatusPending: "waiting for the customer", desk.StatusSnoozed: "snoozed", desk.StatusResolved: "resolved", desk.StatusClosed: "closed",
}

var targets = map[sla.Kind]words.Key{sla.FirstResponse: "First answer", sla.NextResponse: "Next answer", sla.Resolution: "Resolution"}

// deliveries say how far what goes out has come, and no more than is known.
var deliveries = map[desk.State]words.Key{
	desk.Queued: "waiting to leave", desk.Sending: "leaving", desk.Accepted: "sent: the provider has taken it", "delivered": "delivered", desk.Failed: "not delivered",
	desk.Cancelled: "cancelled", desk.Recalled: "recalled before it left",
}

// whys are the codes of an effect's state; docs/operations.md has them all.
var whys = map[string]words.Key{
	"silenced": "the brand's receipts are switched off", "no_answer_from_provider": "the provider has not said whether it took it",
	"refused_for_now": "the provider does not take it now; it is tried again", "refused_by_provider": "the provider will never take it",
	desk.CircularHalted: "the answer to many that it was of has been stopped",
	"text_missing":      "its text cannot be read", "attachment_missing": "an attachment of it cannot be read", "brand_not_in_policy": "the policy has no such brand any more", "unknown_kind_or_channel": "this version cannot send it",
	"withdrawn": "what it answers was deleted", "barred": "its author, or the network, takes no answer",
	"provider_event": "",
}

// delivery is what became of a piece, and the same in a word or two.
func (v *visit) delivery(d *work.Delivery) (whole, state string) {
	state = cmp.Or(v.T(deliveries[d.State]), string(d.State))
	key, known := whys[d.Why]
	if report := channel.Report(d.Why).Words(); !known && report != d.Why {
		key = words.Key(report)
	} else if stopped := desk.Refusal(d.Why).Words(); !known && stopped != d.Why {
		key = words.Key(stopped)
	} else if !known {
		key = words.Key(strings.ReplaceAll(d.Why, "_", " ")) // a code of a later version
	}
	whole = state
	if d.State == desk.Accepted {
		state = v.T("sent")
	}
	if key == "" {
		return whole, state
	}
	return whole + ": " + v.T(key), state
}

// sentence begins with a capital and ends with a full stop.
func sentence(s string) string {
	if s == "" {
		return ""
	}
	s = capital(s)
	if strings.ContainsAny(s[len(s)-1:], ".!?") {
		return s
	}
	return s + "."
}

// capital begins with a capital, whatever a language does with the names of its days.
func capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}

// trouble says what is wrong.
func (v *visit) trouble(p *work.Problem) string { return sentence(v.said(p.Detail)) }

// said is what the desk says in English, in the agent's language where that is known.
func (v *visit) said(english string) string {
	text, _ := v.Said(english)
	return text
}

// quote is a sentence of the desk's, and its language where that is another than the page's.
type quote struct{ Text, Lang string }

// quoted are sentences of the desk's: those that its catalogue does not know stay as they were written.
func (v *visit) quoted(english []string) (all []quote) {
	for _, s := range english {
		text, ok := v.Said(s)
		q := quote{Text: text}
		if !ok {
			q.Lang = "en"
		}
		all = append(all, q)
	}
	return all
}

var problemTitles = map[int]words.Key{
	http.StatusNotFound: "Not found", http.StatusForbidden: "Not allowed", http.StatusUnauthorized: "Not allowed", http.StatusServiceUnavailable: "Not now",
	http.StatusTooManyRequests: "Not now", http.StatusRequestEntityTooLarge: "Too long",
}

// said is what was just done, by the word in the address after the redirect.
var said = map[string]words.Key{
	"claim": "It is yours.", "unassign": "Given back to the team.", "assign": "Handed over.", "reply": "Your answer is on its way.", "started": "Your letter is on its way.", "note": "Note kept.", "forward": "Forwarded: it is on its way.",
	"snooze": "Snoozed.", "resolve": "Resolved.", "reopen": "Open again.", "confirm": "Let in.", "merge": "Merged: all is read here as one, and the earlier promise stands.", "relate": "Each names the other now.", "unrelate": "Neither names the other any more.",
	"same": "One person from now on.", "apart": "Two persons again.", "refuse": "It stays a conversation of its own.", "allow_receipts": "The contact gets receipts again.",
	"unmerge": "They are two conversations again, each as it was before.", "split": "It is a conversation of its own, with its own time.", putBack: "Put back: all is here again, as before the split.",
	"undo": "Undone: it is as it was.", "take_back": "Taken back: it has not left, and stands below.", "tag": "Tags kept.", "card": "Card kept.", "macro_kept": "Kept.", "macro_dropped": "Taken off.",
	"correct": "Corrected.", "confirm_persona": "Confirmed, for this conversation.", "dismiss_persona": "Dismissed, for this conversation.", "silence": "The silence switch is turned.", "incident": "Receipts say so from now on.", "rota": "The rota is changed.", "rota_back": "Taken back: the rota is as it was without it.", "feed": "Your calendar has another address: subscribe to it. The one before leads nowhere.", "release": "Released: it is in the desk in a moment.", "dismiss": "Dismissed.",
	"offered": "Offered: it stays with its agent until somebody accepts.", "offered_more": "Offered, the first hundred: hand over the others when these are accepted.",
	"given": "Given.", "given_more": "Given, the first hundred: press again for the others.", "accepted": "They are yours now.", "declined": "It stays as it was.",
	"left": "Nobody is let in by that id any more, and what was open is given away.", "left_more": "Nobody is let in by that id any more; a hundred are given away: press again for the others.",
	"returned": "Let in again. What was given away stays where it is.",
	"pass_on":  "Passed on. Nobody asks why.", "passed_to_team": "Nobody else is there now: it is the team’s.",
	"spam": "Called spam: resolved, with that tag.", "spam_held": "Dismissed as spam.", "unblock": "Admitted again.",
	"device_on": "Pages are pushed to this device from now on.", "device_off": "Removed: nothing is pushed to it any more.", "device_tried": "A test is on its way: it should show within seconds. What became of it stands here when you look again.",
	"block": "Blocked: what this sender writes from now on is held, and nobody answers it.",
}
