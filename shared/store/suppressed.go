package store

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/desk"
)

// Unreceipted is a message of a day that got no receipt, or the messages whose receipt was cancelled.
type Unreceipted struct {
	Conversation string
	Message      string // "" of a receipt that was cancelled
	Effect       string // the receipt that was cancelled; "" of a message that was to have none
	Why          desk.Silence
}

// maxSuppressedScan bounds what one page of Suppressed looks at.
const maxSuppressedScan = 2000

// Suppressed lists what got no receipt of a brand's day, shard by shard, from after a place on; why "" is any reason. next is where the following page begins, "" at the
// end; a page may be short and still have a next.
func (s *Store) Suppressed(ctx context.Context, brand, day string, why desk.Silence, after string, max int) (page []Unreceipted, next string, err error) {
	sh, place := 0, "hush"
	if after != "" {
		if _, err := fmt.Sscanf(after, "%d", &sh); err != nil || sh < 0 || sh >= Shards {
			return nil, "", nil
		}
		_, place, _ = strings.Cut(after, "/")
	}
	scanned := 0
	for ; sh < Shards; sh, place = sh+1, "hush" {
		for {
			out, err := s.db.Query(ctx, &dynamodb.QueryInput{
				TableName: &s.table, IndexName: aws.String(lists), ProjectionExpression: aws.String("#s"), Limit: aws.Int32(int32(min(200, maxSuppressedScan-scanned))),
				KeyConditionExpression:    aws.String("#p = :p AND #s BETWEEN :after AND :last"), // "hush…", then "in#…"
				ExpressionAttributeNames:  map[string]string{"#p": g1pk, "#s": g1sk},
				ExpressionAttributeValues: item{":p": str(fmt.Sprintf("R#%s#%s#%d", brand, day, sh)), ":after": str(place + " "), ":last": str("in#~")},
			})
			if err != nil {
				return nil, "", fmt.Errorf("list what got no receipt: %w", err)
			}
			for _, i := range out.Items {
				place, scanned = text(i, g1sk), scanned+1
				if u, ok := unreceipted(place); ok && (why == "" || u.Why == why) {
					page = append(page, u)
				}
				if len(page) == max || scanned == maxSuppressedScan {
					return page, fmt.Sprintf("%d/%s", sh, place), nil
				}
			}
			if out.LastEvaluatedKey == nil {
				break
			}
		}
	}
	return page, "", nil
}

// unreceipted reads an entry of the day's index: in#conversation#s#reason#message, hush#conversation#effect, hush:reason#conversation#effect.
func unreceipted(entry string) (u Unreceipted, ok bool) {
	p := strings.Split(entry, "#")
	how, why, _ := strings.Cut(p[0], ":")
	switch {
	case len(p) == 5 && p[0] == "in" && p[2] == "s":
		return Unreceipted{Conversation: p[1], Message: p[4], Why: desk.Silence(p[3])}, true
	case len(p) == 3 && how == "hush":
		return Unreceipted{Conversation: p[1], Effect: p[2], Why: desk.Silence(cmp.Or(why, string(desk.Silenced)))}, true
	}
	return u, false
}
