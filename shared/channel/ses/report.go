package ses

import (
	"strings"

	"pronto/shared/channel"
)

// wireOutcome are the parts of SES's events that tell what became of a mail.
type wireOutcome struct {
	Bounce struct {
		Type       string `json:"bounceType"`
		SubType    string `json:"bounceSubType"`
		Recipients []struct {
			Address string `json:"emailAddress"`
			Status  string `json:"status"` // RFC 3463
		} `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		SubType    string      `json:"complaintSubType"`
		Recipients []recipient `json:"complainedRecipients"`
	} `json:"complaint"`
	Delivery struct {
		Recipients []string `json:"recipients"`
	} `json:"delivery"`
	Delay struct {
		Recipients []recipient `json:"delayedRecipients"`
	} `json:"deliveryDelay"`
}

// recipient is one of a mail's.
type recipient struct {
	Address string `json:"emailAddress"`
}

// maxRecipients is how many recipients of an event are read: SES takes 50 of a mail.
const maxRecipients = 50

// about are the recipients of whom an event tells; none where it is about the mail.
func (w *wire) about() (all []string) {
	all = append(all, w.Delivery.Recipients...)
	for _, r := range w.Bounce.Recipients {
		all = append(all, r.Address)
	}
	for _, r := range append(w.Complaint.Recipients, w.Delay.Recipients...) {
		all = append(all, r.Address)
	}
	return all[:min(len(all), maxRecipients)]
}

// report is what an event says of the mail's delivery; "" where it says nothing of it (Send, Open, …).
func (w *wire) report() channel.Report {
	switch w.EventType {
	case "Delivery":
		return channel.Delivered
	case "DeliveryDelay":
		return channel.Delayed
	case "Reject":
		return channel.Malware
	case "Complaint":
		if w.Complaint.SubType == suppressed {
			return channel.Listed // SES did not try, for a complaint that it had before
		}
		return channel.Complained
	case "Bounce":
		return w.bounced()
	}
	return ""
}

// suppressed is the subtype of what SES did not try to deliver, since the address is on the account's list.
const suppressed = "OnAccountSuppressionList"

func (w *wire) bounced() channel.Report {
	switch w.Bounce.SubType {
	case "MailboxFull":
		return channel.MailboxFull
	case "MessageTooLarge":
		return channel.TooLarge
	case "ContentRejected":
		return channel.ContentRefused
	case "AttachmentRejected":
		return channel.AttachmentRefused
	case "Suppressed", suppressed:
		return channel.Listed
	}
	if w.Bounce.Type != "Permanent" {
		return channel.Unclear
	}
	return w.byStatus()
}

// byStatus tells of a permanent bounce whether the mailbox is at fault: a server that refuses this mail for good may take the next one.
func (w *wire) byStatus() channel.Report {
	if len(w.Bounce.Recipients) == 0 {
		return channel.Bounced
	}
	switch s := w.Bounce.Recipients[0].Status; {
	case s == "5.2.2":
		return channel.MailboxFull
	case s == "5.2.3", s == "5.3.4":
		return channel.TooLarge
	case strings.HasPrefix(s, "5.6."), strings.HasPrefix(s, "5.7."):
		return channel.ContentRefused
	}
	return channel.Bounced
}
