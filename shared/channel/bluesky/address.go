package bluesky

import (
	"regexp"
	"strings"
	"sync"
)

// posts is the collection of a repository in which its owner's posts are.
const posts = "app.bsky.feed.post"

// ref names a post as it stands: its address, and the digest of its content.
type ref struct {
	URI string `json:"uri"`
	CID string `json:"cid"`
}

// whole tells whether a reference is one that a server takes.
func (r ref) whole() bool {
	_, _, ok := split(r.URI)
	return ok && cidForm().MatchString(r.CID)
}

var (
	// cidForm is what the digest of a record looks like, the only one that there is: version 1, DAG-CBOR, SHA-256, base32, with nothing in its last two bits.
	cidForm  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^bafyrei[a-h][a-z2-7]{50}[aeimquy4]$`) })
	didForm  = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^did:[a-z]+:[A-Za-z0-9._:%-]{1,200}$`) })
	rkeyForm = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9._:~-]{1,512}$`) })
)

func isDID(s string) bool { return didForm().MatchString(s) }

// split takes a post's address apart; ok is false when it is none.
func split(uri string) (did, rkey string, ok bool) {
	rest, at := strings.CutPrefix(uri, "at://")
	parts := strings.Split(rest, "/")
	if !at || len(parts) != 3 || parts[1] != posts || !isDID(parts[0]) || !rkeyForm().MatchString(parts[2]) {
		return "", "", false
	}
	return parts[0], parts[2], true
}

func join(did, rkey string) string { return "at://" + did + "/" + posts + "/" + rkey }

// by tells whether a post's address lies in an account's repository.
func by(did, uri string) bool { return did != "" && strings.HasPrefix(uri, "at://"+did+"/") }
