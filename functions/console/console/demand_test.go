package console_test

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/functions/console/work"
	"pronto/functions/forget/forget"
	"pronto/infra/local/desktest"
	"pronto/infra/pronto/edge"
	"pronto/infra/wiring"
	"pronto/shared/channel/webhook"
)

// rows are all rows of the table, as text, by their keys.
func (w *world) rows() map[string]map[string]types.AttributeValue {
	w.t.Helper()
	all := map[string]map[string]types.AttributeValue{}
	pages := dynamodb.NewScanPaginator(dynamodb.NewFromConfig(w.Setup.AWS), &dynamodb.ScanInput{TableName: aws.String(wiring.Table)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, i := range page.Items {
			all[value(i["PK"])+" "+value(i["SK"])] = i
		}
	}
	return all
}

func value(v types.AttributeValue) string {
	s, _ := v.(*types.AttributeValueMemberS)
	if s == nil {
		return ""
	}
	return s.Value
}

// objects are the keys of all that lies in the bucket, old versions too, with what can be read.
func (w *world) objects() map[string]string {
	w.t.Helper()
	all, client := map[string]string{}, w.Setup.S3()
	pages := s3.NewListObjectVersionsPaginator(client, &s3.ListObjectVersionsInput{Bucket: aws.String(wiring.Bucket)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		for _, v := range page.Versions {
			all[*v.Key+" "+*v.VersionId] = ""
			if out, err := client.GetObject(w.t.Context(), &s3.GetObjectInput{Bucket: aws.String(wiring.Bucket), Key: v.Key}); err == nil {
				b, _ := io.ReadAll(out.Body)
				all[*v.Key+" "+*v.VersionId] = string(b)
			}
		}
		for _, m := range page.DeleteMarkers {
			all[*m.Key+" "+*m.VersionId] = ""
		}
	}
	return all
}

// traces are the rows and objects in which one of the words stands. What agents' requests are known by, how a promise ended, and the turns of somebody else's
// conversation keep the id of one that is gone: a keyed hash of nothing.
func (w *world) traces(words ...string) (all []string) {
	for key, i := range w.rows() {
		text := key
		for _, v := range i {
			text += " " + value(v)
		}
		for _, word := range words {
			if strings.Contains(text, word) && !(known(word) && (strings.HasPrefix(key, "K#acme-air#agent#") || strings.HasPrefix(key, "G#") || strings.Contains(key, " T#"))) {
				all = append(all, word+": "+key)
			}
		}
	}
	for key, text := range w.objects() {
		for _, word := range words {
			if strings.Contains(key+text, word) {
				all = append(all, word+": "+key)
			}
		}
	}
	slices.Sort(all)
	return all
}

// known tells whether a word is an id of ours.
func known(word string) bool { return len(word) == 16 && !strings.ContainsAny(word, "@. ") }

func (r response) demand() (d work.Demand) {
	r.t.Helper()
	r.is(http.StatusOK).into(&d)
	return d
}

func (w *world) demands(contact string) []work.Demand {
	w.t.Helper()
	var page work.DemandPage
	w.ask("ana", "GET", "/api/v1/contacts/"+contact+"/demands", "").is(http.StatusOK).into(&page)
	return page.Items
}

// ada writes, is answered, is spoken of, and has something held: all that may be kept of one customer.
func (w *world) ada() (conversation, contact string) {
	w.t.Helper()
	id := w.complaint()
	w.Turn(3 * time.Minute)
	w.ask("ana", "POST", conv(id, "note"), `{"text":"Ada calls often."}`).is(200)
	w.ask("ana", "POST", conv(id, "correct"), `{"label":"neutral"}`).is(200)
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"We shall look for it, Ada."}`).is(200)
	w.ask("oleg", "PUT", conv(id, "presence"), `{"typing":true}`).is(200)
	w.ask("marta", "PUT", conv(id, "presence"), "").is(200)
	w.ask("marta", "DELETE", conv(id, "presence"), "").is(200)
	w.Settle()
	w.SendMail("ada@home.example", "From: Ada Marsh <ada@home.example>\nTo: nobody@acme.example\nSubject: Again\nMessage-ID: <3@home.example>\n\nAnd Marsh is my name.\n", "nobody@acme.example")
	w.Settle()
	c := w.ask("ana", "GET", conv(id), "").conversation()
	w.ask("ana", "POST", "/api/v1/contacts/"+c.Contact.ID+"/block", `{"why":"Ada shouts."}`).is(200)
	w.ask("ana", "POST", "/api/v1/contacts/"+c.Contact.ID+"/unblock", `{"why":"Ada is calm."}`).is(200)
	return id, c.Contact.ID
}

// all that may tell of Ada.
var ofAda = []string{"ada@home.example", "Ada", "Marsh", "home.example"}

// A customer is given all that is kept about her, then forgotten: nothing of her is left anywhere but a receipt and a tombstone of keyed hashes, and nobody else
// loses anything.
func TestACustomerIsForgotten(t *testing.T) {
	w := open(t)
	id, contact := w.ada()
	w.mail(2, "My seat", "Where is my seat?")
	others := len(w.traces("My seat"))
	at := "/api/v1/contacts/" + contact

	w.ask("marta", "POST", at+"/export", "").is(403)
	w.ask("marta", "POST", at+"/forget", "").is(403)
	w.ask("marta", "GET", at+"/demands", "").is(403)
	w.ask("rosa", "POST", at+"/forget", "").is(404)
	w.ask("", "POST", at+"/forget", "").is(401)
	w.ask("ana", "POST", "/api/v1/contacts/aaaaaaaaaaaaaaaa/forget", "").is(404)
	w.ask("ana", "POST", at+"/forget", `{"why":1}`).is(400)
	if n := len(w.demands(contact)); n != 0 {
		t.Fatalf("%d demands that nobody may make", n)
	}

	if d := w.ask("ana", "POST", at+"/export", `{"why":"She asked."}`, "Idempotency-Key", "x").demand(); d.State != "under_way" || d.Kind != "export" {
		t.Fatalf("ordered: %+v", d)
	}
	w.Settle()
	d := w.ask("ana", "POST", at+"/export", `{"why":"She asked."}`, "Idempotency-Key", "x").demand()
	if d.State != "done" || d.Copy == nil || d.Copied["messages"] != 2 || d.Copied["held"] != 1 || d.Copied["objects"] != 3 || d.LeftOut != 0 {
		t.Fatalf("exported: %+v", d)
	}
	data, files := unpacked(t, d.Copy.URL)
	if data.Card == nil || data.Card.Party.Address != "ada@home.example" || len(data.Conversations) != 1 || len(data.Conversations[0].Turns) < 3 || len(data.Conversations[0].Sent) == 0 || len(data.Held) != 1 {
		t.Errorf("the copy: %+v", data)
	}
	for _, want := range []string{"My suitcase arrived broken", "We shall look for it, Ada.", "And Marsh is my name."} {
		if !slices.ContainsFunc(files, func(f string) bool { return strings.Contains(f, want) }) {
			t.Errorf("no file of the copy has %q", want)
		}
	}

	before := w.rows()
	w.Turn(time.Minute)
	d = w.ask("ana", "POST", at+"/forget", `{"why":"Article 17."}`, "Idempotency-Key", "y").demand()
	w.Settle()
	if left := w.traces(append(ofAda, id)...); len(left) > 0 {
		t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
	}
	if n := len(w.traces("My seat")); n != others {
		t.Errorf("of somebody else's %d traces %d are left", others, n)
	}
	all := w.demands(contact)
	if len(all) != 2 || all[0].ID != d.ID || all[0].State != "done" || len(all[0].Remains) != 2 {
		t.Fatalf("demands: %+v", all)
	}
	want := map[string]int{"contact": 1, "conversations": 1, "messages": 3, "labels": 1, "held": 1, "audit_reasons": 2, "objects": 5, "versions": 7} // what agents wrote was written twice
	for what, n := range want {
		if all[0].Removed[what] != n {
			t.Errorf("removed %d of %s, want %d: %v", all[0].Removed[what], what, n, all[0].Removed)
		}
	}
	if all[0].Removed["keys"] < 3 || all[0].Removed["turns"] < 4 || all[0].Removed["effects"] < 2 {
		t.Errorf("removed %v", all[0].Removed)
	}
	if again := w.ask("ana", "POST", at+"/forget", `{"why":"Article 17."}`, "Idempotency-Key", "y").is(200); again.Header().Get("Idempotency-Replayed") != "true" {
		t.Error("the same request was taken twice")
	}
	w.ask("ana", "GET", conv(id), "").is(404)
	sum := w.Day("2026-11-23")
	if errs := w.Errors(); len(errs) > 0 || !sum.Balanced || sum.Received != 1 {
		t.Errorf("invocations failed: %v; the sum is %+v", errs, sum)
	}

	w.Turn(time.Minute)
	// She writes again: that is a new beginning, and stays.
	w.SendMail("ada@home.example", strings.Replace(angry, "<1@", "<9@", 1), "care@acme.example")
	w.Settle()
	// The table is restored to yesterday: the next round forgets her again, and not what she has written since.
	client := dynamodb.NewFromConfig(w.Setup.AWS)
	for key, i := range before {
		if strings.HasPrefix(key, "C#acme-air#"+id) {
			if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(wiring.Table), Item: i}); err != nil {
				t.Fatal(err)
			}
		}
	}
	w.ask("ana", "GET", conv(id), "").is(200)
	w.Schedule("forget")
	w.ask("ana", "GET", conv(id), "").is(404)
	if left := w.traces("ada@home.example"); len(left) < 3 {
		t.Errorf("of what she wrote since is left: %q", left)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// unpacked is the data of a copy, and its files.
func unpacked(t *testing.T, url string) (data forget.Copy, files []string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("get the copy: %d %v %.200s", res.StatusCode, err, b)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name == "data.json" {
			if err := json.Unmarshal(text, &data); err != nil {
				t.Fatal(err)
			}
			continue
		}
		files = append(files, string(text))
	}
	return data, files
}

// Who was let into somebody else's conversation is forgotten there, too; the conversation stays its customer's.
func TestAParticipantIsForgotten(t *testing.T) {
	w := open(t)
	hers := w.complaint()
	signed := address(w.last("receipt").Headers["Reply-To"])
	w.Turn(10 * time.Minute)
	left := w.from(1, "otto@work.example", signed, "It is my suitcase, too. When does it come?")
	his := left[0].Conversation
	w.ask("ana", "POST", conv(his, "confirm"), "{}").is(200)
	w.Turn(10 * time.Minute)
	w.from(2, "otto@work.example", address(left[0].Headers["Reply-To"]), "It has four wheels, by the way.", "In-Reply-To: "+left[0].Headers["Message-ID"])
	// He got a receipt, and what Ada writes within two minutes shares it.
	w.Turn(time.Minute)
	if more := w.from(3, "ada@home.example", signed, "The wheels are mine."); len(more) != 0 {
		t.Fatalf("no receipt is shared: %+v", more)
	}
	w.Turn(10 * time.Minute)
	w.from(4, "otto@work.example", address(left[0].Headers["Reply-To"]), "And a blue ribbon.", "In-Reply-To: "+left[0].Headers["Message-ID"])
	w.ask("ana", "POST", conv(hers, "reply"), `{"text":"Four wheels: noted."}`).is(200)
	w.Settle()
	if p := w.last("reply"); p.To != "otto@work.example" {
		t.Fatalf("who wrote last is answered: %+v", p)
	}
	received := w.Day("2026-11-23").Received
	contact := w.ask("ana", "GET", conv(his), "").conversation().Contact.ID
	w.newer(hers, `"coming":"otto@work.example"`)
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", "").is(200)
	w.Settle()
	if sum := w.Day("2026-11-23"); !sum.Balanced || sum.Received != received-3 || sum.Receipted != 2 {
		t.Errorf("the sum was of %d, and is %+v", received, sum)
	}
	if all := w.traces("otto", "four wheels", his); len(all) > 0 {
		t.Errorf("left of him:\n%s", strings.Join(all, "\n"))
	}
	c := w.ask("ana", "GET", conv(hers), "").conversation()
	if len(c.Participants) != 0 || len(c.Parts) != 0 || !slices.ContainsFunc(c.Messages, func(m work.Message) bool { return m.Kind == "reply" && m.Text == "Four wheels: noted." }) {
		t.Errorf("hers: %+v", c)
	}
	if d := w.demands(contact)[0]; d.State != "done" || d.Removed["participations"] != 1 {
		t.Errorf("the receipt: %+v", d)
	}
	w.ask("ana", "POST", conv(hers, "reply"), `{"text":"It comes tomorrow."}`).is(200)
	w.Settle()
	if to := w.last("reply").To; to != "ada@home.example" {
		t.Errorf("the answer went to %s", to)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A receipt to a participant waits when he is forgotten: it never leaves, and the message of hers that was to share it says why there is none.
func TestAForgottenParticipantIsNotWrittenTo(t *testing.T) {
	w := open(t)
	w.complaint()
	signed := address(w.last("receipt").Headers["Reply-To"])
	w.Turn(10 * time.Minute)
	left := w.from(1, "otto@work.example", signed, "It is my suitcase, too. When does it come?")
	his := left[0].Conversation
	w.ask("ana", "POST", conv(his, "confirm"), "{}").is(200)
	w.Turn(10 * time.Minute)
	w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":true,"why":"Wrong hours."}`).is(200)
	w.Turn(time.Minute)
	w.from(2, "otto@work.example", address(left[0].Headers["Reply-To"]), "It has four wheels, by the way.", "In-Reply-To: "+left[0].Headers["Message-ID"])
	w.Turn(time.Minute)
	w.from(3, "ada@home.example", signed, "The wheels are mine.")
	contact := w.ask("ana", "GET", conv(his), "").conversation().Contact.ID
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", "").is(200)
	w.Settle()
	w.ask("ana", "PUT", "/api/v1/silence?brand=acme-air", `{"on":false}`).is(200)
	before := len(w.Outbox())
	w.Turn(10 * time.Minute)
	if out := w.Outbox()[before:]; len(out) != 0 {
		t.Errorf("left since: %+v", out)
	}
	if all := w.traces("otto", "four wheels", his); len(all) > 0 {
		t.Errorf("left of him:\n%s", strings.Join(all, "\n"))
	}
	if sum := w.Day("2026-11-23"); !sum.Balanced || sum.Received != 2 || sum.Receipted != 1 || sum.Suppressed["forgotten"] != 1 {
		t.Errorf("the sum: %+v", sum)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// Of who never was a customer, something is held, and an agent has blocked him. He is forgotten, too; and when table and bucket are restored to the day before, the
// next round forgets him again, with all that was forgotten the first time; what was noted of him since is let be.
func TestWhatIsHeldStaysForgotten(t *testing.T) {
	w := open(t)
	w.stray(1)
	piece := w.held("ana", "")[0]
	w.ask("ana", "POST", "/api/v1/held/"+piece.ID+"/block", `{"why":"Otto Marsh sells ribbons."}`).is(200)
	rows, objects := w.rows(), w.objects()
	var contact, who string
	for key, i := range rows {
		if id, ok := strings.CutPrefix(value(i["PK"]), "P#acme-air#"); ok {
			contact = id
			var c struct {
				Party struct {
					Address string `json:"address"`
				} `json:"party"`
			}
			if err := json.Unmarshal([]byte(value(i["doc"])), &c); err != nil {
				t.Fatal(key, err)
			}
			who = c.Party.Address
		}
	}
	w.Turn(time.Minute)
	w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", "").is(200)
	w.Settle()
	if left := w.traces(who, "ribbons"); who == "" || len(left) > 0 {
		t.Fatalf("left of %q:\n%s", who, strings.Join(left, "\n"))
	}

	client, s3s := dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.S3()
	for _, i := range rows {
		if _, err := client.PutItem(t.Context(), &dynamodb.PutItemInput{TableName: aws.String(wiring.Table), Item: i}); err != nil {
			t.Fatal(err)
		}
	}
	for key, text := range objects {
		if key, _, _ = strings.Cut(key, " "); strings.HasPrefix(key, "mail/") {
			if _, err := s3s.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String(wiring.Bucket), Key: &key, Body: strings.NewReader(text)}); err != nil {
				t.Fatal(err)
			}
		}
	}
	if len(w.traces(who)) < 3 || len(w.traces("ribbons")) == 0 {
		t.Fatal("nothing was restored")
	}
	w.Schedule("forget")
	if left := w.traces(who, "ribbons"); len(left) > 0 {
		t.Errorf("left of him:\n%s", strings.Join(left, "\n"))
	}
	w.Turn(time.Minute)
	w.SendMail(who, "From: "+who+"\nTo: luggage@acme.example\nSubject: Again\nMessage-ID: <9@p.example>\n\nWhere is it?\n", "luggage@acme.example")
	w.Settle()
	piece = w.held("ana", "")[0]
	w.ask("ana", "POST", "/api/v1/held/"+piece.ID+"/block", `{"why":"More ribbons."}`).is(200)
	is := len(w.traces(who, "ribbons"))
	w.Schedule("forget")
	if n := len(w.traces(who, "ribbons")); is < 3 || n != is {
		t.Errorf("of what came since %d of %d traces are left", n, is)
	}
	if errs := w.Errors(); len(errs) > 0 {
		t.Errorf("invocations failed: %v", errs)
	}
}

// A mention, its edit and its deletion are objects of their own: all go.
func TestWhoMentionedIsForgotten(t *testing.T) {
	w := open(t)
	for n, body := range []string{
		`{"id":"77","author":{"handle":"@eva","name":"Eva Kranz"},"text":"My wheel is broken.","created_at":"2026-11-23T08:59:00Z","brand":"acme-air"}`,
		`{"id":"77","event":"edited","text":"My blue wheel is broken.","updated_at":"2026-11-23T09:01:00Z","brand":"acme-air"}`,
	} {
		w.post(n, body)
		w.Settle()
		w.Turn(2 * time.Minute)
	}
	var page work.Page
	w.ask("ana", "GET", "/api/v1/search?q=%40eva&brand=acme-air", "").is(200).into(&page)
	if len(page.Items) != 1 {
		t.Fatalf("found %+v", page)
	}
	w.ask("ana", "POST", "/api/v1/contacts/"+page.Items[0].Contact.ID+"/forget", "").is(200)
	w.Settle()
	if all := w.traces("eva", "wheel", "Kranz"); len(all) > 0 {
		t.Errorf("left of her:\n%s", strings.Join(all, "\n"))
	}
}

// Whatever write fails, and however: in the end she is forgotten, and nobody else.
func TestForgettingSurvivesEveryFault(t *testing.T) {
	var id string
	story := func(t *testing.T, f *desktest.Fault) (*desktest.Desk, int) {
		d := desktest.NewBroken(t, desktest.Options{Start: monday}, f)
		d.SendMail("ada@home.example", angry, "care@acme.example")
		d.SendMail("bo@work.example", "From: bo@work.example\nTo: care@acme.example\nSubject: My seat\nMessage-ID: <7@work.example>\n\nWhere is my seat?\n", "care@acme.example")
		d.Settle()
		for _, p := range d.Outbox() {
			if p.To == "ada@home.example" {
				id = p.Conversation
			}
		}
		w := &world{Desk: d, t: t, api: edge.AsAgent(d.API())}
		contact, before := w.ask("ana", "GET", conv(id), "").conversation().Contact.ID, len(f.Writes())
		for range 6 {
			if w.ask("ana", "POST", "/api/v1/contacts/"+contact+"/forget", `{"why":"Article 17."}`, "Idempotency-Key", "y").Code == http.StatusOK {
				break
			}
			d.Turn(time.Minute)
			w.api = edge.AsAgent(d.API()) // started again after a crash
		}
		d.Settle()
		d.Clock.Turn(91 * time.Minute) // a batch that failed is visible again after six times fifteen minutes
		d.Settle()
		return d, before
	}
	check := func(t *testing.T, d *desktest.Desk) {
		w := &world{Desk: d, t: t, api: edge.AsAgent(d.API())}
		if left := w.traces(append(ofAda, id)...); len(left) > 0 {
			t.Errorf("left of her:\n%s", strings.Join(left, "\n"))
		}
		if n := len(w.traces("My seat")); n < 2 {
			t.Errorf("%d traces of somebody else", n)
		}
		if sum := d.Day("2026-11-23"); !sum.Balanced {
			t.Errorf("the day's sum is %+v", sum)
		}
	}
	whole := &desktest.Fault{}
	d, before := story(t, whole)
	check(t, d)
	for i, op := range whole.Writes() {
		if i < before || strings.HasPrefix(op, "SESv2") {
			continue
		}
		for _, mode := range []desktest.Mode{desktest.NotDone, desktest.After} {
			t.Run(fmt.Sprintf("%d %s %s", i+1, op, mode), func(t *testing.T) {
				d, _ := story(t, &desktest.Fault{At: i + 1, Mode: mode})
				check(t, d)
			})
		}
	}
}

// post posts a mention as a bridge does.
func (w *world) post(n int, body string) {
	w.t.Helper()
	secrets, _, err := w.HookSecrets(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := webhook.ParseSecrets(secrets)
	if err != nil {
		w.t.Fatal(err)
	}
	r := httptest.NewRequest(http.MethodPost, "http://localhost/hooks/custom", strings.NewReader(body))
	if r.Header, err = s.Sign(fmt.Sprintf("msg_%d", n), w.Clock.Now(), []byte(body)); err != nil {
		w.t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	w.Hooks().ServeHTTP(rec, r)
	if rec.Code != http.StatusAccepted {
		w.t.Fatalf("post: %d %s", rec.Code, rec.Body)
	}
}

// newer puts a member into a conversation's head that this version has no field for.
func (w *world) newer(id, member string) {
	w.t.Helper()
	_, err := dynamodb.NewFromConfig(w.Setup.AWS).UpdateItem(w.t.Context(), &dynamodb.UpdateItemInput{
		TableName: aws.String(wiring.Table), Key: map[string]types.AttributeValue{"PK": &types.AttributeValueMemberS{Value: "C#acme-air#" + id}, "SK": &types.AttributeValueMemberS{Value: "@"}},
		UpdateExpression: aws.String("SET #d = :d"), ConditionExpression: aws.String("attribute_exists(#d)"), ExpressionAttributeNames: map[string]string{"#d": "doc"},
		ExpressionAttributeValues: map[string]types.AttributeValue{":d": &types.AttributeValueMemberS{Value: "{" + member + "," + strings.TrimPrefix(w.head(id), "{")}},
	})
	if err != nil {
		w.t.Fatal(err)
	}
}

// head is what a conversation's head has.
func (w *world) head(id string) string {
	for _, i := range w.rows() {
		if value(i["PK"]) == "C#acme-air#"+id && value(i["SK"]) == "@" {
			return value(i["doc"])
		}
	}
	w.t.Fatal("there is no head")
	return ""
}
