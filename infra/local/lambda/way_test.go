package lambda

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-lambda-go/events"
)

// held is a function that says when it runs and ends when it is told to.
func held(name string, diary chan<- string, end <-chan struct{}) Function {
	return Function{Name: name, Invoke: Handler(func(ctx context.Context, _ events.SQSEvent) error {
		diary <- name
		select {
		case <-end:
		case <-ctx.Done():
		}
		return nil
	})}
}

// While an invocation that is first runs, others wait for it, each call anew; but none for ever.
func TestWhatCanWaitMakesWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var r Runtime
		waits := func(want time.Duration) {
			t.Helper()
			began := time.Now()
			r.MakeWay(t.Context())
			if waited := time.Since(began); waited != want {
				t.Errorf("it waited %v, want %v", waited, want)
			}
		}
		waits(0)
		_, leave := r.begin(t.Context(), true)
		waits(longestWay)
		time.AfterFunc(longestWay/2, leave)
		waits(longestWay / 2)
		waits(0)
	})
}

// A mapping that is first has the way while its invocations run, and no longer.
func TestAMappingThatIsFirstHasTheWay(t *testing.T) {
	r := newRig(t)
	end := make(chan struct{})
	if err := r.Queue(held("first", r.diary, end), QueueMapping{Queue: "q", First: true}); err != nil {
		t.Fatal(err)
	}
	if r.way.taken() != nil {
		t.Error("with nothing under way it is taken")
	}
	r.put("urgent")
	r.want("first")
	clear := r.way.taken()
	if clear == nil {
		t.Fatal("it does not have the way")
	}
	close(end)
	select {
	case <-clear:
	case <-time.After(patience):
		t.Fatal("the way is never clear again")
	}
	if r.empty("q"); r.way.taken() != nil {
		t.Error("the way is taken by nobody")
	}
}

// Of two mappings only the calls of the one that is not first make way.
func TestOnlyWhatCanWaitMakesWay(t *testing.T) {
	r := newRig(t)
	_, leave := r.begin(t.Context(), true)
	defer leave()
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer web.Close()
	client := &http.Client{Transport: r.Transport(http.DefaultTransport)}
	ask := func(ctx context.Context) time.Duration {
		t.Helper()
		q, err := http.NewRequestWithContext(ctx, http.MethodGet, web.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		began := time.Now()
		res, err := client.Do(q)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		return time.Since(began)
	}
	patient, end := r.begin(t.Context(), false)
	defer end()
	if waited := ask(patient); waited < longestWay {
		t.Errorf("a call that can wait waited %v", waited)
	}
	// How long the others take is for the machine to say.
	first, done := r.begin(t.Context(), true)
	defer done()
	if first.Value(yields{}) != nil || t.Context().Value(yields{}) != nil {
		t.Error("what is first makes way")
	}
	ask(first)
}
