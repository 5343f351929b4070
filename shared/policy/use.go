package policy

import (
	"slices"
	"strings"
	"time"

	"pronto/shared/calendar"
	"pronto/shared/channel"
)

// Use is how a brand uses a channel.
type Use struct {
	Channel  string
	Enabled  bool          // a channel that is not is only held against the brand's texts
	Language string        // of receipts, where the message's own does not tell
	Rules    channel.Rules // the channel's own, narrowed by what the brand says
	Narrowed bool          // the brand allows less than its network does
	Network  string        // of the custom channel: to which network the bridge leads, whose rules hold; "" for none
	Accounts []Account     // on a network: where the brand is mentioned; the first speaks where nothing else is said
	// ReceiptWithin is for how long after it was written what came from an account still gets a receipt; 0 on channels without accounts.
	ReceiptWithin time.Duration
}

// Use gives how the brand uses a channel; false when it does not. Email is always used.
func (b *Brand) Use(name string) (Use, bool) {
	i := slices.IndexFunc(b.Channels, func(u Use) bool { return u.Channel == name && u.Enabled })
	switch {
	case i >= 0:
		return b.Channels[i], true
	case name == "email":
		return b.email(), true
	}
	return Use{}, false
}

func (b *Brand) email() Use {
	rules, _ := channel.Of("email")
	return Use{Channel: "email", Enabled: true, Language: b.Language, Rules: rules}
}

// brandChannels reads the channels beside email, and the custom one's address.
func (p *parser) brandChannels(o object, b *Brand) {
	b.Channels, b.OfChannel = []Use{b.email()}, map[string]calendar.Calendar{}
	p.uses[b] = map[string]value{}
	if v, ok := o.get("channels"); ok {
		p.each(v, channel.Known(), func(name string, v value) { p.use(name, v, b) })
	}
	v, ok := o.get("hooks")
	if !ok {
		return
	}
	if f, ok := p.object(v, hookKeys); ok {
		if v, ok := f.get("url"); ok {
			b.Hooks.URL, _ = p.matching(v, isHook, "an https address", "write it whole, as in https://desk.acme.example/pronto")
		}
	}
}

func (p *parser) use(name string, v value, b *Brand) {
	p.uses[b][name] = v
	o, ok := p.object(v, useKeys)
	if !ok {
		return
	}
	u := Use{Channel: name, Enabled: true, Language: b.Language}
	u.Rules, _ = channel.Of(name)
	if v, ok := o.get("enabled"); ok {
		word, _ := p.word(v, []string{"true", "false"})
		u.Enabled = word == "true"
		if name == "email" && !u.Enabled {
			p.report(v, "delete the line", "email is always on")
		}
	}
	if u.Enabled && !slices.Contains(Channels, name) {
		p.report(v, "write enabled: false under it to have the texts held against its rules already", "this version does not speak %s yet", name)
	}
	if v, ok := o.get("language"); ok {
		if l, ok := p.language(v); ok && p.hasReceipts(v, l, b) {
			u.Language = l
		}
	}
	p.bridged(o, &u)
	_, u.Narrowed = o.get("limit")
	u.Rules = p.narrow(o, u.Rules)
	p.accounts(v, o, &u)
	if v, ok := o.get("hours"); ok {
		b.OfChannel[name] = p.workingHours(v, b)
	}
	if name == "email" {
		b.Channels[0] = u
		return
	}
	b.Channels = append(b.Channels, u)
}

func (p *parser) hasReceipts(v value, lang string, b *Brand) bool {
	_, ok := b.Receipts[lang]
	if !ok {
		p.report(v, "write them under receipts."+lang+", or choose one of "+strings.Join(builtin, ", "), "there are no receipts in %s", lang)
	}
	return ok
}

// bridged reads to which network a bridge leads: what its posts may be is the network's to say, how surely they arrive the bridge's.
func (p *parser) bridged(o object, u *Use) {
	v, ok := o.get("network")
	if !ok {
		return
	}
	if u.Channel != "custom" {
		p.report(v, "delete it", "only the custom channel is a bridge to another")
		return
	}
	known := slices.DeleteFunc(channel.Known(), func(name string) bool { return name == "email" || name == "custom" })
	name, ok := p.word(v, known)
	if !ok {
		return
	}
	own := u.Rules
	u.Network = name
	u.Rules, _ = channel.Of(name)
	u.Rules.Name, u.Rules.Guarantee, u.Rules.NoFiles, u.Rules.Parts = own.Name, own.Guarantee, own.NoFiles, 0
}

// narrow reads what the brand makes stricter. A channel without a limit may get one, as a bridge to a network needs.
func (p *parser) narrow(o object, r channel.Rules) channel.Rules {
	if v, ok := o.get("limit"); ok {
		most := 100_000
		if r.Limit > 0 {
			most = r.Limit
		}
		r.Limit = p.number(v, 50, most, "a length that "+r.Name+" allows")
		if r.Count == "" {
			r.Count = channel.Graphemes
		}
	}
	if v, ok := o.get("signature"); ok {
		word, _ := p.word(v, []string{string(channel.AgentSigns), string(channel.TeamSigns)})
		if r.TeamSigns() && word == string(channel.AgentSigns) {
			p.report(v, "write team, or delete the line", "on %s only the team may sign: it forbids a person's name on automation", r.Name)
			return r
		}
		r.Signature = channel.Signature(word)
	}
	return r
}
