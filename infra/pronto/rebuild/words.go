package rebuild

import (
	"context"
	"errors"
	"fmt"
	"path"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/functions/console/work"
	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/store"
)

// words are an agent's: an answer or a note, out/<conversation>/<message>.
func (r *rebuild) words(ctx context.Context, key string, _ time.Time) (piece, bool, error) {
	head, err := r.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &r.bucket, Key: &key})
	if err != nil {
		return piece{}, false, fmt.Errorf("look at %s: %w", key, err)
	}
	j, ok := work.ReadJournal(head.Metadata)
	if !ok {
		r.Unsigned++
		return piece{}, false, nil
	}
	if j.Kind == work.JournalCopy { // read with its answer
		return piece{}, false, nil
	}
	if j.Kind == work.JournalSame || j.Kind == work.JournalApart {
		return piece{j.At, key, func(ctx context.Context) error { return r.linked(ctx, path.Base(path.Dir(key)), j) }}, true, nil
	}
	return piece{j.At, key, func(ctx context.Context) error { return r.written(ctx, key, j) }}, true, nil
}

// linked makes one person of two contacts once more, or two of one. Who was forgotten is nobody's person any more. Why the agent thought so was in the table alone.
func (r *rebuild) linked(ctx context.Context, contact string, j work.Journal) error {
	if r.graves.Has(j.Brand, contact, j.At) || j.With != "" && r.graves.Has(j.Brand, j.With, j.At) {
		r.LeftOut++
		return nil
	}
	once := store.Once{Channel: work.Agents, Key: j.Key, Digest: j.Delivery}
	c := desk.Change{Brand: j.Brand, ID: j.Key, At: j.At, By: j.By, Name: desk.ContactUnlinked, About: contact}
	var err error
	if j.Kind == work.JournalApart {
		_, err = r.store.Unlink(ctx, contact, c, once)
	} else {
		c.Name, c.With = desk.ContactLinked, []string{j.With}
		_, err = r.store.Link(ctx, contact, j.With, desk.Identity{By: j.By, At: j.At, Consent: j.Consent}, c, once)
	}
	r.Doings++
	return err
}

// written takes the turn of an agent's words once more.
func (r *rebuild) written(ctx context.Context, key string, j work.Journal) error {
	ref := desk.Ref{Brand: j.Brand, Conversation: path.Base(path.Dir(key))}
	if _, there := r.heads[ref]; !there && j.First == nil { // who was answered was forgotten, or his mail is gone
		r.LeftOut++
		return nil
	}
	text, err := r.read(ctx, key, 0)
	if err != nil {
		return err
	}
	m := desk.Message{
		ID: path.Base(key), Direction: "out", Kind: j.Kind, At: j.At, Author: channel.Party{Name: j.Name, Address: j.By}, Raw: key,
		Excerpt: mail.Cut(string(text), desk.ExcerptBytes), Shift: j.Shift,
	}
	uploads := ref
	if j.First != nil {
		uploads = work.Letters(r.keys, j.Brand, j.By)
	}
	for _, id := range j.Files {
		f, err := work.Uploaded(ctx, r.s3, r.bucket, uploads, id)
		if err != nil {
			continue // it was removed by its age
		}
		m.Files = append(m.Files, f)
	}
	m.Attachments = len(j.Files)
	for _, contact := range j.Cc {
		if r.graves.Has(j.Brand, contact, j.At) { // what he had is not told of him any more
			continue
		}
		if address := r.copied(ctx, contact, m.ID); address != "" {
			m.Cc = append(m.Cc, desk.Cc{Contact: contact, Party: channel.Party{Address: address}})
		}
	}
	act := desk.Act{
		Subject: desk.Subject{Ref: ref, Channel: work.Agents, Keys: []string{j.Key}, Delivery: j.Delivery}, By: policy.Assignee{ID: j.By, Name: j.Name},
	}
	ev := r.event(ctx, act, m, j)
	if ev == nil { // the other conversation was forgotten, or is gone; or who was given it
		r.LeftOut++
		return nil
	}
	d, err := r.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, r.policy, r.at) })
	if err == nil && d.Refused != "" {
		err = errors.New(d.Refused.Words())
	}
	return err
}

// copied is the address of one who had a copy of an answer; empty where its note is gone.
func (r *rebuild) copied(ctx context.Context, contact, message string) string {
	head, err := r.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &r.bucket, Key: aws.String(work.CopyKey(contact, message))})
	if err != nil {
		return ""
	}
	j, _ := work.ReadJournal(head.Metadata)
	return j.Address
}

// event is what an agent did whose words these are; nil where that was done to two conversations and one of them is not there.
func (r *rebuild) event(ctx context.Context, act desk.Act, m desk.Message, j work.Journal) desk.Event {
	if j.First != nil {
		return r.started(act, m, j)
	}
	switch j.Kind {
	case "reply":
		r.Answers++
		return desk.Replied{Act: act, Message: m, At: j.Leaves, Then: j.Then}
	case desk.KindForward:
		if len(m.Cc) == 0 { // who had it was forgotten since
			return nil
		}
		r.Answers++
		act.Contact = m.Cc[0].Contact
		return desk.Forwarded{Act: act, Message: m, To: m.Cc[0]}
	case work.JournalSplit:
		return r.split(ctx, act, m, j)
	case work.JournalMerge:
		act.Beside = desk.Ref{Brand: j.Brand, Conversation: j.With}
		if _, there := r.heads[act.Beside]; !there {
			return nil
		}
		r.Doings++
		m.Kind = "note"
		return desk.Merged{Act: act, Note: m, Guest: r.heads[act.Ref].Guest.Waits(), Strangers: true}
	}
	if j.Kind == work.JournalDid {
		return r.did(act, m, j)
	}
	if j.Kind == work.JournalRelated || j.Kind == work.JournalUnrelated {
		return r.related(act, m, j)
	}
	r.Notes++
	return desk.Noted{Act: act, Message: m}
}

// related is an agent saying that two have to do with each other, or have not; nil where the other was forgotten since, or is gone: then nothing names it.
func (r *rebuild) related(act desk.Act, m desk.Message, j work.Journal) desk.Event {
	act.Beside = desk.Ref{Brand: j.Brand, Conversation: j.With}
	if _, there := r.heads[act.Beside]; !there {
		return nil
	}
	r.Doings++
	m.Kind = "note"
	return desk.Related{Act: act, Other: j.With, Apart: j.Kind == work.JournalUnrelated, Note: m}
}

// started is what an agent wrote first; nil where who was written to was forgotten since.
func (r *rebuild) started(act desk.Act, m desk.Message, j work.Journal) desk.Event {
	act.Contact = r.keys.Contact(j.Brand, desk.Email, mail.Mailbox(j.First.Address))
	if r.graves.Has(j.Brand, act.Contact, j.At) {
		return nil
	}
	r.Answers++
	m.Subject = j.First.Title
	ev := desk.Started{Act: act, Message: m, Party: channel.Party{Name: j.First.Name, Address: j.First.Address}, Title: j.First.Title, Language: j.First.Language, At: j.Leaves, Then: j.Then}
	ev.Words, ev.Names = work.Findable(r.keys, j.Brand, j.First.Title, j.First.Name)
	return ev
}

// did is what an agent did without words, or with a note beside; nil where who was given the conversation has gone.
func (r *rebuild) did(act desk.Act, m desk.Message, j work.Journal) desk.Event {
	var note *desk.Message
	if m.Excerpt != "" {
		m.Kind, note = "note", &m
	}
	ev := work.Did(r.policy, act, r.heads[act.Ref].Contact, j, note)
	if ev != nil {
		r.Doings++
	}
	return ev
}
