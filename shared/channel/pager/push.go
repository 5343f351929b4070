package pager

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"sync"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/webpush"
	"pronto/shared/desk"
)

// notice is what a device shows, as the console's worker reads it. It is sealed for the device: the push service reads nothing of it.
type notice struct {
	Title    string `json:"title"`
	Body     string `json:"body"`
	Tag      string `json:"tag"`            // a later notice of it takes the place of an earlier
	Open     string `json:"open"`           // where a press leads, on the desk's own host
	Have     string `json:"have,omitempty"` // where "I have it" is said, by a POST
	Do       string `json:"do,omitempty"`   // its words
	Language string `json:"lang"`
}

// pushLife is how long a page waits for a device that is off: the ladder has called others by then.
const pushLife = time.Hour

// Beside pushes a page to an agent's devices, all at once, and tells what became of each. A push service's word is that it has the push, not that a phone has shown it.
func (p *Pager) Beside(ctx context.Context, c Call, devices desk.Devices) []desk.Pushed {
	all := make([]desk.Pushed, len(devices))
	var wg sync.WaitGroup
	for i, d := range devices {
		wg.Go(func() { all[i] = p.push(ctx, d, c.notice(d.Language), pushLife) })
	}
	wg.Wait()
	return all
}

// Try pushes a test to a device.
func (p *Pager) Try(ctx context.Context, d desk.Device) desk.Pushed {
	w := wordsOf(d.Language)
	out := p.push(ctx, d, notice{Title: w.trial, Body: w.trialBody, Tag: "trial", Open: "/console/devices", Language: d.Language}, time.Minute)
	out.Test = true
	return out
}

func (p *Pager) push(ctx context.Context, d desk.Device, n notice, life time.Duration) desk.Pushed {
	out := desk.Pushed{Device: d.ID}
	to, err := webpush.Parse(d.Endpoint, d.Public, d.Auth)
	if err != nil {
		out.Fate = desk.PushRefused
		return out
	}
	body, err := json.Marshal(n)
	if err != nil {
		out.Fate = desk.PushRefused
		return out
	}
	err = p.pushes.Send(ctx, to, webpush.Push{Payload: body, Topic: n.Tag, Life: life})
	var later *webpush.Later
	switch {
	case err == nil:
	case errors.Is(err, webpush.ErrGone):
		out.Fate = desk.PushGone
	case channel.IsPermanent(err):
		out.Fate = desk.PushRefused
	case channel.IsUnsent(err):
		out.Fate = desk.PushLater
		if errors.As(err, &later) {
			out.Until = &later.Until
		}
	default:
		out.Fate = desk.PushUnheard
	}
	return out
}

// notice is the page as a device shows it, on a locked screen, too: brand, priority, by when, and where it leads.
func (c Call) notice(language string) notice {
	w := wordsOf(language)
	n := notice{
		Title: fmt.Sprintf("[%s] %s: %s", w.priorities[string(c.Page.Priority)], c.Brand, w.waits), Body: w.open, Tag: c.About,
		Open: "/console/conversations/" + c.About, Language: language,
	}
	if !c.Page.Due.IsZero() {
		n.Body = fmt.Sprintf(w.due, zoned(c.Page.Due.In(c.Zone), w.day))
	}
	if u, err := url.Parse(c.Link); err == nil {
		n.Have, n.Do = u.Path, w.have
	}
	return n
}

// wording is what a notice says in a language of the console's.
type wording struct {
	waits, due, open, have, day string
	trial, trialBody            string
	priorities                  map[string]string
}

var wordings = map[string]wording{
	"en": {
		waits: "a conversation waits for you", due: "Due %s", open: "Open the desk to take it.", have: "I have it", day: "Mon 2 Jan, 15:04 ",
		trial: "A test from Pronto", trialBody: "Pages reach this device.",
		priorities: map[string]string{"low": "low", "normal": "normal", "high": "high", "urgent": "urgent"},
	},
	"it": {
		waits: "una conversazione ti aspetta", due: "Scade il %s", open: "Apri la console per prenderla.", have: "Ce l\u2019ho io", day: "2/1, 15:04 ",
		trial: "Una prova da Pronto", trialBody: "Le chiamate raggiungono questo dispositivo.",
		priorities: map[string]string{"low": "bassa", "normal": "normale", "high": "alta", "urgent": "urgente"},
	},
}

// wordsOf are the words of a language, in English for one that the console does not speak.
func wordsOf(language string) wording {
	if w, ok := wordings[language]; ok {
		return w
	}
	return wordings["en"]
}
