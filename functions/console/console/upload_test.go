package console_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/functions/console/work"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/setup"
	"pronto/shared/store"
	"pronto/shared/triage"
)

// upload lets Ana ask where a file goes that her answer is to carry.
func (w *world) upload(id, name, kind string, content []byte) (up work.Upload) {
	w.t.Helper()
	sum := sha256.Sum256(content)
	body := fmt.Sprintf(`{"name":%q,"type":%q,"size":%d,"sha256":%q}`, name, kind, len(content), hex.EncodeToString(sum[:]))
	w.ask("ana", "POST", conv(id, "uploads"), body).is(200).into(&up)
	return up
}

// put sends bytes to the store as it was said, or with other headers; the status is the store's.
func put(t *testing.T, up work.Upload, content []byte, other ...string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), up.Method, up.URL, bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for name, v := range up.Headers {
		r.Header.Set(name, v)
	}
	for i := 0; i+1 < len(other); i += 2 {
		r.Header.Set(other[i], other[i+1])
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	return res.StatusCode
}

// Ana answers with a voucher and a picture. Ada gets both byte for byte; the timeline names them, and they can be had again.
func TestAnAnswerCarriesFiles(t *testing.T) {
	w := open(t)
	id := w.complaint()
	voucher, picture := append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte{0, 1, '\r', '\n', 0xff}, 50_001)...), []byte("\x89PNG\r\n\x1a\n...")
	one, two := w.upload(id, `C:\\vouchers\\Gutschein für Ada.pdf`, "application/pdf", voucher), w.upload(id, "map.png", "image/png", picture)
	if again := w.upload(id, "map.png", "image/png", picture); again.ID != two.ID || again.ID == one.ID {
		t.Errorf("the same file is %s and %s, another %s", two.ID, again.ID, one.ID)
	}
	if a, b := put(t, one, voucher), put(t, two, picture); one.Name != "Gutschein für Ada.pdf" || a != 200 || b != 200 {
		t.Fatalf("%q is taken with %d, the other with %d", one.Name, a, b)
	}
	for name := range one.Headers {
		if name = strings.ToLower(name); name != "content-length" && !slices.Contains(wiring.UploadHeaders, name) { // a browser sets the length itself
			t.Errorf("a browser is to send %s, which the bucket's rules do not allow", name)
		}
	}
	at, err := url.Parse(one.URL)
	for _, signed := range []string{"content-length", "content-type", "x-amz-checksum-sha256", "x-amz-meta-name"} {
		if err != nil || !strings.Contains(";"+at.Query().Get("X-Amz-SignedHeaders")+";", ";"+signed+";") {
			t.Errorf("%s is not signed: %s, %v", signed, one.URL, err)
		}
	}
	if at.Query().Get("X-Amz-Expires") != "300" {
		t.Errorf("the address is good for %s seconds", at.Query().Get("X-Amz-Expires"))
	}
	c := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Here is your voucher.","attachments":["`+one.ID+`","`+two.ID+`"]}`, "Idempotency-Key", "k").conversation()
	w.Settle()
	sent := w.Outbox()
	files, err := mail.Files([]byte(sent[len(sent)-1].Raw), mail.DefaultLimits)
	if err != nil || len(sent) != 2 || len(files) != 2 || !strings.HasPrefix(sent[1].Text, "Here is your voucher.") || sent[1].HTML == "" {
		t.Fatalf("%d mails, %d files, %v", len(sent), len(files), err)
	}
	for i, want := range [][]byte{voucher, picture} {
		m := c.Messages[len(c.Messages)-1]
		if !bytes.Equal(files[i].Content, want) || files[i].Name != m.Attachments[i].Name || files[i].ContentType != m.Attachments[i].Type || m.Attachments[i].Size != len(want) {
			t.Errorf("%+v arrived as %s, %s, %d bytes", m.Attachments[i], files[i].Name, files[i].ContentType, len(files[i].Content))
		}
		var link work.Link
		w.ask("marta", "GET", conv(id, "messages", m.ID, "attachments", m.Attachments[i].ID), "").into(&link)
		res, err := http.Get(link.URL)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || !bytes.Equal(got, want) || !strings.HasPrefix(res.Header.Get("Content-Disposition"), "attachment; ") || res.Header.Get("Content-Type") != "application/octet-stream" {
			t.Errorf("%d bytes, %v, %v", len(got), err, res.Header)
		}
		w.ask("rosa", "GET", conv(id, "messages", m.ID, "attachments", m.Attachments[i].ID), "").is(404)
		w.ask("ana", "GET", conv(id, "messages", m.ID, "attachments", "2"), "").is(404)
	}
}

// What an answer may not carry is refused by field before a byte is sent.
func TestWhatMayNotBeUploaded(t *testing.T) {
	w := open(t)
	id := w.complaint()
	sum := strings.Repeat("ab", 32)
	for _, c := range []struct {
		name, kind string
		size       int
		sum, field string
	}{
		{"invoice.pdf.exe", "application/pdf", 1, sum, "name"}, {"invoice.exe", "application/octet-stream", 1, sum, "name"}, {"invoice.html", "text/html", 1, sum, "name"},
		{"macros.xlsm", "application/pdf", 1, sum, "name"}, {"all.zip", "application/zip", 1, sum, "name"}, {"picture.svg", "image/svg+xml", 1, sum, "name"},
		{"pdf", "application/pdf", 1, sum, "name"}, {"..", "application/pdf", 1, sum, "name"}, {"a.pdf/", "application/pdf", 1, sum, "name"}, {"", "", 1, sum, "name"},
		{"a.pdf", "application/x-msdownload", 1, sum, "type"}, {"a.pdf", "", 1, sum, "type"},
		{"a.pdf", "application/pdf", 0, sum, "size"}, {"a.pdf", "application/pdf", -1, sum, "size"}, {"a.pdf", "application/pdf", 10_000_001, sum, "size"},
		{"a.pdf", "application/pdf", 1, "", "sha256"}, {"a.pdf", "application/pdf", 1, "xy", "sha256"},
	} {
		body := fmt.Sprintf(`{"name":%q,"type":%q,"size":%d,"sha256":%q}`, c.name, c.kind, c.size, c.sum)
		if p := w.ask("ana", "POST", conv(id, "uploads"), body).is(422).problem(); p.Field != c.field {
			t.Errorf("%s: %+v", body, p)
		}
	}
	w.ask("ana", "POST", conv(id, "uploads"), `{"name":"a.pdf","type":"application/pdf","size":"1"}`).is(400)
}

// An answer carries what was uploaded to its conversation as it was asked for, and nothing else; what is refused answers nobody.
func TestWhatAnAnswerDoesNotCarry(t *testing.T) {
	w := open(t)
	id := w.complaint()
	w.mail(2, "Another", "Where do I find my booking?")
	other := w.Outbox()[1].Conversation
	content := []byte("Here is what we owe you.")
	never, elsewhere, good := w.upload(id, "never.txt", "text/plain", content), w.upload(other, "note.txt", "text/plain", content), w.upload(id, "note.txt", "text/plain", content)
	if put(t, good, []byte("Here is what we owe us!.")) == 200 {
		t.Error("the store took other bytes than were announced")
	}
	if put(t, elsewhere, content) != 200 {
		t.Fatal("the other upload was not taken")
	}
	six := append([]byte("%PDF-1.7\n"), make([]byte, 6_000_000)...)
	big, bigger := w.upload(id, "a.pdf", "application/pdf", six), w.upload(id, "b.pdf", "application/pdf", six)
	put(t, big, six)
	put(t, bigger, six)
	program := []byte("MZ\x90\x00\x03\x00\x00\x00")
	disguised := w.upload(id, "invoice.pdf", "application/pdf", program)
	put(t, disguised, program)
	forged := w.upload(id, "forged.txt", "text/plain", content)
	put(t, forged, content, "Content-Type", "text/html") // our store does not look at signatures: the desk does not rely on them
	nine := strings.TrimSuffix(strings.Repeat(`"x",`, 9), ",")
	refused := func(ids string) {
		t.Helper()
		if p := w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello.","attachments":[`+ids+`]}`).is(422).problem(); p.Field != "attachments" {
			t.Errorf("%s: %+v", ids, p)
		}
	}
	for _, ids := range []string{
		`"` + never.ID + `"`, `"` + elsewhere.ID + `"`, `"` + forged.ID + `"`, `""`, `"../` + good.ID + `"`, `"` + big.ID + `","` + bigger.ID + `"`, nine, `"` + disguised.ID + `"`,
	} {
		refused(ids)
	}
	if put(t, good, content) != 200 {
		t.Fatal("the upload was not taken")
	}
	refused(`"` + good.ID + `","` + good.ID + `"`)
	w.Settle()
	if n := len(w.Outbox()); n != 2 {
		t.Errorf("%d pieces left", n)
	}
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello.","attachments":["`+good.ID+`"]}`).is(200)
}

// What lies in the store in place of an attachment is not sent. The agent sees it at once, not when a day of retries is over: the answer is owed again, with what it said and why it did not leave,
// and goes when it is written once more.
func TestAnAttachmentThatWasSwapped(t *testing.T) {
	w := open(t)
	id := w.complaint()
	content, swapped := []byte("What we owe you."), []byte("What we owe us!.")
	up := w.upload(id, "note.txt", "text/plain", content)
	put(t, up, content)
	reply := `{"text":"Hello, here it is.","attachments":["` + up.ID + `"]}`
	w.ask("ana", "POST", conv(id, "reply"), reply).is(200)
	sum := sha256.Sum256(swapped)
	if put(t, up, swapped, "X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:])) != 200 {
		t.Fatal("it was not swapped")
	}
	w.Settle()
	w.unsent(id, "attachment_missing")
	put(t, up, content)
	w.ask("ana", "POST", conv(id, "reply"), reply).is(200)
	w.Settle()
	if n := len(w.Outbox()); n != 2 {
		t.Errorf("%d pieces left", n)
	}
	w.Turn(time.Minute)
	w.ask("ana", "POST", conv(id, "reply"), `{"text":"Hello, here it is, once more."}`).is(200)
	lost := aws.String(w.raws(id))
	if _, err := w.Setup.S3().DeleteObject(t.Context(), &s3.DeleteObjectInput{Bucket: aws.String(wiring.Bucket), Key: lost}); err != nil {
		t.Fatal(err)
	}
	w.Settle()
	w.unsent(id, "text_missing")
}

// raws is where the text of a conversation's newest answer lies.
func (w *world) raws(id string) string {
	w.t.Helper()
	s := store.New(dynamodb.NewFromConfig(w.Setup.AWS), w.Setup.Env(setup.Table))
	m, err := s.Message(w.t.Context(), desk.Ref{Brand: "acme-air", Conversation: id}, func(m desk.Message) bool { return m.Direction == "out" })
	if err != nil || m == nil {
		w.t.Fatalf("%+v, %v", m, err)
	}
	return m.Raw
}

// unsent looks that a conversation's newest answer did not leave, stands there with why, and is owed again before others.
func (w *world) unsent(id, why string) {
	w.t.Helper()
	c := w.ask("ana", "GET", conv(id), "").conversation()
	m := c.Messages[len(c.Messages)-1]
	if d := m.Delivery; d == nil || d.State != desk.Failed || d.Why != why || !strings.Contains(m.Text, "Hello, here it is") || c.Status != desk.StatusOpen || c.Priority != triage.High || len(c.Targets) == 0 {
		w.t.Errorf("the answer is %+v, %q; the conversation is %s, %s", m.Delivery, m.Text, c.Status, c.Priority)
	}
}
