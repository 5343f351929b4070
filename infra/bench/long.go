package main

import (
	"context"
	"encoding/base32"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/emersion/go-smtp"

	"pronto/functions/console/session"
	"pronto/infra/local/clock"
	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/wiring"
)

// long measures what an agent opens of a customer who has written very much: a conversation of many messages, and the history and the search where one contact has many
// conversations under one word. All of it is copied from the rows of one mail that the desk has taken.
//
// The desk's clock stands still but for the moments in which the one mail is taken: no schedule wakes anything that reads beside who asks.
type long struct {
	*clocks
	conversation string
	merged       [2]string            // copies of it; the second was merged into the first
	rows         map[string]attr.Item // of the one mail's conversation, by what they are: @, M, E, T, and K of its word; and P of its contact
	contacts     [2]string            // who wrote it, and one like her with nothing but one long conversation
	alone        string               // that conversation
	cookies      []*http.Cookie
}

// measureLong compares few with many, of messages and of conversations.
func measureLong(ctx context.Context, r *report, dir string, messages, conversations int) (err error) {
	if messages == 0 || conversations == 0 {
		return nil
	}
	l, err := openLong(ctx, r, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.d.Close()) }()
	had := [2]int{1, 1}
	for _, n := range [][2]int{{min(few, messages), min(few, conversations)}, {messages, conversations}} {
		began := time.Now()
		if err := l.grow(had, n); err != nil {
			return err
		}
		l.r.add(fmt.Sprintf("loading up to %d messages of one conversation, %d conversations of one contact", n[0], n[1]), time.Since(began).Seconds(), "s")
		for _, p := range l.pages(n[0], n[1]) {
			units, took, err := l.look(ctx, p, looks)
			if err != nil {
				return err
			}
			l.r.add("reads of "+p.name, units, "units")
			l.r.add("time of "+p.name+", p50", ms(took), "ms")
		}
		had = n
	}
	return nil
}

// grow lets the conversations have more messages, and the contact more conversations.
func (l *long) grow(had, n [2]int) error {
	err := l.contact(had[1], n[1])
	for _, c := range append(l.merged[:], l.conversation) {
		err = errors.Join(err, l.talk(c, had[0], n[0]))
	}
	return errors.Join(err, l.talk(l.alone, had[0]-1, n[0], l.contacts[0], l.contacts[1]))
}

// looked is a page that is measured.
type looked struct {
	name, path string
	live       bool // it is open, and asks what is new

	timeline string // the contact whose timeline is read instead, over the API
	before   int    // from which page on, back from its end
}

func (l *long) pages(messages, conversations int) []looked {
	const at = "/console/conversations/"
	return []looked{
		{name: fmt.Sprintf("a conversation's page with %d messages, its contact having %d conversations", messages, conversations), path: at + l.conversation},
		{name: fmt.Sprintf("the same page from the first of %d messages", messages), path: at + l.conversation + "?from=0"},
		{name: fmt.Sprintf("a look at the same open page with %d messages, nothing new", messages), path: at + l.conversation + "?page=bench", live: true},
		{name: fmt.Sprintf("the page of two merged conversations from the first of %d messages each", messages), path: at + l.merged[0] + "?from=0"},
		{name: fmt.Sprintf("the same page with all of its contact's in place of it, %d messages and %d conversations", messages, conversations), path: at + l.conversation + "?history=all"},
		{name: fmt.Sprintf("the end of a contact's timeline with %d conversations", conversations), timeline: l.contacts[0]},
		{name: fmt.Sprintf("the third page of a contact's timeline with %d conversations", conversations), timeline: l.contacts[0], before: 2},
		{name: fmt.Sprintf("the end of a contact's timeline with %d messages in one conversation", messages), timeline: l.contacts[1]},
		{name: fmt.Sprintf("the sixth page of a contact's timeline with %d messages in one conversation", messages), timeline: l.contacts[1], before: 5},
		{name: fmt.Sprintf("a search for a word that %d conversations have", conversations), path: "/console/search?q=suitcase"},
		{name: fmt.Sprintf("a search for the address of a contact with %d conversations", conversations), path: "/console/search?q=" + url.QueryEscape(writer)},
	}
}

// writer is the customer who has written so much.
const writer = "ada@home.example"

// openLong opens a desk, and lets the one mail come.
func openLong(ctx context.Context, r *report, dir string) (*long, error) {
	c, err := openClocks(ctx, r, dir, clock.Stopped(time.Now()))
	if err != nil {
		return nil, err
	}
	l := &long{clocks: c, rows: map[string]attr.Item{}}
	if err := l.mail(ctx); err != nil {
		return nil, errors.Join(err, c.d.Close())
	}
	if err := errors.Join(l.signIn(), l.merge(ctx), l.another(ctx)); err != nil {
		return nil, errors.Join(err, c.d.Close())
	}
	return l, nil
}

// merge makes the two copies, and one of them.
func (l *long) merge(ctx context.Context) error {
	err := l.d.AWS.DynamoDB.Load(wiring.Table, func(yield func(attr.Item) bool) {
		for i := range l.merged {
			l.merged[i] = id(1_000_000_000 + i)
			for _, kind := range []string{"@", "M", "T", "E"} {
				if !yield(changed(l.rows[kind], l.conversation, l.merged[i])) {
					return
				}
			}
		}
	})
	if err != nil {
		return err
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, l.d.URL()+"/api/v1/conversations/"+l.merged[1]+"/merge", strings.NewReader(`{"into":"`+l.merged[0]+`"}`))
	if err != nil {
		return fmt.Errorf("merge two conversations: %w", err)
	}
	r.Header.Set("Authorization", "Bearer dev:ana")
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("merge two conversations: %w", err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		b, _ := io.ReadAll(resp.Body)
		return fmt.Errorf("merge two conversations: %s: %s", resp.Status, b)
	}
	return nil
}

// another makes the contact who has one long conversation: its head tells of as many turns as it may come to have.
func (l *long) another(ctx context.Context) error {
	var head struct {
		Contact string `json:"contact"`
		Opened  string `json:"opened"`
	}
	if err := json.Unmarshal([]byte(value(l.rows["@"], "doc")), &head); err != nil {
		return fmt.Errorf("read the one conversation: %w", err)
	}
	l.contacts, l.alone = [2]string{head.Contact, id(1_000_000_010)}, id(1_000_000_011)
	out, err := l.db.GetItem(ctx, &dynamodb.GetItemInput{TableName: aws.String(wiring.Table), Key: map[string]types.AttributeValue{
		"PK": &types.AttributeValueMemberS{Value: "P#acme#" + head.Contact}, "SK": &types.AttributeValueMemberS{Value: "@"},
	}})
	if err != nil || len(out.Item) == 0 {
		return fmt.Errorf("read the one contact: %w", err)
	}
	text, _ := out.Item["doc"].(*types.AttributeValueMemberS)
	row := attr.Item{}.With("PK", attr.String("P#acme#"+l.contacts[1])).With("SK", attr.String("@")).With("seq", attr.Num("1")).
		With("doc", attr.String(strings.ReplaceAll(text.Value, l.contacts[0], l.contacts[1])))
	opened := `"opened":"` // before all that is written in it
	return l.d.AWS.DynamoDB.Load(wiring.Table, func(yield func(attr.Item) bool) {
		if yield(row) {
			yield(changed(l.rows["@"], opened+head.Opened, opened+"2020-01-01T09:00:00Z", l.conversation, l.alone, l.contacts[0], l.contacts[1]).With("seq", attr.Num("900001")))
		}
	})
}

// before is where a page of a contact's timeline begins, so many pages from its end.
func (l *long) before(ctx context.Context, contact string, pages int) (cursor string, err error) {
	for range pages {
		var page struct{ Cursor string }
		_, _, body, err := l.get(ctx, looked{path: timelineAt(contact, cursor)}, "")
		if err = errors.Join(err, json.Unmarshal(body, &page)); err != nil || page.Cursor == "" {
			return "", fmt.Errorf("a page of a timeline has no other before it: %w", err)
		}
		cursor = page.Cursor
	}
	return cursor, nil
}

func timelineAt(contact, cursor string) string {
	return "/api/v1/contacts/" + contact + "/timeline?cursor=" + url.QueryEscape(cursor)
}

func (l *long) signIn() error {
	at, err := url.Parse(l.d.URL())
	if err != nil {
		return fmt.Errorf("sign in: %w", err)
	}
	rec := httptest.NewRecorder()
	session.New(l.d.Keys, at).Begin(rec, "ana", time.Now())
	l.cookies = rec.Result().Cookies()
	return nil
}

// mail sends it, turns the clock until its receipt has been delivered, and takes the rows that came of it.
func (l *long) mail(ctx context.Context) error {
	c, err := smtp.Dial(l.d.SMTP())
	if err != nil {
		return fmt.Errorf("send a mail: %w", err)
	}
	defer c.Close()
	to := l.d.Policy.Brands[0].Addresses[0]
	text := "From: Ada Marsh <" + writer + ">\r\nTo: " + to + "\r\nSubject: My suitcase\r\nMessage-ID: <1@home.example>\r\n\r\nMy suitcase has not come. When will it?\r\n"
	if err := c.SendMail(writer, []string{to}, strings.NewReader(text)); err != nil {
		return fmt.Errorf("send a mail: %w", err)
	}
	turned, last := time.Duration(0), time.Now()
	return waitingFor(ctx, "the receipt of the one mail", time.Minute, func() (bool, error) {
		if turned < 50*time.Second && time.Since(last) > 50*time.Millisecond { // no schedule wakes anything in less than a minute
			l.d.AWS.Clock.Turn(time.Second)
			turned, last = turned+time.Second, time.Now()
		}
		for _, raw := range l.d.Ledger.Lines() {
			var line struct{ Msg, Event, Kind, State, Conversation string }
			if err := json.Unmarshal(raw, &line); err != nil {
				return false, fmt.Errorf("read the ledger: %w", err)
			}
			if line.Msg == "effect" && line.Kind == "receipt" && line.State == "delivered" {
				l.conversation = line.Conversation
			}
		}
		if l.conversation == "" {
			return false, nil
		}
		return true, l.take(ctx)
	})
}

// take reads the conversation's rows.
func (l *long) take(ctx context.Context) error {
	out, err := l.db.Query(ctx, &dynamodb.QueryInput{
		TableName: aws.String(wiring.Table), KeyConditionExpression: aws.String("PK = :p"), ConsistentRead: aws.Bool(true),
		ExpressionAttributeValues: map[string]types.AttributeValue{":p": &types.AttributeValueMemberS{Value: "C#acme#" + l.conversation}},
	})
	if err != nil {
		return fmt.Errorf("read the one conversation: %w", err)
	}
	for _, i := range out.Items {
		row := attr.Item{}
		for name, v := range i {
			switch v := v.(type) {
			case *types.AttributeValueMemberS:
				row = row.With(name, attr.String(v.Value))
			case *types.AttributeValueMemberN:
				row = row.With(name, attr.Num(v.Value))
			default:
				return fmt.Errorf("attribute %s of the one conversation is a %T", name, v)
			}
		}
		kind := value(row, "SK")[:1]
		if _, had := l.rows[kind]; !had { // of the turns the one that opened it
			l.rows[kind] = row
		}
	}
	if len(l.rows) < 4 {
		return fmt.Errorf("the one conversation has rows of %d kinds", len(l.rows))
	}
	return l.word(ctx)
}

// word takes the row by which the conversation is found under the word of its subject: that of the mail's key, which has none of the conversation's own key in its own. Its copies get one.
func (l *long) word(ctx context.Context) error {
	out, err := l.db.Query(ctx, &dynamodb.QueryInput{
		TableName: aws.String(wiring.Table), IndexName: aws.String("people"), KeyConditionExpression: aws.String("g2p = :w"),
		ExpressionAttributeValues: map[string]types.AttributeValue{":w": &types.AttributeValueMemberS{Value: "F#acme#" + l.d.Keys.Word("acme", "suitcase")}},
	})
	if err != nil || len(out.Items) != 1 {
		return fmt.Errorf("find the one conversation by its word: %d rows: %w", len(out.Items), err)
	}
	row := attr.Item{}
	for _, name := range []string{"g2p", "g2s"} {
		v, _ := out.Items[0][name].(*types.AttributeValueMemberS)
		row = row.With(name, attr.String(v.Value))
	}
	l.rows["K"] = row.With("PK", attr.String("K#acme#email#"+l.conversation)).With("SK", attr.String("@")).With("doc", attr.String("{}"))
	return nil
}

func value(row attr.Item, name string) string {
	for _, f := range row {
		if f.Name == name {
			return f.Value.Str
		}
	}
	return ""
}

// changed is a copy of a row with other strings in it.
func changed(row attr.Item, pairs ...string) attr.Item {
	row, put := slices.Clone(row), strings.NewReplacer(pairs...)
	for i, f := range row {
		if f.Value.Kind == attr.S {
			row[i].Value = attr.String(put.Replace(f.Value.Str))
		}
	}
	return row
}

// id is one of the desk's form.
func id(n int) string {
	b := binary.BigEndian.AppendUint64([]byte{0xbe, 0x9c}, uint64(n))
	return strings.ToLower(base32.StdEncoding.EncodeToString(b))
}

// talk gives a conversation more messages, each with a turn and a receipt, one a second before the first: from (with it) to to (without). In its rows other strings may stand, in pairs.
func (l *long) talk(conversation string, from, to int, pairs ...string) error {
	var m struct {
		ID string    `json:"id"`
		At time.Time `json:"at"`
	}
	var e struct {
		ID      string    `json:"id"`
		Decided time.Time `json:"decided"`
	}
	var turn struct {
		At time.Time `json:"at"`
	}
	if err := errors.Join(json.Unmarshal([]byte(value(l.rows["T"], "doc")), &turn), json.Unmarshal([]byte(value(l.rows["M"], "doc")), &m), json.Unmarshal([]byte(value(l.rows["E"], "doc")), &e)); err != nil {
		return fmt.Errorf("read the one message: %w", err)
	}
	text := func(t time.Time) string { b, _ := t.MarshalText(); return string(b) } // as JSON has it
	const form = "2006-01-02T15:04:05.000Z"                                        // as keys have it
	return l.d.AWS.DynamoDB.Load(wiring.Table, func(yield func(attr.Item) bool) {
		for n := from; n < to; n++ {
			ago := -time.Duration(n) * time.Second
			effect := fmt.Sprintf("%06d-0", 900_000-n) // effects stand in the order of their turns
			copied := func(row attr.Item, more ...string) attr.Item { return changed(row, slices.Concat(pairs, more)...) }
			if !yield(copied(l.rows["T"], m.ID, id(n), text(turn.At), text(turn.At.Add(ago)), value(l.rows["T"], "SK"), fmt.Sprintf("T#%06d", 900_000-n), e.ID, effect, l.conversation, conversation)) ||
				!yield(copied(l.rows["M"], m.ID, id(n), text(m.At), text(m.At.Add(ago)), m.At.Format(form), m.At.Add(ago).Format(form), e.ID, effect, l.conversation, conversation)) ||
				!yield(copied(l.rows["E"], m.ID, id(n), text(e.Decided), text(e.Decided.Add(ago)), e.ID, effect, l.conversation, conversation)) {
				return
			}
		}
	})
}

// contact gives the one contact more conversations, under the same words.
func (l *long) contact(from, to int) error {
	return l.d.AWS.DynamoDB.Load(wiring.Table, func(yield func(attr.Item) bool) {
		for n := from; n < to; n++ {
			for _, kind := range []string{"@", "M", "T", "K"} {
				if !yield(changed(l.rows[kind], l.conversation, id(n))) {
					return
				}
			}
		}
	})
}

// look asks for a page so many times, and gives the least that one asking read and how long the middle one took. An open page is told its version before.
func (l *long) look(ctx context.Context, p looked, times int) (units float64, took time.Duration, err error) {
	tag := ""
	if p.timeline != "" {
		cursor, err := l.before(ctx, p.timeline, p.before)
		if err != nil {
			return 0, 0, err
		}
		p.path = timelineAt(p.timeline, cursor)
	}
	if p.live {
		if _, _, tag, err = l.ask(ctx, p, tag); err != nil {
			return 0, 0, err
		}
	}
	units = -1
	var all []time.Duration
	for range times {
		read, one, now, err := l.ask(ctx, p, tag)
		if err != nil {
			return 0, 0, err
		}
		if all, tag = append(all, one), now; units < 0 || read < units {
			units = read
		}
	}
	slices.Sort(all)
	return units, all[len(all)/2], nil
}

// ask asks for a page once; with a tag, as an open page that knows what it shows.
func (l *long) ask(ctx context.Context, p looked, tag string) (units float64, took time.Duration, now string, err error) {
	before, began := l.units(), time.Now()
	status, now, body, err := l.get(ctx, p, tag)
	known := p.live && tag != "" && status == http.StatusNotModified
	if err != nil || !known && (status != http.StatusOK || !strings.Contains(string(body), "Ada Marsh")) {
		return 0, 0, "", fmt.Errorf("the page %s answers %d, without Ada or not whole: %w", p.path, status, err)
	}
	return l.units() - before, time.Since(began), now, nil
}

// get asks for a page of the console, or of the API.
func (l *long) get(ctx context.Context, p looked, tag string) (status int, now string, body []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, l.d.URL()+p.path, nil)
	if err != nil {
		return 0, "", nil, fmt.Errorf("ask for a page: %w", err)
	}
	if strings.HasPrefix(p.path, "/api/") {
		r.Header.Set("Authorization", "Bearer dev:ana")
	}
	for _, c := range l.cookies {
		r.AddCookie(c)
	}
	if p.live {
		r.Header.Set("HX-Request", "true")
		r.Header.Set("If-None-Match", tag)
	}
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, "", nil, fmt.Errorf("ask for a page: %w", err)
	}
	defer resp.Body.Close()
	body, err = io.ReadAll(resp.Body)
	return resp.StatusCode, resp.Header.Get("ETag"), body, err
}
