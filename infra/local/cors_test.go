package local_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"pronto/infra/local"
)

// A page whose origin the bucket's rules name may put an object, with the headers that they name, and nothing else of anything.
func TestABucketsRulesLetOnePageIn(t *testing.T) {
	a := open(t, local.Options{Admin: true})
	buckets := s3.NewFromConfig(ok[aws.Config](t)(a.Config(t.Context())))
	ok[*s3.CreateBucketOutput](t)(buckets.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("raw")}))
	if _, err := buckets.GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: aws.String("raw")}); err == nil || !strings.Contains(err.Error(), "NoSuchCORSConfiguration") {
		t.Errorf("a bucket without rules: %v", err)
	}
	put := func(rules ...types.CORSRule) error {
		_, err := buckets.PutBucketCors(t.Context(), &s3.PutBucketCorsInput{Bucket: aws.String("raw"), CORSConfiguration: &types.CORSConfiguration{CORSRules: rules}})
		return err
	}
	for what, rule := range map[string]types.CORSRule{
		"no method":   {AllowedOrigins: []string{"https://desk.acme.example"}},
		"a method":    {AllowedOrigins: []string{"https://desk.acme.example"}, AllowedMethods: []string{"PATCH"}},
		"two stars":   {AllowedOrigins: []string{"https://*.acme.*"}, AllowedMethods: []string{"PUT"}},
		"two in name": {AllowedOrigins: []string{"https://desk.acme.example"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"x-*-*"}},
	} {
		if put(rule) == nil {
			t.Errorf("%s: the rule is taken", what)
		}
	}
	if err := put(types.CORSRule{
		AllowedOrigins: []string{"https://desk.acme.example", "http://127.0.0.1:*"}, AllowedMethods: []string{"PUT"}, AllowedHeaders: []string{"Content-Type", "x-amz-meta-*"}, MaxAgeSeconds: aws.Int32(300),
	}); err != nil {
		t.Fatal(err)
	}
	got := ok[*s3.GetBucketCorsOutput](t)(buckets.GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: aws.String("raw")}))
	if len(got.CORSRules) != 1 || len(got.CORSRules[0].AllowedOrigins) != 2 || aws.ToInt32(got.CORSRules[0].MaxAgeSeconds) != 300 {
		t.Errorf("the rules are %+v", got.CORSRules)
	}
	for _, c := range []struct {
		method, path, origin, wants, headers string
		status                               int
	}{
		{"OPTIONS", "/raw/file", "https://desk.acme.example", "PUT", "content-type, X-Amz-Meta-Name", 200},
		{"OPTIONS", "/raw/file", "http://127.0.0.1:8080", "PUT", "content-type", 200},
		{"OPTIONS", "/raw/file", "https://desk.acme.example", "PUT", "authorization", 403},
		{"OPTIONS", "/raw/file", "https://desk.acme.example", "GET", "", 403},
		{"OPTIONS", "/raw/file", "https://desk.acme.example.evil.example", "PUT", "", 403},
		{"OPTIONS", "/raw", "https://desk.acme.example", "PUT", "", 403},
		{"OPTIONS", "/other/file", "https://desk.acme.example", "PUT", "", 403},
		{"PUT", "/raw/file", "https://desk.acme.example", "", "", 200},
		{"PUT", "/raw/file", "https://page.example", "", "", 403},
		{"PUT", "/raw/file", "null", "", "", 403},
		{"GET", "/raw/file", "https://desk.acme.example", "", "", 403},
		{"PUT", "/_local/faults", "https://desk.acme.example", "", "", 403},
	} {
		status, header := ask(t, a, c.method, c.path, "text/plain", "x", "Origin", c.origin, "Sec-Fetch-Site", "cross-site", "Access-Control-Request-Method", c.wants, "Access-Control-Request-Headers", c.headers)
		shared := header.Get("Access-Control-Allow-Origin")
		if status != c.status || (status == 200) != (shared == c.origin) || shared == "*" {
			t.Errorf("%+v: %d, shared with %q", c, status, shared)
		}
		if c.headers != "" && status == 200 && (header.Get("Access-Control-Allow-Headers") != strings.ToLower(c.headers) || header.Get("Access-Control-Max-Age") != "300") {
			t.Errorf("%+v: %v", c, header)
		}
	}
}

// Who follows a signed link from a page of this machine gets the object; the page itself, a frame's content or a page of elsewhere does not.
func TestASignedLinkIsFollowed(t *testing.T) {
	a := open(t, local.Options{})
	buckets := s3.NewFromConfig(ok[aws.Config](t)(a.Config(t.Context())))
	ok[*s3.CreateBucketOutput](t)(buckets.CreateBucket(t.Context(), &s3.CreateBucketInput{Bucket: aws.String("raw")}))
	ok[*s3.PutObjectOutput](t)(buckets.PutObject(t.Context(), &s3.PutObjectInput{Bucket: aws.String("raw"), Key: aws.String("file"), Body: strings.NewReader("a file")}))
	for _, c := range []struct {
		path, site, mode string
		status           int
	}{
		{"/raw/file?X-Amz-Signature=ab", "same-site", "navigate", http.StatusOK},
		{"/raw/file?X-Amz-Signature=ab", "cross-site", "navigate", http.StatusForbidden},
		{"/raw/file?X-Amz-Signature=ab", "same-site", "no-cors", http.StatusForbidden},
		{"/raw/file", "same-site", "navigate", http.StatusForbidden},
	} {
		if status, _ := ask(t, a, "GET", c.path, "", "", "Sec-Fetch-Site", c.site, "Sec-Fetch-Mode", c.mode); status != c.status {
			t.Errorf("%+v: %d", c, status)
		}
	}
}
