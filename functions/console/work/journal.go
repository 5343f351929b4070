package work

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"path"
	"time"

	"pronto/shared/desk"
	"pronto/shared/setup"
)

// What agents have written is in the bucket before the turn that names it. Once that turn is taken, the text is written again with what a rebuild needs in order to take
// the turn once more, were the table lost. What has no such note was never answered, or its writer died before this: a rebuild leaves it out, and a person looks.

// Journal is that note, in the object's metadata.
type Journal struct {
	Brand    string    `json:"b"`
	Kind     string    `json:"k"` // reply, note
	By       string    `json:"w"`
	Name     string    `json:"n"`
	At       time.Time `json:"t"`
	Leaves   time.Time `json:"l,omitzero"` // of a reply that is to leave later
	Then     desk.Then `json:"x,omitzero"`
	Files    []string  `json:"f,omitempty"` // ids of uploads
	Key      string    `json:"i"`           // the request's natural key
	Delivery string    `json:"d"`
}

// journalName is the name of the metadata.
const journalName = "turn"

// maxJournal is what S3 takes of metadata, in bytes.
const maxJournal = 2 << 10

// journal writes the note of an answer or a note that was taken. It is no error when it cannot: the turn is taken.
func (o *order) journal(ctx context.Context, ev desk.Event) {
	var m desk.Message
	j := Journal{Brand: o.brand.ID, By: o.by.ID, Name: o.by.Name, At: o.Now(), Key: o.act.Keys[0], Delivery: o.act.Delivery}
	text := o.text
	switch ev := ev.(type) {
	case desk.Replied:
		m, j.Leaves, j.Then = ev.Message, ev.At, ev.Then
	case desk.Noted:
		m = ev.Message
	case desk.TakenBack: // it is no answer any more
		raw, err := o.Desk.raw(ctx, ev.Was.Raw)
		if err == nil {
			err = o.keep(ctx, ev.Was.Raw, string(raw), nil)
		}
		o.noted(ev.Was.ID, err)
		return
	default:
		return
	}
	j.Kind = m.Kind
	for _, f := range m.Files {
		j.Files = append(j.Files, path.Base(f.Key))
	}
	b, err := json.Marshal(j)
	if err == nil {
		b = []byte(base64.RawURLEncoding.EncodeToString(b))
		if len(b) > maxJournal {
			err = fmt.Errorf("a journal of %d bytes", len(b))
		}
	}
	if err == nil {
		err = o.keep(ctx, m.Raw, text, map[string]string{journalName: string(b)})
	}
	o.noted(m.ID, err)
}

func (o *order) noted(message string, err error) {
	if err != nil {
		o.Log.Error("journal", "message", message, "error", setup.Outermost(err))
	}
}

// ReadJournal reads the note of an object's metadata; ok is false where there is none.
func ReadJournal(metadata map[string]string) (j Journal, ok bool) {
	b, err := base64.RawURLEncoding.DecodeString(metadata[journalName])
	if err != nil || len(b) == 0 || json.Unmarshal(b, &j) != nil {
		return Journal{}, false
	}
	return j, j.Brand != "" && j.By != "" && j.Key != "" && !j.At.IsZero()
}
