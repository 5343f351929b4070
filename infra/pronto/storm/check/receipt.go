package check

import (
	"fmt"
	"regexp"
	"strings"
	"time"
)

// receipt checks what a receipt says and how it is addressed.
func (c *checker) receipt(m *Mail, p *Piece) {
	at := fmt.Sprintf("outbox %d", p.Seq)
	if m.Mention != (p.Channel == custom) {
		c.breach(m, at+": channel", "the one that it came by", p.Channel)
	}
	if !m.Mention {
		c.envelope(m, p)
	}
	if !c.signed(p.Text) {
		c.breach(m, at+": signature", strings.Join(c.Brand.Signers, " or "), "none of them")
	}
	c.voice(m, p)
	c.promise(m, p)
}

// envelope checks what only a mail has.
func (c *checker) envelope(m *Mail, p *Piece) {
	at := fmt.Sprintf("outbox %d", p.Seq)
	if !strings.EqualFold(p.From, c.Brand.Address) {
		c.breach(m, at+": From", c.Brand.Address, p.From)
	}
	if p.AutoSubmitted != "auto-replied" {
		c.breach(m, at+": Auto-Submitted", "auto-replied", p.AutoSubmitted)
	}
	local, domain, _ := strings.Cut(p.ReplyTo, "@")
	if domain != c.Brand.ReplyDomain || len(local) < 20 || len(local) > 64 {
		c.breach(m, at+": Reply-To", "a signed address of at most 64 octets at "+c.Brand.ReplyDomain, p.ReplyTo)
	}
	if p.Text == "" || p.HTML == "" {
		c.breach(m, at+": parts", "text and HTML", fmt.Sprintf("%d and %d bytes", len(p.Text), len(p.HTML)))
	}
}

func (c *checker) signed(text string) bool {
	for _, s := range c.Brand.Signers {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// voice checks language and tone.
func (c *checker) voice(m *Mail, p *Piece) {
	if m.Language == "" {
		return
	}
	at := fmt.Sprintf("outbox %d", p.Seq)
	if got := languageOf(p.Subject + "\n" + p.Text); got != m.Language || p.Language != m.Language {
		c.breach(m, at+": language", m.Language, fmt.Sprintf("%s, Content-Language %q", got, p.Language))
		return
	}
	want := m.Mood
	switch short := m.joins(); {
	case m.Mood == "" || m.Follows != nil && !m.Seen && !m.Stranger:
		return
	case short:
		want = added
	}
	if got := tone(m.Language, p.Text); got != want {
		c.breach(m, at+": tone", want, got)
	}
}

// joins tells whether m goes on with a conversation in which an answer is owed.
func (m *Mail) joins() bool { return m.Follows != nil && m.Seen && !m.Stranger }

var clockTime = regexp.MustCompile(`\b\d{2}:\d{2}\b`)

// promise checks that a full receipt names the time that the policy gives, on the sender's own clock; every receipt names one.
func (c *checker) promise(m *Mail, p *Piece) {
	at := fmt.Sprintf("outbox %d", p.Seq)
	named := clockTime.FindString(p.Text)
	if named == "" {
		c.breach(m, at+": promise", "a time", "none")
		return
	}
	if m.Offset == nil || m.Mood == "" || len(m.Tries) == 0 || m.Follows != nil && !m.Stranger {
		return
	}
	due := c.Brand.Other
	if m.Mood == "negative" {
		due = c.Brand.Negative
	}
	var want []string
	for _, t := range m.Tries {
		for _, arrival := range []time.Time{t.Before.Add(-slack), t.Before, t.After, t.After.Add(slack)} {
			hm := arrival.Add(due).In(time.FixedZone("", *m.Offset)).Format("15:04")
			if hm == named {
				return
			}
			want = append(want, hm)
		}
	}
	c.breach(m, at+": promise", want[len(want)-1]+" on the sender's clock", named)
}

// marks are words by which a language shows, and by which each tone shows in it.
type marks struct{ usual, sorry, kind, added string }

// added is the tone of a short receipt.
const added = "added"

var languages = map[string]marks{
	"en": {"the your has will this is message answer you", "sorry", "words", "added"},
	"it": {"il suo messaggio questa le risponderà è una ha automatica", "dispiace", "parole", "aggiunto"},
	"es": {"su mensaje este un hemos responderá automático y le es el", "sentimos lamentamos", "palabras", "añadido"},
	"fr": {"votre vous ceci est un répondra nous réception et", "regrettons désolés", "mots", "ajouté"},
	"de": {"ihre ihnen ihr dies ist eine wird und nachricht", "leid bedauern", "worte worten", "hinzugefügt"},
	"pt": {"a sua mensagem esta é uma vai responder está com", "lamentamos", "palavras", "adicionada"},
	"ru": {"ваше вашим сообщение это вы вам с и получите", "жаль сожалеем", "слова", "добавлено"},
}

// languageOf is the language whose usual words a text has most of, or "" when two have as many.
func languageOf(text string) string {
	have := words(text)
	best, most, tie := "", 0, false
	for l, m := range languages {
		n := hits(m.usual, have)
		switch {
		case n > most:
			best, most, tie = l, n, false
		case n == most:
			tie = true
		}
	}
	if tie {
		return ""
	}
	return best
}

func hits(list string, have map[string]bool) (n int) {
	for _, w := range strings.Fields(list) {
		if have[w] {
			n++
		}
	}
	return n
}

// tone is what a receipt in a language shows of the mood that it answers.
func tone(language, text string) string {
	have, m := words(text), languages[language]
	switch {
	case hits(m.added, have) > 0:
		return added
	case hits(m.sorry, have) > 0:
		return "negative"
	case hits(m.kind, have) > 0:
		return "positive"
	}
	return "neutral"
}
