package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// Sender posts receipts and answers. Each is a post in reply to the customer's, under the Idempotency-Key of its effect: a server that heeds the key, as Mastodon
// does for an hour, takes it once. GoToSocial does not heed it, and an hour passes: what may have left is first looked for in the thread.
type Sender struct{ *line }

var _ channel.Sender = (*Sender)(nil)

// What is wrong with a message, for good.
var (
	errNoPost    = errors.New("the post that it answers is gone")
	errElsewhere = errors.New("the post that it answers is on another server")
	errTooLong   = errors.New("it is longer than ten posts")
	errNotTaken  = errors.New("the server does not take it")
	errTorn      = errors.New("its beginning has left, and the server does not take the rest")
	errKind      = errors.New("it is nothing for this channel")
)

// Send posts one piece. See channel.Sender for its errors. The provider's id is that of the first post, where the text needs several.
func (s *Sender) Send(ctx context.Context, o channel.Outgoing) (channel.Sent, error) {
	to, err := s.answered(ctx, o)
	if errors.Is(err, errNoPost) && o.PossibleDuplicate {
		return s.orphaned(ctx, o)
	}
	if err != nil {
		return channel.Sent{}, err
	}
	pieces, err := s.pieces(ctx, o, *to, mastodons)
	if err != nil {
		return channel.Sent{}, err
	}
	id, err := s.chain(ctx, string(to.ID), pieces, o.PossibleDuplicate)
	if errors.Is(err, errTaxing) { // a server that allows less than Mastodon does
		l, why := s.limits(ctx)
		if why != nil || l.most >= mastodons.most {
			return channel.Sent{}, channel.Permanent(errNotTaken)
		}
		if pieces, err = s.pieces(ctx, o, *to, l); err != nil {
			return channel.Sent{}, err
		}
		id, err = s.chain(ctx, string(to.ID), pieces, o.PossibleDuplicate)
	}
	if err != nil {
		return channel.Sent{}, err
	}
	return channel.Sent{ProviderID: qualified(id, s.base.Host)}, nil
}

// answered reads the post that a piece answers. Nothing has left yet, whatever fails.
func (s *Sender) answered(ctx context.Context, o channel.Outgoing) (*status, error) {
	switch o.Kind {
	case channel.Receipt, channel.Reply, channel.Notice, channel.Survey:
	default:
		return nil, channel.Permanent(errKind)
	}
	id, ok := local(o.InReplyTo, s.base.Host)
	if !ok {
		return nil, channel.Permanent(errElsewhere)
	}
	to, err := s.status(ctx, id)
	switch {
	case err != nil:
		return nil, channel.Unsent(fmt.Errorf("look at the post: %w", err))
	case to == nil, full(string(to.Account.Acct), domain(s.account.Handle)) == "":
		return nil, channel.Permanent(errNoPost)
	}
	return to, nil
}

// pieces composes, and asks the server how long a post may be only when Mastodon's own limit is not enough.
func (s *Sender) pieces(ctx context.Context, o channel.Outgoing, to status, l limits) ([]piece, error) {
	all := compose(o, to, l)
	if len(all) == 1 || l != mastodons {
		return enough(all)
	}
	l, err := s.limits(ctx)
	if err != nil {
		return nil, channel.Unsent(fmt.Errorf("look at the server's limit: %w", err))
	}
	return enough(compose(o, to, l))
}

func enough(all []piece) ([]piece, error) {
	if len(all) == 0 {
		return nil, channel.Permanent(errTooLong)
	}
	return all, nil
}

// chain posts pieces, each in reply to the one before it, and returns the first one's id. Once one has left, no failure of the next is "unsent" any more: the
// next try must look.
func (s *Sender) chain(ctx context.Context, to string, pieces []piece, look bool) (first string, err error) {
	var mine []status
	if look {
		if mine, err = s.mine(ctx, to); err != nil {
			return "", channel.Unsent(fmt.Errorf("look for an earlier try: %w", err)) // the doubt stays with the effect
		}
	}
	for i, p := range pieces {
		id := found(mine, to, p)
		if id == "" {
			id, err = s.post(ctx, to, p)
		}
		switch {
		case err == nil:
		case i == 0:
			return "", err
		case channel.IsPermanent(err):
			return "", channel.Permanent(errTorn)
		default:
			return "", unmarked{err}
		}
		if i == 0 {
			first = id
		}
		to = id
	}
	return first, nil
}

// unmarked takes the mark from an error that says that nothing was sent.
type unmarked struct{ error }

// maxOwnPages bounds the search where a thread is too large to be read.
const maxOwnPages = 5

// mine are our own posts below one. A thread too large to be read is searched among our newest posts.
func (s *Sender) mine(ctx context.Context, to string) (all []status, err error) {
	t, err := s.thread(ctx, to)
	if err == nil {
		return s.ours(t.Descendants), nil
	}
	if !errors.Is(err, network.ErrGarbled) {
		return nil, err
	}
	return s.newest(ctx)
}

// newest are our own posts, as far back as is looked.
func (s *Sender) newest(ctx context.Context) (all []status, err error) {
	query := url.Values{"limit": {"40"}, "exclude_reblogs": {"true"}}
	for range maxOwnPages {
		var page []status
		if _, err := s.get(ctx, "/api/v1/accounts/"+url.PathEscape(s.own.AccountID)+"/statuses", query, maxList, &page); err != nil {
			return nil, err
		}
		if len(page) == 0 {
			break
		}
		all = append(all, s.ours(page)...)
		query.Set("max_id", string(page[len(page)-1].ID))
	}
	return all, nil
}

// orphaned looks for an earlier try where the post that it answered is gone since: the outcome is then what it was, and no failure. Servers take from an answer
// what it answered, so it is known by whom it mentions, and its words.
func (s *Sender) orphaned(ctx context.Context, o channel.Outgoing) (channel.Sent, error) {
	mine, err := s.newest(ctx)
	if err != nil {
		return channel.Sent{}, channel.Unsent(fmt.Errorf("look for an earlier try: %w", err))
	}
	id, _ := local(o.InReplyTo, s.base.Host)
	left := "@" + o.To.Address + " " + o.Text
	for _, m := range mine {
		if up := string(m.InReplyTo); (up == "" || up == id) && s.names(m, o.To.Address) && same(Text(string(m.Content)), left) {
			return channel.Sent{ProviderID: qualified(string(m.ID), s.base.Host)}, nil
		}
	}
	return channel.Sent{}, channel.Permanent(errNoPost)
}

// names tells whether a post mentions somebody.
func (s *Sender) names(p status, handle string) bool {
	return slices.ContainsFunc(p.Mentions, func(m person) bool { return strings.EqualFold(full(string(m.Acct), domain(s.account.Handle)), handle) })
}

func (s *Sender) ours(list []status) (all []status) {
	for _, p := range list {
		if string(p.Account.ID) == s.own.AccountID && validID(string(p.ID)) {
			all = append(all, p)
		}
	}
	return all
}

// found is the id of the post that a piece is already, "" if it is none: in reply to the same post, with the same words.
func found(mine []status, to string, p piece) string {
	for _, m := range mine {
		if string(m.InReplyTo) == to && same(Text(string(m.Content)), p.text) {
			return string(m.ID)
		}
	}
	return ""
}

// same compares words as they come back with those that were sent: servers shorten mentions, complete links and set line breaks of their own. It forgives no
// more than that: a correction of a link, a figure or a sign is another answer, and must leave.
func same(a, b string) bool { return bones(a) == bones(b) }

func bones(s string) string {
	var kept []string
	for w := range strings.FieldsSeq(plain().Replace(s)) {
		switch {
		case strings.HasPrefix(w, "@"):
			w = nameIn(w)
		case channel.HasLink(w):
			if w = linkIn(w); len(kept) > 0 && kept[len(kept)-1] == w {
				continue // a link's words, with its address behind them
			}
		default:
			w = strings.ToLower(w)
		}
		kept = append(kept, w)
	}
	return strings.Join(kept, " ")
}

// plain takes from a text what nobody sees, and the typography that a server may add.
var plain = sync.OnceValue(func() *strings.Replacer {
	return strings.NewReplacer("\u200b", "", "\ufe0e", "", "\ufe0f", "", "“", `"`, "”", `"`, "‘", "'", "’", "'", "…", "...", "–", "-", "—", "-")
})

// nameIn is a mention without its server, and without the punctuation after it.
func nameIn(w string) string {
	name, _, _ := strings.Cut(w[1:], "@")
	if end := strings.IndexFunc(name, func(r rune) bool { return !isWordRune(r) && r != '.' && r != '-' }); end >= 0 {
		name = name[:end]
	}
	return "@" + strings.ToLower(strings.TrimRight(name, ".-"))
}

// linkIn is the link of a word: its host, in small letters, and all that follows, as it is read. Scheme and punctuation around it are not compared.
func linkIn(w string) string {
	w = strings.Trim(scheme().ReplaceAllString(w, ""), `.,;:!?"'()[]<>{}«»„/`)
	host, rest := w, ""
	if i := strings.IndexAny(w, "/?#"); i >= 0 {
		host, rest = w[:i], w[i:]
	}
	if read, err := url.PathUnescape(rest); err == nil {
		rest = read
	}
	return strings.ToLower(host) + rest
}

var scheme = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`(?i)https?://`) })

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' }

// errTaxing is a post that the server finds wrong, too long perhaps.
var errTaxing = errors.New("the server finds something wrong with it")

// post posts one piece, and returns its id.
func (s *Sender) post(ctx context.Context, to string, p piece) (id string, err error) {
	form := url.Values{
		"status": {p.text}, "in_reply_to_id": {to}, "visibility": {p.visibility},
		"content_type": {"text/plain"}, // GoToSocial and Pleroma: whatever the account's settings are, it is no Markdown
	}
	set := func(field, v string) {
		if v != "" {
			form.Set(field, v)
		}
	}
	set("language", p.language)
	set("spoiler_text", p.warning)
	if p.localOnly {
		form.Set("local_only", "true")
	}
	r, err := s.request(ctx, http.MethodPost, "/api/v1/statuses", form, http.Header{"Idempotency-Key": {p.key}})
	if err != nil {
		return "", channel.Permanent(err)
	}
	answer, err := s.http.Do(ctx, r, maxOne)
	if err != nil {
		return "", err // unsent, or nobody knows: network.Client says which
	}
	if err := s.fate(answer); err != nil {
		return "", err
	}
	var posted status
	if json.Unmarshal(answer.Body, &posted) != nil || !validID(string(posted.ID)) {
		return "", network.ErrGarbled // it has left; the next try finds it
	}
	return string(posted.ID), nil
}

// fate is what a status says of a post that was sent to the server.
func (s *Sender) fate(a network.Answer) error {
	why := network.Refusal(a, s.now())
	switch {
	case why == nil:
		return nil
	case a.Status == http.StatusUnprocessableEntity, a.Status == http.StatusBadRequest, a.Status == http.StatusRequestEntityTooLarge:
		return channel.Permanent(errTaxing)
	case gone(a):
		return channel.Permanent(errNoPost)
	case a.Status == http.StatusUnauthorized, a.Status == http.StatusTooManyRequests, a.Status == http.StatusRequestTimeout, a.Status/100 == 3:
		return channel.Unsent(why) // it says nothing about this piece: no receipt is lost while somebody connects the account again
	case a.Status/100 == 4:
		return channel.Permanent(errors.Join(errNotTaken, why))
	}
	return why // it may have been taken
}
