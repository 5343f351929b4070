package rebuild_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/pronto/edge"
	"pronto/infra/pronto/rebuild"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/store"
)

// An answer whose request came twice, as a client does that saw no answer, is an answer in the rebuilt table, too.
func TestAnAnswerAskedForTwiceIsRebuilt(t *testing.T) {
	w := open(t)
	w.mail(1, "ada@home.example", "care@acme.example", "My suitcase", "My suitcase arrived broken and nobody answers the phone. This is terrible.")
	ada := w.conversationOf("ada@home.example")
	for range 2 {
		r := httptest.NewRequest(http.MethodPost, "http://localhost/api/v1/conversations/"+ada+"/reply", strings.NewReader(`{"text":"It is found."}`))
		r.Header.Set("Authorization", "Bearer dev:ana")
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", "once")
		rec := httptest.NewRecorder()
		if edge.AsAgent(w.API()).ServeHTTP(rec, r); rec.Code != http.StatusOK {
			t.Fatalf("%d %s", rec.Code, rec.Body)
		}
		w.Settle()
	}
	before := w.shown(ada)
	w.lose()
	rows := store.New(dynamodb.NewFromConfig(w.Setup.AWS), wiring.Table) // the console is opened on the empty table
	if err := rows.KeepRules(t.Context(), []desk.RuleBook{{Version: "v", File: "v", State: desk.RulesDeployed}}, &desk.RuleHead{File: "v", Version: "v"}, nil); err != nil {
		t.Fatal(err)
	}
	report, err := rebuild.Run(t.Context(), w.Setup, rebuild.Options{Until: w.Clock.Now()})
	if err != nil || report.Answers != 1 || report.Unsigned != 0 {
		t.Fatalf("%+v, %v", report, err)
	}
	if after := w.shown(ada); after != before {
		t.Errorf("it was\n%s\nis\n%s", before, after)
	}
}
