package console_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"pronto/functions/console/console"
	"pronto/functions/console/work"
	"pronto/infra/local/lambda"
	"pronto/shared/policy"
)

// call is one request to a route, and what comes of it by who asks: an agent, a lead and an admin of Acme Air, in this order, and a lead of another brand.
type call struct {
	path, body                  string
	foreign, agent, lead, admin int
}

// calls has a row for every route of the API.
func (w *world) calls(conversation string) map[string]call {
	w.stray(1)
	held := "/api/v1/held/" + w.held("ana", "")[0].ID
	contact := "/api/v1/contacts/" + w.ask("ana", "GET", conv(conversation), "").conversation().Contact.ID
	c := func(more ...string) string { return conv(conversation, more...) }
	var hooks work.Hooks
	w.ask("ana", "GET", "/api/v1/webhooks", "").is(200).into(&hooks)
	told := hooks.Items[0].ID
	later := `{"until":"2026-11-24T09:00:00Z"}`
	return map[string]call{
		"GET /webhooks":                            {"/api/v1/webhooks?brand=acme-air", "", 404, 403, 200, 200},
		"POST /webhooks/replay":                    {"/api/v1/webhooks/replay?brand=acme-air", `{"since":"2026-11-23T09:00:00Z"}`, 404, 403, 200, 200},
		"POST /webhooks/{id}/replay":               {"/api/v1/webhooks/" + told + "/replay", "", 404, 403, 200, 200},
		"GET /openapi.json":                        {"/api/v1/openapi.json", "", 200, 200, 200, 200},
		"GET /queue":                               {"/api/v1/queue?brand=acme-air", "", 404, 200, 200, 200},
		"GET /search":                              {"/api/v1/search?brand=acme-air&q=suitcase", "", 404, 200, 200, 200},
		"POST /conversations":                      {"/api/v1/conversations?brand=acme-air", `{"to":"new@home.example","subject":"Your flight","text":"Dear Ada,"}`, 404, 200, 200, 200},
		"GET /conversations/{id}":                  {c(), "", 404, 200, 200, 200},
		"GET /conversations/{id}/presence":         {c("presence"), "", 404, 200, 200, 200},
		"PUT /conversations/{id}/presence":         {c("presence"), `{"typing":true}`, 404, 200, 200, 200},
		"DELETE /conversations/{id}/presence":      {c("presence"), "", 404, 200, 200, 200},
		"GET /drafts":                              {"/api/v1/drafts?brand=acme-air", "", 404, 200, 200, 200},
		"GET /drafts/letter":                       {"/api/v1/drafts/letter?brand=acme-air", "", 404, 200, 200, 200},
		"PUT /drafts/letter":                       {"/api/v1/drafts/letter?brand=acme-air", `{"text":"Dear Ada,"}`, 404, 200, 200, 200},
		"DELETE /drafts/letter":                    {"/api/v1/drafts/letter?brand=acme-air", "", 404, 200, 200, 200},
		"GET /conversations/{id}/drafts":           {c("drafts"), "", 404, 200, 200, 200},
		"PUT /conversations/{id}/drafts/{of}":      {c("drafts", "reply"), `{"text":"Dear Ada,"}`, 404, 200, 200, 200},
		"DELETE /conversations/{id}/drafts/{of}":   {c("drafts", "reply"), "", 404, 200, 200, 200},
		"GET /oncall":                              {"/api/v1/oncall?brand=acme-air", "", 404, 200, 200, 200},
		"GET /oncall/overrides":                    {"/api/v1/oncall/overrides?brand=acme-air", "", 404, 200, 200, 200},
		"POST /oncall/overrides":                   {"/api/v1/oncall/overrides?brand=acme-air", `{"agent":"marta","end":"2026-11-24T09:00:00Z"}`, 404, 200, 200, 200},
		"DELETE /oncall/overrides/{id}":            {"/api/v1/oncall/overrides/aaaaaaaaaaaaaaaa?brand=acme-air", "", 404, 404, 404, 404}, // none of this id
		"GET /oncall/feed":                         {"/api/v1/oncall/feed", "", 200, 200, 200, 200},                                      // one's own
		"POST /oncall/feed":                        {"/api/v1/oncall/feed", `{"made":0}`, 200, 200, 200, 200},
		"GET /handovers":                           {"/api/v1/handovers?brand=acme-air", "", 404, 200, 200, 200},
		"POST /handovers":                          {"/api/v1/handovers?brand=acme-air", `{"to":"nobody"}`, 404, 422, 422, 422}, // whom the policy does not name
		"POST /handovers/{id}/accept":              {"/api/v1/handovers/none/accept?brand=acme-air", "", 404, 404, 404, 404},
		"POST /handovers/{id}/decline":             {"/api/v1/handovers/none/decline?brand=acme-air", "", 404, 404, 404, 404},
		"GET /agents/{id}":                         {"/api/v1/agents/marta?brand=acme-air", "", 404, 403, 200, 200},
		"POST /agents/{id}/offboard":               {"/api/v1/agents/lia/offboard?brand=acme-air", "{}", 404, 403, 200, 200},
		"POST /agents/{id}/return":                 {"/api/v1/agents/marta/return?brand=acme-air", "{}", 404, 403, 404, 404}, // has not left
		"GET /stats/board":                         {"/api/v1/stats/board?brand=acme-air", "", 404, 403, 200, 200},
		"GET /stats/fairness":                      {"/api/v1/stats/fairness?brand=acme-air", "", 404, 200, 200, 200},
		"GET /stats/promises":                      {"/api/v1/stats/promises?brand=acme-air", "", 404, 403, 200, 200},
		"GET /forecast":                            {"/api/v1/forecast?brand=acme-air", "", 404, 200, 200, 200},
		"GET /reconciliation":                      {"/api/v1/reconciliation?day=2026-11-23", "", 200, 200, 200, 200}, // every role, whatever its brands
		"GET /channels":                            {"/api/v1/channels?brand=acme-air", "", 404, 200, 200, 200},
		"GET /silence":                             {"/api/v1/silence?brand=acme-air", "", 404, 200, 200, 200},
		"PUT /incident":                            {"/api/v1/incident?brand=acme-air", `{"texts":{}}`, 404, 403, 200, 200},
		"PUT /silence":                             {"/api/v1/silence?brand=acme-air", `{"on":false}`, 404, 403, 200, 200},
		"GET /held":                                {"/api/v1/held?brand=acme-air", "", 404, 200, 200, 200},
		"GET /held/{id}":                           {held, "", 404, 200, 200, 200},
		"GET /suppressed":                          {"/api/v1/suppressed?brand=acme-air", "", 404, 200, 200, 200},
		"GET /blocks":                              {"/api/v1/blocks?brand=acme-air", "", 404, 200, 200, 200},
		"GET /circulars":                           {"/api/v1/circulars?brand=acme-air", "", 404, 403, 200, 200},
		"POST /circulars":                          {"/api/v1/circulars?brand=acme-air", `{"texts":{"en":"x"}}`, 404, 403, 200, 200},
		"GET /circulars/{id}":                      {"/api/v1/circulars/none?brand=acme-air", "", 404, 403, 404, 404},
		"POST /circulars/{id}/go":                  {"/api/v1/circulars/none/go?brand=acme-air", "{}", 404, 403, 404, 404},
		"POST /circulars/{id}/stop":                {"/api/v1/circulars/none/stop?brand=acme-air", "{}", 404, 403, 404, 404},
		"DELETE /circulars/{id}":                   {"/api/v1/circulars/none?brand=acme-air", "", 404, 403, 404, 404},
		"POST /conversations/{id}/spam":            {c("spam"), "{}", 404, 200, 200, 200},
		"POST /held/{id}/dismiss":                  {held + "/dismiss", "{}", 404, 200, 200, 200},
		"POST /held/{id}/block":                    {held + "/block", "", 404, 403, 200, 200},
		"POST /held/{id}/release":                  {held + "/release", "", 404, 200, 200, 200},
		"GET /contacts/{id}/conversations":         {contact + "/conversations", "", 404, 200, 200, 200},
		"GET /contacts/{id}/timeline":              {contact + "/timeline", "", 404, 200, 200, 200},
		"GET /contacts/{id}":                       {contact, "", 404, 200, 200, 200},
		"POST /contacts/{id}/link":                 {contact + "/link", `{"contact":"aaaaaaaaaaaaaaaa","why":"x"}`, 404, 422, 422, 422}, // whom nobody knows
		"POST /contacts/{id}/unlink":               {contact + "/unlink", "", 404, 200, 200, 200},
		"POST /contacts/{id}/block":                {contact + "/block", "", 404, 403, 200, 200},
		"POST /contacts/{id}/unblock":              {contact + "/unblock", "", 404, 403, 200, 200},
		"GET /audit":                               {"/api/v1/audit?brand=acme-air", "", 404, 403, 200, 200},
		"POST /conversations/{id}/claim":           {c("claim"), "", 404, 200, 200, 200},
		"POST /conversations/{id}/unassign":        {c("unassign"), "{}", 404, 200, 200, 200},
		"POST /conversations/{id}/assign":          {c("assign"), `{"to":"marta"}`, 404, 200, 200, 200},
		"POST /conversations/{id}/reply":           {c("reply"), `{"text":"Hello."}`, 404, 200, 200, 200},
		"POST /conversations/{id}/uploads":         {c("uploads"), `{"name":"a.txt","type":"text/plain","size":1,"sha256":"` + strings.Repeat("0", 64) + `"}`, 404, 200, 200, 200},
		"POST /uploads":                            {"/api/v1/uploads?brand=acme-air", `{"name":"a.txt","type":"text/plain","size":1,"sha256":"` + strings.Repeat("0", 64) + `"}`, 404, 200, 200, 200},
		"POST /conversations/{id}/note":            {c("note"), `{"text":"x"}`, 404, 200, 200, 200},
		"POST /conversations/{id}/snooze":          {c("snooze"), later, 404, 200, 200, 200},
		"POST /conversations/{id}/resolve":         {c("resolve"), "", 404, 200, 409, 409}, // once
		"POST /conversations/{id}/reopen":          {c("reopen"), "", 404, 200, 409, 409},
		"POST /conversations/{id}/allow_receipts":  {c("allow_receipts"), "", 404, 200, 200, 200},
		"POST /conversations/{id}/correct":         {c("correct"), `{"label":"neutral"}`, 404, 200, 200, 200},
		"POST /conversations/{id}/confirm_persona": {c("confirm_persona"), `{"card":"habitual"}`, 404, 409, 409, 409},
		"POST /conversations/{id}/dismiss_persona": {c("dismiss_persona"), `{"card":"habitual"}`, 404, 409, 409, 409},
		"POST /conversations/{id}/confirm":         {c("confirm"), "", 404, 409, 409, 409},
		"POST /conversations/{id}/forward":         {c("forward"), `{"to":"desk@belts.example","text":"Look."}`, 404, 200, 200, 200},
		"POST /conversations/{id}/merge":           {c("merge"), `{"into":"` + conversation + `"}`, 404, 409, 409, 409}, // into itself
		"POST /conversations/{id}/unmerge":         {c("unmerge"), "", 404, 409, 409, 409},                              // it is merged into nothing
		"POST /conversations/{id}/split":           {c("split"), `{"messages":["none"]}`, 404, 422, 422, 422},
		"POST /conversations/{id}/relate":          {c("relate"), `{"to":"` + conversation + `"}`, 404, 409, 409, 409}, // to itself
		"POST /conversations/{id}/unrelate":        {c("unrelate"), `{"to":"` + conversation + `"}`, 404, 409, 409, 409},
		"POST /conversations/{id}/refuse":          {c("refuse"), "", 404, 409, 409, 409},

		"GET /macros":                    {"/api/v1/macros?brand=acme-air", "", 404, 200, 200, 200},
		"POST /macros":                   {"/api/v1/macros?brand=acme-air", `{"name":"x","texts":{"en":"x"}}`, 404, 403, 200, 200},
		"PUT /macros/{id}":               {"/api/v1/macros/none?brand=acme-air", `{"name":"x","texts":{"en":"x"}}`, 404, 403, 404, 404},
		"DELETE /macros/{id}":            {"/api/v1/macros/none?brand=acme-air", "", 404, 403, 404, 404},
		"GET /bulletins":                 {"/api/v1/bulletins?brand=acme-air", "", 404, 200, 200, 200},
		"POST /bulletins":                {"/api/v1/bulletins?brand=acme-air", `{"text":"x"}`, 404, 403, 200, 200},
		"PUT /bulletins/{id}":            {"/api/v1/bulletins/none?brand=acme-air", `{"text":"x"}`, 404, 403, 404, 404},
		"DELETE /bulletins/{id}":         {"/api/v1/bulletins/none?brand=acme-air", "", 404, 403, 404, 404},
		"GET /views":                     {"/api/v1/views?brand=acme-air", "", 404, 200, 200, 200},
		"POST /views":                    {"/api/v1/views?brand=acme-air", `{"name":"x"}`, 404, 200, 200, 200},
		"PUT /views/{id}":                {"/api/v1/views/none?brand=acme-air", `{"name":"x"}`, 404, 404, 404, 404},
		"DELETE /views/{id}":             {"/api/v1/views/none?brand=acme-air", "", 404, 404, 404, 404},
		"GET /conversations/{id}/macros": {c("macros"), "", 404, 200, 200, 200},
		"POST /conversations/{id}/check": {c("check"), `{"text":"Dear Ada,"}`, 404, 200, 200, 200},
		"POST /measure":                  {"/api/v1/measure?brand=acme-air", `{"channel":"email","text":"Dear Ada,"}`, 404, 200, 200, 200},
		"PUT /contacts/{id}/card":        {contact + "/card", `{"name":"Ada"}`, 404, 200, 200, 200},

		"POST /conversations/{id}/take_back": {c("take_back"), `{"answer":"000001-99"}`, 404, 409, 409, 409},
		"POST /conversations/{id}/undo":      {c("undo"), "", 404, 409, 409, 200},    // who tagged it last
		"POST /conversations/{id}/pass_on":   {c("pass_on"), "", 404, 200, 409, 409}, // who has it
		"POST /conversations/{id}/tag":       {c("tag"), `{"add":["vip"]}`, 404, 200, 200, 200},

		"POST /contacts/{id}/forget": {contact + "/forget", "", 404, 403, 200, 200},
		"POST /contacts/{id}/export": {contact + "/export", "", 404, 403, 200, 200},
		"GET /contacts/{id}/demands": {contact + "/demands", "", 404, 403, 200, 200},

		"GET /conversations/{id}/messages/{message}/aside": {c("messages/none/aside"), "", 404, 404, 404, 404},
		// Each leads one brand at least, and nobody of these both.
		"GET /policy":                             {"/api/v1/policy", "", 200, 403, 200, 200},
		"GET /policy/versions/{version}":          {"/api/v1/policy/versions/none", "", 404, 403, 404, 404},
		"POST /policy/preview":                    {"/api/v1/policy/preview", `{"block":"  - id: x","brand":"acme-air"}`, 403, 403, 422, 422},
		"POST /policy/proposals":                  {"/api/v1/policy/proposals", `{"block":"  - id: x","brand":"acme-air","why":"x"}`, 403, 403, 422, 422},
		"POST /policy/versions/{version}/approve": {"/api/v1/policy/versions/none/approve", "", 404, 403, 404, 404},
		"POST /policy/versions/{version}/refuse":  {"/api/v1/policy/versions/none/refuse", "", 404, 403, 404, 404},
		"POST /policy/rollback":                   {"/api/v1/policy/rollback", "", 409, 403, 409, 409}, // nothing stood before

		"GET /conversations/{id}/messages/{message}/attachments/{number}": {c("messages/none/attachments/0"), "", 404, 404, 404, 404},
	}
}

// Every route, by everybody: without a row here a route fails, and so does a row without its route.
func TestWhoMayDoWhat(t *testing.T) {
	w, _ := openHooked(t, "")
	calls := w.calls(w.complaint())
	for _, r := range console.Routes() {
		name := r.Method + " " + r.Path
		c, ok := calls[name]
		if !ok {
			t.Errorf("%s has no row: say here who may do it", name)
			continue
		}
		delete(calls, name)
		need, known := work.Needs[r.Verb]
		if !known && r.Verb != "" {
			t.Errorf("%s: nothing says which role %q needs", name, r.Verb)
		}
		if lead := c.agent == 403; lead != (need == policy.RoleLead) {
			t.Errorf("%s: the table of verbs says %s, this one %+v", name, need, c)
		}
		for _, who := range []string{"", "nobody-of-ours"} {
			want := http.StatusUnauthorized
			if r.Verb == "" || r.Verb == work.SeeSum && who == "" { // the sum is read on one machine without a name; in the cloud nobody gets here without one
				want = http.StatusOK
			}
			if code := w.ask(who, r.Method, c.path, c.body).Code; code != want {
				t.Errorf("%s by %q: %d, want %d", name, who, code, want)
			}
		}
		for _, x := range []struct {
			who  string
			want int
		}{{"rosa", c.foreign}, {"marta", c.agent}, {"ana", c.lead}, {"ida", c.admin}} {
			if res := w.ask(x.who, r.Method, c.path, c.body); res.Code != x.want {
				t.Errorf("%s by %s: %d, want %d: %s", name, x.who, res.Code, x.want, res.Body)
			}
		}
	}
	for name := range calls {
		t.Errorf("%s is no route", name)
	}
}

// Who leads one brand leads no other.
func TestALeadOfOneBrandIsAnAgentOfTheOthers(t *testing.T) {
	w := open(t)
	for brand, want := range map[string]int{"other-air": 200, "acme-air": 403, "no-air": 404} {
		w.ask("lia", "PUT", "/api/v1/silence?brand="+brand, `{"on":true,"why":"x"}`).is(want)
		w.ask("lia", "GET", "/api/v1/stats/promises?brand="+brand, "").is(want)
	}
	c := w.complaint()
	w.ask("lia", "POST", "/api/v1/conversations/"+c+"/note", `{"text":"x"}`).is(200)
	w.ask("lia", "GET", "/api/v1/audit?brand=acme-air", "").is(403)
}

// Whoever may see something of one brand sees nothing of another: not in lists, and not by an id of the other's.
func TestListsAreOfOnesOwnBrands(t *testing.T) {
	w := open(t)
	w.complaint()
	w.stray(1)
	for _, path := range []string{"/api/v1/queue?view=all", "/api/v1/held", "/api/v1/search?q=suitcase"} {
		var page struct{ Items []any }
		if w.ask("rosa", "GET", path, "").is(200).into(&page); len(page.Items) != 0 {
			t.Errorf("%s shows Rosa %v", path, page.Items)
		}
		if w.ask("marta", "GET", path, "").is(200).into(&page); len(page.Items) != 1 {
			t.Errorf("%s shows Marta %v", path, page.Items)
		}
	}
}

// Nothing that a client sends but the edge's own credential says who it is.
func TestIdentityCannotBeSent(t *testing.T) {
	w := open(t)
	for _, headers := range [][2]string{
		{"Authorization", "Bearer ana"}, {"Authorization", "dev:ana"}, {"Authorization", "Basic ZGV2OmFuYQ=="}, {"Authorization", "Bearer dev:"},
		{"Authorization", "Bearer dev:ANA"}, {"X-Pronto-Agent", "ana"}, {"pronto:agent", "ana"}, {"Sub", "ana"}, {"Cookie", "sub=ana"},
	} {
		if code := w.ask("", "GET", "/api/v1/queue", "", headers[0], headers[1]).Code; code != 401 {
			t.Errorf("%v is answered %d", headers, code)
		}
	}
	r := httptest.NewRequest("GET", "http://localhost/api/v1/queue", nil)
	r.Header.Set("Authorization", "Bearer dev:ana")
	rec := httptest.NewRecorder()
	w.API().ServeHTTP(rec, r) // without the edge, as in the cloud
	if rec.Code != 401 {
		t.Errorf("the function itself takes dev: %d", rec.Code)
	}
}

// What the authorizer has verified names the agent, whichever kind of Cognito's tokens it was.
func TestCognitosTokensNameTheAgent(t *testing.T) {
	w := open(t)
	for name, claims := range map[string]map[string]string{
		"an ID token":     {"sub": "5f1c", "cognito:username": "ana"},
		"an access token": {"sub": "5f1c", "username": "ana"},
		"a claim of ours": {"sub": "5f1c", "cognito:username": "somebody", "pronto:agent": "ana"},
	} {
		r := httptest.NewRequest("GET", "http://localhost/api/v1/queue", nil)
		rec := httptest.NewRecorder()
		w.API().ServeHTTP(rec, r.WithContext(lambda.WithClaims(r.Context(), claims)))
		if rec.Code != http.StatusOK {
			t.Errorf("%s: %d", name, rec.Code)
		}
	}
}

func TestWhatIsWrongIsSaidInWords(t *testing.T) {
	w := open(t)
	id := w.complaint()
	long := func(n int) string { return `{"text":"` + strings.Repeat("é", n) + `"}` }
	for _, c := range []struct {
		method, path, body string
		headers            []string
		status             int
		field, code        string
	}{
		{"GET", conv("nosuchconversatn"), "", nil, 404, "", "not_found"},
		{"GET", conv(strings.Repeat("a", 5000)), "", nil, 404, "", "not_found"},
		{"GET", conv(id) + "?messages_after=x", "", nil, 400, "messages_after", ""},
		{"GET", "/api/v1/queue?view=best", "", nil, 400, "view", ""},
		{"GET", "/api/v1/queue?channel=pigeon", "", nil, 400, "channel", ""},
		{"GET", "/api/v1/queue?cursor=%25", "", nil, 400, "cursor", ""},
		{"GET", "/api/v1/queue?cursor=" + strings.Repeat("QUFB", 1000), "", nil, 400, "cursor", ""},
		{"GET", "/api/v1/nothing", "", nil, 404, "", ""},
		{"DELETE", conv(id), "", nil, 405, "", ""},
		{"POST", "/api/v1/queue", "{}", nil, 405, "", ""},
		{"POST", conv(id, "forget"), "{}", nil, 404, "", ""},
		{"POST", conv(id, "claim"), `{"text":"x"}`, nil, 400, "text", ""},
		{"POST", conv(id, "claim"), `{`, nil, 400, "", ""},
		{"POST", conv(id, "claim"), `{} {}`, nil, 400, "", ""},
		{"POST", conv(id, "claim"), "", []string{"If-Match", "x"}, 400, "If-Match", ""},
		{"POST", conv(id, "claim"), "", []string{"If-Match", `"99"`}, 412, "", "version_changed"},
		{"POST", conv(id, "claim"), "", []string{"If-Match", "0"}, 412, "", "version_changed"},
		{"POST", conv(id, "claim"), "", []string{"Idempotency-Key", strings.Repeat("k", 201)}, 400, "Idempotency-Key", ""},
		{"POST", conv(id, "claim"), "", []string{"Idempotency-Key", "é"}, 400, "Idempotency-Key", ""},
		{"POST", conv(id, "reply"), "", nil, 422, "text", ""},
		{"POST", conv(id, "reply"), `{"text":" \n\u0000 "}`, nil, 422, "text", ""},
		{"POST", conv(id, "reply"), `{"text":7}`, nil, 400, "text", ""},
		{"POST", conv(id, "reply"), `[]`, nil, 400, "", ""},
		{"POST", conv(id, "reply"), long(20_001), nil, 422, "text", "too_many_characters"},
		{"POST", conv(id, "reply"), long(200_000), nil, 413, "", ""},
		{"POST", conv(id, "note"), long(20_001), nil, 422, "text", ""},
		{"POST", conv(id, "assign"), `{"to":"rosa"}`, nil, 422, "to", ""},
		{"POST", conv(id, "assign"), `{"to":"team:other"}`, nil, 422, "to", ""},
		{"POST", conv(id, "assign"), `{}`, nil, 422, "to", ""},
		{"POST", conv(id, "snooze"), `{"until":"tomorrow"}`, nil, 400, "until", ""},
		{"POST", conv(id, "snooze"), `{"until":"2026-11-23T08:00:00Z"}`, nil, 422, "until", "not_in_the_future"},
		{"POST", conv(id, "snooze"), `{"until":"2226-11-23T08:00:00Z"}`, nil, 422, "until", ""},
		{"POST", conv(id, "reopen"), "", nil, 409, "", "not_resolved"},
		{"POST", conv(id, "correct"), "{}", nil, 422, "", ""},
		{"POST", conv(id, "correct"), `{"label":"furious"}`, nil, 422, "label", ""},
		{"POST", conv(id, "correct"), `{"language":"Italian"}`, nil, 422, "language", ""},
		{"POST", conv(id, "correct"), `{"priority":"high!"}`, nil, 422, "priority", ""},
		{"POST", conv(id, "correct"), `{"label":"neutral","message":"none"}`, nil, 422, "message", ""},
		{"POST", conv(id, "correct"), `{"label":"neutral","message":"none","x":1}`, nil, 400, "x", ""},
		{"POST", conv(id, "confirm_persona"), "", nil, 422, "card", ""},
		{"POST", conv(id, "dismiss_persona"), `{"card":"gloomy"}`, nil, 422, "card", ""},
		{"POST", conv(id, "dismiss_persona"), `{"card":"habitual"}`, nil, 409, "", "no_hint"},
		{"PUT", "/api/v1/silence?brand=acme-air", `{}`, nil, 400, "on", ""},
		{"PUT", "/api/v1/silence?brand=acme-air", `{"on":"yes"}`, nil, 400, "on", ""},
		{"PUT", "/api/v1/silence?brand=acme-air", `{"on":true,"why":"` + strings.Repeat("x", 501) + `"}`, nil, 400, "why", ""},
		{"PUT", "/api/v1/silence?brand=nobody", `{"on":true}`, nil, 404, "brand", ""},
		{"GET", "/api/v1/reconciliation?day=x", "", nil, 400, "day", ""},
	} {
		res := w.ask("ana", c.method, c.path, c.body, c.headers...)
		p := res.problem()
		if res.Code != c.status || p.Field != c.field || p.Code != c.code {
			t.Errorf("%s %.80s %.40s %.40q: %d %+v; want %d, field %q, code %q", c.method, c.path, c.body, c.headers, res.Code, p, c.status, c.field, c.code)
		}
	}
	if c := w.ask("ana", "GET", conv(id), "").conversation(); c.Version != 1 || len(c.Messages) != 2 {
		t.Errorf("refused requests left %+v", c)
	}
	if allow := w.ask("ana", "POST", "/api/v1/queue", "{}").Header().Get("Allow"); allow != "GET, HEAD" {
		t.Errorf("Allow: %q", allow)
	}
}
