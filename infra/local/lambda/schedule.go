package lambda

import (
	"fmt"
	"time"

	"pronto/infra/local/wire"
)

// Every wakes f each time that the clock has moved on by d, until Stop, with the event of an EventBridge rule of that name.
// A clock that is turned over several periods at once wakes it once. As an asynchronous invocation it is tried three times, one and two minutes apart by the clock.
func (r *Runtime) Every(f Function, rule string, d time.Duration, onError func(error)) error {
	if d <= 0 {
		return fmt.Errorf("schedule %s: a period of %v is none", f.Name, d)
	}
	next := r.clk.Now().Add(d)
	return r.spawn(func() {
		for r.clk.Wait(r.ctx, next) == nil {
			now := r.clk.Now()
			next = now.Add(d) // a turn of the clock while the function runs counts from here
			payload, err := scheduledEvent(rule, now)
			if err == nil {
				r.busy.Go(func() { r.async(f, payload, onError) })
			}
		}
	})
}

// async invokes f as Lambda does for whoever does not wait for the answer.
func (r *Runtime) async(f Function, payload []byte, onError func(error)) {
	for try := time.Duration(1); ; try++ {
		_, err := r.Call(r.ctx, f, payload)
		if err == nil {
			return
		}
		if onError != nil {
			onError(err)
		}
		if try == 3 || r.clk.Wait(r.ctx, r.clk.Now().Add(try*time.Minute)) != nil {
			return
		}
	}
}

func scheduledEvent(rule string, at time.Time) ([]byte, error) {
	return marshal(map[string]any{
		"version": "0", "id": wire.UUID(), "detail-type": "Scheduled Event", "source": "aws.events", "account": wire.Account, "time": at.Format(time.RFC3339),
		"region": wire.Region, "resources": []string{wire.ARN("events", "rule/"+rule)}, "detail": struct{}{},
	})
}
