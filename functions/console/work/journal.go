package work

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"pronto/shared/desk"
	"pronto/shared/setup"
)

// What agents have written is in the bucket before the turn that names it. Once that turn is taken, the text is written again with what a rebuild needs in order to take
// the turn once more, were the table lost. What has no such note was never answered, or its writer died before this: a rebuild leaves it out, and a person looks.
//
// The first writing is refused where the text lies already, so that a request that comes again takes no note off; the second where it does not lie there as it was
// first written, so that it brings nothing back that has been forgotten meanwhile.

// Journal is that note, in the object's metadata.
type Journal struct {
	Brand    string    `json:"b"`
	Kind     string    `json:"k"` // reply, note, forward; of what was done to two: merge, split, related, unrelated; did: of what was done to one
	By       string    `json:"w"`
	Name     string    `json:"n"`
	At       time.Time `json:"t"`
	Leaves   time.Time `json:"l,omitzero"` // of a reply that is to leave later; until when it was put off
	Then     desk.Then `json:"x,omitzero"`
	Files    []string  `json:"f,omitempty"` // ids of uploads
	Cc       []string  `json:"c,omitempty"` // the contacts who had a copy
	Address  string    `json:"a,omitempty"` // of one who had a copy, in a note of its own
	With     string    `json:"o,omitempty"` // the other conversation or contact, of what was done to two; who was given it
	Consent  bool      `json:"y,omitempty"` // of contacts that were linked: by the customer's own word
	First    *First    `json:"u,omitempty"` // of what an agent wrote first
	Verb     Verb      `json:"v,omitempty"` // of what was done without words, or with a note beside
	Add      []string  `json:"g,omitempty"` // the tags that it put on
	Remove   []string  `json:"h,omitempty"` // and took off
	Shift    string    `json:"p,omitempty"` // of a note: the agent whose shift was handed over with it
	Split    []string  `json:"s,omitempty"` // ids of the messages that were split off
	Key      string    `json:"i"`           // the request's natural key
	Delivery string    `json:"d"`
}

// JournalMerge is the kind of the words, maybe none, that go with a merge.
const JournalMerge = "merge"

// JournalCopy is the kind of the note that says who had a copy of an answer. It lies with the contact, not with the answer, so that it goes when he is forgotten.
const JournalCopy = "copy"

// CopyKey is where the note lies that a contact had a copy of an answer.
func CopyKey(contact, message string) string { return setup.WordsPrefix + contact + "/" + message }

// First is what a conversation that an agent has begun is made of beside its words.
type First struct {
	Address  string `json:"a"`
	Name     string `json:"n,omitempty"`
	Title    string `json:"t"`
	Language string `json:"l"`
}

// journalName is the name of the metadata.
const journalName = "turn"

// maxJournal is what S3 takes of metadata, in bytes.
const maxJournal = 2 << 10

// kept is an agent's text as it lies in the bucket.
type kept struct {
	etag   string
	signed bool // it has its note
}

// keepOnce stores a text unless it lies there already: its key is of the request and its words.
func (d *Desk) keepOnce(ctx context.Context, key, text string) (kept, error) {
	out, err := d.s3.PutObject(ctx, d.plain(key, text, func(in *s3.PutObjectInput) { in.IfNoneMatch = aws.String("*") }))
	if err == nil {
		return kept{etag: aws.ToString(out.ETag)}, nil
	}
	if !unmet(err) {
		return kept{}, fmt.Errorf("keep a text: %w", err)
	}
	head, err := d.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &d.bucket, Key: &key})
	if err != nil {
		return kept{}, fmt.Errorf("look at a text that was kept: %w", err)
	}
	_, signed := ReadJournal(head.Metadata)
	return kept{aws.ToString(head.ETag), signed}, nil
}

// keepAgain stores a text that lies there with other metadata; what does not lie there any more is not brought back.
func (d *Desk) keepAgain(ctx context.Context, key, text, etag string, metadata map[string]string) error {
	_, err := d.s3.PutObject(ctx, d.plain(key, text, func(in *s3.PutObjectInput) { in.IfMatch, in.Metadata = &etag, metadata }))
	if err != nil && !unmet(err) {
		return fmt.Errorf("keep a text: %w", err)
	}
	return nil
}

func (d *Desk) plain(key, text string, on func(*s3.PutObjectInput)) *s3.PutObjectInput {
	in := &s3.PutObjectInput{Bucket: &d.bucket, Key: &key, Body: strings.NewReader(text), ContentType: aws.String("text/plain; charset=utf-8")}
	on(in)
	return in
}

// unmet tells whether S3 refused for a condition: the object is there, is gone, is another, or is being deleted.
func unmet(err error) bool {
	var api smithy.APIError
	return errors.As(err, &api) && slices.Contains([]string{"PreconditionFailed", "NoSuchKey", "ConditionalRequestConflict"}, api.ErrorCode())
}

// journal writes the note of an answer or a note that was taken. It is no error when it cannot: the turn is taken.
func (o *order) journal(ctx context.Context, ev desk.Event) {
	switch ev := ev.(type) {
	case desk.Replied:
		o.sign(ctx, ev.Message, Journal{Leaves: ev.At, Then: ev.Then})
	case desk.Started:
		o.sign(ctx, ev.Message, Journal{Leaves: ev.At, Then: ev.Then, First: &First{ev.Party.Address, ev.Party.Name, ev.Title, ev.Language}})
	case desk.Forwarded:
		o.sign(ctx, ev.Message, Journal{})
	case desk.Noted:
		o.sign(ctx, ev.Message, Journal{})
	case desk.Merged:
		o.sign(ctx, ev.Note, Journal{Kind: JournalMerge, With: ev.Beside.Conversation})
	case desk.Unmerged: // they are two again, also after a rebuild
		if ev.Note.Raw != "" {
			o.sign(ctx, ev.Note, Journal{})
		}
		if ev.Words != "" {
			o.noted(ev.Note.ID, o.unmerge(ctx, ev.Words))
		}
	case desk.Split:
		o.sign(ctx, ev.Note, Journal{Kind: JournalSplit, With: ev.Beside.Conversation, Split: ev.Goes, Then: desk.Then{Priority: ev.Judged.Priority}})
	case desk.Related:
		o.sign(ctx, ev.Note, journalRelated(ev))
	case desk.TakenBack: // it is no answer any more
		o.noted(ev.Was.ID, o.unsign(ctx, ev.Was.Raw))
	default:
		o.did(ctx, ev)
	}
}

// journalAgain writes the note of what was taken before, where who took it died too soon. What was taken back since has none, and gets none.
func (o *order) journalAgain(ctx context.Context, ev desk.Event) {
	switch ev := ev.(type) {
	case desk.Replied:
		if m := o.unsigned(ctx, ev.Message.ID); m != nil {
			ev.Message = *m
			o.journal(ctx, ev)
		}
	case desk.Started:
		if m := o.unsigned(ctx, ev.Message.ID); m != nil {
			ev.Message = *m
			o.journal(ctx, ev)
		}
	case desk.Forwarded:
		if m := o.unsigned(ctx, ev.Message.ID); m != nil {
			ev.Message = *m
			o.journal(ctx, ev)
		}
	case desk.Noted:
		if m := o.unsigned(ctx, ev.Message.ID); m != nil {
			ev.Message = *m
			o.journal(ctx, ev)
		}
	case desk.Merged:
		if ev.Note.Raw != "" && !o.kept.signed && o.conversation.Merged != "" {
			ev.Beside.Conversation = o.conversation.Merged
			o.journal(ctx, ev)
		}
	case desk.Unmerged:
		if ev.Note.Raw != "" {
			m := o.unsigned(ctx, ev.Note.ID)
			if ev.Note = (desk.Message{}); m != nil {
				ev.Note = *m
			}
		}
		if o.conversation.Merged != "" {
			ev.Words = "" // merged once more meanwhile
		}
		o.journal(ctx, ev)
	case desk.Split:
		if !o.kept.signed && slices.ContainsFunc(o.conversation.SplitOff, func(s desk.SplitOff) bool { return s.To == ev.Beside.Conversation }) {
			o.journal(ctx, ev)
		}
	case desk.Related:
		if o.stands(ev) {
			o.journal(ctx, ev)
		}
	case desk.TakenBack:
		if ev.Was.Withdrawn != nil {
			o.journal(ctx, ev)
		}
	case desk.Assigned:
		if ev.Note != nil {
			if ev.Note = o.unsigned(ctx, ev.Note.ID); ev.Note == nil {
				return
			}
		}
		o.journal(ctx, ev)
	default:
		o.journal(ctx, ev)
	}
}

// unsigned is a message as it was taken, if it still stands and its text has no note.
func (o *order) unsigned(ctx context.Context, id string) *desk.Message {
	if o.kept.signed {
		return nil
	}
	m, err := o.store.Message(ctx, o.conversation.Ref, func(m desk.Message) bool { return m.ID == id })
	o.noted(id, err)
	if m == nil || m.Withdrawn != nil {
		return nil
	}
	return m
}

// sign writes the note of a message that was taken.
func (o *order) sign(ctx context.Context, m desk.Message, j Journal) {
	j.Brand, j.Kind, j.By, j.Name, j.At, j.Key, j.Delivery = o.brand.ID, cmp.Or(j.Kind, m.Kind), o.by.ID, o.by.Name, m.At, o.act.Keys[0], o.act.Delivery
	for _, f := range m.Files {
		j.Files = append(j.Files, path.Base(f.Key))
	}
	for _, x := range m.Cc {
		j.Cc = append(j.Cc, x.Contact)
		o.noted(m.ID, o.mark(ctx, CopyKey(x.Contact, m.ID), Journal{Brand: j.Brand, Kind: JournalCopy, By: j.By, At: j.At, Key: j.Key, Address: x.Party.Address}))
	}
	metadata, err := j.metadata()
	if err == nil {
		err = o.keepAgain(ctx, m.Raw, o.text, o.kept.etag, metadata)
	}
	o.noted(m.ID, err)
}

func (j Journal) metadata() (map[string]string, error) {
	b, err := json.Marshal(j)
	if err != nil {
		return nil, fmt.Errorf("encode a journal: %w", err)
	}
	s := base64.RawURLEncoding.EncodeToString(b)
	if len(s) > maxJournal {
		return nil, fmt.Errorf("a journal of %d bytes", len(s))
	}
	return map[string]string{journalName: s}, nil
}

// unsign takes the note off a text.
func (o *order) unsign(ctx context.Context, key string) error {
	return o.signAnew(ctx, key, func(Journal, string) (map[string]string, error) { return nil, nil })
}

// unmerge makes of a merge's words a note like any other, so that a rebuild merges nothing; where there are none, nothing.
func (o *order) unmerge(ctx context.Context, key string) error {
	return o.signAnew(ctx, key, func(j Journal, text string) (map[string]string, error) {
		if text == "" {
			return nil, nil
		}
		j.Kind, j.With = "note", ""
		return j.metadata()
	})
}

// signAnew changes the note of a text that has one.
func (o *order) signAnew(ctx context.Context, key string, change func(j Journal, text string) (map[string]string, error)) error {
	out, err := o.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.bucket, Key: &key})
	if err != nil && unmet(err) {
		return nil // forgotten since
	}
	if err != nil {
		return fmt.Errorf("get a text: %w", err)
	}
	defer out.Body.Close()
	j, signed := ReadJournal(out.Metadata)
	if !signed {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(out.Body, maxRaw))
	if err != nil {
		return fmt.Errorf("read a text: %w", err)
	}
	metadata, err := change(j, string(text))
	if err != nil {
		return err
	}
	return o.keepAgain(ctx, key, string(text), aws.ToString(out.ETag), metadata)
}

func (o *order) noted(message string, err error) {
	if err != nil {
		o.unnoted = err
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
