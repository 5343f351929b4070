package work

import (
	"context"

	"pronto/shared/policy"
)

// Versions are those of the queues of an agent's brands, or of one, as one word: while they stand, so does the queue, but for what time alone does to it.
func (d *Desk) Versions(ctx context.Context, by *policy.Agent, brand string) (string, *Problem) {
	brands, p := d.brands(by, SeeQueue, brand)
	if p != nil {
		return "", p
	}
	var ids []string
	for _, b := range brands {
		ids = append(ids, b.ID)
	}
	v, err := d.store.Versions(ctx, ids)
	if err != nil {
		return "", d.Unable("queue", err)
	}
	return v, nil
}
