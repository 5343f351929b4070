package bluesky

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// Sender writes receipts and answers as posts below the one that they answer, each under a key that is made of its effect, and only where that key is free. A try
// that finds it taken has found an earlier one: the post stands as that one wrote it. So a piece is there exactly once, whoever died between any two calls.
//
// The post's time is that of the try which succeeds, and not that of the decision: the network sorts by it, and what seems older than the reader's last look is
// never shown to him as new.
type Sender struct{ *client }

var _ channel.Sender = (*Sender)(nil)

// Send posts one piece: one post, or of a long answer several that hang together. Its provider's id is the last one's, below which the customer will answer.
func (s *Sender) Send(ctx context.Context, o channel.Outgoing) (channel.Sent, error) {
	texts, err := compose(o)
	if err != nil {
		return channel.Sent{}, channel.Permanent(err)
	}
	to, err := s.look(ctx, o.InReplyTo)
	if err != nil && channel.IsPermanent(err) && o.PossibleDuplicate {
		return s.stands(ctx, o, len(texts)-1, err)
	}
	if err != nil {
		return channel.Sent{}, before(err)
	}
	at := to.thread()
	for n, text := range texts {
		p := post{Type: posts, Text: text, Facets: facets(text, to.Author), Reply: at, CreatedAt: s.now().UTC().Format(stamp)}
		if o.Language != "" {
			p.Langs = []string{o.Language}
		}
		written, err := s.write(ctx, o, n, p)
		if err != nil {
			return channel.Sent{}, begun(err, n)
		}
		at.Parent = written
	}
	return channel.Sent{ProviderID: at.Parent.URI}, nil
}

// stands finds a piece that an earlier try has left, though what it answers takes no answer any more; else nothing has left, and will not.
func (s *Sender) stands(ctx context.Context, o channel.Outgoing, last int, why error) (channel.Sent, error) {
	var found ref
	q := url.Values{"repo": {s.did()}, "collection": {posts}, "rkey": {keyOf(o, last, 0)}}
	switch err := s.do(ctx, call{name: "com.atproto.repo.getRecord", query: q}, &found); {
	case named(err, "RecordNotFound"):
		return channel.Sent{}, why
	case err != nil:
		return channel.Sent{}, doubtful(err)
	}
	return channel.Sent{ProviderID: found.URI}, nil
}

// stamp is how the network writes times.
const stamp = "2006-01-02T15:04:05.000Z"

// post is a record as we write it.
type post struct {
	Type      string   `json:"$type"`
	Text      string   `json:"text"`
	Facets    []facet  `json:"facets,omitempty"`
	Reply     thread   `json:"reply"`
	Langs     []string `json:"langs,omitempty"`
	CreatedAt string   `json:"createdAt"`
}

// compose takes a piece apart into the texts of its posts.
func compose(o channel.Outgoing) ([]string, error) {
	switch o.Kind {
	case channel.Receipt, channel.Reply, channel.Notice, channel.Survey:
	default:
		return nil, fmt.Errorf("compose: a %s does not leave on this channel", o.Kind)
	}
	if o.Brand == "" || o.Conversation == "" || o.Effect == "" || o.Decided.Unix() <= 0 {
		return nil, errors.New("compose: brand, conversation, effect and time make no key")
	}
	if _, _, ok := split(o.InReplyTo); !ok {
		return nil, errors.New("compose: it answers no post of this network")
	}
	texts := cut(o.Text)
	if len(texts) == 0 || len(texts) > maxPosts {
		return nil, fmt.Errorf("compose: %d posts; from 1 to %d may leave", len(texts), maxPosts)
	}
	return texts, nil
}

// before is an error of what comes before anything is written.
func before(err error) error {
	if channel.IsPermanent(err) {
		return err
	}
	return channel.Unsent(err)
}

// begun is the error of the nth post: when others of its piece stand already, nobody can say that nothing was sent.
func begun(err error, n int) error {
	if n > 0 && channel.IsUnsent(err) {
		return doubtful(err)
	}
	return err
}

// doubtful takes its fate from an error.
func doubtful(err error) error {
	for channel.IsUnsent(err) || channel.IsPermanent(err) {
		if err = errors.Unwrap(err); err == nil {
			return errors.New("it may have left")
		}
	}
	return err
}

// target is the post that is answered, as the network shows it to us.
type target struct {
	ref
	Author author  `json:"author"`
	Record record  `json:"record"`
	Labels []label `json:"labels"`
	Viewer struct {
		Closed bool `json:"replyDisabled"` // its author lets only some answer
	} `json:"viewer"`
}

// thread is where an answer stands. The thread's first post is what the record says, which its author may have written by hand: where it is none, servers would
// refuse every answer, so then it is the post itself.
func (t target) thread() thread {
	at := thread{Root: t.ref, Parent: t.ref}
	if r := t.Record.Reply; r != nil && r.Root.whole() {
		at.Root = r.Root
	}
	return at
}

// look reads the post that is to be answered, right before: its author may have deleted it, edited it (then it has another digest), blocked us or closed it.
func (s *Sender) look(ctx context.Context, uri string) (t target, err error) {
	var found struct {
		Posts []target `json:"posts"`
	}
	if err := s.do(ctx, call{name: "app.bsky.feed.getPosts", query: url.Values{"uris": {uri}}}, &found); err != nil {
		return t, err
	}
	did, _, _ := split(uri)
	if found.Posts == nil {
		return t, network.ErrGarbled
	}
	if len(found.Posts) == 0 {
		return t, s.whyNot(ctx, did)
	}
	if t = found.Posts[0]; t.URI != uri || t.CID == "" || t.Author.DID != did {
		return t, network.ErrGarbled
	}
	if t.Viewer.Closed || t.Author.barred(t.Labels) {
		return t, channel.Permanent(network.ErrBarred)
	}
	return t, nil
}

// whyNot tells why a post is not shown: its author has blocked us, or it is gone.
func (s *Sender) whyNot(ctx context.Context, did string) error {
	var who author
	err := s.do(ctx, call{name: "app.bsky.actor.getProfile", query: url.Values{"actor": {did}}}, &who)
	switch {
	case err != nil && status(err)/100 != 4:
		return err
	case err == nil && who.barred(nil):
		return channel.Permanent(network.ErrBarred)
	}
	return channel.Permanent(network.ErrGone) // also where its author is
}

// put is the body of com.atproto.repo.putRecord.
type put struct {
	Repo       string  `json:"repo"`
	Collection string  `json:"collection"`
	Key        string  `json:"rkey"`
	Record     any     `json:"record"`
	Swap       *string `json:"swapRecord"` // null: only where there is none
}

// tries is how many keys an effect may have: the first, unless another effect has the same.
const tries = 3

// write puts the nth post of a piece where it belongs, or finds that an earlier try has.
func (s *Sender) write(ctx context.Context, o channel.Outgoing, n int, p post) (ref, error) {
	for try := range tries {
		key := keyOf(o, n, try)
		var written ref
		err := s.do(ctx, call{name: "com.atproto.repo.putRecord", body: put{Repo: s.did(), Collection: posts, Key: key, Record: p}}, &written)
		if err == nil {
			return s.own(written, key)
		}
		if !named(err, "InvalidSwap") {
			return ref{}, fateOf(err)
		}
		found, ours, err := s.earlier(ctx, key, p)
		if err != nil || ours {
			return found, err
		}
	}
	return ref{}, channel.Permanent(errors.New("all keys of the effect are taken"))
}

// own checks what the server says that it has written.
func (s *Sender) own(r ref, key string) (ref, error) {
	if r.URI != join(s.did(), key) || r.CID == "" {
		return ref{}, network.ErrGarbled
	}
	return r, nil
}

// earlier reads what stands under a key. It is an earlier try's when it answers the same post.
func (s *Sender) earlier(ctx context.Context, key string, p post) (ref, bool, error) {
	var found struct {
		ref
		Value record `json:"value"`
	}
	q := url.Values{"repo": {s.did()}, "collection": {posts}, "rkey": {key}}
	if err := s.do(ctx, call{name: "com.atproto.repo.getRecord", query: q}, &found); err != nil {
		return ref{}, false, doubtful(err) // something stands there: it may well be ours
	}
	r := found.Value.Reply
	ours := r != nil && r.Parent.URI == p.Reply.Parent.URI
	at, err := s.own(found.ref, key)
	return at, ours, err
}

// fateOf is what became of a post that the server did not take: as channel.Sender has it.
func fateOf(err error) error {
	switch code := status(err); {
	case code == 0, channel.IsUnsent(err), code >= 500:
		return err
	case code == http.StatusTooManyRequests, code == http.StatusRequestTimeout, code == http.StatusTooEarly, code/100 == 3:
		return channel.Unsent(err)
	case code == http.StatusForbidden, named(err, "AccountTakedown", "AccountDeactivated", "RepoDeactivated", "RepoTakendown"):
		return channel.Unsent(errors.Join(network.ErrRefused, err)) // the account's fault and not the post's
	case code == http.StatusNotFound:
		return channel.Unsent(err) // no such method: it is no server of this kind, today
	}
	return channel.Permanent(err)
}
