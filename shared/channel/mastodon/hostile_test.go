package mastodon

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"pronto/infra/local/fediverse"
	"pronto/shared/channel"
	"pronto/shared/channel/network"
)

// breaks has the double answer the list of notifications as f does.
func (p *place) breaks(f http.HandlerFunc) {
	p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
		if r.URL.Path != "/api/v1/notifications" {
			return false
		}
		f(w, r)
		return true
	})
}

func entry(id int, status string) string {
	return fmt.Sprintf(`{"id":"%d","type":"mention","created_at":"2026-11-23T09:00:00Z","status":%s}`, id, status)
}

const anyPost = `{"id":"7","content":"<p>x</p>","account":{"id":"1","acct":"mira"}}`

// A server that always has another page: each poll ends, and the next goes on where it was.
func TestPagesWithoutAnEnd(t *testing.T) {
	p := double(t, fediverse.Options{})
	n := 40_000_000
	p.breaks(func(w http.ResponseWriter, r *http.Request) {
		var list []string
		for range 500 {
			n++
			list = append(list, entry(n, anyPost))
		}
		fmt.Fprint(w, "["+strings.Join(list, ",")+"]")
	})
	for range 3 {
		before, at := len(p.double.Calls()), string(p.at)
		page, err := p.l.Poll(t.Context(), p.at)
		if err != nil || len(page.Posts) == 0 || len(page.Posts) > network.MaxPage || !page.More || string(page.Cursor) == at {
			t.Fatalf("%d posts, %v", len(page.Posts), err)
		}
		if calls := len(p.double.Calls()) - before; calls > maxPages {
			t.Errorf("%d requests", calls)
		}
		p.at = page.Cursor
	}
}

// A server that heeds no min_id and turns in circles gives nothing new.
func TestTheSamePageForEver(t *testing.T) {
	p := double(t, fediverse.Options{})
	p.breaks(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "["+entry(40_000_001, anyPost)+","+entry(40_000_002, strings.Replace(anyPost, `"7"`, `"8"`, 1))+"]")
	})
	for i, want := range []int{2, 0, 0} {
		page, err := p.l.Poll(t.Context(), p.at)
		if err != nil || len(page.Posts) != want {
			t.Errorf("poll %d: %d posts, %v", i, len(page.Posts), err)
		}
		p.at = page.Cursor
	}
}

// What makes no sense is passed over or held for a person; it stands in nobody's way.
func TestAPageOfNonsense(t *testing.T) {
	p := double(t, fediverse.Options{})
	p.breaks(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.RawQuery, "40000007") {
			fmt.Fprint(w, "[]")
			return
		}
		fmt.Fprint(w, `[null,1,"x",{},{"id":"../../x"},`+strings.Join([]string{
			entry(40_000_001, "null"), entry(40_000_002, "{}"), entry(40_000_003, "[]"), entry(40_000_004, `{"id":"a/b"}`), entry(40_000_005, `{"id":"9","in_reply_to_id":"/../"}`),
			`{"id":"40000006","type":"follow"}`, entry(40_000_007, anyPost),
		}, ",")+"]")
	})
	page, err := p.l.Poll(t.Context(), p.at)
	if err != nil || len(page.Posts) != 5 {
		t.Fatalf("%d posts, %v", len(page.Posts), err)
	}
	read := 0
	for _, post := range page.Posts {
		_, err := Decode(post.Raw, monday)
		var bad *network.Problem
		switch {
		case err == nil:
			read++
		case !errors.As(err, &bad):
			t.Errorf("%s: %v", post.ID, err)
		}
	}
	if read != 1 {
		t.Errorf("%d were read", read)
	}
	p.at = page.Cursor
	if got := p.polls(); len(got) != 0 {
		t.Errorf("again: %+v", got)
	}
}

// Each of these is an error with a code, within its time, and moves no position.
func TestWickedAnswers(t *testing.T) {
	inside := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("a redirect was followed") }))
	defer inside.Close()
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   network.Code
	}{
		"enormous": {func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte("[" + strings.Repeat(" ", network.MaxAnswer) + "]"))
		}, network.CodeGarbled},
		"deep":     {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, strings.Repeat("[", 1<<20)) }, network.CodeGarbled},
		"HTML":     {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") }, network.CodeGarbled},
		"object":   {func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"error":"x"}`) }, network.CodeGarbled},
		"redirect": {func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, inside.URL, http.StatusFound) }, network.CodeUnwell},
		"metadata": {func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://169.254.169.254/latest/meta-data", http.StatusTemporaryRedirect)
		}, network.CodeUnwell},
		"limited": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("X-RateLimit-Reset", "3026-11-23T09:00:00Z")
			w.WriteHeader(http.StatusTooManyRequests)
		}, network.CodeLimited},
		"withdrawn": {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }, network.CodeRefused},
		"down":      {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, network.CodeUnwell},
		"torn":      {func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, network.CodeUnreachable},
		"slow": {func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				_, _ = w.Write([]byte(" "))
				w.(http.Flusher).Flush()
				time.Sleep(10 * time.Millisecond)
			}
		}, network.CodeUnreachable},
	} {
		p := double(t, fediverse.Options{})
		p.breaks(c.answer)
		ctx, cancel := context.WithTimeout(t.Context(), 700*time.Millisecond)
		_, err := p.l.Poll(ctx, p.at)
		cancel()
		if got := network.CodeOf(err); got != c.want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, c.want)
		}
		var limited *network.Limited
		if errors.As(err, &limited) && limited.Until.After(p.clock.now().Add(2*time.Hour)) {
			t.Errorf("%s: until %s", name, limited.Until)
		}
	}
}

// A server whose name leads inside is not called at all.
func TestAServerInside(t *testing.T) {
	out, err := network.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	for _, server := range []string{"https://127.0.0.1", "https://localhost", "https://[::1]", "https://10.0.0.1", "https://169.254.169.254", "https://social.example:22"} {
		own, err := Own{Token: "x", AccountID: "1"}.Secret()
		if err != nil {
			t.Fatal(err)
		}
		l, err := Open(network.Account{Brand: "acme-air", Channel: Channel, Handle: "care@social.example", Server: server}, network.Access{Own: own, HTTP: out, Now: time.Now})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Poll(t.Context(), nil); network.CodeOf(err) != network.CodeForbidden {
			t.Errorf("%s: %v", server, err)
		}
	}
}

func TestAServerInClear(t *testing.T) {
	out, err := network.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(network.Account{Handle: "care@social.example", Server: "http://social.example"}, network.Access{Own: []byte(`{"token":"x","account_id":"1"}`), HTTP: out, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Poll(t.Context(), nil); !channel.IsUnsent(err) {
		t.Errorf("a token would leave in clear: %v", err)
	}
}

// The thread above a mention is a hundred thousand posts, or a ring, or lies: the mention comes all the same.
func TestThreadsThatLie(t *testing.T) {
	for name, answer := range map[string]string{
		"a ring":    `{"ancestors":[{"id":"5","in_reply_to_id":"6","account":{"id":"9"}},{"id":"6","in_reply_to_id":"5","account":{"id":"9"}}]}`,
		"itself":    `{"ancestors":[{"id":"5","in_reply_to_id":"5","account":{"id":"9"}}]}`,
		"nothing":   `{}`,
		"nonsense":  `{"ancestors":7}`,
		"enormous":  strings.Repeat(" ", network.MaxAnswer+1),
		"elsewhere": `{"ancestors":[{"id":"77","in_reply_to_id":null,"account":{"id":"9"}}]}`,
	} {
		p := double(t, fediverse.Options{})
		p.double.Break(func(w http.ResponseWriter, r *http.Request) bool {
			switch {
			case r.URL.Path == "/api/v1/notifications":
				fmt.Fprint(w, "["+entry(40_000_001, strings.Replace(anyPost, `"7"`, `"7","in_reply_to_id":"5"`, 1))+"]")
			case strings.HasSuffix(r.URL.Path, "/context"):
				fmt.Fprint(w, answer)
			default:
				return false
			}
			return true
		})
		if m := p.one(); !strings.HasPrefix(m.InReplyTo, "5@") {
			t.Errorf("%s: goes on with %q", name, m.InReplyTo)
		}
	}
}

// Links to other pages are read for an id alone, and only from the server's own.
func TestLinks(t *testing.T) {
	p := double(t, fediverse.Options{})
	l := &polling{line: p.l.Sender.(*Sender).line}
	for link, want := range map[string]string{
		`<` + p.base + `/api/v1/notifications?max_id=1>; rel="next", <` + p.base + `/api/v1/notifications?min_id=34975861>; rel="prev"`: "34975861",
		`<` + p.base + `/api/v1/notifications?min_id=3>; rel="next"`:                                                                    "",
		`<https://evil.example/api/v1/notifications?min_id=3>; rel="prev"`:                                                              "",
		`<` + p.base + `/api/v1/accounts?min_id=3>; rel="prev"`:                                                                         "",
		`<` + p.base + `/api/v1/notifications?min_id=../x>; rel="prev"`:                                                                 "",
		`<` + p.base + `/api/v1/notifications?min_id=` + strings.Repeat("9", 99) + `>; rel="prev"`:                                      "",
		"": "", ";;,,": "", `<%zz>; rel="prev"`: "",
	} {
		if got := l.following(http.Header{"Link": {link}}); got != want {
			t.Errorf("%s: %q", link, got)
		}
	}
}

// Near its limit a server is left alone until that ends.
func TestNearTheLimit(t *testing.T) {
	p := double(t, fediverse.Options{})
	for range perFive {
		page, err := p.l.Poll(t.Context(), p.at)
		if err != nil {
			t.Fatal(err)
		}
		p.at = page.Cursor
		if !page.Wait.IsZero() {
			if d := page.Wait.Sub(p.clock.now()); d <= 0 || d > 5*time.Minute {
				t.Errorf("waits %s", d)
			}
			return
		}
	}
	t.Error("it never waits")
}

const perFive = 300
