package store

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"pronto/shared/policy"
)

// looked is how many of an agent's conversations are looked at for each that is counted: some of them wait for their contact.
const looked = 4

// count tells how many conversations agents have in which a person owes something, each up to about as many as is asked. The index may be a moment
// old, and who cannot be counted is left out: room is soft, and no message waits for a number.
func (s *Store) count(ctx context.Context, brand string, upTo policy.Load) policy.Load {
	type one struct {
		agent string
		n     int
		err   error
	}
	out := make(chan one, len(upTo))
	for agent, room := range upTo {
		go func() {
			n, err := s.owed(ctx, brand, agent, room)
			out <- one{agent, n, err}
		}()
	}
	all := policy.Load{}
	for range upTo {
		if x := <-out; x.err == nil {
			all[x.agent] = x.n
		}
	}
	return all
}

// owed counts by one query over the cards. In JSON a quote within a name is escaped, so what is looked for is never a name.
func (s *Store) owed(ctx context.Context, brand, agent string, room int) (int, error) {
	index, limit := people, int32(room*looked)
	out, err := s.db.Query(ctx, &dynamodb.QueryInput{
		TableName: &s.table, IndexName: &index, Limit: &limit, Select: types.SelectCount,
		KeyConditionExpression:    aws.String("#p = :p"),
		FilterExpression:          aws.String("contains(#c, :due) OR contains(#c, :breached)"),
		ExpressionAttributeNames:  map[string]string{"#p": g2pk, "#c": card},
		ExpressionAttributeValues: item{":p": str("W#" + brand + "#" + agent), ":due": str(`"due":`), ":breached": str(`"breached":true`)},
	})
	if err != nil {
		return 0, fmt.Errorf("count what %s has: %w", agent, err)
	}
	return int(out.Count), nil
}
