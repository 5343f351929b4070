package store

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/policy"
)

const (
	// relayGrace is how long a new effect may take over stream and lane before the sweep looks after it.
	relayGrace = 2 * time.Minute
	// Patience is how long a claim that never said how it ended is believed to be under way: the provider's own event of acceptance comes within it.
	Patience = 2 * time.Minute
	// sweepGrace is how long an effect that the sweep put on its lane again is left alone.
	sweepGrace = time.Minute
)

// Attributes of an effect's row beside its content.
const (
	state    = "state"
	attempts = "n"
	claimed  = "at" // Unix milliseconds
	unsure   = "maybe"
	stayed   = "stay"
	nonce    = "by" // tells a claimer its own claim, should the answer have been lost
	provider = "prov"
	failure  = "why"
	reported = "rep"    // what the provider said of its delivery
	signer   = "signer" // who signs it in place of whom it was decided for, who has left since: an assignee
)

func effectRow(e desk.Effect) (item, error) {
	i, err := with(row(conversationKey(e.Ref), effectKey(e.ID)), e)
	if err != nil {
		return nil, err
	}
	listHook(i, e)
	i[state] = str(string(desk.Queued))
	i[g3pk], i[g3sk] = str("D#"+shard(e.Conversation)), str(nextTry(e.Decided.Add(grace(e)), e.Lane))
	return i, nil
}

// grace is how long the sweep leaves a new effect alone; a page's ends when the next step is due to be called in its place.
func grace(e desk.Effect) time.Duration {
	if e.Page != nil {
		return desk.PageWatch
	}
	return relayGrace
}

func nextTry(at time.Time, lane string) string { return stamp(at) + "#" + lane }

func effectOf(i item) (desk.Effect, error) {
	var e desk.Effect
	if err := content(i, &e); err != nil {
		return e, err
	}
	e.State, e.Attempts = desk.State(text(i, state)), int(number(i, attempts))
	e.Claimed = time.UnixMilli(number(i, claimed)).UTC()
	e.Provider, e.Why, e.Report = text(i, provider), text(i, failure), channel.Report(text(i, reported))
	_, e.Unsure = i[unsure]
	if at := number(i, replayed); at != 0 {
		e.Replayed = time.UnixMilli(at).UTC()
	}
	_, e.Stayed = i[stayed]
	by := e.Signs()
	if raw := text(i, signer); raw != "" && by != nil {
		return e, json.Unmarshal([]byte(raw), by)
	}
	return e, nil
}

// Sign keeps who signs an effect in place of whom it was decided for, before it leaves: pages show what the customer reads, and another try bears the same name. It is the claimer's alone.
func (s *Store) Sign(ctx context.Context, e desk.Effect, by policy.Assignee) error {
	raw, err := json.Marshal(by)
	if err != nil {
		return err
	}
	_, err = s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(e.Ref), effectKey(e.ID)),
		UpdateExpression: aws.String("SET #signer = :by"), ConditionExpression: aws.String("#state = :sending AND #at = :claimed"),
		ExpressionAttributeNames:  map[string]string{"#signer": signer, "#state": state, "#at": claimed},
		ExpressionAttributeValues: item{":by": str(string(raw)), ":sending": str(string(desk.Sending)), ":claimed": num(e.Claimed.UnixMilli())},
	})
	return err
}

// Claim moves an effect to sending, for one caller only, and returns it. mine is false when there is nothing for this caller to do: it is done, or another
// has it. An effect that has been sending for longer than Patience is claimed again, as a possible duplicate: its sender died between the call and the record.
func (s *Store) Claim(ctx context.Context, r desk.Ref, id string, now time.Time) (e desk.Effect, mine bool, err error) {
	by := rand.Text()
	e, mine, err = s.claim(ctx, r, id, by, now, condition{
		text: "#state = :from", names: map[string]string{"#state": state}, values: item{":from": str(string(desk.Queued))},
	}, "")
	if mine || err != nil || e.State != desk.Sending || now.Sub(e.Claimed) < patience(e.Attempts) {
		return e, mine, err
	}
	return s.claim(ctx, r, id, by, now, condition{
		text: "#state = :from AND #at = :seen", names: map[string]string{"#state": state},
		values: item{":from": str(string(desk.Sending)), ":seen": num(e.Claimed.UnixMilli())},
	}, ", #unsure = :yes")
}

// maxPatience caps the pauses between tries whose end nobody knows.
const maxPatience = time.Hour

// patience grows with the tries: a provider whose answers and events are both lost must not have a customer written to every two minutes.
func patience(attempts int) time.Duration {
	return min(Patience<<min(max(0, attempts-2), 8), maxPatience)
}

func (s *Store) claim(ctx context.Context, r desk.Ref, id, by string, now time.Time, when condition, also string) (desk.Effect, bool, error) {
	when.names["#at"], when.names["#n"], when.names["#by"], when.values[":by"] = claimed, attempts, nonce, str(by)
	when.values[":sending"], when.values[":now"], when.values[":one"] = str(string(desk.Sending)), num(now.UnixMilli()), num(1)
	if also != "" {
		when.names["#unsure"], when.values[":yes"] = unsure, num(1)
	}
	out, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(r), effectKey(id)),
		UpdateExpression:    aws.String("SET #state = :sending, #at = :now, #by = :by" + also + " ADD #n :one"),
		ConditionExpression: &when.text, ExpressionAttributeNames: when.names, ExpressionAttributeValues: when.values,
		ReturnValues: types.ReturnValueAllNew, ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	switch {
	case errors.As(err, &refused) && refused.Item == nil:
		return desk.Effect{}, false, nil // no such effect: forgotten
	case errors.As(err, &refused):
		// The SDK repeats a call whose answer was torn: what then refuses is our own claim.
		e, err := effectOf(refused.Item)
		return e, err == nil && text(refused.Item, nonce) == by, err
	case err != nil:
		return desk.Effect{}, false, fmt.Errorf("claim effect %s: %w", id, err)
	}
	e, err := effectOf(out.Attributes)
	return e, err == nil, err
}

// Settle records that the provider accepted the effect, and the thread key under which the customer's answer will name it. It may be called by the
// sender and by the provider's own event, in any order and any number of times.
func (s *Store) Settle(ctx context.Context, e desk.Effect, threadKey, providerID string) error {
	k, err := with(row(naturalKey(e.Brand, e.Channel, threadKey), head), taken{
		Provider: providerID, Conversation: e.Conversation, Contact: e.Contact, Effect: e.ID,
	})
	if err != nil {
		return err
	}
	u := s.finish(e, desk.Accepted, "out#", provider, providerID)
	// The provider's word may come when we have ceased to wait for it, or were refused when we tried again: it has the mail all the same.
	u.ConditionExpression = aws.String("#state = :sending OR (#state = :queued AND attribute_exists(#unsure)) OR (#state = :failed AND #why = :silent) OR (#state = :cancelled AND #why = :answered AND attribute_exists(#unsure))")
	u.ExpressionAttributeNames["#unsure"], u.ExpressionAttributeNames["#why"] = unsure, failure
	u.ExpressionAttributeValues[":queued"], u.ExpressionAttributeValues[":failed"] = str(string(desk.Queued)), str(string(desk.Failed))
	u.ExpressionAttributeValues[":silent"] = str(desk.NoAnswer)
	u.ExpressionAttributeValues[":cancelled"], u.ExpressionAttributeValues[":answered"] = str(string(desk.Cancelled)), str(string(desk.Answered))
	// Two writes and no transaction, which would cost twice as much. The key is first: an effect that is settled has its key, and a key whose effect is not settled yet
	// leads back all the same, for the mail has left. Of a mail that left twice both keys stay: the customer may answer either.
	if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: k}); err != nil {
		return fmt.Errorf("keep the thread key of effect %s: %w", e.ID, err)
	}
	if err := s.called(ctx, e); err != nil { // a page's third, for the same reason as the first
		return err
	}
	_, err = s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: u.ConditionExpression,
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return s.settled(ctx, e, k, refused)
	}
	if err != nil {
		return fmt.Errorf("settle effect %s: %w", e.ID, err)
	}
	return nil
}

// settled judges a refusal by what the refusal itself shows: an effect that is done already is as it should be. The key of one that was forgotten meanwhile expires: nobody who sends may delete.
func (s *Store) settled(ctx context.Context, e desk.Effect, key item, refused *types.ConditionalCheckFailedException) error {
	if refused.Item == nil {
		key[expires] = num(e.Claimed.Unix())
		if _, err := s.db.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.table, Item: key}); err != nil {
			return fmt.Errorf("take back the thread key of effect %s: %w", e.ID, err)
		}
		return nil
	}
	now, err := effectOf(refused.Item)
	if err != nil {
		return err
	}
	if !now.Gone() {
		return fmt.Errorf("settle effect %s: %w", e.ID, refused)
	}
	return nil
}

// finish takes an effect that is under way out of the open index and enters it in the day's sum.
func (s *Store) finish(e desk.Effect, to desk.State, sum, attribute, value string) *types.Update {
	return &types.Update{
		TableName: &s.table, Key: row(conversationKey(e.Ref), effectKey(e.ID)),
		UpdateExpression:    aws.String("SET #state = :to, #a = :a, #day = :day, #sum = :sum REMOVE #next, #when"),
		ConditionExpression: aws.String("#state = :sending"),
		ExpressionAttributeNames: map[string]string{
			"#state": state, "#a": attribute, "#day": g1pk, "#sum": g1sk, "#next": g3pk, "#when": g3sk,
		},
		ExpressionAttributeValues: item{
			":to": str(string(to)), ":a": str(value), ":sending": str(string(desk.Sending)),
			":day": str(dayKey(e.Brand, e.Day, e.Conversation)), ":sum": str(sum + e.Conversation + "#" + e.ID),
		},
	}
}

// Fail records that the provider will never take the effect, with a code that a person sees.
func (s *Store) Fail(ctx context.Context, e desk.Effect, why string) error {
	u := s.finish(e, desk.Failed, "fail#", failure, why)
	u.ExpressionAttributeNames["#at"], u.ExpressionAttributeValues[":seen"] = claimed, num(e.Claimed.UnixMilli())
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: u.TableName, Key: u.Key, UpdateExpression: u.UpdateExpression, ConditionExpression: aws.String(*u.ConditionExpression + " AND #at = :seen"),
		ExpressionAttributeNames: u.ExpressionAttributeNames, ExpressionAttributeValues: u.ExpressionAttributeValues,
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return nil // another hand has moved it on
	}
	if err != nil {
		return fmt.Errorf("fail effect %s: %w", e.ID, err)
	}
	return nil
}

// Release gives a claimed effect back, certainly unsent, to be tried again not before next.
func (s *Store) Release(ctx context.Context, e desk.Effect, next time.Time) error {
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(e.Ref), effectKey(e.ID)),
		UpdateExpression:         aws.String("SET #state = :queued, #when = :next"),
		ConditionExpression:      aws.String("#state = :sending AND #at = :seen"),
		ExpressionAttributeNames: map[string]string{"#state": state, "#at": claimed, "#when": g3sk},
		ExpressionAttributeValues: item{
			":queued": str(string(desk.Queued)), ":sending": str(string(desk.Sending)),
			":seen": num(e.Claimed.UnixMilli()), ":next": str(nextTry(next, e.Lane)),
		},
	})
	var refused *types.ConditionalCheckFailedException
	if errors.As(err, &refused) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("release effect %s: %w", e.ID, err)
	}
	return nil
}

// Doubt gives a claimed effect back that may have left, to be tried again not before next: the next try is marked as a possible duplicate.
func (s *Store) Doubt(ctx context.Context, e desk.Effect, next time.Time) error {
	_, err := s.db.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: &s.table, Key: row(conversationKey(e.Ref), effectKey(e.ID)),
		UpdateExpression:         aws.String("SET #state = :queued, #when = :next, #unsure = :yes"),
		ConditionExpression:      aws.String("#state = :sending AND #at = :seen"),
		ExpressionAttributeNames: map[string]string{"#state": state, "#at": claimed, "#when": g3sk, "#unsure": unsure},
		ExpressionAttributeValues: item{
			":queued": str(string(desk.Queued)), ":sending": str(string(desk.Sending)), ":yes": num(1),
			":seen": num(e.Claimed.UnixMilli()), ":next": str(nextTry(next, e.Lane)),
		},
	})
	return unlessMoved(err, "doubt", e)
}

// Effect reads one effect; ok is false when there is none.
func (s *Store) Effect(ctx context.Context, r desk.Ref, id string) (e desk.Effect, ok bool, err error) {
	found, err := s.Effects(ctx, []desk.EffectRef{{Ref: r, ID: id}})
	if err != nil || len(found) == 0 {
		return desk.Effect{}, false, err
	}
	return found[0], true, nil
}

// maxBatch is what one BatchGetItem takes.
const maxBatch = 100

// Effects reads many effects; those that do not exist are left out.
func (s *Store) Effects(ctx context.Context, refs []desk.EffectRef) ([]desk.Effect, error) {
	var all []desk.Effect
	for len(refs) > 0 {
		n := min(len(refs), maxBatch)
		var keys []item
		for _, r := range refs[:n] {
			keys = append(keys, row(conversationKey(r.Ref), effectKey(r.ID)))
		}
		found, err := s.get(ctx, keys...)
		if err != nil {
			return nil, err
		}
		for _, i := range found {
			e, err := effectOf(i)
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
		refs = refs[n:]
	}
	return all, nil
}
