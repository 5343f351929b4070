package mail

// Silence says why a mail must not be acknowledged; "" means that it may be. The values are stored and counted: they do not change.
type Silence string

// The reasons, in the order in which Machine looks for them.
const (
	Virus            Silence = "virus"
	NullReturnPath   Silence = "null_return_path"
	AutoSubmitted    Silence = "auto_submitted"
	List             Silence = "list"
	Suppressed       Silence = "response_suppressed"
	AutoResponder    Silence = "autoresponder_header"
	Precedence       Silence = "precedence"
	Loop             Silence = "loop"
	Report           Silence = "report"
	NoSender         Silence = "no_sender"
	NoReplySender    Silence = "no_reply_sender"
	AutomaticSubject Silence = "automatic_subject"
	OwnAddress       Silence = "own_address"
	Spam             Silence = "spam"
	Unauthenticated  Silence = "unauthenticated"
	Late             Silence = "late"
)

var silenceWords = map[Silence]string{
	Virus:            "Amazon SES found a virus in it",
	NullReturnPath:   "it was sent with an empty return path, as bounces are, so nothing may answer it",
	AutoSubmitted:    "it says that a machine sent it (Auto-Submitted)",
	List:             "it came through a mailing list",
	Suppressed:       "its sender asks for no automatic responses (X-Auto-Response-Suppress)",
	AutoResponder:    "its header shows that an automatic responder or a mail system sent it",
	Precedence:       "it is marked as bulk, list or junk mail (Precedence)",
	Loop:             "it has passed through a responder before, and answering could start a loop",
	Report:           "it is a delivery, read or abuse report",
	NoSender:         "it has no single sender address that can be answered",
	NoReplySender:    "its sender address takes no replies",
	AutomaticSubject: "its subject is that of an automatic reply or a bounce",
	OwnAddress:       "it comes from one of our own addresses",
	Spam:             "Amazon SES judged it to be spam",
	Unauthenticated:  "its sender could not be verified (SPF, DKIM and DMARC), so it may be forged",
	Late:             "it came, or could be answered, later than the policy lets a receipt be given",
}

// Words says the reason to a support lead; "" for no silence.
func (s Silence) Words() string {
	if s == "" {
		return ""
	}
	if w, ok := silenceWords[s]; ok {
		return w
	}
	return "another reason (" + string(s) + ")"
}

// String is the code.
func (s Silence) String() string { return string(s) }
