package desk

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"
)

// Demand is what a customer may demand of what is kept about him: to be forgotten, or a copy of all of it. A lead records it, and the function forget does it. It
// carries ids and counts, and nothing of the customer's: the demand to be forgotten outlives him.
type Demand struct {
	Brand   string     `json:"brand"`
	Contact string     `json:"contact"`
	ID      string     `json:"id"`
	Kind    DemandKind `json:"kind"`
	By      string     `json:"by"`             // the agent who recorded it
	At      time.Time  `json:"at"`             // all until then is meant
	With    []string   `json:"with,omitempty"` // the other contacts of the person: of each the same is demanded, by the same id
	Why     string     `json:"why,omitempty"`
	Done    *time.Time `json:"done,omitempty"`

	Removed   map[string]int `json:"removed,omitempty"`   // of one that was forgotten: how many of what, by the names of Removals
	Forwarded []string       `json:"forwarded,omitempty"` // of one that was forgotten: the hosts of whom his words had been forwarded to

	Key     string         `json:"key,omitempty"`  // of a copy: where it lies, for a while
	Size    int64          `json:"size,omitempty"` // of a copy, in bytes
	Held    map[string]int `json:"held,omitempty"` // of a copy: how many of what is in it
	LeftOut int            `json:"left_out,omitempty"`
}

// DemandKind is what is demanded.
type DemandKind string

// What may be demanded.
const (
	Forget DemandKind = "forget"
	Export DemandKind = "export"
)

// Removals are what may be removed of a contact, as a receipt counts it.
const (
	RemovedCard          = "contact"
	RemovedConversations = "conversations"
	RemovedMessages      = "messages"
	RemovedTurns         = "turns"
	RemovedEffects       = "effects"
	RemovedKeys          = "keys"
	RemovedLabels        = "labels"
	RemovedSurveys       = "surveys" // what was counted of them
	RemovedHeld          = "held"
	RemovedParts         = "participations" // in conversations of others
	RemovedReasons       = "audit_reasons"  // agents' words about him
	RemovedDrafts        = "drafts"         // what agents had begun to write to him, or of him
	RemovedObjects       = "objects"        // of the bucket
	RemovedVersions      = "versions"       // of those objects, old and new
)

// DemandKey names a demand.
type DemandKey struct {
	Brand   string    `json:"brand"`
	Contact string    `json:"contact"`
	At      time.Time `json:"at"`
	ID      string    `json:"id"`
}

// NameOf is the demand's name.
func (d Demand) NameOf() DemandKey { return DemandKey{d.Brand, d.Contact, d.At, d.ID} }

// Each is the demand of each of the person's contacts, first of the one that it was recorded for.
func (d Demand) Each() []Demand {
	all, everybody := []Demand{}, append([]string{d.Contact}, d.With...)
	for _, c := range everybody {
		x := d
		x.Contact, x.With = c, slices.DeleteFunc(slices.Clone(everybody), func(o string) bool { return o == c })
		all = append(all, x)
	}
	return all
}

// Encode is a demand's name as it travels to who does it.
func (k DemandKey) Encode() (string, error) {
	b, err := json.Marshal(k)
	return string(b), err
}

// maxDemand caps a demand's name in bytes.
const maxDemand = 1 << 10

// DecodeDemand reads a demand's name.
func DecodeDemand(body string) (k DemandKey, err error) {
	if len(body) > maxDemand {
		return k, fmt.Errorf("demand of %d bytes: at most %d are read", len(body), maxDemand)
	}
	if err := json.Unmarshal([]byte(body), &k); err != nil {
		return k, fmt.Errorf("decode demand: %w", err)
	}
	if k.Brand == "" || k.Contact == "" || k.ID == "" || k.At.IsZero() {
		return k, errors.New("demand: brand, contact, id or at is missing")
	}
	return k, nil
}

// Tombstone is what is left of a contact that was forgotten: its keyed hash, and until when. Neither a rebuild nor a restored table brings back what came before.
type Tombstone struct {
	Brand   string    `json:"brand"`
	Contact string    `json:"contact"`
	At      time.Time `json:"at"`
}
