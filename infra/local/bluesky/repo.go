package bluesky

import (
	"encoding/json"
	"net/http"
	"regexp"

	"github.com/clipperhouse/uax29/v2/graphemes"
)

var tidForm = regexp.MustCompile(`^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$`)

// putRecord writes under a key.
func (n *Network) putRecord(r request) (any, *refusal) {
	var in struct {
		Repo, Collection, Rkey string
		Record                 json.RawMessage
		SwapRecord             json.RawMessage // absent: whatever is there; null: nothing is; else its digest
	}
	if json.Unmarshal(r.body, &in) != nil || in.Rkey == "" {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest")
	}
	if in.Repo != r.who.did && in.Repo != r.who.handle {
		return nil, refuse(http.StatusUnauthorized, "AuthenticationRequired")
	}
	var sorted map[string]any
	if json.Unmarshal(in.Record, &sorted) != nil || sorted["$type"] != in.Collection {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest")
	}
	record, err := json.Marshal(sorted) // one form of the same content
	if err != nil || in.Collection == postType && (!tidForm.MatchString(in.Rkey) || !valid(record)) {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest")
	}
	uri, cid := "at://"+r.who.did+"/"+in.Collection+"/"+in.Rkey, digest(record)
	was, there := n.record(r.who, in.Collection, in.Rkey)
	if there && digest(was) == cid {
		return ref{uri, cid}, nil
	}
	var swap *string
	if in.SwapRecord != nil {
		if json.Unmarshal(in.SwapRecord, &swap) != nil || (swap != nil) != there || swap != nil && *swap != digest(was) {
			return nil, refuse(http.StatusBadRequest, "InvalidSwap")
		}
	}
	switch {
	case in.Collection != postType:
		r.who.records[in.Collection+"/"+in.Rkey] = record
	case there:
		p := n.at(uri)
		p.write(record)
	default:
		n.add(r.who, in.Rkey, record)
	}
	return ref{uri, cid}, nil
}

// record is what stands under a key.
func (n *Network) record(a *account, collection, key string) (json.RawMessage, bool) {
	if collection == postType {
		if p := n.at("at://" + a.did + "/" + collection + "/" + key); p != nil {
			return p.content, true
		}
		return nil, false
	}
	b, ok := a.records[collection+"/"+key]
	return b, ok
}

func (n *Network) getRecord(r request) (any, *refusal) {
	q := r.URL.Query()
	a := n.by(q.Get("repo"))
	if a == nil {
		return nil, refuse(http.StatusBadRequest, "InvalidRequest")
	}
	b, ok := n.record(a, q.Get("collection"), q.Get("rkey"))
	if !ok {
		return nil, refuse(http.StatusBadRequest, "RecordNotFound")
	}
	return map[string]any{"uri": "at://" + a.did + "/" + q.Get("collection") + "/" + q.Get("rkey"), "cid": digest(b), "value": b}, nil
}

// valid holds a post against the lexicon.
func valid(record json.RawMessage) bool {
	var c content
	if json.Unmarshal(record, &c) != nil || c.CreatedAt.IsZero() || len(c.Text) > 3000 || len(c.Langs) > 3 {
		return false
	}
	length := 0
	for it := graphemes.FromString(c.Text); it.Next(); length++ {
	}
	for _, f := range c.Facets {
		if f.Index.Start < 0 || f.Index.End < f.Index.Start || f.Index.End > len(c.Text) {
			return false
		}
	}
	return length <= 300
}
