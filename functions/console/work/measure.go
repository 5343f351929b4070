package work

import (
	"net/http"
	"strconv"
	"unicode/utf8"

	"pronto/shared/channel"
	"pronto/shared/channel/networks"
	"pronto/shared/policy"
	"pronto/shared/reply"
)

// Measured is how an answer stands against its channel's rules while it is being written: what is refused here is refused when it is sent, for both ask the same.
type Measured struct {
	channel.Measure
	Characters    int    `json:"characters"`      // of what was typed
	MaxCharacters int    `json:"max_characters"`  // that an agent may type
	Files         int64  `json:"files"`           // bytes of what is attached
	MaxFiles      int64  `json:"max_files"`       // that may be; 0: the channel carries none
	Words         string `json:"words,omitempty"` // why it cannot leave so
}

// Breaches of the desk's own bounds.
const (
	tooManyCharacters channel.Breach = "too_many_characters"
	tooManyBytes      channel.Breach = "files_too_large"
)

// maxMeasured bounds what is counted of a text that cannot leave anyway.
const maxMeasured = 4 * maxRunes

// Measure holds what an agent is writing against the rules of a brand's channel: {"channel", "text", "to": whose handle it answers, "account": from which of the brand's it
// leaves, "files": bytes attached}. It reads the rule book and nothing else, and keeps nothing.
func (d *Desk) Measure(by *policy.Agent, brand string, r Request) (m Measured, p *Problem) {
	b, p := d.brand(by, Reply, brand)
	if p != nil {
		return m, p
	}
	var v struct {
		Channel, Text, To, Account string
		Files                      int64
	}
	if p := decode(r.Body, &v); p != nil {
		return m, p
	}
	use, ok := b.Use(v.Channel)
	switch {
	case !ok:
		return m, Refuse(http.StatusUnprocessableEntity, "channel", "the brand does not use this channel")
	case len(v.Text) > maxMeasured:
		return m, Refuse(http.StatusRequestEntityTooLarge, "text", "a text has "+strconv.Itoa(maxRunes)+" characters at most")
	case len(v.To) > 400 || len(v.Account) > 400:
		return m, Refuse(http.StatusUnprocessableEntity, "to", "no handle is as long")
	case v.Files < 0:
		return m, Refuse(http.StatusUnprocessableEntity, "files", "files have no less than nothing")
	}
	return measured(b, by, use, v.Account, channel.Piece{Text: v.Text, To: v.To}, v.Files), nil
}

// measured is the one rule, for who writes and for what is sent.
func measured(b *policy.Brand, by *policy.Agent, use policy.Use, account string, p channel.Piece, files int64) Measured {
	m := Measured{Characters: utf8.RuneCountInString(p.Text), MaxCharacters: maxRunes, Files: files}
	rules := use.RulesAt(account)
	if !rules.NoFiles {
		m.MaxFiles = maxAttachedBytes
	}
	p.Text = reply.Answer(reply.Person{Agent: by.Name, Brand: b.Name, Text: p.Text}).Text
	var cut channel.Cut
	if a, ok := networks.Of(use.Channel); ok {
		cut = a.Cut
	}
	m.Measure = rules.Measure(p, cut)
	switch {
	case m.Characters > maxRunes:
		m.Refused = tooManyCharacters
		m.Words = "a text has " + strconv.Itoa(maxRunes) + " characters at most"
	case m.Refused != "":
		m.Words = "with its signature " + m.Refused.Words()
	case files > maxAttachedBytes:
		m.Refused, m.Words = tooManyBytes, "the files have together more than "+strconv.Itoa(maxAttachedBytes)+" bytes"
	}
	return m
}
