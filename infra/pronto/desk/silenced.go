package desk

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/store"
)

// Silenced are the silence switches that are on, by brand. One that cannot be read now is left out.
func (a *Assembly) Silenced(ctx context.Context) map[string]desk.Switch {
	on := map[string]desk.Switch{}
	st := store.New(dynamodb.NewFromConfig(a.Setup.AWS), wiring.Table)
	for _, b := range a.Policy.Brands {
		if w, err := st.Switch(ctx, b.ID); err == nil && w.On {
			on[b.ID] = w
		}
	}
	return on
}
