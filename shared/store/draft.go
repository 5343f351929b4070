package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/desk"
)

// What an agent has typed and not sent stands beside what he does, a row for each doing of each conversation: U#brand#agent / conversation#doing, and of letters that open
// one write#start or write-contact#start. While there is something in it the row is in two indexes, under places that never move, so that to write it again costs the row
// alone: of an agent all that he has begun, and of a conversation (or a contact, of a letter) all that anybody has, by which it is forgotten.
//
// It is written over the version that its page has read. The turn of the doing takes it away in its own commit; the row stays for some days, empty and
// a version on, so that what the page had said before it sent, and what is heard only afterwards, brings nothing back.

func draftKey(k desk.DraftKey) item { return row(draftsKey(k.Brand, k.Agent), k.About+"#"+k.Of) }

func draftsKey(brand, agent string) string  { return "U#" + brand + "#" + agent }
func draftPlace(brand, about string) string { return "U#" + brand + "#" + about }
func draftsOf(sort string) (about, of string) {
	about, of, _ = strings.Cut(sort, "#")
	return about, of
}
func draftExpires(at time.Time, gone bool) int64 {
	if gone {
		return at.Add(desk.DraftGone).Unix()
	}
	return at.Add(desk.DraftHolds).Unix()
}

// counted is the attribute that says how often a page had kept what it is the last of.
const counted = "n"

// Drafted is a draft as it is kept.
type Drafted struct {
	desk.DraftKey
	desk.Draft
	Version int    // from 1 on; 0 of one that was never kept
	Page    string // which page has kept it last; "" for a program
	Count   int    // which of that page's writings it is
	Gone    bool   // it was sent, or taken out
	Contact string // of a letter: to whom it goes, as far as that is known
}

func draftIn(i item, k desk.DraftKey) (Drafted, error) {
	x := Drafted{DraftKey: k, Version: int(number(i, seq)), Page: text(i, nonce), Count: int(number(i, counted)), Gone: dropped(i)}
	if x.Gone {
		return x, nil
	}
	return x, content(i, &x.Draft)
}

// Drafts are what an agent has begun, or had, at a conversation or as a letter.
func (s *Store) Drafts(ctx context.Context, brand, agent, about string) (all []Drafted, err error) {
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, ConsistentRead: aws.Bool(true), KeyConditionExpression: aws.String("#p = :p AND begins_with(#s, :about)"),
		ExpressionAttributeNames:  map[string]string{"#p": pk, "#s": sk},
		ExpressionAttributeValues: item{":p": str(draftsKey(brand, agent)), ":about": str(about + "#")},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("read an agent's drafts: %w", err)
		}
		for _, i := range out.Items {
			about, of := draftsOf(text(i, sk))
			x, err := draftIn(i, desk.DraftKey{Brand: brand, Agent: agent, About: about, Of: of})
			if err != nil {
				return nil, err
			}
			all = append(all, x)
		}
	}
	return all, nil
}

// Draft reads one; its version is 0 where there is none.
func (s *Store) Draft(ctx context.Context, k desk.DraftKey) (Drafted, error) {
	key := draftKey(k)
	found, err := s.get(ctx, key)
	if err != nil {
		return Drafted{}, fmt.Errorf("read a draft: %w", err)
	}
	i, ok := found[text(key, pk)+text(key, sk)]
	if !ok {
		return Drafted{DraftKey: k, Gone: true}, nil
	}
	return draftIn(i, k)
}

// maxBegun bounds what is listed of what an agent has begun.
const maxBegun = 200

// Begun names what an agent has begun of a brand's and not sent. It may be a moment behind.
func (s *Store) Begun(ctx context.Context, brand, agent string) (all []desk.DraftKey, err error) {
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(people), Limit: aws.Int32(maxBegun), KeyConditionExpression: aws.String("#p = :p"),
		ExpressionAttributeNames: map[string]string{"#p": g2pk}, ExpressionAttributeValues: item{":p": str(draftsKey(brand, agent))},
	})
	if err != nil {
		return nil, fmt.Errorf("list an agent's drafts: %w", err)
	}
	for _, i := range out.Items {
		about, of := draftsOf(text(i, sk))
		all = append(all, desk.DraftKey{Brand: brand, Agent: agent, About: about, Of: of})
	}
	return all, nil
}

// KeepDraft writes a draft over the version that its page knew, an empty one as gone, and answers with it as it stands then. Where another page or program has kept something
// else meanwhile, or it was sent, it answers ErrMoved with what stands. A page that overtakes itself, since it goes and cannot wait for an answer, is told by its count.
func (s *Store) KeepDraft(ctx context.Context, x Drafted) (Drafted, error) {
	for look := range looks {
		if err := pause(ctx, look); err != nil {
			return x, err
		}
		refused, err := s.keepDraft(ctx, x)
		if err != nil {
			return x, err
		}
		if !refused {
			x.Version++
			return x, nil
		}
		was, err := s.Draft(ctx, x.DraftKey)
		if err != nil {
			return x, err
		}
		own := x.Page != "" && was.Page == x.Page
		switch {
		case was.Gone == x.Gone && was.Draft.Same(x.Draft): // it is there, maybe by this very writing, whose answer was lost
			return was, nil
		case own && was.Count >= x.Count: // what the same page has kept since
			return was, nil
		case was.Version == 0, own, was.Version == x.Version: // it has expired; the page has overtaken itself; a turn was at it and took nothing
			x.Version = was.Version
		default:
			return was, ErrMoved
		}
	}
	return x, ErrBusy
}

func (s *Store) keepDraft(ctx context.Context, x Drafted) (refused bool, err error) {
	i, err := draftRow(x, x.Version+1)
	if err != nil {
		return false, err
	}
	c := guardOf(x.Version > 0, x.Version)
	in := &dynamodb.PutItemInput{TableName: &s.table, Item: i, ConditionExpression: &c.text, ExpressionAttributeNames: c.names}
	if c.values != nil {
		in.ExpressionAttributeValues = c.values
	}
	_, err = s.db.PutItem(ctx, in)
	var moved *types.ConditionalCheckFailedException
	var turning *types.TransactionConflictException // it is being sent: who looks again sees whether it was
	if errors.As(err, &moved) || errors.As(err, &turning) {
		return true, nil
	}
	if err != nil {
		return false, fmt.Errorf("keep a draft: %w", err)
	}
	return false, nil
}

func draftRow(x Drafted, version int) (i item, err error) {
	i = draftKey(x.DraftKey)
	if !x.Gone {
		if i, err = with(i, x.Draft); err != nil {
			return nil, err
		}
		i[g2pk], i[g2sk] = str(draftsKey(x.Brand, x.Agent)), str(x.About+"#"+x.Of)
		about := x.About
		if _, letter := desk.LetterTo(about); letter {
			about = x.Contact
		}
		if about != "" {
			i[g1pk], i[g1sk] = str(draftPlace(x.Brand, about)), str(x.Agent+"#"+x.Of)
		}
	}
	i[seq], i[expires] = num(int64(version)), num(draftExpires(x.At, x.Gone))
	if x.Page != "" {
		i[nonce], i[counted] = str(x.Page), num(int64(x.Count))
	}
	return i, nil
}

// emptied leaves of a draft's row its key alone, a version on and for some days: nothing of what was typed, and no place in an index.
func emptied(table string, key item, at time.Time) *types.Update {
	return &types.Update{
		TableName: &table, Key: key, UpdateExpression: aws.String("SET #exp = :exp ADD #seq :one REMOVE #doc, #a, #b, #c, #d, #by, #n"),
		ExpressionAttributeNames: map[string]string{
			"#exp": expires, "#seq": seq, "#doc": doc, "#a": g1pk, "#b": g1sk, "#c": g2pk, "#d": g2sk, "#by": nonce, "#n": counted,
		},
		ExpressionAttributeValues: item{":exp": num(draftExpires(at, true)), ":one": num(1)},
	}
}

// errDraftStays is that a draft which was sent has been kept anew elsewhere meanwhile: the doing is committed without taking it away.
var errDraftStays = errors.New("the draft was kept anew elsewhere")

// sent takes a draft away in the commit of the doing that it was for: the version that its sender knew, or whatever his own page has kept since, for only who has sent it knows
// what it said. It stands last in its transaction.
func (w *writer) sent(k desk.SentDraft, at time.Time) {
	u := emptied(w.table, draftKey(k.DraftKey), at)
	u.ConditionExpression = aws.String("attribute_not_exists(#doc) OR #seq <= :known")
	u.ExpressionAttributeValues[":known"] = num(int64(k.Version))
	if k.Page != "" {
		*u.ConditionExpression += " OR #by = :page"
		u.ExpressionAttributeValues[":page"] = str(k.Page)
	}
	w.items = append(w.items, types.TransactWriteItem{Update: u})
}

// MoveDraft lets a draft go on elsewhere, as where its conversation was merged: over what stands there, and away from where it was, both or neither. ErrMoved is that either
// has been kept anew since.
func (s *Store) MoveDraft(ctx context.Context, from, to Drafted) error {
	w := &writer{table: s.table}
	w.put(draftRow(to, to.Version+1))
	w.guard(guardOf(to.Version > 0, to.Version))
	w.put(draftRow(Drafted{DraftKey: from.DraftKey, Draft: desk.Draft{At: to.At}, Gone: true}, from.Version+1))
	w.guard(guardOf(true, from.Version))
	err := w.commit(ctx, s.db)
	var refused *types.TransactionCanceledException
	if errors.As(err, &refused) {
		return ErrMoved
	}
	return err
}

// EraseDrafts takes out what agents had begun until a time, by the end of forgetting: at a conversation, or as a letter to a contact. Before the words go what lies elsewhere of them
// goes by with: who dies between is called again, and finds it by the row. That stays as one that was sent, so that a page left open, which knows the version, does not bring the
// words back.
func (s *Store) EraseDrafts(ctx context.Context, brand, about string, until, now time.Time, with func(context.Context, Drafted) error) (gone map[string]int, err error) {
	gone = map[string]int{}
	pages := dynamodb.NewQueryPaginator(s.db, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: aws.String(lists), KeyConditionExpression: aws.String("#p = :p"),
		ExpressionAttributeNames: map[string]string{"#p": g1pk}, ExpressionAttributeValues: item{":p": str(draftPlace(brand, about))},
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return gone, fmt.Errorf("list what was begun at %s: %w", about, err)
		}
		for _, i := range out.Items {
			found, err := s.get(ctx, row(text(i, pk), text(i, sk)))
			if err != nil {
				return gone, err
			}
			for _, is := range found {
				if err := s.eraseDraft(ctx, brand, is, until, now, with, gone); err != nil {
					return gone, err
				}
			}
		}
	}
	return gone, nil
}

func (s *Store) eraseDraft(ctx context.Context, brand string, i item, until, now time.Time, with func(context.Context, Drafted) error, gone map[string]int) error {
	k := desk.DraftKey{Brand: brand, Agent: strings.TrimPrefix(text(i, pk), draftsKey(brand, ""))}
	k.About, k.Of = draftsOf(text(i, sk))
	x, err := draftIn(i, k)
	if err != nil || x.Gone || x.At.After(until) {
		return err
	}
	if err := with(ctx, x); err != nil {
		return err
	}
	u := emptied(s.table, row(text(i, pk), text(i, sk)), now)
	u.ExpressionAttributeValues[":was"] = i[doc]
	_, err = s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: aws.String("#doc = :was"), // unless something else is typed there by then
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
	})
	var other *types.ConditionalCheckFailedException
	switch {
	case err == nil:
		gone[desk.RemovedDrafts]++
	case !errors.As(err, &other):
		return fmt.Errorf("erase a draft: %w", err)
	}
	return nil
}
