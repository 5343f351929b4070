// Package networks lists what mentions come by: the custom channel, and the networks' adapters.
package networks

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/channel/bluesky"
	"pronto/shared/channel/custom"
	"pronto/shared/channel/mastodon"
	"pronto/shared/channel/network"
	"pronto/shared/setup"
)

// all are the adapters; a new network adds its line here.
var all = []network.Adapter{bluesky.Network, mastodon.Network}

// Of gives the adapter of a channel; false where it is none of a network.
func Of(channel string) (network.Adapter, bool) {
	i := slices.IndexFunc(all, func(a network.Adapter) bool { return a.Channel == channel })
	if i < 0 {
		return network.Adapter{}, false
	}
	return all[i], true
}

// Names are the channels of all networks.
func Names() (names []string) {
	for _, a := range all {
		names = append(names, a.Channel)
	}
	return names
}

// Mentions tells whether what comes on a channel are mentions.
func Mentions(channel string) bool {
	_, ok := Of(channel)
	return ok || channel == custom.Channel
}

// Decode reads the raw body of a mention, which came at this time. Its error is a *network.Problem.
func Decode(channel string, raw []byte, at time.Time) (network.Mention, error) {
	if channel == custom.Channel {
		return custom.Decode(raw, at)
	}
	a, ok := Of(channel)
	if !ok {
		return network.Mention{}, &network.Problem{Message: "is of a channel that this version does not speak"}
	}
	return a.Decode(raw, at)
}

// ChannelOf names the channel of a raw body by its key in the bucket. Networks share a prefix, the custom channel has one of its own.
func ChannelOf(key string) string {
	first, rest, _ := strings.Cut(key, "/")
	if first+"/" == setup.PostsPrefix {
		first, _, _ = strings.Cut(rest, "/")
	}
	return first
}
