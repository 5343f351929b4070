package desk

import (
	"errors"
	"time"
)

// Device is a browser of an agent's to which pages are pushed, beside the ways of the rule book. The agent turns it on, and may take it off from any other.
type Device struct {
	ID       string     `json:"id"`       // of its endpoint
	Endpoint string     `json:"endpoint"` // where its push service takes pushes
	Public   string     `json:"public"`   // its keys, in base64url
	Auth     string     `json:"auth"`
	Key      string     `json:"key"`  // mark of the desk's key under which it subscribed
	Name     string     `json:"name"` // as in Firefox on Android
	Language string     `json:"language"`
	Added    time.Time  `json:"added"`
	Seen     time.Time  `json:"seen"`              // when its agent was last in the console on it, to the day
	Tested   *time.Time `json:"tested,omitempty"`  // when a test was pushed last
	Trouble  PushFate   `json:"trouble,omitempty"` // what became of the last push, where it was not taken
	Rest     *time.Time `json:"rest,omitempty"`    // its service takes nothing until then
}

// MaxDevices is how many an agent may have.
const MaxDevices = 8

// DeviceLife is for how long a device is pushed to on which its agent was not seen: a browser that was given away must not show pages for ever.
const DeviceLife = 90 * 24 * time.Hour

// PushFate is what became of a push; "" when the push service took it, which is all that it ever says.
type PushFate string

// The fates.
const (
	PushGone    PushFate = "gone"            // the browser has unsubscribed: nothing will ever come by it
	PushRefused PushFate = "refused"         // the service does not take it from us
	PushLater   PushFate = "refused_for_now" // the service takes none at the moment, or cannot be reached
	PushUnheard PushFate = "no_answer"       // it may have been taken
)

// Devices are an agent's.
type Devices []Device

// ErrDevices says that an agent has as many devices as one may have.
var ErrDevices = errors.New("an agent has eight devices at most")

// Use are those that a push under a key reaches, as far as is known.
func (all Devices) Use(key string, now time.Time) (use Devices) {
	for _, d := range all {
		if d.Key == key && now.Before(d.Seen.Add(DeviceLife)) && (d.Rest == nil || !now.Before(*d.Rest)) {
			use = append(use, d)
		}
	}
	return use
}

// With are all with a device more, or anew.
func (all Devices) With(d Device) (Devices, error) {
	out := all.Without(d.ID)
	if len(out) >= MaxDevices {
		return all, ErrDevices
	}
	return append(out, d), nil
}

// Without are all but one.
func (all Devices) Without(id string) Devices {
	out := Devices{}
	for _, d := range all {
		if d.ID != id {
			out = append(out, d)
		}
	}
	return out
}

// Find is the device of an id.
func (all Devices) Find(id string) *Device {
	for i := range all {
		if all[i].ID == id {
			return &all[i]
		}
	}
	return nil
}

// Until is when the last of them is pushed to no more; long ago for none.
func (all Devices) Until() (t time.Time) {
	for _, d := range all {
		if end := d.Seen.Add(DeviceLife); end.After(t) {
			t = end
		}
	}
	return t
}

// Pushed is what became of a push to a device.
type Pushed struct {
	Device string
	Fate   PushFate
	Until  *time.Time // the service's own word, when to come again
	Test   bool
}

// Learn writes down what became of pushes, and drops the devices that are gone; changed is false where all is as it was known.
func (all Devices) Learn(pushed []Pushed, now time.Time) (out Devices, changed bool) {
	out = append(out, all...)
	for _, p := range pushed {
		d := out.Find(p.Device)
		switch {
		case d == nil:
			continue
		case p.Fate == PushGone:
			out, changed = out.Without(p.Device), true
			continue
		case d.Trouble != p.Fate || p.Until != nil || p.Test || d.Rest != nil:
			changed = true
		}
		d.Trouble, d.Rest = p.Fate, p.Until
		if p.Test {
			d.Tested = &now
		}
	}
	return out, changed
}

// Device is the id of the browser behind an endpoint.
func (k Keys) Device(endpoint string) string { return k.id("device", endpoint) }
