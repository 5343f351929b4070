package work

import (
	"context"
	"errors"
	"net/http"
	"time"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/service/sqs"

	"pronto/shared/channel/webpush"
	"pronto/shared/desk"
	"pronto/shared/lane"
	"pronto/shared/policy"
)

// Device is a browser of an agent's to which pages are pushed, as its agent sees it: without its address and keys.
type Device struct {
	ID      string
	Name    string
	Added   time.Time
	Seen    time.Time
	Tested  *time.Time
	Trouble desk.PushFate
	Old     bool // it subscribed under another key of the desk's: it must be turned on again
}

// PushKey is the key that a browser subscribes under.
func (d *Desk) PushKey() string { return d.pushKey.Public() }

// Devices lists an agent's own.
func (d *Desk) Devices(ctx context.Context, by *policy.Agent) ([]Device, *Problem) {
	all, err := d.store.Devices(ctx, by.ID)
	if err != nil {
		return nil, d.Unable("devices", err)
	}
	var out []Device
	for _, x := range all {
		out = append(out, Device{x.ID, x.Name, x.Added, x.Seen, x.Tested, x.Trouble, x.Key != d.pushKey.Mark()})
	}
	return out, nil
}

// maxDeviceName bounds what a browser calls itself, in bytes.
const maxDeviceName = 80

// AddDevice turns pushes on for a browser, which has subscribed under the desk's key.
func (d *Desk) AddDevice(ctx context.Context, by *policy.Agent, endpoint, p256dh, auth, name, language string) (id string, p *Problem) {
	if _, err := webpush.Parse(endpoint, p256dh, auth); err != nil {
		return "", Refuse(http.StatusUnprocessableEntity, "", "this browser has sent no subscription that can be used: turn it on again")
	}
	if err := d.services.Check(endpoint); err != nil {
		return "", Refuse(http.StatusUnprocessableEntity, "endpoint", "this browser’s push service is not known: an admin may add its host to push_services in the rule book")
	}
	if !utf8.ValidString(name) || len(name) > maxDeviceName {
		name = ""
	}
	now := d.Now()
	one := desk.Device{
		ID: d.keys.Device(endpoint), Endpoint: endpoint, Public: p256dh, Auth: auth, Key: d.pushKey.Mark(), Name: name, Language: language, Added: now, Seen: now,
	}
	err := d.store.EditDevices(ctx, by.ID, func(all desk.Devices) (desk.Devices, error) { return all.With(one) })
	if errors.Is(err, desk.ErrDevices) {
		return "", Refuse(http.StatusConflict, "", "you have eight devices, and no more are kept: remove one first")
	}
	if err != nil {
		return "", d.Unable("devices", err)
	}
	d.Log.Info("device", "agent", by.ID, "device", one.ID, "event", "added")
	return one.ID, nil
}

// RemoveDevice takes one off; of one that is not there nothing is said.
func (d *Desk) RemoveDevice(ctx context.Context, agent, id string) *Problem {
	err := d.store.EditDevices(ctx, agent, func(all desk.Devices) (desk.Devices, error) {
		if all.Find(id) == nil {
			return nil, errNoDevice
		}
		return all.Without(id), nil
	})
	if errors.Is(err, errNoDevice) {
		return nil
	}
	if err != nil {
		return d.Unable("devices", err)
	}
	d.Log.Info("device", "agent", agent, "device", id, "event", "removed")
	return nil
}

var errNoDevice = errors.New("no such device")

// TryDevice orders a test: deliver sends it, as it sends everything.
func (d *Desk) TryDevice(ctx context.Context, by *policy.Agent, id string) *Problem {
	all, err := d.store.Devices(ctx, by.ID)
	if err != nil {
		return d.Unable("devices", err)
	}
	if all.Find(id) == nil {
		return Refuse(http.StatusNotFound, "", "you have no such device")
	}
	body, err := lane.Trial{Agent: by.ID, Device: id, At: d.Now()}.Encode()
	if err == nil {
		_, err = d.sqs.SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: &d.pages, MessageBody: &body})
	}
	if err != nil {
		return d.Unable("devices", err)
	}
	return nil
}

// SawDevice notes that its agent is in the console on a device, once a day; false when it is none of his.
func (d *Desk) SawDevice(ctx context.Context, by *policy.Agent, id string) bool {
	known, now := false, d.Now()
	err := d.store.EditDevices(ctx, by.ID, func(all desk.Devices) (desk.Devices, error) {
		out := append(desk.Devices{}, all...)
		x := out.Find(id)
		known = x != nil
		if x == nil || now.Sub(x.Seen) < 24*time.Hour {
			return nil, errNoDevice
		}
		x.Seen = now
		return out, nil
	})
	return known || err != nil && !errors.Is(err, errNoDevice) // who cannot be asked is believed
}
