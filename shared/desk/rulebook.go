package desk

import (
	"time"

	"pronto/shared/policy"
)

// RuleBook is a version of the rule book as the table keeps it; what stands in it lies in the bucket, under Sum.
type RuleBook struct {
	Version  string          `json:"version"`          // as decisions carry it
	Sum      string          `json:"sum"`              // SHA-256 of its body in the bucket, in full: what stands can be nothing else than what was agreed to
	File     string          `json:"file"`             // the version of the deployed file that it was made for
	Parent   string          `json:"parent,omitempty"` // the version that it changes, and to which is gone back
	State    RuleState       `json:"state"`
	By       string          `json:"by"` // who proposed it; "deploy" for a deployed file
	At       time.Time       `json:"at"`
	Why      string          `json:"why,omitempty"`
	Reach    policy.Reach    `json:"reach,omitempty"`
	Changes  []policy.Change `json:"changes,omitempty"` // against Parent, the first of them
	Decided  string          `json:"decided,omitempty"` // by whom it was approved, refused or withdrawn
	DecideAt *time.Time      `json:"decided_at,omitempty"`
	Row      int             `json:"-"` // guards the row; 0 for one that is not there yet
}

// RuleState is how far a version has come. The codes are stored.
type RuleState string

// The states.
const (
	RulesDeployed  RuleState = "deployed"  // it came with a deployment, whose pipeline answers for it
	RulesProposed  RuleState = "proposed"  // another lead is asked
	RulesApproved  RuleState = "approved"  // it stands, or has stood, and may stand again
	RulesRefused   RuleState = "refused"   // another lead said no
	RulesWithdrawn RuleState = "withdrawn" // who proposed it took it back
)

// RulesBy is who a deployed file is by.
const RulesBy = "deploy"

// RulesWait is how long a proposal waits for another lead.
const RulesWait = 72 * time.Hour

// Stood tells whether a version may stand without being agreed to once more.
func (r RuleBook) Stood() bool { return r.State == RulesDeployed || r.State == RulesApproved }

// Open tells whether somebody may still agree.
func (r RuleBook) Open(now time.Time) bool {
	return r.State == RulesProposed && now.Sub(r.At) < RulesWait
}

// RuleHead says which version stands where a file is deployed. Each deployed file has one of its own, so that in a roll-out both programs go by the rule book that
// is theirs, and a deployment that is taken back finds its own again.
type RuleHead struct {
	File    string    `json:"file"`
	Version string    `json:"version"`
	Sum     string    `json:"sum"`
	By      string    `json:"by"` // who let it stand
	At      time.Time `json:"at"`
	Since   time.Time `json:"since"` // when the file was first seen
	Row     int       `json:"-"`     // guards the row; 0 for one that is not there yet
}

// RulesRefusal is why a change of the rule book is not done. The codes are the API's.
type RulesRefusal string

// The refusals.
const (
	RulesOwn       RulesRefusal = "own_proposal"
	RulesExpired   RulesRefusal = "proposal_expired"
	RulesOvertaken RulesRefusal = "overtaken"
	RulesEnded     RulesRefusal = "not_proposed"
	RulesUnknown   RulesRefusal = "no_such_version"
	RulesStack     RulesRefusal = "needs_deployment"
	RulesNotYours  RulesRefusal = "not_your_block"
	RulesBroken    RulesRefusal = "broken_rule_book"
	RulesSame      RulesRefusal = "no_change"
	RulesFull      RulesRefusal = "too_many_proposals"
	RulesFirst     RulesRefusal = "nothing_before"
	RulesNever     RulesRefusal = "never_approved"
	RulesStood     RulesRefusal = "has_stood"
)

// Words says it to a lead, with what to do.
func (r RulesRefusal) Words() string {
	return map[RulesRefusal]string{
		RulesOwn:       "who proposed a change cannot agree to it: another lead must, or somebody with the account's credentials (pronto policy approve --stage)",
		RulesExpired:   "the proposal has waited for three days and has expired: propose it again",
		RulesOvertaken: "another version stands now than the one that this was made of: look at what has changed, and propose it anew on top of that",
		RulesEnded:     "it is no proposal, or is none any more",
		RulesUnknown:   "there is no such version",
		RulesStack:     "the stack must know of this (a new domain or brand, a right that it has not given): change policy.yaml and deploy",
		RulesNotYours:  "this reaches beyond the brands whose lead you are",
		RulesBroken:    "the rule book has problems",
		RulesSame:      "it is the same as what stands",
		RulesFull:      "too many proposals wait: agree to some, refuse or withdraw them first",
		RulesFirst:     "nothing stood before it",
		RulesNever:     "this version has never stood: propose it",
		RulesStood:     "this very text has stood before: go back to that version",
	}[r]
}

// Agree tells why a proposal may not be agreed to by an agent now; "" when it may.
func (r RuleBook) Agree(h RuleHead, by string, now time.Time) RulesRefusal {
	switch {
	case r.State != RulesProposed:
		return RulesEnded
	case by == r.By:
		return RulesOwn
	case !r.Open(now):
		return RulesExpired
	case r.Parent != h.Version || r.File != h.File:
		return RulesOvertaken
	}
	return ""
}
