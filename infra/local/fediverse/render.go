package fediverse

import (
	"html"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

var (
	mention = regexp.MustCompile(`@([A-Za-z0-9_]+)(@[A-Za-z0-9.-]+[A-Za-z0-9])?`)
	address = regexp.MustCompile(`https?://[^\s<]+`)
	special = regexp.MustCompile(mention.String() + "|" + address.String())
)

// render makes HTML of a text as the dialect does, and says whom it mentions.
func (s *Server) render(text string) (string, []*Account) {
	var named []*Account
	br := map[Dialect]string{Mastodon: "<br />", GoToSocial: "<br>"}[s.o.Dialect]
	var b strings.Builder
	for p := range strings.SplitSeq(text, "\n\n") {
		b.WriteString("<p>")
		at := 0
		for _, m := range special.FindAllStringIndex(p, -1) {
			b.WriteString(strings.ReplaceAll(html.EscapeString(p[at:m[0]]), "\n", br))
			word := p[m[0]:m[1]]
			at = m[1]
			if strings.HasPrefix(word, "http") {
				b.WriteString(s.anchor(word))
				continue
			}
			a := s.find(word[1:])
			if a == nil || m[0] > 0 && p[m[0]-1] != ' ' && p[m[0]-1] != '\n' && p[m[0]-1] != '(' {
				b.WriteString(html.EscapeString(word))
				continue
			}
			if !slices.Contains(named, a) {
				named = append(named, a)
			}
			b.WriteString(`<span class="h-card"><a href="` + s.page(a) + `" class="u-url mention">@<span>` + a.User + `</span></a></span>`)
		}
		b.WriteString(strings.ReplaceAll(html.EscapeString(p[at:]), "\n", br))
		b.WriteString("</p>")
	}
	return b.String(), named
}

func (s *Server) find(handle string) *Account {
	user, domain, _ := strings.Cut(handle, "@")
	if domain == s.o.Domain {
		domain = ""
	}
	for _, a := range s.accounts {
		if strings.EqualFold(a.User, user) && a.Domain == domain {
			return a
		}
	}
	return nil
}

// anchor is a link: Mastodon hides what is too long of it.
func (s *Server) anchor(url string) string {
	if s.o.Dialect == GoToSocial {
		return `<a href="` + html.EscapeString(url) + `" rel="nofollow noreferrer noopener" target="_blank">` + html.EscapeString(url) + `</a>`
	}
	scheme, rest, _ := strings.Cut(url, "://")
	shown, hidden, class := rest, "", ""
	if utf8.RuneCountInString(rest) > 30 {
		shown, hidden, class = string([]rune(rest)[:30]), string([]rune(rest)[30:]), "ellipsis"
	}
	return `<a href="` + html.EscapeString(url) + `" target="_blank" rel="nofollow noopener noreferrer" translate="no"><span class="invisible">` + scheme +
		`://</span><span class="` + class + `">` + html.EscapeString(shown) + `</span><span class="invisible">` + html.EscapeString(hidden) + `</span></a>`
}

func (s *Server) page(a *Account) string {
	domain := a.Domain
	if domain == "" {
		domain = s.o.Domain
	}
	return "https://" + domain + "/@" + a.User
}

// object is a JSON object.
type object = map[string]any

// stamp is a time as the API writes it; null when it is none.
func stamp(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Format("2006-01-02T15:04:05.000Z")
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (s *Server) acct(a *Account) string {
	if a.Domain == "" {
		return a.User
	}
	return a.User + "@" + a.Domain
}

func (s *Server) showAccount(a *Account) object {
	page := s.page(a)
	o := object{
		"id": a.ID, "username": a.User, "acct": s.acct(a), "display_name": a.Name, "locked": false, "bot": a.Bot, "discoverable": true,
		"created_at": "2024-03-16T00:00:00.000Z", "note": a.Note, "url": page, "avatar": page + "/avatar.png", "avatar_static": page + "/avatar.png",
		"header": page + "/header.png", "header_static": page + "/header.png", "followers_count": 3, "following_count": 1, "statuses_count": 12,
		"last_status_at": "2026-11-20", "emojis": []any{}, "fields": []any{},
	}
	if s.o.Dialect == Mastodon {
		o["group"], o["uri"], o["indexable"], o["hide_collections"] = false, page, false, nil
	} else {
		o["enable_rss"], o["last_status_at"] = false, "2026-11-20T09:12:44.000Z"
	}
	return o
}

func (s *Server) showStatus(p *Status) object {
	var mentions []any = []any{}
	for _, a := range p.Mentions {
		mentions = append(mentions, object{"id": a.ID, "username": a.User, "url": s.page(a), "acct": s.acct(a)})
	}
	var toAccount any
	if up := s.status(p.InReplyTo); up != nil {
		toAccount = up.Author.ID
	}
	url := s.page(p.Author) + "/" + p.ID
	if s.o.Dialect == GoToSocial {
		url = s.page(p.Author) + "/statuses/" + p.ID
	}
	o := object{
		"id": p.ID, "created_at": stamp(p.Created), "edited_at": stamp(p.Edited), "in_reply_to_id": null(p.InReplyTo), "in_reply_to_account_id": toAccount,
		"sensitive": p.Warning != "", "spoiler_text": p.Warning, "visibility": p.Visibility, "language": null(p.Language), "uri": url, "url": url,
		"replies_count": 0, "reblogs_count": 0, "favourites_count": 0, "favourited": false, "reblogged": false, "muted": false, "bookmarked": false,
		"content": p.HTML, "reblog": nil, "application": object{"name": "Web", "website": nil}, "account": s.showAccount(p.Author), "media_attachments": []any{},
		"mentions": mentions, "tags": []any{}, "emojis": []any{}, "card": nil, "poll": nil,
	}
	if s.o.Dialect == GoToSocial {
		o["local_only"] = p.LocalOnly
		o["interaction_policy"] = object{"can_reply": object{"always": []string{"public"}, "with_approval": []string{}}}
	} else if q := s.status(p.Quotes); q != nil {
		o["quote"] = object{"state": "accepted", "quoted_status": s.showStatus(q)}
	}
	return o
}

func (s *Server) showNote(n *notification) object {
	return object{"id": n.id, "type": n.kind, "created_at": stamp(n.at), "account": s.showAccount(n.about.Author), "status": s.showStatus(n.about), "group_key": "ungrouped-" + n.id}
}

func (s *Server) showInstance(version int) object {
	statuses := object{"max_characters": s.o.Limit, "max_media_attachments": 4, "characters_reserved_per_url": 23}
	name := "4.4.3"
	if s.o.Dialect == GoToSocial {
		name, statuses["characters_reserved_per_url"] = "0.18.3+git-2a4c31b", 25
	}
	o := object{"title": s.o.Domain, "version": name, "configuration": object{"statuses": statuses}, "languages": []string{"en"}}
	if version == 1 {
		o["uri"], o["max_toot_chars"] = s.o.Domain, s.o.Limit
		return o
	}
	o["domain"], o["api_versions"] = s.o.Domain, object{"mastodon": 6}
	return o
}
