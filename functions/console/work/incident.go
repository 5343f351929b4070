package work

import (
	"context"
	"crypto/rand"
	"fmt"
	"net/http"
	"time"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
)

// Bounds of an incident's words: so much of a receipt, and for so long without somebody looking again.
const (
	maxIncident  = 600 // runes of one language
	longIncident = 7 * 24 * time.Hour
)

// SetIncident has the receipts of a brand tell of an incident: {"texts": {"en": "…", "it": "…"}, "until": a time}. No texts: it is over. It holds within two seconds.
func (d *Desk) SetIncident(ctx context.Context, by *policy.Agent, brand string, body []byte) (Silence, *Problem) {
	b, p := d.brand(by, SetIncident, brand)
	if p != nil {
		return Silence{}, p
	}
	in, p := d.incident(by, body)
	if p != nil {
		return Silence{}, p
	}
	c := desk.Change{Brand: b.ID, ID: d.keys.Message(b.ID, agents, rand.Text()), At: d.Now(), By: by.ID, Name: desk.IncidentOver}
	if in != nil {
		c.Name = desk.IncidentTold
	}
	is, err := d.store.EditSwitch(ctx, b.ID, func(was desk.Switch) desk.Switch {
		was.Incident = in
		return was
	}, c)
	if err != nil {
		return Silence{}, d.Unable("incident", err)
	}
	d.Log.Info("incident", "brand", b.ID, "on", in != nil, "by", by.ID)
	return Silence{b.ID, is}, nil
}

func (d *Desk) incident(by *policy.Agent, body []byte) (*desk.Incident, *Problem) {
	var order struct {
		Texts map[string]string
		Until string
	}
	if p := decode(body, &order); p != nil {
		return nil, p
	}
	in := &desk.Incident{Texts: map[string]string{}, By: by.ID, At: d.Now().UTC()}
	for language, words := range order.Texts {
		if words = reply.Clean(words); words == "" {
			continue
		}
		switch {
		case !policy.IsLanguage(language):
			return nil, Refuse(http.StatusUnprocessableEntity, "texts", "write languages by their two letters (ISO 639-1), as in en")
		case utf8.RuneCountInString(words) > maxIncident:
			return nil, Refuse(http.StatusUnprocessableEntity, "texts", fmt.Sprintf("a text has %d characters at most: a receipt is short", maxIncident))
		}
		in.Texts[language] = words
	}
	if len(in.Texts) == 0 {
		return nil, nil
	}
	until, err := time.Parse(time.RFC3339, order.Until)
	switch {
	case err != nil:
		return nil, Refuse(http.StatusBadRequest, "until", "write a time with its zone, as 2026-11-23T18:00:00+01:00: what receipts say must not be forgotten")
	case !until.After(d.Now()) || until.Sub(d.Now()) > longIncident:
		return nil, Refuse(http.StatusUnprocessableEntity, "until", "name a time to come, within a week")
	}
	in.Until = until.UTC()
	return in, nil
}
