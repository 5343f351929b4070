package console_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/smithy-go/middleware"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
	"pronto/shared/policy"
	"pronto/shared/setup"
	"pronto/shared/store"
)

// marked writes a circular as it stood at some moment between two writes of the desk's.
func (w *world) marked(id string, as func(*desk.Circular)) {
	w.t.Helper()
	s := store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table))
	k, err := store.KeptBy[desk.Circular](w.t.Context(), s, "acme-air", store.Circulars, id)
	if err != nil || k == nil {
		w.t.Fatalf("%+v, %v", k, err)
	}
	x := k.Value
	as(&x)
	if err := s.Mark(w.t.Context(), store.Circulars, "acme-air", id, k.Version, x); err != nil {
		w.t.Fatal(err)
	}
	if err := s.Mark(w.t.Context(), store.Circulars, "acme-air", id, k.Version, x); err != store.ErrMoved {
		w.t.Errorf("written over what was not read: %v", err)
	}
}

// died takes a circular back to where it stood when who gave a part had died before he could keep that it was given.
func (w *world) died(id string) {
	w.t.Helper()
	w.marked(id, func(x *desk.Circular) { x.Part, x.Next, x.LeftOut = x.Next, 0, nil })
}

// Who sends a part dies before it is kept that it was sent. Whoever goes on counts it as given, also what has left meanwhile; whoever stops it finds it.
func TestACircularOutlivesItsGiver(t *testing.T) {
	w := open(t)
	for n := range 3 {
		w.mail(n+1, "Storm", "When does my flight leave after the storm, please?")
	}
	w.Clock.Turn(time.Minute)
	first := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves tomorrow."}}`)
	w.circular("ana", "POST", "/"+first.ID+"/go", `{}`)
	w.died(first.ID)
	w.Turn(3 * time.Minute) // all have left
	c := w.circular("ana", "GET", "/"+first.ID, "")
	if c.State != "going" || c.Part != 3 || c.Sent != 0 {
		t.Errorf("of who died: %+v", c)
	}
	if c = w.circular("ana", "POST", "/"+first.ID+"/go", `{}`); c.State != "done" || c.Sent != 3 || len(c.LeftOut) != 0 || c.Part != 0 {
		t.Errorf("its own answers are somebody else's: %+v", c)
	}

	w.Clock.Turn(time.Minute)
	second := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves at noon."}}`)
	third := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves at ten."}}`)
	if second.Chosen != 3 || third.Chosen != 3 {
		t.Fatalf("%+v, %+v", second, third)
	}
	w.circular("ana", "POST", "/"+second.ID+"/go", `{}`)
	if c = w.circular("ana", "POST", "/"+third.ID+"/go", `{}`); c.Sent != 3 {
		t.Errorf("one circular's answers are taken for another's: %+v", c)
	}
	w.died(second.ID)
	if c = w.circular("ana", "POST", "/"+second.ID+"/stop", `{}`); c.State != "stopped" || c.Taken != 3 {
		t.Errorf("stopped: %+v", c)
	}
	w.Turn(3 * time.Minute)
	for to, got := range replies(w.Desk) {
		if len(got) != 2 || !strings.Contains(got[0].Text, "tomorrow") || !strings.Contains(got[1].Text, "at ten") {
			t.Errorf("%s got %+v", to, got)
		}
	}
	if n := len(replies(w.Desk)); n != 3 {
		t.Errorf("%d have answers", n)
	}
}

// A circular is stopped while a part of it is being given: nothing of the part leaves. And its author may have gone.
func TestACircularIsStoppedOnItsWay(t *testing.T) {
	var between func()
	w := &world{t: t}
	w.Desk = desktest.New(t, desktest.Options{Start: monday, Policy: two(t), Change: func(c *aws.Config) {
		c.APIOptions = append(c.APIOptions, func(s *middleware.Stack) error {
			return s.Initialize.Add(middleware.InitializeMiddlewareFunc("Between", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
				if do := between; do != nil && awsmiddleware.GetOperationName(ctx) == "PutObject" {
					between = nil
					do()
				}
				return next.HandleInitialize(ctx, in)
			}), middleware.After)
		})
	}})
	w.api = edge.AsAgent(w.API())
	for n := range 3 {
		w.mail(n+1, "Storm", "When does my flight leave after the storm, please?")
	}
	w.Clock.Turn(time.Minute)
	c := w.circular("ana", "POST", "", `{"texts":{"en":"It leaves tomorrow."}}`)
	between = func() {
		if c := w.circular("dora", "POST", "/"+c.ID+"/stop?brand=acme-air", `{}`); c.State != "stopped" {
			t.Errorf("stopped meanwhile: %+v", c)
		}
	}
	w.ask("ana", "POST", "/api/v1/circulars/"+c.ID+"/go", `{}`).is(409).problem()
	if between != nil {
		t.Fatal("nobody came between")
	}
	if c = w.circular("ana", "GET", "/"+c.ID, ""); c.State != "stopped" || c.Taken != 3 || c.Part != 3 {
		t.Errorf("stopped on its way: %+v", c)
	}

	c = w.circular("ana", "POST", "", `{"texts":{"en":"It leaves at noon."}}`)
	w.circular("ana", "POST", "/"+c.ID+"/go", `{}`)
	ana := *w.Policy.Agent("ana")
	defer func(was policy.Agent) { *w.Policy.Agent("gone") = was }(ana)
	w.Policy.Agent("ana").ID = "gone"
	if w.Policy.Agent("ana") != nil {
		t.Fatal("Ana is there still")
	}
	var stopped work.Circular
	w.ask("dora", "POST", "/api/v1/circulars/"+c.ID+"/stop?brand=acme-air", `{}`).is(200).into(&stopped)
	if stopped.State != "stopped" || stopped.Taken != 3 {
		t.Errorf("its author has gone: %+v", stopped)
	}
	w.Turn(4 * time.Minute)
	if got := replies(w.Desk); len(got) != 0 {
		t.Errorf("left all the same: %+v", got)
	}
}
