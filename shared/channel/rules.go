package channel

import "slices"

// Count is how a network counts the length of a text.
type Count string

const (
	Runes     Count = "runes"     // Unicode code points
	Graphemes Count = "graphemes" // what a reader takes for one character (UAX #29)
	Bytes     Count = "bytes"     // of UTF-8
	UTF16     Count = "utf16"     // code units of UTF-16
	Weighted  Count = "weighted"  // as X counts: most of Latin, Greek and Cyrillic 1, other scripts and each emoji 2, a link 23
)

// Guarantee is how often a receipt arrives at most or at least, when a try of ours fails midway.
type Guarantee string

const (
	ExactlyOnce Guarantee = "exactly_once"
	AtMostOnce  Guarantee = "at_most_once"
	LookFirst   Guarantee = "look_first"
	MaybeTwice  Guarantee = "maybe_twice"
)

// Words is the guarantee as a support lead reads it.
func (g Guarantee) Words() string {
	switch g {
	case ExactlyOnce:
		return "exactly once: a second try with the same key changes nothing"
	case AtMostOnce:
		return "at most once: the provider drops a second try with the same key"
	case LookFirst:
		return "once, as far as one can see: before a second try the thread is searched for the first"
	case MaybeTwice:
		return "at least once: a second try after a doubtful one is marked as a possible duplicate"
	}
	return string(g)
}

// Signature is who may sign what nobody has written by hand.
type Signature string

const (
	AgentSigns Signature = "agent" // the agent who has the conversation, or the team
	TeamSigns  Signature = "team"  // the team alone: the network forbids a person's name on automation
)

// Audience is whom the network lets us answer unasked.
type Audience string

const (
	Anyone    Audience = "anyone"    // whoever wrote to us
	Mentioned Audience = "mentioned" // only who mentioned us, or answered us
)

// Rules are what one channel can do and allows. The zero value of a field is the freest.
type Rules struct {
	Name      string
	Limit     int   // longest text, by Count; 0 when there is none that a receipt could reach
	Count     Count // "" where Limit is 0
	MaxBytes  int   // a second limit, of UTF-8 bytes; 0: none
	LinkCount int   // what a link counts as, however long it is; 0: as written
	Mentions  bool  // of a mention the name alone counts, without its server
	Handle    int   // to be left free for the author's handle, without which nobody is told of the reply; counted by Count
	Parts     int   // how many posts a person's answer may take, where a longer one is split; 0: one
	One       bool  // one automatic reply to a message; what comes later must be a person's
	Guarantee Guarantee
	Signature Signature
	Answers   Audience
	NoLinks   bool // a receipt holds no link
	NoFiles   bool // an answer carries no attachments
	Bots      bool // the network marks bots, and whoever is marked gets no receipt
	Cost      int  // of one receipt, in millionths of a US dollar
	CostLink  int  // of one with a link in it
}

// TeamSigns reports whether only the team may sign.
func (r Rules) TeamSigns() bool { return r.Signature == TeamSigns }

// rules are kept in the order in which the channels came or will come. Each says where its facts stand; prices are of the date given.
var rules = []Rules{
	// Amazon SES: $0.10 per 1,000 messages (price list of November 2026). No idempotency key; its Send event is waited for before a second try.
	{Name: "email", Guarantee: MaybeTwice, Signature: AgentSigns, Answers: Anyone, Cost: 100, CostLink: 100},
	// A brand's own system, Standard Webhooks: the id of the message is the same on each try, and whoever heeds it takes it once. A bridge
	// to a network has that network's limit, which the policy names.
	{Name: "custom", NoFiles: true, Guarantee: MaybeTwice, Signature: AgentSigns, Answers: Anyone, Bots: true},
	// lexicon app.bsky.feed.post (300 graphemes and 3,000 bytes); putRecord with a chosen rkey is idempotent; the bot guide of bsky-docs
	// wants that the bot was tagged; bots label their profile. Free (November 2026).
	{Name: "bluesky", NoFiles: true, Limit: 300, Count: Graphemes, MaxBytes: 3000, Parts: 10, Guarantee: ExactlyOnce, Signature: AgentSigns, Answers: Mentioned, Bots: true},
	// mastodon/documentation: characters_reserved_per_url 23, Idempotency-Key kept for an hour, which GoToSocial ignores; max_characters is
	// each server's own, 500 unless it says more. Counted in runes, which are never fewer than Mastodon's graphemes. Free (November 2026).
	{Name: "mastodon", NoFiles: true, Limit: 500, Count: Runes, LinkCount: 23, Mentions: true, Handle: 32, Parts: 10, Guarantee: LookFirst, Signature: AgentSigns, Answers: Mentioned, Bots: true},
	// xdevplatform/docs of 22 August 2026: 280 weighted, summoned replies alone, one automated reply an interaction, "cannot impersonate
	// humans"; a summoned reply $0.010, a post with a URL $0.200 (pay per use, since February 2026).
	{Name: "x", NoFiles: true, Limit: 280, Count: Weighted, LinkCount: 23, One: true, Guarantee: LookFirst, Signature: TeamSigns, Answers: Mentioned, NoLinks: true, Bots: true,
		Cost: 10_000, CostLink: 200_000},
	// developers.facebook.com, webhooks of pages: comments on the Page's own posts. No key; no mark on bots. The limit of a comment stands on no
	// page of the reference; 8,000 is what the site takes. Free (November 2026).
	{Name: "facebook", NoFiles: true, Limit: 8000, Count: Runes, Guarantee: LookFirst, Signature: AgentSigns, Answers: Anyone},
	// developers.facebook.com, Instagram platform. 300 is what the API documented for comments in 2014; longer ones may be taken, and shorter
	// ones always are. Free (November 2026).
	{Name: "instagram", NoFiles: true, Limit: 300, Count: Runes, Guarantee: LookFirst, Signature: AgentSigns, Answers: Anyone},
	// Bot API 10.1 of 11 June 2026: 4,096 characters; neither key nor look-up; from.is_bot. UTF-16 units are never fewer than characters. Free.
	{Name: "telegram", NoFiles: true, Limit: 4096, Count: UTF16, Guarantee: MaybeTwice, Signature: AgentSigns, Answers: Anyone, Bots: true},
}

// Of gives the rules of a channel by its name, as in "email"; false when nothing is known of it.
func Of(name string) (Rules, bool) {
	i := slices.IndexFunc(rules, func(r Rules) bool { return r.Name == name })
	if i < 0 {
		return Rules{}, false
	}
	return rules[i], true
}

// Known are the names of all channels with rules, email first.
func Known() []string {
	names := make([]string, len(rules))
	for i, r := range rules {
		names[i] = r.Name
	}
	return names
}
