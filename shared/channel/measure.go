package channel

// Piece is an answer as it is being written, and what of its way makes it longer.
type Piece struct {
	Text string // whole, with its signature
	To   string // the handle of whom it answers, for networks where it stands in each post
}

// Cut takes a piece apart into posts, as the Sender of its channel will; nil where there would be more than an answer may have.
type Cut func(Piece, Rules) []string

// Measure is how an answer stands against a channel's rules. What is refused when it is sent is refused by it, so nobody learns of it later than while typing.
type Measure struct {
	Count    Count  `json:"count"`               // how the channel counts; runes where it has no limit
	Length   int    `json:"length"`              // of all posts, by that count; links as the channel counts them
	Limit    int    `json:"limit,omitempty"`     // of one post; 0: none
	Bytes    int    `json:"bytes"`               // of the text, as UTF-8
	MaxBytes int    `json:"max_bytes,omitempty"` // of one post; 0: none
	Posts    int    `json:"posts"`               // that it becomes; at least so many where it is refused
	MaxPosts int    `json:"max_posts"`           // that it may become
	Cost     int    `json:"cost,omitempty"`      // of all of them, in millionths of a US dollar
	Linked   bool   `json:"linked,omitempty"`    // a link makes it dearer
	Refused  Breach `json:"refused,omitempty"`   // why it cannot leave so; "" when it can
}

// Breach is why a text cannot leave on a channel.
type Breach string

// The breaches.
const (
	TooLong      Breach = "too_long"       // for the one post that an answer may have
	TooManyPosts Breach = "too_many_posts" // it would become more than an answer may have
)

// Words is the breach as an agent reads it.
func (b Breach) Words() string {
	switch b {
	case TooLong:
		return "it is longer than this channel allows"
	case TooManyPosts:
		return "it becomes more posts than an answer may have on this channel"
	}
	return string(b)
}

// Measure holds an answer against the rules. cut is how the channel's adapter makes posts of it; nil where it makes one of each.
func (r Rules) Measure(p Piece, cut Cut) Measure {
	m := Measure{Count: r.Count, Length: r.Length(p.Text), Limit: r.Limit, Bytes: len(p.Text), MaxBytes: r.MaxBytes, Posts: 1, MaxPosts: max(r.Parts, 1)}
	if m.Count == "" {
		m.Count = Runes
	}
	parts := []string{p.Text}
	switch {
	case m.MaxPosts == 1:
		if !r.Fits(p.Text) {
			m.Refused = TooLong
		}
	case r.atLeast(p.Text) > m.MaxPosts: // it is not cut at all: cutting what is far too long would cost more than it tells
		parts = nil
	case cut != nil && p.Text != "":
		if parts = cut(p, r); len(parts) > 0 {
			m.Length = 0
		}
		for _, s := range parts {
			m.Length += r.Length(s) // each has whom it answers, and its number
		}
	}
	if m.Posts = len(parts); m.Posts == 0 {
		m.Posts, m.Refused = max(r.atLeast(p.Text), m.MaxPosts+1), TooManyPosts
	}
	m.cost(r, parts, HasLink(p.Text))
	return m
}

// atLeast is how many posts a text takes if each is full.
func (r Rules) atLeast(text string) int {
	n := 1
	if r.Limit > 0 {
		n = max(n, (r.Length(text)+r.Limit-1)/r.Limit)
	}
	if r.MaxBytes > 0 {
		n = max(n, (len(text)+r.MaxBytes-1)/r.MaxBytes)
	}
	return n
}

func (m *Measure) cost(r Rules, parts []string, linked bool) {
	if len(parts) == 0 {
		return
	}
	for _, p := range parts {
		if HasLink(p) {
			m.Cost += r.CostLink
		} else {
			m.Cost += r.Cost
		}
	}
	m.Linked = linked && r.CostLink > r.Cost
}
