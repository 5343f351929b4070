package console

import (
	"fmt"
	"math"
	"net/http"
	"sync"
	"time"

	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// What one agent may ask of one instance: a burst, and how much of it comes back in a second.
const (
	burst     = 600
	perSecond = 20.0
)

// limits bound how often an agent asks. Each instance of the function counts by itself, so that counting costs nothing and no outage of the table can stop it:
// it keeps a script that went wild from taking the desk from the others, and is no wall. That is the gateway's own throttle, for the whole of the API.
type limits struct {
	now func() time.Time // of this machine, never the desk's: the load is real whatever time is played

	mu      sync.Mutex
	buckets map[string]*bucket // by agent, of whom there are as many as the policy names, and by survey
}

type bucket struct {
	left float64
	at   time.Time
}

func newLimits(now func() time.Time) *limits { return &limits{now: now, buckets: map[string]*bucket{}} }

// take takes one request of an agent's; left is what remains, and wait, when there was none, how long until there is one.
func (l *limits) take(agent string) (left int, wait time.Duration) {
	return l.of(agent, burst, perSecond)
}

// maxBuckets bounds the memory that counting takes: who is counted first after that begins anew, with all others.
const maxBuckets = 10_000

// of takes one request of what has a bucket of its own.
func (l *limits) of(name string, burst, perSecond float64) (left int, wait time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now, b := l.now(), l.buckets[name]
	if b == nil {
		if len(l.buckets) >= maxBuckets {
			clear(l.buckets)
		}
		b = &bucket{left: burst, at: now}
		l.buckets[name] = b
	}
	b.left, b.at = min(burst, b.left+now.Sub(b.at).Seconds()*perSecond), now
	if b.left < 1 {
		return 0, time.Duration((1 - b.left) / perSecond * float64(time.Second))
	}
	b.left--
	return int(b.left), 0
}

// bound answers 429 to whom asks too often. The headers are those of draft-ietf-httpapi-ratelimit-headers.
func (l *limits) bound(who func(*http.Request) (*policy.Agent, *work.Problem), h http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		by, p := who(r)
		if p != nil {
			tell(w, p)
			return
		}
		if by == nil {
			h(w, r) // who is not known gets no further than the door
			return
		}
		left, wait := l.take(by.ID)
		w.Header().Set("RateLimit-Policy", fmt.Sprintf(`"agent";q=%d;w=%d`, burst, int(burst/perSecond)))
		w.Header().Set("RateLimit", fmt.Sprintf(`"agent";r=%d;t=%d`, left, int(math.Ceil((burst-float64(left))/perSecond))))
		if wait > 0 {
			w.Header().Set("Retry-After", fmt.Sprint(int(math.Ceil(wait.Seconds()))))
			tell(w, work.Refuse(http.StatusTooManyRequests, "", "you ask more often than this desk answers one agent: wait, and ask again"))
			return
		}
		h(w, r)
	})
}
