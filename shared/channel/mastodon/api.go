package mastodon

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pronto/shared/channel/network"
)

// Caps of an answer in bytes.
const (
	maxList = network.MaxAnswer // a page of notifications, or a thread
	maxOne  = 1 << 20
)

// api calls one server with one token. Everything that a server says is bounded by network.Client: size, time, addresses, redirects.
type api struct {
	http  *network.Client
	base  *url.URL
	token string // "" before there is one
	now   func() time.Time
}

// get reads what path has, into v. The fates are the network package's; the answer is returned for its headers and its status.
func (a *api) get(ctx context.Context, path string, query url.Values, most int64, v any) (network.Answer, error) {
	return a.call(ctx, http.MethodGet, path, query, nil, most, v)
}

// call makes a request and reads its answer into v, where the status is a success. An error of a status is network.Refusal's.
func (a *api) call(ctx context.Context, method, path string, query url.Values, header http.Header, most int64, v any) (network.Answer, error) {
	r, err := a.request(ctx, method, path, query, header)
	if err != nil {
		return network.Answer{}, err
	}
	answer, err := a.http.Do(ctx, r, most)
	if err != nil {
		return network.Answer{}, err
	}
	if err := network.Refusal(answer, a.now()); err != nil {
		return answer, err
	}
	if v != nil && json.Unmarshal(answer.Body, v) != nil {
		return answer, network.ErrGarbled
	}
	return answer, nil
}

// request makes one. What is posted is a form: every server of this API takes that.
func (a *api) request(ctx context.Context, method, path string, form url.Values, header http.Header) (*http.Request, error) {
	u, body := *a.base, ""
	u.Path += path
	if method == http.MethodPost {
		body = form.Encode()
	} else {
		u.RawQuery = form.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, method, u.String(), strings.NewReader(body))
	if err != nil {
		return nil, network.ErrGarbled
	}
	for k, v := range header {
		r.Header[k] = v
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "application/json")
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	return r, nil
}

// gone tells whether an answer says that there is no such thing, or not for us any more.
func gone(a network.Answer) bool {
	return a.Status == http.StatusNotFound || a.Status == http.StatusGone
}

// status reads one post; nil when it is gone.
func (a *api) status(ctx context.Context, id string) (*status, error) {
	var s status
	answer, err := a.get(ctx, "/api/v1/statuses/"+id, nil, maxOne, &s)
	switch {
	case gone(answer):
		return nil, nil
	case err != nil:
		return nil, err
	case s.ID == "":
		return nil, network.ErrGarbled
	}
	return &s, nil
}

// The server's limit where it says nothing, which is Mastodon's own.
const (
	usualLimit  = 500
	usualPerURL = 23
)

// Bounds of what a server may say of it.
const (
	leastLimit = 50
	mostLimit  = 100_000
)

// limits asks the server how long a post may be.
func (a *api) limits(ctx context.Context) (limits, error) {
	var in instance
	answer, err := a.get(ctx, "/api/v2/instance", nil, maxOne, &in)
	if err != nil && answer.Status/100 == 4 && answer.Status != http.StatusTooManyRequests {
		_, err = a.get(ctx, "/api/v1/instance", nil, maxOne, &in) // before Mastodon 4, and some others
	}
	if err != nil {
		return limits{}, err
	}
	return in.limits(), nil
}

// limits are how long a post may be, and how the server counts.
type limits struct {
	most, perURL int
	whole        bool // a mention counts in full; Mastodon counts its local part only
}

var mastodons = limits{most: usualLimit, perURL: usualPerURL}

func (in instance) limits() limits {
	l := mastodons
	if n := in.Configuration.Statuses.MaxCharacters; n >= leastLimit {
		l.most = min(n, mostLimit)
	} else if n := in.MaxTootChars; n >= leastLimit {
		l.most = min(n, mostLimit)
	}
	if n := in.Configuration.Statuses.PerURL; n > 0 && n <= l.most {
		l.perURL = n
	}
	// Pleroma: "2.7.2 (compatible; Pleroma 2.6.0)"; GoToSocial: "0.17.3+git-abc".
	l.whole = strings.Contains(in.Version, "compatible;") || strings.HasPrefix(in.Version, "0.")
	return l
}
