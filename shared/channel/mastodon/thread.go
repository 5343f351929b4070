package mastodon

import (
	"context"
	"errors"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// joins finds what a post goes on with: the id, on our server, of a post that the desk knows. It answers our receipt; or the second half of an answer of ours
// that was too long for one post; or its author's own post, three posts up, that had mentioned us. It is what the post answers, where nothing better is found: a
// stranger's post, one that was deleted, or a thread that is too large to be read.
func (p *polling) joins(ctx context.Context, s status) (string, error) {
	if s.InReplyTo == "" {
		return s.Quote.id(), nil
	}
	if !validID(string(s.InReplyTo)) {
		return "", nil
	}
	p.threads--
	above, err := p.thread(ctx, string(s.ID))
	var limited *network.Limited
	switch {
	case errors.As(err, &limited), errors.Is(err, network.ErrRefused), channel.IsUnsent(err):
		return "", err // it is looked at again
	case err != nil:
		return string(s.InReplyTo), nil
	}
	return known(above.Ancestors, s, p.own.AccountID), nil
}

func (a *api) thread(ctx context.Context, id string) (t thread, err error) {
	_, err = a.get(ctx, "/api/v1/statuses/"+id+"/context", nil, maxList, &t)
	return t, err
}

// known is the nearest post above s that the desk has: one of ours, by the first of several that go on with each other, or one of its author's that mentions us.
func known(above []status, s status, own string) string {
	posts := map[text]status{}
	for _, a := range above {
		posts[a.ID] = a
	}
	at := s.InReplyTo
	for range above { // a server's thread may be a ring
		a, ok := posts[at]
		if !ok {
			break
		}
		ours := string(a.Account.ID) == own
		up, more := posts[a.InReplyTo]
		switch {
		case ours && more && string(up.Account.ID) == own:
		case ours, a.Account.ID == s.Account.ID && a.mentions(own):
			return string(a.ID)
		}
		at = a.InReplyTo
	}
	return string(s.InReplyTo)
}
