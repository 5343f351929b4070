package policy

import (
	"maps"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"pronto/shared/channel"
	"pronto/shared/reply"
	"pronto/shared/triage"
)

// settleTexts holds the receipts against the rules of the channels that the brand names. It waits until all else is right, since it renders.
func (p *parser) settleTexts() {
	if len(p.problems) > 0 {
		return
	}
	for _, b := range p.policy.Brands {
		latest := map[string]time.Time{} // by language: the promise that takes most words
		for _, u := range b.Channels {
			if u.Rules.Limit == 0 && !u.Rules.NoLinks && !u.Rules.TeamSigns() {
				continue
			}
			for _, lang := range slices.Sorted(maps.Keys(b.Receipts)) {
				if _, ok := latest[lang]; !ok {
					latest[lang] = wordiest(lang, b.Zone)
				}
				p.settleReceipts(b, u, lang, latest[lang])
			}
		}
	}
}

// wording is one text of a receipt, by its key, and the receipt that it makes.
type wording struct {
	key, text string
	receipt   reply.Receipt
}

// wordings gives the texts of a language that a channel uses.
func (b *Brand) wordings(u Use, lang string) []wording {
	t := b.Receipts[lang]
	if s := b.Short[lang]; s != "" && u.Rules.Limit > 0 && u.Rules.Limit < Roomy {
		return []wording{{"short", s, reply.Receipt{Mood: triage.Neutral}}}
	}
	return []wording{
		{"negative", t.Negative, reply.Receipt{Mood: triage.Negative}},
		{"neutral", t.Neutral, reply.Receipt{Mood: triage.Neutral}},
		{"positive", t.Positive, reply.Receipt{Mood: triage.Positive}},
		{"follow_up", t.FollowUp, reply.Receipt{Short: true}},
	}
}

func (p *parser) settleReceipts(b *Brand, u Use, lang string, due time.Time) {
	t := b.Receipts[lang]
	all := b.wordings(u, lang)
	for _, w := range all {
		w.receipt.Language, w.receipt.Due, w.receipt.Now, w.receipt.Zone = lang, due, due.AddDate(-1, 0, 0), b.Zone
		p.settleLength(b, u, w)
	}
	for _, w := range append(all, wording{key: "automatic", text: t.Automatic}, wording{key: "team", text: t.Team}) {
		p.settleWording(b, u, lang, w)
	}
}

// settleLength fills in the longest name of those who may sign and reports a text that is then too long.
func (p *parser) settleLength(b *Brand, u Use, w wording) {
	longest, length := "", -1
	for _, signer := range append(p.names(b), "") {
		w.receipt.Agent = signer
		w.receipt.Name = signer // of a length that a customer's may have, too
		if post := b.Post(u.Rules, w.receipt); u.Rules.Length(post) > length {
			longest, length = post, u.Rules.Length(post)
		}
	}
	if u.Rules.Fits(longest) {
		return
	}
	lang := w.receipt.Language
	remedy := "shorten it, or write a shorter one under short"
	if w.key == "short" {
		remedy = "write a shorter one under receipts." + lang + ".short, or shorten automatic"
	}
	p.report(p.textAt(b, u, lang, w.key), remedy, "on %s the receipt in %s has %d %s with the longest name and date in it; %d fit",
		u.Channel, lang, length, unit(u.Rules), u.Rules.Limit-u.Rules.Handle)
}

// settleWording reports a link where links are forbidden or dear, and a person's name where only the team may sign.
func (p *parser) settleWording(b *Brand, u Use, lang string, w wording) {
	at := p.textAt(b, u, lang, w.key)
	if u.Rules.NoLinks && channel.HasLink(strings.ReplaceAll(w.text, "{brand}", b.Name)) {
		p.report(at, "leave the link out; a brand's name with a dot in it is one, too", "on %s a receipt holds no link", u.Channel)
	}
	if !u.Rules.TeamSigns() {
		return
	}
	for _, name := range p.names(b) {
		if name != "" && strings.Contains(w.text, name) {
			p.report(at, "write {agent}: it becomes the team there", "on %s only the team may sign, and this names %s", u.Channel, quote(name))
		}
	}
}

// textAt gives where a text stands; the product's own stands nowhere, and the channel that it does not suit is named.
func (p *parser) textAt(b *Brand, u Use, lang, key string) value {
	if at, ok := p.texts[b][lang].fields[key]; ok {
		return at
	}
	return p.uses[b][u.Channel]
}

func (p *parser) names(b *Brand) []string {
	var names []string
	for _, a := range p.policy.answering(b, RoleAgent) {
		names = append(names, a.Name)
	}
	return names
}

func unit(r channel.Rules) string {
	switch r.Count {
	case channel.Bytes:
		return "bytes"
	case channel.Weighted:
		return "characters by its weights"
	}
	return "characters"
}

// wordiest gives the time of a year whose promise takes most letters: each weekday of each month is tried, with a date of two digits.
func wordiest(lang string, zone *time.Location) time.Time {
	const year = 2027
	var best time.Time
	most := 0
	for month := time.January; month <= time.December; month++ {
		for day := 21; day <= 27; day++ {
			due := time.Date(year, month, day, 20, 48, 0, 0, zone)
			if n := utf8.RuneCountInString(reply.When(lang, due, due.AddDate(-1, 0, 0), zone, false)); n > most {
				best, most = due, n
			}
		}
	}
	return best
}
