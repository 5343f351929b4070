package mastodon

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"time"

	"pronto/shared/channel/network"
)

// watched is a post whose author may yet edit or delete it: servers tell of that only those who shared it.
type watched struct {
	ID     string    `json:"id"`
	Edited time.Time `json:"edited,omitzero"`
	Since  time.Time `json:"since"`
}

// How the watched are looked at.
const (
	maxWatch   = 20
	watchFor   = 24 * time.Hour
	lookEvery  = time.Minute
	maxSingles = 4 // requests a look, where the server shows one post each
)

// watch remembers a post, in the place of the oldest.
func (p *polling) watch(s status) {
	now := p.now().UTC()
	if len(p.Watch) == 0 {
		p.Looked = now
	}
	w := watched{string(s.ID), s.EditedAt.Time, now}
	p.Watch = slices.DeleteFunc(p.Watch, func(o watched) bool { return o.ID == w.ID || now.Sub(o.Since) > watchFor })
	p.Watch = append([]watched{w}, p.Watch[:min(len(p.Watch), maxWatch-1)]...)
}

// look asks once a minute what became of the watched: edited, deleted. It is no promise: whoever is answered is looked at again before that.
func (p *polling) look(ctx context.Context) error {
	now := p.now().UTC()
	p.Watch = slices.DeleteFunc(p.Watch, func(w watched) bool { return now.Sub(w.Since) > watchFor })
	if len(p.Watch) == 0 || now.Sub(p.Looked) < lookEvery {
		return nil
	}
	p.Looked = now
	if !p.Single {
		there, err := p.several(ctx)
		if err != nil {
			return err
		}
		if !p.Single {
			return p.compare(ctx, there)
		}
	}
	for range min(maxSingles, len(p.Watch)) {
		w := p.Watch[0]
		p.Watch = append(p.Watch[1:], w) // in turns
		raw, err := p.one(ctx, w.ID)
		if err != nil {
			return err
		}
		if err := p.changed(w, raw, now); err != nil {
			return err
		}
	}
	return nil
}

// several reads all of the watched at once, as Mastodon can since 4.3.
func (p *polling) several(ctx context.Context) (map[string]json.RawMessage, error) {
	query := url.Values{}
	for _, w := range p.Watch {
		query.Add("id[]", w.ID)
	}
	var list []json.RawMessage
	answer, err := p.get(ctx, "/api/v1/statuses", query, maxList, &list)
	if gone(answer) || answer.Status == http.StatusMethodNotAllowed || answer.Status == http.StatusBadRequest {
		p.Single = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	there := map[string]json.RawMessage{}
	for _, raw := range list {
		var s status
		if json.Unmarshal(raw, &s) == nil {
			there[string(s.ID)] = raw
		}
	}
	return there, nil
}

// compare looks for the watched among what is there. What is not there is asked for by itself, before it is believed to be gone.
func (p *polling) compare(ctx context.Context, there map[string]json.RawMessage) error {
	now, asked := p.now().UTC(), 0
	for _, w := range slices.Clone(p.Watch) {
		raw, ok := there[w.ID]
		if !ok {
			if asked++; asked > maxSingles {
				return nil
			}
			var err error
			if raw, err = p.one(ctx, w.ID); err != nil {
				return err
			}
		}
		if err := p.changed(w, raw, now); err != nil {
			return err
		}
	}
	return nil
}

// one reads a post as the server gives it; nil when it is gone.
func (p *polling) one(ctx context.Context, id string) (raw json.RawMessage, err error) {
	answer, err := p.get(ctx, "/api/v1/statuses/"+id, nil, maxOne, &raw)
	if gone(answer) {
		return nil, nil
	}
	return raw, err
}

// changed adds a Post where a watched one was edited or deleted.
func (p *polling) changed(w watched, raw json.RawMessage, now time.Time) error {
	var s status
	at := slices.IndexFunc(p.Watch, func(o watched) bool { return o.ID == w.ID })
	switch {
	case raw == nil:
		p.Watch = slices.Delete(p.Watch, at, at+1)
		id, _ := json.Marshal(map[string]string{"id": w.ID})
		return p.keep(network.Deleted, w.ID, instant{now}, "", id)
	case json.Unmarshal(raw, &s) != nil || string(s.ID) != w.ID:
		return nil
	case s.EditedAt.After(w.Edited):
		p.Watch[at].Edited = s.EditedAt.Time
		return p.keep(network.Edited, w.ID, instant{now}, "", raw)
	}
	return nil
}

// How often the server is asked whether it still pushes.
const (
	askEvery = time.Hour
	askSoon  = 5 * time.Minute // while it is not known to push to where the desk is now
)

// renew subscribes again where the server has ended the subscription, or pushes to a former address of the desk's; under the same keys: what it signs with it does not change.
func (p *polling) renew(ctx context.Context) error {
	if p.own.Push == nil {
		return nil
	}
	u, err := url.Parse(p.own.Push.Endpoint)
	if err != nil {
		return err
	}
	now, at, often := p.now().UTC(), origin(u), askEvery
	if p.At != at {
		often = askSoon
	}
	if now.Sub(p.Asked) < often {
		return nil
	}
	p.Asked = now
	err = p.subscribed(ctx)
	if errors.Is(err, ErrUnsubscribed) {
		_, err = p.api.subscribe(ctx, *p.own.Push)
	}
	if err == nil {
		p.At = at
	}
	return err
}
