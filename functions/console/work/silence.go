package work

import (
	"context"
	"crypto/rand"
	"net/http"
	"unicode/utf8"

	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/reply"
)

// Silence is a brand's silence switch.
type Silence struct {
	Brand string `json:"brand"`
	desk.Switch
}

// Silence reads the switch of a brand, of the agent's only one for "".
func (d *Desk) Silence(ctx context.Context, by *policy.Agent, brand string) (Silence, *Problem) {
	b, p := d.brand(by, SeeSilence, brand)
	if p != nil {
		return Silence{}, p
	}
	s, err := d.store.Switch(ctx, b.ID)
	if err != nil {
		return Silence{}, d.Unable("silence", err)
	}
	return Silence{b.ID, s}, nil
}

// maxWhy bounds a reason, in runes.
const maxWhy = 500

// SetSilence turns the switch of a brand: {"on":true,"why":"…"}. Turning it to where it is keeps since when it is so.
func (d *Desk) SetSilence(ctx context.Context, by *policy.Agent, brand string, body []byte) (Silence, *Problem) {
	b, p := d.brand(by, SetSilence, brand)
	if p != nil {
		return Silence{}, p
	}
	var order struct {
		On  *bool  `json:"on"`
		Why string `json:"why"`
	}
	if p := decode(body, &order); p != nil {
		return Silence{}, p
	}
	if order.On == nil {
		return Silence{}, Refuse(http.StatusBadRequest, "on", "say true or false")
	}
	if utf8.RuneCountInString(order.Why) > maxWhy {
		return Silence{}, Refuse(http.StatusBadRequest, "why", "a reason has 500 characters at most")
	}
	why := reply.Clean(order.Why)
	c := desk.Change{Brand: b.ID, ID: d.keys.Message(b.ID, agents, rand.Text()), At: d.Now(), By: by.ID, Name: desk.SilenceOff, Why: why}
	if *order.On {
		c.Name = desk.SilenceOn
	}
	is, err := d.store.EditSwitch(ctx, b.ID, func(was desk.Switch) desk.Switch {
		is := desk.Switch{On: *order.On, Why: why, By: by.ID, At: d.Now(), Incident: was.Incident}
		if was.On == is.On && !was.At.IsZero() {
			is.At = was.At
		}
		return is
	}, c)
	if err != nil {
		return Silence{}, d.Unable("silence", err)
	}
	d.Log.Info("silence", "brand", b.ID, "on", is.On, "by", by.ID)
	return Silence{b.ID, is}, nil
}
