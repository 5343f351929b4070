package mastodon

import (
	"encoding/json"
	"strings"
	"time"
)

// The entities of the API, as far as the desk reads them. Servers differ: fields are missing, null, or of another type than documented. What matters is
// read leniently, and checked where it is used.

// text is a string that may be null, a number or missing. What is neither is "".
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	var s string
	if len(b) > 0 && b[0] == '"' {
		err := json.Unmarshal(b, &s)
		*t = text(s)
		return err
	}
	if s := string(b); len(s) > 0 && (s[0] >= '0' && s[0] <= '9' || s[0] == '-') {
		*t = text(s)
	}
	return nil
}

// instant is a time of RFC 3339, zero when it is none.
type instant struct{ time.Time }

func (t *instant) UnmarshalJSON(b []byte) error {
	if at, err := time.Parse(time.RFC3339, strings.Trim(string(b), `"`)); err == nil {
		t.Time = at.UTC()
	}
	return nil
}

// MarshalJSON keeps what is not known null.
func (t instant) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return json.Marshal(t.Time)
}

type status struct {
	ID          text       `json:"id"`
	URL         text       `json:"url"`
	URI         text       `json:"uri"`
	EditedAt    instant    `json:"edited_at"`
	InReplyTo   text       `json:"in_reply_to_id"`
	Content     text       `json:"content"`
	SpoilerText text       `json:"spoiler_text"`
	Visibility  text       `json:"visibility"`
	LocalOnly   bool       `json:"local_only"` // GoToSocial: not to leave the server
	Language    text       `json:"language"`
	Account     account    `json:"account"`
	Mentions    []person   `json:"mentions"`
	Media       []medium   `json:"media_attachments"`
	Quote       *quotation `json:"quote"`
}

type account struct {
	ID          text `json:"id"`
	Acct        text `json:"acct"` // "mira" on our server, "mira@social.example" on others
	DisplayName text `json:"display_name"`
	Bot         bool `json:"bot"`
	Locked      bool `json:"locked"`
	Note        text `json:"note"` // HTML
}

type person struct {
	ID   text `json:"id"`
	Acct text `json:"acct"`
}

type medium struct {
	Type        text `json:"type"`
	Description text `json:"description"`
}

// quotation is Mastodon's, since 4.4: of a post that may not be shown there is only the id.
type quotation struct {
	ID     text    `json:"quoted_status_id"`
	Status *status `json:"quoted_status"`
}

func (q *quotation) id() string {
	switch {
	case q == nil:
		return ""
	case q.ID != "":
		return string(q.ID)
	case q.Status != nil:
		return string(q.Status.ID)
	}
	return ""
}

// mentions tells whether a post mentions an account.
func (s *status) mentions(id string) bool {
	for _, m := range s.Mentions {
		if string(m.ID) == id {
			return true
		}
	}
	return false
}

type thread struct {
	Ancestors   []status `json:"ancestors"`
	Descendants []status `json:"descendants"`
}

type instance struct {
	Version       string `json:"version"`
	MaxTootChars  int    `json:"max_toot_chars"` // Pleroma and forks, in v1
	Configuration struct {
		Statuses struct {
			MaxCharacters int `json:"max_characters"`
			PerURL        int `json:"characters_reserved_per_url"`
		} `json:"statuses"`
	} `json:"configuration"`
}
