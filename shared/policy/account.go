package policy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pronto/shared/channel"
)

// Account is a brand's own at a network. What it takes to use it is in Secrets Manager, written by pronto connect under channel:handle.
type Account struct {
	Handle string // in full and bare: acme.example on Bluesky, care@social.example on Mastodon
	Server string // base URL without a slash at its end
	Limit  int    // what its server allows of a post, as pronto connect says; 0: what the network does
}

// Account gives how an account is known to the brand, by its handle; "" means the first. false when the brand has none of that name.
func (u Use) Account(handle string) (Account, bool) {
	for _, a := range u.Accounts {
		if handle == "" || a.Handle == handle {
			return a, true
		}
	}
	return Account{}, false
}

// RulesAt are the rules for what leaves from an account; "" means the first. A server may allow longer posts than its network usually does.
func (u Use) RulesAt(handle string) channel.Rules {
	r := u.Rules
	if a, ok := u.Account(handle); ok && a.Limit > 0 && !u.Narrowed {
		r.Limit = a.Limit
	}
	return r
}

// OwnAccount tells whether a handle on a channel is an account of any of the desk's brands.
func (p *Policy) OwnAccount(channel, handle string) bool {
	handle = strings.ToLower(handle)
	return handle != "" && slices.ContainsFunc(p.Brands, func(b *Brand) bool {
		u, _ := b.Use(channel)
		_, own := u.Account(handle)
		return own
	})
}

var accountKeys = []string{"handle", "server", "limit"}

const (
	maxAccounts   = 10             // of a brand on a channel: each is polled four times a minute
	receiptWithin = 12 * time.Hour // where the brand names no time
	blueskyServer = "https://bsky.social"
)

// Networks are the channels on which a brand has accounts.
var Networks = []string{"bluesky", "mastodon"}

// accounts reads the accounts of a channel that has such, and by when what they are told gets a receipt.
func (p *parser) accounts(v value, o object, u *Use) {
	network := slices.Contains(Networks, u.Channel)
	if network {
		u.ReceiptWithin = receiptWithin
	}
	list, ok := o.get("accounts")
	switch {
	case ok && !network:
		p.report(list, "delete it", "%s has no accounts of its own", u.Channel)
	case ok:
		for _, item := range p.list(list, maxAccounts) {
			f, ok := p.object(item, accountKeys)
			if !ok {
				continue
			}
			a := p.account(f, u.Channel)
			if a.Handle != "" && p.take(item, "account", u.Channel+":"+a.Handle) {
				u.Accounts = append(u.Accounts, a)
			}
		}
	case network && u.Enabled:
		p.report(v, "name the brand's account under it, as in accounts: [{handle: "+handleExample(u.Channel)+"}]", "no account is named")
	}
	if v, ok := o.get("receipt_within"); ok {
		if !network {
			p.report(v, "delete it", "%s has no accounts of its own", u.Channel)
			return
		}
		u.ReceiptWithin = p.span(v, time.Minute, 7*24*time.Hour)
	}
}

// NewAccount makes an account of a handle and a server as somebody has written them; "" is the handle's own server.
func NewAccount(network, handle, server string) (a Account, err error) {
	a, ok := accountOf(network, handle)
	switch {
	case !ok:
		return a, fmt.Errorf("%s is no handle on %s: write it in full, as in %s", quote(handle), network, handleExample(network))
	case server != "" && !isHook(server):
		return a, fmt.Errorf("%s is no https address: write the server whole, as in https://social.example", quote(server))
	case server != "":
		a.Server = strings.TrimRight(server, "/")
	}
	return a, nil
}

func accountOf(network, handle string) (a Account, ok bool) {
	a.Handle = strings.ToLower(strings.TrimPrefix(handle, "@"))
	user, domain := split(a.Handle)
	if network == "bluesky" {
		user, domain = "-", a.Handle
	}
	if user == "" || strings.ContainsAny(user, " :/#@") || !isDomain(domain) {
		return Account{}, false
	}
	a.Server = "https://" + domain
	if network == "bluesky" {
		a.Server = blueskyServer
	}
	return a, true
}

func (p *parser) account(f object, network string) (a Account) {
	v, ok := f.need("handle", "name the account, as in "+handleExample(network))
	if !ok {
		return a
	}
	s, ok := p.text(v, 320)
	if !ok {
		return a
	}
	if a, ok = accountOf(network, s); !ok {
		p.report(v, "write it in full, as in "+handleExample(network), "%s is no handle on %s", quote(s), network)
		return a
	}
	if v, ok := f.get("server"); ok {
		a.Server, _ = p.matching(v, isHook, "an https address", "write it whole, as in https://social.example")
		a.Server = strings.TrimRight(a.Server, "/")
	}
	if v, ok := f.get("limit"); ok && network == "mastodon" {
		a.Limit = p.number(v, 50, 100_000, "the longest post that its server takes")
	} else if ok {
		p.report(v, "delete it", "%s has one limit for all", network)
	}
	return a
}

func handleExample(network string) string {
	if network == "mastodon" {
		return "care@social.example"
	}
	return "acme.example"
}
