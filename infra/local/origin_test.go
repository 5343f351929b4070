package local_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/infra/local"
)

// What a page in a browser can send without asking first must do nothing and tell nothing.
func TestWebPagesAreRefused(t *testing.T) {
	a := open(t, local.Options{Admin: true})
	buckets := s3.NewFromConfig(ok[aws.Config](t)(a.Config(t.Context())))
	ok[*s3.CreateBucketOutput](t)(buckets.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("raw")}))
	ok[*s3.PutObjectOutput](t)(buckets.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("raw"), Key: aws.String("mail"), Body: strings.NewReader("secret")}))
	for name, c := range map[string]struct{ method, path, kind, body string }{
		"S3 object":   {"GET", "/raw/mail", "", ""},
		"S3 buckets":  {"GET", "/", "", ""},
		"SNS publish": {"POST", "/", "application/x-www-form-urlencoded", "Action=CreateTopic&Version=2010-03-31&Name=evil"},
		"SES send":    {"POST", "/v2/email/outbound-emails", "text/plain", "{}"},
		"preflight":   {"OPTIONS", "/raw/mail", "", ""},
		"admin":       {"GET", "/_local/usage", "", ""},
	} {
		for header, value := range map[string]string{"Origin": "https://page.example", "Sec-Fetch-Site": "cross-site"} {
			before := len(a.Usage())
			if status, _ := ask(t, a, c.method, c.path, c.kind, c.body, header, value); status != http.StatusForbidden {
				t.Errorf("%s with %s: %d, want 403", name, header, status)
			}
			if len(a.Usage()) != before {
				t.Errorf("%s with %s: it was called", name, header)
			}
		}
	}
	for _, value := range []string{"null", ""} { // of a sandboxed frame; of nobody
		if status, _ := ask(t, a, "GET", "/raw/mail", "", "", "Origin", value); status != http.StatusForbidden {
			t.Errorf("origin %q: %d, want 403", value, status)
		}
	}
}

// A person may look by the address bar, and no answer invites a page.
func TestNoAnswerIsShared(t *testing.T) {
	a := open(t, local.Options{})
	buckets := s3.NewFromConfig(ok[aws.Config](t)(a.Config(t.Context())))
	ok[*s3.CreateBucketOutput](t)(buckets.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("raw")}))
	for path, want := range map[string]int{"/": 200, "/raw?list-type=2": 200, "/raw/none": 404} {
		status, header := ask(t, a, "GET", path, "", "", "Sec-Fetch-Site", "none")
		if status != want {
			t.Errorf("%s: %d, want %d", path, status, want)
		}
		for name := range header {
			if strings.HasPrefix(name, "Access-Control-") {
				t.Errorf("%s: the answer has %s", path, name)
			}
		}
	}
}

func ask(t *testing.T, a *local.AWS, method, path, kind, body string, headers ...string) (int, http.Header) {
	t.Helper()
	r := ok[*http.Request](t)(http.NewRequestWithContext(t.Context(), method, a.Endpoint()+path, strings.NewReader(body)))
	if kind != "" {
		r.Header.Set("Content-Type", kind)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header[headers[i]] = []string{headers[i+1]}
	}
	res := ok[*http.Response](t)(http.DefaultClient.Do(r))
	res.Body.Close()
	return res.StatusCode, res.Header
}
