package sqs

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"pronto/infra/local/clock"
)

// model is a queue as its rules say it in one page: a list, searched from front to back.
type model struct {
	now      time.Time
	messages []*modelMessage
}

type modelMessage struct {
	body    string
	visible time.Time
	count   int
}

func (m *model) visibleNow() (out []*modelMessage) {
	for _, msg := range m.messages {
		if !msg.visible.After(m.now) {
			out = append(out, msg)
		}
	}
	slices.SortStableFunc(out, func(a, b *modelMessage) int { return a.visible.Compare(b.visible) })
	return out
}

func (m *model) find(body string) *modelMessage {
	for _, msg := range m.messages {
		if msg.body == body {
			return msg
		}
	}
	return nil
}

// Random sends, receives, deletes, releases, turns of the clock and restarts do to the queue what they do to the model.
func TestQueueFollowsItsModel(t *testing.T) {
	for seed := range uint64(20) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			p := &pair{t: t, rand: rand.New(rand.NewPCG(seed, 1)), dir: t.TempDir(), clk: clock.Stopped(noon), model: model{now: noon}}
			p.real = open(t, p.dir, p.clk)
			if err := p.real.Create("q", map[string]string{"VisibilityTimeout": "10"}); err != nil {
				t.Fatal(err)
			}
			for range 300 {
				p.step()
				p.compare()
			}
		})
	}
}

// pair is a queue and its model, which are treated alike.
type pair struct {
	t     *testing.T
	rand  *rand.Rand
	dir   string
	clk   *clock.Clock
	real  *Service
	model model
	held  []Message // received, perhaps stale
	sent  int
}

func (p *pair) step() {
	switch p.rand.IntN(12) {
	case 0, 1, 2:
		p.send()
	case 3, 4, 5:
		p.receive()
	case 6, 7:
		p.delete()
	case 8:
		p.release()
	case 9, 10:
		d := time.Duration(p.rand.IntN(7)) * time.Second
		p.clk.Turn(d)
		p.model.now = p.model.now.Add(d)
	case 11:
		if p.rand.IntN(5) == 0 {
			p.real.db.Close()
			p.real = open(p.t, p.dir, p.clk)
		}
	}
}

func (p *pair) send() {
	p.sent++
	body, delay := fmt.Sprint(p.sent), time.Duration(p.rand.IntN(3)*p.rand.IntN(8))*time.Second
	if err := p.real.send(p.real.find("q"), ready{message{ID: body, Body: []byte(body)}, delay}); err != nil {
		p.t.Fatal(err)
	}
	p.model.messages = append(p.model.messages, &modelMessage{body: body, visible: p.model.now.Add(delay)})
}

func (p *pair) receive() {
	max := 1 + p.rand.IntN(4)
	got, err := p.real.Receive(p.t.Context(), "q", max, 0)
	if err != nil {
		p.t.Fatal(err)
	}
	want := p.model.visibleNow()
	want = want[:min(max, len(want))]
	if len(got) != len(want) {
		p.t.Fatalf("received %d, want %d", len(got), len(want))
	}
	for _, m := range got {
		w := p.model.find(string(m.Body))
		if w == nil || w.visible.After(p.model.now) {
			p.t.Fatalf("received %s, which is not there to be received", m.Body)
		}
		if w.count++; m.ReceiveCount != w.count {
			p.t.Fatalf("%s counts %d receives, want %d", m.Body, m.ReceiveCount, w.count)
		}
		w.visible = p.model.now.Add(10 * time.Second)
	}
	p.held = append(p.held, got...)
}

// pick is something received, with whether its handle is still the last one of its message.
func (p *pair) pick() (m Message, w *modelMessage, fresh bool) {
	if len(p.held) == 0 {
		return m, nil, false
	}
	m = p.held[p.rand.IntN(len(p.held))]
	w = p.model.find(string(m.Body))
	return m, w, w != nil && w.count == m.ReceiveCount
}

func (p *pair) delete() {
	m, w, fresh := p.pick()
	if m.ReceiptHandle == "" {
		return
	}
	if err := p.real.Delete("q", m.ReceiptHandle); err != nil {
		p.t.Fatal(err)
	}
	if fresh {
		p.model.messages = slices.DeleteFunc(p.model.messages, func(x *modelMessage) bool { return x == w })
	}
}

func (p *pair) release() {
	m, w, fresh := p.pick()
	if m.ReceiptHandle == "" {
		return
	}
	d := time.Duration(p.rand.IntN(20)) * time.Second
	if err := p.real.Release("q", d, m.ReceiptHandle); err != nil {
		p.t.Fatal(err)
	}
	if fresh && w.visible.After(p.model.now) {
		w.visible = p.model.now.Add(d)
	}
}

func (p *pair) compare() {
	got, err := p.real.Stats("q")
	if err != nil {
		p.t.Fatal(err)
	}
	var want Stats
	for _, m := range p.model.messages {
		switch {
		case !m.visible.After(p.model.now):
			want.Visible++
		case m.count > 0:
			want.InFlight++
		default:
			want.Delayed++
		}
	}
	if got != want {
		p.t.Fatalf("the queue holds %+v, want %+v", got, want)
	}
}
