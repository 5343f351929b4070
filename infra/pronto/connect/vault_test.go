package connect

import (
	"encoding/json"
	"fmt"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/infra/local/desktest"
	"pronto/infra/wiring"
	"pronto/shared/channel/network"
)

// Whoever connects accounts at the same time writes one secret: in the end it has all of them.
func TestTwoWhoConnectAtOnce(t *testing.T) {
	d := desktest.New(t, desktest.Options{})
	v := Vault{Client: secretsmanager.NewFromConfig(d.Setup.AWS), ID: wiring.AccountSecrets}
	var wg sync.WaitGroup
	const n = 3
	for i := range n {
		wg.Go(func() {
			if err := v.put(t.Context(), fmt.Sprintf("bluesky:acme%d.example", i), network.Secret{Own: json.RawMessage(fmt.Sprintf(`{"n":%d}`, i))}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	all, err := v.read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		if all[fmt.Sprintf("bluesky:acme%d.example", i)] == nil {
			t.Errorf("account %d was written over: %d are left", i, len(all))
		}
	}
}
