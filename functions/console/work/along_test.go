package work

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/desk"
	"pronto/shared/setup"
)

// Attachments of several mails lie in memory together: what would be too much is refused, and what to do instead is said, before it is read.
func TestAttachmentsAreForwardedWithinBounds(t *testing.T) {
	raw := "From: ada@home.example\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\nContent-Disposition: attachment; filename=\"n.txt\"\n\n" +
		strings.Repeat("Seat 12A. ", 100) + "\n--b--\n"
	sent := 0
	store := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			sent++
			fmt.Fprint(w, raw)
		}
	}))
	defer store.Close()
	keys, err := desk.NewKeys([]byte(strings.Repeat("k", 32)))
	if err != nil {
		t.Fatal(err)
	}
	o := &order{Desk: &Desk{bucket: "mail", Now: time.Now, keys: keys, s3: s3.New(s3.Options{
		BaseEndpoint: &store.URL, Region: "eu-west-1", UsePathStyle: true, Credentials: credentials.NewStaticCredentialsProvider("a", "b", ""), Retryer: aws.NopRetryer{},
	})}, conversation: &desk.Conversation{Ref: desk.Ref{Brand: "acme-air", Conversation: "c"}}}
	mails := []desk.Message{{ID: "a", Direction: "in", Raw: setup.MailPrefix + "a"}, {ID: "b", Direction: "in", Raw: setup.MailPrefix + "b"}}
	for left, files := range map[int]int{len(raw) * 2: 2, len(raw)*2 - 1: 0} {
		r := o.newReading()
		r.left.Store(int64(left))
		all, p := o.along(t.Context(), r, mails, []string{"a/0", "b/0"})
		switch {
		case files == 0 && (p == nil || p.Field != "attachments" || p.Status != http.StatusUnprocessableEntity || !strings.Contains(p.Detail, "fewer mails")):
			t.Errorf("with room for %d bytes: %d files, %+v", left, len(all), p)
		case files > 0 && (p != nil || len(all) != 1): // the same file twice goes once
			t.Errorf("with room for %d bytes: %d files, %+v", left, len(all), p)
		}
	}
	if sent != 4 {
		t.Errorf("%d mails were asked for", sent)
	}
}
