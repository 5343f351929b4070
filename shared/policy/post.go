package policy

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"pronto/shared/channel"
	"pronto/shared/reply"
)

// Roomy is the length from which on a channel has room for a whole letter; below it a receipt has neither greeting nor closing.
const Roomy = 600

// builtin are the languages of the product's own texts.
var builtin = []string{"en", "it", "es", "fr", "de", "pt", "ru"}

// short is the product's own receipt for channels of short texts. It neither thanks nor is sorry, so it is right for every mood, and for
// a message that follows, too. {agent} is a nominative whose verb has no gender (see reply.Builtin).
func short(lang string) string {
	switch lang {
	case "en":
		return "We have your message. {agent} will answer {due}."
	case "it":
		return "Abbiamo ricevuto il suo messaggio. {agent} le risponderà {due}."
	case "es":
		return "Hemos recibido su mensaje. {agent} le responderá {due}."
	case "fr":
		return "Nous avons bien reçu votre message. {agent} vous répondra {due}."
	case "de":
		return "Ihre Nachricht ist bei uns. {agent} wird Ihnen {due} antworten."
	case "pt":
		return "Recebemos a sua mensagem. {agent} vai responder {due}."
	case "ru":
		return "Мы получили ваше сообщение. {agent} ответит вам {due}."
	}
	return ""
}

// Post gives the text of a receipt on a channel other than mail. Where there is room it is the whole letter; else what was said for the mood (or the
// brand's short text, if there is one), that it is automatic, and who signs, in one line. r.Language must have receipts (Brand.Receipt gives one
// that has); r.Brand may be left empty. Where only the team may sign, it does, whoever has the conversation.
func (b *Brand) Post(rules channel.Rules, r reply.Receipt) string {
	t := b.Receipts[r.Language]
	r.Brand = b.Name
	if rules.TeamSigns() {
		r.Agent = ""
	}
	if rules.Limit == 0 || rules.Limit >= Roomy {
		if whole := reply.Render(t, r).Text; r.Incident == "" || rules.Fits(whole) {
			return whole
		}
		r.Incident = ""
		return reply.Render(t, r).Text
	}
	r.Incident = "" // there is no room for it
	if s := b.Short[r.Language]; s != "" {
		r.Notice = reply.NoNotice // the short text is true of it, too, and fits
		t.Negative, t.Neutral, t.Positive, t.FollowUp = s, s, s, s
	}
	t.Greeting, t.Hello, t.Closing = "", "", ""
	return line(reply.Render(t, r).Text)
}

// line makes one line of a letter without greeting and closing, whose last paragraph is who signs.
func line(letter string) string {
	parts := strings.Split(strings.Trim(letter, "\n"), "\n\n")
	last := len(parts) - 1
	signer, _, _ := strings.Cut(strings.Trim(parts[last], "\n"), "\n")
	body := strings.ReplaceAll(strings.Join(parts[:last], " "), "\n", " ")
	// A text that follows a greeting's comma may begin in lower case; here nothing goes before it.
	first, size := utf8.DecodeRuneInString(body)
	return string(unicode.ToUpper(first)) + body[size:] + " — " + signer
}

// ownShort reads the brand's short text; it obeys the rules of the follow-up, which it stands for as well. Who wrote own texts for the moods but no
// short one means those: the product's short text would speak in another voice.
func (p *parser) ownShort(o object, lang string, t reply.Template, b *Brand) {
	for _, key := range []string{"negative", "neutral", "positive", "follow_up"} {
		if _, ok := o.fields[key]; ok {
			delete(b.Short, lang)
		}
	}
	v, ok := o.get("short")
	if !ok {
		return
	}
	s, ok := p.prose(v, 4000)
	if !ok {
		return
	}
	b.Short[lang] = s
	t.FollowUp = s
	for _, breach := range reply.Check(lang, t) {
		if rest, ok := strings.CutPrefix(breach, "follow_up: "); ok {
			p.breaches(o, []string{"short: " + rest})
		}
	}
}
