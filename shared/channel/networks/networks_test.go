package networks

import (
	"errors"
	"slices"
	"testing"
	"time"

	"pronto/shared/channel"
	"pronto/shared/channel/network"
	"pronto/shared/policy"
)

var now = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

// Every adapter is whole, of a channel that the rule book knows accounts on.
func TestAdaptersAreWhole(t *testing.T) {
	for _, a := range all {
		if _, known := channel.Of(a.Channel); !known || !slices.Contains(policy.Networks, a.Channel) || a.Decode == nil || a.Open == nil {
			t.Errorf("%s: %+v", a.Channel, a)
		}
		if _, err := a.Decode([]byte("{}"), now); err == nil {
			t.Errorf("%s takes nothing for a mention", a.Channel)
		}
	}
}

func TestDecode(t *testing.T) {
	m, err := Decode("custom", []byte(`{"id":"1","author":{"handle":"@mira"},"text":"x","created_at":"2026-11-23T08:59:00Z"}`), now)
	if err != nil || m.ID != "1" || !Mentions("custom") {
		t.Errorf("%+v, %v", m, err)
	}
	var bad *network.Problem
	if _, err := Decode("email", []byte("{}"), now); !errors.As(err, &bad) || Mentions("email") {
		t.Errorf("mail is a mention: %v", err)
	}
}

func TestChannelOf(t *testing.T) {
	for key, want := range map[string]string{"custom/2026-11-23/a-b": "custom", "posts/bluesky/2026-11-23/a-b": "bluesky", "mail/x": "mail", "": ""} {
		if got := ChannelOf(key); got != want {
			t.Errorf("%s is of %q", key, got)
		}
	}
}
