package receive

import (
	"cmp"
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"

	"pronto/infra/local/faults"
	"pronto/shared/channel/custom"
	"pronto/shared/channel/network"
	"pronto/shared/channel/webhook"
	"pronto/shared/setup"
)

func TestTaken(t *testing.T) {
	p := newPlace(t)
	status, v := p.post(p.signed(mention))
	id, _ := v["id"].(string)
	if status != http.StatusAccepted || len(id) != 16 {
		t.Fatalf("%d %v", status, v)
	}
	kept, told := p.kept(), p.told()
	if len(kept) != 1 || len(told) != 1 {
		t.Fatalf("kept %v, told %v", kept, told)
	}
	n := told[0]
	if n.ID != id || n.Brand != "acme-air" || n.Bucket != "raw" || !n.ReceivedAt.Equal(start) || !strings.HasPrefix(n.Key, "custom/2026-11-23/"+id+"-") || kept[n.Key] != mention {
		t.Errorf("%+v", n)
	}
	for _, word := range []string{"mira", "Mira", "suitcase", "net-1234", "192.0.2.9"} {
		if strings.Contains(p.log.String(), word) {
			t.Errorf("the log has %q: %s", word, p.log.String())
		}
	}
	if !strings.Contains(p.log.String(), id) {
		t.Errorf("the log does not have the message: %s", p.log.String())
	}
}

func TestTheSameTwice(t *testing.T) {
	p := newPlace(t)
	_, first := p.post(p.signed(mention))
	p.now = p.now.Add(time.Hour)
	status, second := p.post(p.signed(mention))
	if status != http.StatusAccepted || first["id"] != second["id"] {
		t.Errorf("%d %v after %v", status, second, first)
	}
	if kept := p.kept(); len(kept) != 1 {
		t.Errorf("%d objects", len(kept))
	}
}

// TestAnotherTextUnderTheSameID, be it an edit or a mistake of the bridge's, overwrites nothing.
func TestAnotherTextUnderTheSameID(t *testing.T) {
	p := newPlace(t)
	ids := map[any]bool{}
	for _, body := range []string{
		mention, strings.Replace(mention, "suitcase", "bag", 1), `{"id":"net-1234","event":"edited","text":"my bag is lost"}`, `{"id":"net-1234","event":"deleted"}`,
	} {
		status, v := p.post(p.signed(body))
		if ids[v["id"]] = true; status != http.StatusAccepted {
			t.Errorf("%s: %d %v", body, status, v)
		}
	}
	kept, told := p.kept(), p.told()
	if len(ids) != 1 || len(kept) != 4 || len(told) != 4 || kept[told[0].Key] == "" {
		t.Errorf("%d ids, %d kept, %d told", len(ids), len(kept), len(told))
	}
}

func TestNotBelieved(t *testing.T) {
	p := newPlace(t)
	details := map[any]bool{}
	for _, c := range []struct {
		name   string
		change func(*events.APIGatewayV2HTTPRequest)
		title  string
	}{
		{"no signature", func(ev *events.APIGatewayV2HTTPRequest) { delete(ev.Headers, "webhook-signature") }, "Signature missing"},
		{"no headers", func(ev *events.APIGatewayV2HTTPRequest) { ev.Headers = nil }, "Signature missing"},
		{"half a signature", func(ev *events.APIGatewayV2HTTPRequest) { ev.Headers["webhook-signature"] = "v1,AAAA" }, "Signature malformed"},
		{"another body", func(ev *events.APIGatewayV2HTTPRequest) { ev.Body = strings.Replace(mention, "lost", "fine", 1) }, "Signature wrong"},
		{"a body that is no JSON", func(ev *events.APIGatewayV2HTTPRequest) { ev.Body = "{" }, "Signature wrong"},
		{"another id", func(ev *events.APIGatewayV2HTTPRequest) { ev.Headers["webhook-id"] = "msg_other" }, "Signature wrong"},
		{"another time", func(ev *events.APIGatewayV2HTTPRequest) { ev.Headers["webhook-timestamp"] = "1795424411" }, "Signature wrong"},
	} {
		ev := p.signed(mention)
		c.change(&ev)
		status, v := p.post(ev)
		if status != http.StatusUnauthorized || v["title"] != c.title {
			t.Errorf("%s: %d %v", c.name, status, v)
		}
		details[v["detail"]] = true
	}
	for _, later := range []time.Duration{5*time.Minute + time.Second, -10*time.Minute - 2*time.Second} { // from where the clock stands then
		ev := p.signed(mention)
		p.now = p.now.Add(later)
		status, v := p.post(ev)
		if status != http.StatusUnauthorized || v["title"] != "Signature stale" {
			t.Errorf("%s later: %d %v", later, status, v)
		}
		details[v["detail"]] = true
	}
	if len(details) != 1 {
		t.Errorf("the details differ: %v", details)
	}
	p.nothing("not believed")
}

func TestTooLarge(t *testing.T) {
	p := newPlace(t)
	pad := func(n int) string { return strings.Replace(mention, `{`, `{"pad":"`+strings.Repeat("a", n)+`",`, 1) }
	over := custom.MaxBody - len(pad(0)) + 1
	unsigned := p.signed(pad(over))
	unsigned.Headers = nil
	for name, ev := range map[string]events.APIGatewayV2HTTPRequest{"signed": p.signed(pad(over)), "unsigned": unsigned, "megabytes": p.signed(pad(3 << 20))} {
		if status, v := p.post(ev); status != http.StatusRequestEntityTooLarge || v["title"] != "Too large" {
			t.Errorf("%s: %d %v", name, status, v)
		}
	}
	p.nothing("too large")
	if status, v := p.post(p.signed(pad(over - 1))); status != http.StatusAccepted {
		t.Errorf("at the cap: %d %v", status, v)
	}
}

func TestNotUnderstood(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct{ body, field string }{
		{"", ""}, {"{", ""}, {"[]", ""}, {"{}", "id"}, {strings.Replace(mention, `"net-1234"`, "1234", 1), "id"}, {strings.Replace(mention, "@mira", "", 1), "author.handle"},
		{strings.Replace(mention, "2026", "2027", 1), "created_at"}, {strings.Replace(mention, `{"id"`, `{"brand":"acme-sea","id"`, 1), "brand"},
		{strings.Replace(mention, `{"id"`, `{"event":"liked","id"`, 1), "event"}, {strings.Replace(mention, "Mira Novak", "Mira \xff", 1), ""},
	} {
		status, v := p.post(p.signed(c.body))
		field, _ := v["field"].(string)
		if detail, _ := v["detail"].(string); status != http.StatusBadRequest || field != c.field || !strings.HasPrefix(detail, cmp.Or(c.field, "the body")) {
			t.Errorf("%s: %d %v, want %s", c.body, status, v, c.field)
		}
	}
	p.nothing("not understood")
}

func TestBrands(t *testing.T) {
	p := newPlace(t, "acme-air", "acme-sea")
	if status, v := p.post(p.signed(mention)); status != http.StatusBadRequest || v["field"] != "brand" {
		t.Errorf("no brand of two: %d %v", status, v)
	}
	ids := map[any]bool{}
	for _, b := range []string{"acme-air", "acme-sea"} {
		status, v := p.post(p.signed(strings.Replace(mention, `{"id"`, `{"brand":"`+b+`","id"`, 1)))
		if ids[v["id"]] = true; status != http.StatusAccepted {
			t.Errorf("%s: %d %v", b, status, v)
		}
	}
	if told := p.told(); len(ids) != 2 || len(told) != 2 || told[0].Brand == told[1].Brand {
		t.Errorf("%d ids, told %v", len(ids), told)
	}
}

// A brand whose mentions have a secret of their own is spoken for by nobody else: not by who holds the common one, as a receiver of other posts does.
func TestABrandsOwnSecret(t *testing.T) {
	p := newPlace(t, "acme-air", "acme-sea")
	own := `{"secrets":["` + secret + `"],"for":{"in acme-air":["` + next + `"],"webhook acme-air crm":["` + next + `"]}}`
	must[*secretsmanager.PutSecretValueOutput](t)(secretsmanager.NewFromConfig(p.cfg).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("hooks"), SecretString: &own}))
	for _, c := range []struct {
		brand, secret string
		want          int
	}{
		{"acme-air", secret, http.StatusUnauthorized}, {"acme-sea", next, http.StatusUnauthorized},
		{"acme-air", next, http.StatusAccepted}, {"acme-sea", secret, http.StatusAccepted},
	} {
		body := strings.Replace(mention, `{"id"`, `{"brand":"`+c.brand+`","id"`, 1)
		e := p.signed(body)
		list := must[webhook.Secrets](t)(webhook.ParseSecrets([]string{c.secret}))
		for k, v := range must[http.Header](t)(list.Sign("msg_1", p.now, []byte(body))) {
			e.Headers[strings.ToLower(k)] = v[0]
		}
		if status, v := p.post(e); status != c.want {
			t.Errorf("%s by %.10s…: %d %v, want %d", c.brand, c.secret, status, v, c.want)
		}
	}
}

func TestRotationNeedsNoDeployment(t *testing.T) {
	p := newPlace(t)
	ev := func() events.APIGatewayV2HTTPRequest { // signed with the next secret
		e := p.signed(mention)
		list := must[webhook.Secrets](t)(webhook.ParseSecrets([]string{next}))
		for k, v := range must[http.Header](t)(list.Sign("msg_1", p.now, []byte(mention))) {
			e.Headers[strings.ToLower(k)] = v[0]
		}
		return e
	}
	if status, _ := p.post(ev()); status != http.StatusUnauthorized {
		t.Errorf("the next secret before its time: %d", status)
	}
	both := `{"secrets":["` + secret + `","` + next + `"]}`
	must[*secretsmanager.PutSecretValueOutput](t)(secretsmanager.NewFromConfig(p.cfg).PutSecretValue(t.Context(), &secretsmanager.PutSecretValueInput{SecretId: aws.String("hooks"), SecretString: &both}))
	p.now = p.now.Add(5 * time.Minute)
	for name, e := range map[string]events.APIGatewayV2HTTPRequest{"the former": p.signed(mention), "the next": ev()} {
		if status, v := p.post(e); status != http.StatusAccepted {
			t.Errorf("%s after five minutes: %d %v", name, status, v)
		}
	}
}

// TestEveryWriteBroken: nothing is answered 202 unless both are done, and the sender's next try sets it right, whatever was done before.
func TestEveryWriteBroken(t *testing.T) {
	count := newPlace(t)
	count.post(count.signed(mention))
	writes := count.walk.Writes()
	if want := []string{"S3.PutObject", "SQS.SendMessage"}; !slices.Equal(writes, want) {
		t.Fatalf("writes %v, want %v", writes, want)
	}
	for at := 1; at <= len(writes); at++ {
		for _, persisted := range []bool{false, true} {
			p := newPlace(t)
			p.walk.FailAt, p.walk.Persisted = at, persisted
			status, v := p.post(p.signed(mention))
			if status != http.StatusServiceUnavailable || v["title"] != "Not taken" {
				t.Errorf("%s broken (persisted %v): %d %v", writes[at-1], persisted, status, v)
			}
			if told := len(p.told()); told != 0 && (at != 2 || !persisted) {
				t.Errorf("%s broken (persisted %v): told %d", writes[at-1], persisted, told)
			}
			status, v = p.post(p.signed(mention))
			told := p.told()
			if status != http.StatusAccepted || len(p.kept()) != 1 || len(told) != 1 || told[0].ID != v["id"] {
				t.Errorf("after %s broken (persisted %v): %d %v, told %v", writes[at-1], persisted, status, v, told)
			}
		}
	}
}

func TestServicesDown(t *testing.T) {
	for _, service := range []string{"s3", "sqs", "secretsmanager"} {
		for _, kind := range []faults.Kind{faults.ServerError, faults.Throttle, faults.Torn} {
			p := newPlace(t)
			if err := p.aws.Faults.Set(faults.Fault{Kind: kind, Service: service}); err != nil {
				t.Fatal(err)
			}
			ev := p.signed(mention)
			out, err := p.serve(t.Context(), ev)
			if err != nil || out.StatusCode != http.StatusServiceUnavailable || out.Headers["retry-after"] == "" {
				t.Errorf("%s %s: %d %v", service, kind, out.StatusCode, err)
			}
			if err := p.aws.Faults.Set(); err != nil {
				t.Fatal(err)
			}
			if status, v := p.post(ev); status != http.StatusAccepted {
				t.Errorf("after %s %s: %d %v", service, kind, status, v)
			}
		}
	}
}

func TestOtherRoutes(t *testing.T) {
	p := newPlace(t)
	for _, c := range []struct {
		method, path string
		want         int
	}{{"GET", "/hooks/custom", 405}, {"PUT", "/hooks/custom", 405}, {"POST", "/hooks/custom/x", 404}, {"POST", "/hooks", 404}, {"POST", "/hooks/Custom", 404}} {
		ev := p.signed(mention)
		ev.RequestContext.HTTP.Method, ev.RawPath = c.method, c.path
		if out, err := p.serve(t.Context(), ev); err != nil || out.StatusCode != c.want {
			t.Errorf("%s %s: %d %v", c.method, c.path, out.StatusCode, err)
		}
	}
	p.nothing("other routes")
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	_, err := New(t.Context(), &setup.Setup{Env: func(string) string { return "" }})
	for _, name := range []string{setup.HookSecrets, setup.Bucket, setup.IntakeQueue, setup.Secret, setup.Policy} {
		if err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v does not name %s", err, name)
		}
	}
}

// TestSamples hands the function each file of events/receive, and holds what it tells intake against events/intake/custom-*.json.
func TestSamples(t *testing.T) {
	const dir = "../../../events/"
	want := map[string]int{"created": 202, "edited": 202, "deleted": 202, "forged": 401, "incomplete": 400}
	found := must[[]string](t)(filepath.Glob(dir + "receive/*.json"))
	if len(found) != len(want) {
		t.Errorf("samples %v, expected %v", found, slices.Sorted(maps.Keys(want)))
	}
	for _, path := range found {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		p := newPlace(t)
		var ev events.APIGatewayV2HTTPRequest
		if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(path)), &ev); err != nil {
			t.Fatal(err)
		}
		p.now = time.UnixMilli(ev.RequestContext.TimeEpoch).UTC()
		status, v := p.post(ev)
		if status != want[name] {
			t.Errorf("%s: %d %v, want %d", name, status, v, want[name])
		}
		if status != http.StatusAccepted {
			p.nothing(name)
			continue
		}
		var woken events.SQSEvent
		if err := json.Unmarshal(must[[]byte](t)(os.ReadFile(dir+"intake/custom-"+name+".json")), &woken); err != nil {
			t.Fatal(err)
		}
		n, mine, err := network.DecodeNotice(woken.Records[0].Body)
		n.Bucket = "raw" // of this test
		if told := p.told(); !mine || err != nil || len(told) != 1 || told[0] != n {
			t.Errorf("%s tells %+v, the sample of intake has %+v (%v)", name, told, n, err)
		}
	}
}
