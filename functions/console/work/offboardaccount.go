package work

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// Leavings is as much of a desk as lets somebody go without asking it, for who has the credentials of its account: he whom no role binds lets a lead go where the brand has no
// admin. It has no queues, rule books or pictures, so nothing else of a desk can be asked of it.
type Leavings struct {
	desk *Desk
	by   string
}

// ForLeaving wires it, by the rule book that stands; by is how the audit names who does it.
func ForLeaving(ctx context.Context, s *setup.Setup, stands *policy.Policy, by string) (*Leavings, error) {
	env, err := s.Need(setup.Table, setup.Bucket, setup.Secret)
	if err != nil {
		return nil, err
	}
	keys, err := s.Keys(ctx)
	if err != nil {
		return nil, err
	}
	d := &Desk{Policy: stands, Now: s.Now, Log: s.Log, store: store.New(dynamodb.NewFromConfig(s.AWS), env[setup.Table]), keys: keys, s3: s.S3(), bucket: env[setup.Bucket]}
	return &Leavings{d, by}, nil
}

// at is who does it, and where; nobody is unknown to who has the account.
func (l *Leavings) at(brand, agent string) (*policy.Agent, *policy.Brand, *Problem) {
	by := &policy.Agent{ID: l.by, Name: l.by, Role: policy.RoleAdmin, Brands: []string{brand}}
	b, p := l.desk.brand(by, Offboard, brand)
	if p == nil && !policy.IsID(agent) {
		p = noID()
	}
	return by, b, p
}

// Offboarding is Desk.Offboarding.
func (l *Leavings) Offboarding(ctx context.Context, brand, agent string) (Offboarding, *Problem) {
	_, b, p := l.at(brand, agent)
	if p != nil {
		return Offboarding{}, p
	}
	return l.desk.known(ctx, b, agent)
}

// LetGo is Desk.LetGo.
func (l *Leavings) LetGo(ctx context.Context, brand, agent string, order []byte) (Offboarding, *Problem) {
	by, b, p := l.at(brand, agent)
	if p != nil {
		return Offboarding{}, p
	}
	out, _, p := l.desk.letGoAt(ctx, by, b, agent, Request{Body: order})
	return out, p
}
