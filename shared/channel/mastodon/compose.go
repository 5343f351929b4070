package mastodon

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"pronto/shared/channel"
)

// Who may see a post, the widest first. Servers have more; what is not known here is as narrow as can be.
const (
	public   = "public"
	unlisted = "unlisted" // public, but on no timeline of strangers
	direct   = "direct"   // whoever is mentioned
	home     = "local"    // Pleroma: whoever is on the server
)

// audience is who may see an answer: never more than could see the post. What is automatic stays off the timelines of strangers, as these networks ask of bots.
// An answer to what was for its author's followers goes to the author alone: our followers are others.
func audience(post string, kind channel.Kind) string {
	switch {
	case post == public && kind != channel.Reply:
		return unlisted
	case post == public, post == unlisted, post == home:
		return post
	}
	return direct
}

// maxWarning bounds the warning that is taken over from a post.
const maxWarning = 100

// warning is what stands before a person's answer: what its author put before the post. What is automatic echoes no stranger's words, nor does anybody echo what
// could be read as the brand's own, a link or a mention; then there is none.
func warning(post string, kind channel.Kind) string {
	w := line1(post, 2*maxWarning)
	if kind != channel.Reply || utf8.RuneCountInString(w) > maxWarning || channel.HasLink(w) || strings.ContainsAny(w, "@#") {
		return ""
	}
	return w
}

// piece is a post as it will leave.
type piece struct {
	text, warning, visibility, language string
	localOnly                           bool
	key                                 string // Idempotency-Key
}

// compose makes the posts of an answer to a post: one, or several that go on with each other, each with the author's name, without which he is told of none.
// Nobody else is mentioned. nil: it is longer than any answer should be.
func compose(o channel.Outgoing, to status, l limits) []piece {
	warn := warning(string(to.SpoilerText), o.Kind)
	name := "@" + string(to.Account.Acct) + " "
	room := l.most - l.count(warn)
	fits := func(s string) bool { return l.count(name+s) <= room }
	text := unmentioned(strings.TrimSpace(strings.ToValidUTF8(o.Text, "")))
	parts := []string{text}
	if !fits(text) {
		const mark = " (10/10)"
		parts = split(text, func(s string) bool { return fits(s + mark) })
	}
	var all []piece
	for i, s := range parts {
		key := Key(o.Conversation, o.Effect)
		if len(parts) > 1 {
			s += " (" + strconv.Itoa(i+1) + "/" + strconv.Itoa(len(parts)) + ")"
			key += "-" + strconv.Itoa(i+1)
		}
		all = append(all, piece{
			text: name + s, warning: warn, visibility: audience(string(to.Visibility), o.Kind), language: o.Language, localOnly: to.LocalOnly, key: key,
		})
	}
	return all
}

// cutAnswer is how a person's answer becomes posts. A warning before the author's own post is taken over, and takes its room besides.
func cutAnswer(p channel.Piece, r channel.Rules) (all []string) {
	l := mastodons
	if r.Limit >= leastLimit {
		l.most = r.Limit
	}
	o := channel.Outgoing{Kind: channel.Reply, Text: p.Text}
	for _, x := range compose(o, status{Account: account{Acct: text(strings.TrimPrefix(p.To, "@"))}}, l) {
		all = append(all, x.text)
	}
	return all
}

// unmentioned keeps whatever looks like a mention from being one: it would widen the audience, and call in who is not asked. A zero-width space does, as these
// networks' people do it by hand.
func unmentioned(s string) string {
	var b strings.Builder
	before := ' '
	for i, r := range s {
		b.WriteRune(r)
		next, _ := utf8.DecodeRuneInString(s[i+utf8.RuneLen(r):])
		if r == '@' && !isWordRune(before) && isWordRune(next) {
			b.WriteRune('\u200b')
		}
		before = r
	}
	return b.String()
}

// Key names an outgoing piece on this channel: an effect's own id is unique in its conversation only.
func Key(conversation, effect string) string { return conversation + "-" + effect }
