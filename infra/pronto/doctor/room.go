package doctor

import (
	"context"
	"fmt"

	"pronto/infra/wiring"
)

// room looks how many functions may run at once: a new account may have leave for ten, and what is above waits, the console's pages with it.
func (d *Doctor) room(ctx context.Context) Finding {
	n, err := d.Room(ctx)
	if err != nil {
		return unable(err)
	}
	all, urgent := wiring.Room()
	do := "ask for more in Service Quotas, Lambda, Concurrent executions"
	switch {
	case n < urgent:
		return wrong(do, "%d may run at once, and what cannot wait alone takes up to %d: under load pages and consoles are throttled", n, urgent)
	case n < all:
		return Finding{State: Advice, Says: fmt.Sprintf("%d may run at once; a busy desk takes up to %d, and is slow with fewer", n, all), Do: do}
	}
	return good("%d may run at once; a busy desk takes up to %d", n, all)
}
