package console_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go/middleware"

	"pronto/functions/console/work"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/shared/desk"
	"pronto/shared/setup"
)

// change writes the rule book anew, and starts the desk again by it.
func (w *world) change(pairs ...string) {
	w.t.Helper()
	file := w.Setup.Env(setup.Policy)
	book, err := os.ReadFile(file)
	if err != nil {
		w.t.Fatal(err)
	}
	is := strings.NewReplacer(pairs...).Replace(string(book))
	if is == string(book) {
		w.t.Fatal("nothing of it is in the rule book")
	}
	if err := os.WriteFile(file, []byte(is), 0o600); err != nil {
		w.t.Fatal(err)
	}
	w.api = edge.AsAgent(w.API())
}

// Dora, an admin of both brands, was let go at one. The rule book still names her, and what stands in it of that brand she neither reads nor agrees to.
func TestWhoWasLetGoHasNoSayInTheRuleBook(t *testing.T) {
	w := open(t)
	w.standing("dora") // the console starts, and writes the rule book down
	w.Clock.Turn(time.Minute)
	is := w.standing("dora")
	if is.Policy == "" {
		t.Fatal("before it she reads the whole")
	}
	changed := strings.Replace(is.Blocks["acme-air"], "    team:\n", "    signature: Acme Air, 1 Long Street\n    team:\n", 1)
	var after work.Rules
	w.ask("ana", "POST", "/api/v1/policy/proposals", order("block", changed, "brand", "acme-air", "parent", is.Version, "why", "the law asks for it")).is(200).into(&after)
	at := "/api/v1/policy/versions/" + after.Items[0].Version
	w.ask("ida", "POST", "/api/v1/agents/dora/offboard?brand=acme-air", `{}`).is(200)
	if is := w.standing("dora"); is.Policy != "" || len(is.Blocks) != 1 || is.Blocks["other-air"] == "" {
		t.Errorf("she reads %d blocks, and of the whole %d bytes", len(is.Blocks), len(is.Policy))
	}
	var text struct{ Lines []struct{ Text string } }
	w.ask("dora", "GET", at, "").is(200).into(&text)
	for _, l := range text.Lines {
		if strings.Contains(l.Text, "1 Long Street") {
			t.Errorf("she reads %q", l.Text)
		}
	}
	if p := w.ask("dora", "POST", at+"/approve", "").is(403).problem(); p.Code != string(desk.RulesNotYours) {
		t.Errorf("she agrees: %+v", p)
	}
	w.ask("dora", "POST", "/api/v1/policy/proposals", order("block", changed, "brand", "acme-air", "parent", is.Version, "why", "the law asks for it")).is(403)
	w.ask("ida", "POST", at+"/approve", "").is(200)
}

// A mark is of an agent, and of nothing else that somebody can type: one whom the rule book names.
func TestOnlyAnAgentIsLetGo(t *testing.T) {
	w := open(t)
	for _, id := range []string{"a@b.example", "x%0Ay", "%3Cb%3E", "ana%20", "Marta", "team:care", strings.Repeat("a", 41)} {
		w.ask("ida", "POST", "/api/v1/agents/"+id+"/offboard?brand=acme-air", `{}`).is(422)
	}
	for _, id := range []string{"nobody", "rosa"} { // Rosa is of the other brand
		for _, method := range []string{"GET", "POST"} {
			path, body := "/api/v1/agents/"+id, ""
			if method == "POST" {
				path, body = path+"/offboard", `{}`
			}
			if p := w.ask("ida", method, path+"?brand=acme-air", body).is(404).problem(); p.Code != work.UnknownAgent {
				t.Errorf("%s %s: %+v", method, id, p)
			}
		}
	}
}

// With one lead's session nobody empties a brand of those who could say no: that takes an admin, and where there is none the credentials of the account.
func TestALeadAloneLetsNoLeadGo(t *testing.T) {
	w := open(t)
	w.change("name: Marta Lindqvist\n    role: agent", "name: Marta Lindqvist\n    role: lead")
	w.SendMail("carl@home.example", "From: Carl <carl@home.example>\nTo: care@other.example\nSubject: Seats\nMessage-ID: <3@p.example>\n\nPlease change our seats.\n", "care@other.example")
	w.Settle()
	carl := w.view("lia", "brand=other-air&view=all").Items[0].ID
	w.ask("lia", "POST", conv(carl, "claim"), "").is(200)
	w.Settle()
	w.Turn(time.Minute)

	ask := func(who, agent, verb, brand string) response {
		body := `{}`
		if verb == "return" {
			body = ""
		}
		return w.ask(who, "POST", "/api/v1/agents/"+agent+"/"+verb+"?brand="+brand, body)
	}
	for _, id := range []string{"marta", "ida"} {
		if p := ask("ana", id, "offboard", "acme-air").is(403).problem(); p.Code != "needs_admin" || strings.Contains(p.Detail, "pronto agent remove") {
			t.Errorf("%s: %+v", id, p)
		}
	}
	ask("ida", "marta", "offboard", "acme-air").is(200)
	ask("ana", "marta", "return", "acme-air").is(403)
	ask("ida", "marta", "return", "acme-air").is(200)

	p, err := w.Setup.Policy()
	if err != nil {
		t.Fatal(err)
	}
	account, err := work.ForLeaving(t.Context(), w.Setup, p, "operator:user/root")
	if err != nil {
		t.Fatal(err)
	}
	if _, no := account.LetGo(t.Context(), "other-air", "a@b.example", []byte(`{}`)); no == nil || no.Status != 422 {
		t.Errorf("who is no agent: %+v", no)
	}
	if _, no := account.LetGo(t.Context(), "other-air", "dora", []byte(`{}`)); no != nil {
		t.Fatal(no)
	}
	w.Turn(3 * time.Second) // within two everybody knows
	if p := ask("rosa", "lia", "offboard", "other-air").is(403).problem(); p.Code != "needs_admin" || !strings.Contains(p.Detail, "pronto agent remove") {
		t.Errorf("without an admin: %+v", p)
	}
	has, no := account.Offboarding(t.Context(), "other-air", "lia")
	if no != nil || has.Open != 1 {
		t.Fatalf("%+v %+v", has, no)
	}
	if has, no = account.LetGo(t.Context(), "other-air", "lia", []byte(`{"to":"rosa","note":"She has left."}`)); no != nil || has.Moved != 1 || has.Open != 0 || has.Left == nil {
		t.Fatalf("%+v %+v", has, no)
	}
	w.Turn(3 * time.Second)
	w.ask("lia", "GET", conv(carl), "").is(404)
	if c := w.ask("rosa", "GET", conv(carl), "").conversation(); c.Assignee.ID != "rosa" || c.Messages[len(c.Messages)-1].Text != "Handed over by Lia Moss: She has left." {
		t.Errorf("%+v %+v", c.Assignee, c.Messages[len(c.Messages)-1])
	}
	var audit work.Audit
	w.ask("rosa", "GET", "/api/v1/audit?brand=other-air", "").is(200).into(&audit)
	if a := audit.Items[0]; a.Event != string(desk.AgentLeft) || a.By != "operator:user/root" {
		t.Errorf("the audit: %+v", a)
	}
}

// Where who has left cannot be read, and never was by this instance, nobody is let in: it might be one of them. What was read before holds.
func TestNobodyIsLetInBlindly(t *testing.T) {
	var away atomic.Bool
	cut := middleware.InitializeMiddlewareFunc("Cut", func(ctx context.Context, in middleware.InitializeInput, next middleware.InitializeHandler) (middleware.InitializeOutput, middleware.Metadata, error) {
		if get, is := in.Parameters.(*dynamodb.BatchGetItemInput); is && away.Load() {
			for _, t := range get.RequestItems {
				for _, k := range t.Keys {
					if key, is := k["PK"].(*types.AttributeValueMemberS); is && strings.HasPrefix(key.Value, "O#") {
						return middleware.InitializeOutput{}, middleware.Metadata{}, errors.New("the table is away")
					}
				}
			}
		}
		return next.HandleInitialize(ctx, in)
	})
	w := &world{t: t, Desk: desktest.New(t, desktest.Options{Start: monday, Policy: two(t), Change: func(c *aws.Config) {
		c.APIOptions = append(c.APIOptions, func(s *middleware.Stack) error { return s.Initialize.Add(cut, middleware.After) })
	}})}
	w.api = edge.AsAgent(w.API())

	away.Store(true)
	for _, who := range []string{"lia", "marta"} { // of an instance that has read nothing yet
		if p := w.ask(who, "GET", "/api/v1/queue", "").is(503).problem(); !strings.Contains(p.Detail, "try again") {
			t.Errorf("%s: %+v", who, p)
		}
	}
	w.ask("nobody", "GET", "/api/v1/queue", "").is(401) // who is not named is told so
	away.Store(false)
	w.ask("dora", "POST", "/api/v1/agents/lia/offboard?brand=acme-air", `{}`).is(200)
	w.ask("dora", "POST", "/api/v1/agents/lia/offboard?brand=other-air", `{}`).is(200)
	w.ask("marta", "GET", "/api/v1/queue", "").is(200)
	w.ask("rosa", "GET", "/api/v1/queue", "").is(200)

	away.Store(true)
	w.Clock.Turn(time.Hour)
	w.ask("marta", "GET", "/api/v1/queue", "").is(200) // as it was read last
	w.ask("lia", "GET", "/api/v1/queue", "").is(401)
	away.Store(false)
	w.ask("marta", "GET", "/api/v1/queue", "").is(200)
}
