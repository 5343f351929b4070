package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"time"

	"pronto/functions/console/session"
)

// pages measures the queue as an agent sees it, over HTTP: what the first page and one further down read and how long they take.
// Both must stay the same whatever the number of open conversations.
func (c *clocks) pages(ctx context.Context, open int) error {
	cursor, err := c.cursor(ctx, deep)
	if err != nil {
		return err
	}
	for _, at := range []struct{ name, cursor string }{{"first page", ""}, {fmt.Sprintf("page %d", deep+1), cursor}} {
		var took []time.Duration
		before := c.units()
		for range looks {
			began := time.Now()
			if _, err := c.page(ctx, at.cursor); err != nil {
				return err
			}
			took = append(took, time.Since(began))
		}
		slices.Sort(took)
		c.r.add(fmt.Sprintf("reads of the queue's %s with %d open", at.name, open), (c.units()-before)/looks, "units")
		c.r.add(fmt.Sprintf("time of the queue's %s with %d open, p50", at.name, open), ms(took[looks/2]), "ms")
	}
	return c.polls(ctx, open)
}

// polls measures an open page of the console that asks what is new while nothing is: every five seconds for each agent who looks at it. Once a minute, and once more after
// something has happened, it reads what the page reads.
func (c *clocks) polls(ctx context.Context, open int) error {
	at, err := url.Parse(c.d.URL())
	if err != nil {
		return fmt.Errorf("ask for the queue's page: %w", err)
	}
	rec := httptest.NewRecorder()
	session.New(c.d.Keys, at).Begin(rec, "ana", time.Now())
	tag := ""
	ask := func() (status int, units float64, err error) {
		r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.d.URL()+"/console?view=all", nil)
		if err != nil {
			return 0, 0, err
		}
		for _, x := range rec.Result().Cookies() {
			r.AddCookie(x)
		}
		r.Header.Set("HX-Request", "true")
		r.Header.Set("If-None-Match", tag)
		before := c.units()
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			return 0, 0, err
		}
		defer resp.Body.Close()
		_, _ = io.Copy(io.Discard, resp.Body)
		tag = resp.Header.Get("ETag")
		return resp.StatusCode, c.units() - before, nil
	}
	least, whole := -1.0, 0.0
	for range looks {
		status, units, err := ask()
		if err != nil || status != http.StatusOK && status != http.StatusNotModified {
			return fmt.Errorf("the queue's page answers %d: %w", status, err)
		}
		if whole = max(whole, units); least < 0 || units < least {
			least = units
		}
	}
	c.r.add(fmt.Sprintf("reads of a look at an open page of the queue with %d open, nothing new", open), least, "units")
	c.r.add(fmt.Sprintf("reads of the same page whole with %d open", open), whole, "units")
	return nil
}

const (
	looks = 20 // at each page
	deep  = 4  // pages down
)

// units are the read units so far.
func (c *clocks) units() (sum float64) {
	for _, u := range c.d.AWS.DynamoDB.Usage() {
		sum += u.TableRead + u.IndexRead
	}
	return sum
}

// cursor is where the page after n others begins.
func (c *clocks) cursor(ctx context.Context, n int) (at string, err error) {
	for range n {
		if at, err = c.page(ctx, at); err != nil {
			return "", err
		}
	}
	return at, nil
}

// page reads one page of all of Ana's and returns where the next begins.
func (c *clocks) page(ctx context.Context, cursor string) (next string, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, c.d.URL()+"/api/v1/queue?view=all&cursor="+url.QueryEscape(cursor), nil)
	if err != nil {
		return "", fmt.Errorf("ask for the queue: %w", err)
	}
	r.Header.Set("Authorization", "Bearer dev:ana")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return "", fmt.Errorf("ask for the queue: %w", err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		return "", fmt.Errorf("the queue answers %s: %w", resp.Status, err)
	}
	var page struct {
		Items  []struct{ ID string }
		Cursor string
	}
	if err := json.Unmarshal(b, &page); err != nil {
		return "", fmt.Errorf("read the queue: %w", err)
	}
	if len(page.Items) == 0 || page.Cursor == "" {
		return "", fmt.Errorf("the queue has a page of %d and the cursor %q where more must follow", len(page.Items), page.Cursor)
	}
	return page.Cursor, nil
}
