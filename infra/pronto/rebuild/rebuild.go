// Package rebuild makes the table anew from what lies in the bucket: mails and mentions as they came, and agents' words. It is for the day on which the table is gone
// and no backup of it is left.
//
// Everything is taken once more in its order of time, by intake's own code and at its own time, and the clocks that would have rung between are rung. So conversations,
// assignments, targets and promises come out as they did: ids are derived and Decide is pure. Nothing is sent (package store, Rebuild), and who was forgotten stays so.
// What agents did without writing (claimed, resolved, snoozed, corrected) is not in the bucket, nor is what became of a mail that left.
//
// The past ends at a time that the caller knows: when the table was lost. Up to then whatever was ordered had its chance to leave. What came later never had: its notice
// waits for intake, or reconcile finds the mail; and clocks that are set for later ring when the desk runs again, late, and what they order is sent.
//
// It may be interrupted and be called again: what is taken is taken once. It must come to its end: until then the clocks of what it has made stand still.
package rebuild

import (
	"cmp"
	"container/heap"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/functions/console/work"
	"pronto/functions/forget/forget"
	"pronto/functions/intake/intake"
	"pronto/shared/account"
	"pronto/shared/channel"
	"pronto/shared/channel/network"
	"pronto/shared/channel/networks"
	"pronto/shared/channel/ses"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// ErrNotEmpty is what Run answers when something is in the table.
var ErrNotEmpty = errors.New("the table is not empty")

// ErrUntil is what Run answers when it is not told when the past ended.
var ErrUntil = errors.New("it takes the time at which the table was lost, and that lies in the past")

// Options of a rebuild.
type Options struct {
	Until    time.Time                   // when the table was lost: what came later is left to intake and reconcile
	Resume   bool                        // go on with one that was interrupted: the table need not be empty
	Progress func(done, of int)          // told now and then; nil: nobody
	Trouble  func(key string, err error) // told of what could not be taken; nil: nobody
}

// Report is what a rebuild did.
type Report struct {
	Mails, Mentions, Answers, Notes int
	Doings                          int // of agents to two conversations or contacts: merged, linked
	Held                            int // mails of which nobody knows to whom they were sent
	LeftOut                         int // of who was forgotten
	Unsigned                        int // agents' words without a note of what they were
	Later                           int // came after Until
	Troubled                        int
	Ticks                           int // clocks that rang meanwhile
	Conversations                   int
}

// rebuild is one under way.
type rebuild struct {
	Options
	Report
	store  *store.Store
	s3     *s3.Client
	bucket string
	policy *policy.Policy
	keys   desk.Keys
	intake *intake.Handler
	at     time.Time // the time that it is in the past

	heads  map[desk.Ref]desk.Conversation
	ours   map[desk.Ref]bool // conversations whose clocks are ours to ring and to arm; those of a restored table that nothing was added to are the desk's
	clocks clocks
	graves *forget.Graves
	gone   map[string]bool // messages that stay forgotten
}

// Run rebuilds into the table of the environment.
func Run(ctx context.Context, s *setup.Setup, o Options) (Report, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Secret, setup.Policy)
	if err != nil {
		return Report{}, err
	}
	if o.Until.IsZero() || o.Until.After(s.Now()) {
		return Report{}, ErrUntil
	}
	o.Until = o.Until.UTC()
	r := &rebuild{Options: o, bucket: env[setup.Bucket], heads: map[desk.Ref]desk.Conversation{}, ours: map[desk.Ref]bool{}, gone: map[string]bool{}}
	if r.policy, err = s.Policy(); err != nil {
		return Report{}, err
	}
	if r.keys, err = s.Keys(ctx); err != nil {
		return Report{}, err
	}
	r.s3 = s.S3()
	past := *s
	past.Now, past.Log = func() time.Time { return r.at }, slog.New(slog.DiscardHandler)
	grave, err := forget.New(ctx, s)
	if err != nil {
		return Report{}, err
	}
	if r.graves, err = grave.Graves(ctx); err != nil {
		return Report{}, err
	}
	what := &store.Rebuild{Known: r.turned, Forgotten: r.graves.Has, Buried: r.buried, LeftOut: func(id string) { r.gone[id] = true; r.LeftOut++ }}
	r.store = store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]).Rebuilding(what)
	if r.intake, err = intake.Rebuilding(ctx, &past, what); err != nil {
		return Report{}, err
	}
	err = r.run(ctx)
	return r.Report, err
}

func (r *rebuild) run(ctx context.Context) error {
	empty, err := r.store.Empty(ctx)
	if err != nil {
		return err
	}
	if !empty && !r.Resume {
		return ErrNotEmpty
	}
	if !empty {
		if err := r.store.Heads(ctx, r.known); err != nil {
			return err
		}
	}
	all, err := r.pieces(ctx)
	if err != nil {
		return err
	}
	for n, p := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if r.Progress != nil && n%1000 == 0 {
			r.Progress(n, len(all))
		}
		if err := r.ring(ctx, p.at); err != nil {
			return err
		}
		r.at = p.at
		if err := p.take(ctx); err != nil {
			r.Troubled++
			if r.Trouble != nil {
				r.Trouble(p.key, err)
			}
		}
	}
	if err := r.ring(ctx, r.Until); err != nil {
		return err
	}
	return r.arm(ctx)
}

// buried tells whether a piece that would be held is of who was forgotten.
func (r *rebuild) buried(ctx context.Context, x desk.Held) bool {
	if !r.graves.Held(ctx, x) {
		return false
	}
	r.LeftOut++
	return true
}

// turned keeps a conversation as a turn of ours has left it.
func (r *rebuild) turned(c desk.Conversation) { r.known(c, true) }

// known keeps a conversation as it is now, and its clock if that is ours.
func (r *rebuild) known(c desk.Conversation, rebuilt bool) {
	r.heads[c.Ref], r.ours[c.Ref] = c, rebuilt
	if rebuilt && c.Next != nil {
		heap.Push(&r.clocks, clock{*c.Next, c.Ref})
	}
}

// maxRings is how often one conversation's clock may ring at one time: a clock that does not move on must not hold up all others.
const maxRings = 100

// ring takes the turns of the clocks that rang until a time.
func (r *rebuild) ring(ctx context.Context, until time.Time) error {
	rung := map[clock]int{}
	for len(r.clocks) > 0 && !r.clocks[0].at.After(until) {
		k := heap.Pop(&r.clocks).(clock)
		c := r.heads[k.ref]
		if c.Next == nil || !c.Next.Equal(k.at) {
			continue // it was set anew since
		}
		if rung[k]++; rung[k] > maxRings {
			continue
		}
		r.at = k.at
		ev := desk.Ticked{Subject: desk.Subject{Ref: k.ref}}
		_, err := r.store.Turn(ctx, ev, func(f desk.Facts) desk.Decision { return desk.Decide(f, ev, r.policy, r.at) })
		if err != nil {
			return err
		}
		r.Ticks++
	}
	return nil
}

// arm lets our clocks run: they are set for a time after the past.
func (r *rebuild) arm(ctx context.Context) error {
	for ref, c := range r.heads {
		r.Conversations++
		if c.Next == nil || !r.ours[ref] {
			continue
		}
		if err := r.store.Arm(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// piece is one thing that came or was written.
type piece struct {
	at   time.Time
	key  string
	take func(context.Context) error
}

// pieces are all that lies in the bucket of the past, in their order.
func (r *rebuild) pieces(ctx context.Context) (all []piece, err error) {
	for _, from := range []struct {
		prefix string
		read   func(context.Context, string, time.Time) (piece, bool, error)
	}{{setup.MailPrefix, r.mail}, {setup.CustomPrefix, r.mention}, {setup.PostsPrefix, r.mention}, {setup.WordsPrefix, r.words}} {
		pages := s3.NewListObjectsV2Paginator(r.s3, &s3.ListObjectsV2Input{Bucket: &r.bucket, Prefix: &from.prefix})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("list the bucket: %w", err)
			}
			for _, o := range page.Contents {
				p, ok, err := from.read(ctx, aws.ToString(o.Key), aws.ToTime(o.LastModified).UTC())
				if err != nil {
					return nil, err
				}
				switch {
				case ok && p.at.After(r.Until):
					r.Later++
				case ok:
					all = append(all, p)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b piece) int { return cmp.Or(a.at.Compare(b.at), strings.Compare(a.key, b.key)) })
	return all, nil
}

// headBytes is how much of a mail is read for its time: SES's block is some 2 KB.
const headBytes = 16 << 10

const maxRaw = 41 << 20

// read gets an object, or its beginning.
func (r *rebuild) read(ctx context.Context, key string, first int) ([]byte, error) {
	in := &s3.GetObjectInput{Bucket: &r.bucket, Key: &key}
	if first > 0 {
		in.Range = aws.String(fmt.Sprintf("bytes=0-%d", first-1))
	}
	out, err := r.s3.GetObject(ctx, in)
	if err != nil {
		return nil, fmt.Errorf("get %s: %w", key, err)
	}
	defer out.Body.Close()
	return io.ReadAll(io.LimitReader(out.Body, maxRaw))
}

// notOurs is what SES puts into the bucket itself.
const notOurs = "AMAZON_SES_SETUP_NOTIFICATION"

// mail is one as SES has stored it, or as poll has fetched it.
func (r *rebuild) mail(ctx context.Context, key string, stored time.Time) (piece, bool, error) {
	id := strings.TrimPrefix(key, setup.MailPrefix)
	if id == notOurs {
		return piece{}, false, nil
	}
	top, err := r.read(ctx, key, headBytes)
	if err != nil {
		return piece{}, false, err
	}
	env, at, ok := mail.Stored(top, id)
	if !ok {
		at = stored
	}
	return piece{at, key, func(ctx context.Context) error {
		n := ses.Notice{ID: id, At: at, Envelope: env, Bucket: r.bucket, Key: key}
		if !ok && !r.fetched(ctx, &n) {
			x := desk.Held{
				Brand: account.NoBrand, ID: r.keys.Message(account.NoBrand, desk.Email, id), At: at, Channel: desk.Email, Reason: desk.HoldNoticeLost, Raw: key,
			}
			if r.buried(ctx, x) {
				return nil
			}
			r.Held++
			return r.store.Hold(ctx, x)
		}
		r.Mails++
		text, err := n.Encode()
		if err != nil {
			return err
		}
		return r.handle(ctx, text)
	}}, true, nil
}

// fetched finds the mailbox from which poll has fetched a mail: its id is made of the two.
func (r *rebuild) fetched(ctx context.Context, n *ses.Notice) bool {
	raw, err := r.read(ctx, n.Key, 0)
	if err != nil {
		return false
	}
	sum := sha256.Sum256(raw)
	for _, b := range r.policy.Brands {
		for _, m := range b.Mailboxes {
			box := r.keys.Message(b.ID, desk.Email, fmt.Sprintf("mailbox %q %q %q", m.Host, m.User, m.Folder))
			if r.keys.Message(b.ID, desk.Email, box+" "+hex.EncodeToString(sum[:])) == n.ID {
				n.Envelope = mail.Delivered(raw, m.Trust)
				n.Envelope.Recipients = []string{m.Address}
				return true
			}
		}
	}
	return false
}

// mention is one event of the custom channel or a network: <prefix>…/<day>/<message id>-<digest>.
func (r *rebuild) mention(_ context.Context, key string, stored time.Time) (piece, bool, error) {
	name, day := path.Base(key), path.Base(path.Dir(key))
	id, _, ok := strings.Cut(name, "-")
	came, err := time.Parse(time.DateOnly, day)
	if !ok || err != nil {
		return piece{}, false, nil
	}
	if desk.Day(stored) != day { // the bucket is a copy: the day is all that is known
		stored = came.Add(12 * time.Hour)
		if stored.After(r.Until) && day == desk.Day(r.Until) {
			stored = r.Until
		}
	}
	return piece{stored, key, func(ctx context.Context) error {
		if r.gone[id] {
			return nil
		}
		n := network.Notice{Channel: networks.ChannelOf(key), ID: id, Bucket: r.bucket, Key: key, ReceivedAt: stored}
		raw, err := r.read(ctx, key, 0)
		if err != nil {
			return err
		}
		m, err := networks.Decode(n.Channel, raw, stored)
		if err != nil {
			return fmt.Errorf("read a mention: %w", err)
		}
		for _, b := range r.policy.Brands {
			if r.keys.Message(b.ID, n.Channel, m.ID) == id {
				n.Brand = b.ID
			}
		}
		if n.Brand == "" {
			return errors.New("it is of no brand of this rule book, or the desk's secret is another")
		}
		text, err := n.Encode()
		if err != nil {
			return err
		}
		r.Mentions++
		if err := r.handle(ctx, text); err != nil {
			r.at = r.at.Add(outOfOrder) // a change without its mention waits, and then is what it is
			return r.handle(ctx, text)
		}
		return nil
	}}, true, nil
}

// outOfOrder is longer than intake lets a change wait for its mention.
const outOfOrder = time.Hour

// handle gives intake one notice.
func (r *rebuild) handle(ctx context.Context, text string) error {
	out, err := r.intake.Handle(ctx, events.SQSEvent{Records: []events.SQSMessage{{
		MessageId: "rebuild", Body: text, Attributes: map[string]string{"ApproximateReceiveCount": "1", "SentTimestamp": fmt.Sprint(r.at.UnixMilli())},
	}}})
	if err == nil && len(out.BatchItemFailures) > 0 {
		err = errors.New("intake does not take it")
	}
	return err
}

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
		Excerpt: mail.Cut(string(text), desk.ExcerptBytes),
	}
	for _, id := range j.Files {
		f, err := work.Uploaded(ctx, r.s3, r.bucket, ref, id)
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
	ev := r.event(act, m, j)
	if ev == nil { // the other conversation was forgotten, or is gone
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
func (r *rebuild) event(act desk.Act, m desk.Message, j work.Journal) desk.Event {
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
	case work.JournalMerge:
		act.Beside = desk.Ref{Brand: j.Brand, Conversation: j.With}
		if _, there := r.heads[act.Beside]; !there {
			return nil
		}
		r.Doings++
		m.Kind = "note"
		return desk.Merged{Act: act, Note: m, Guest: r.heads[act.Ref].Guest.Waits(), Strangers: true}
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
	ev := desk.Started{Act: act, Message: m, Party: channel.Party{Name: j.First.Name, Address: j.First.Address}, Title: j.First.Title, Language: j.First.Language}
	ev.Words, ev.Names = work.Findable(r.keys, j.Brand, j.First.Title, j.First.Name)
	return ev
}

// clock is when a conversation must be looked at.
type clock struct {
	at  time.Time
	ref desk.Ref
}

// clocks are a heap, the next one first.
type clocks []clock

func (c clocks) Len() int           { return len(c) }
func (c clocks) Less(i, j int) bool { return c[i].at.Before(c[j].at) }
func (c clocks) Swap(i, j int)      { c[i], c[j] = c[j], c[i] }

// Push is heap.Interface's.
func (c *clocks) Push(x any) { *c = append(*c, x.(clock)) }

// Pop is heap.Interface's.
func (c *clocks) Pop() any {
	last := (*c)[len(*c)-1]
	*c = (*c)[:len(*c)-1]
	return last
}
