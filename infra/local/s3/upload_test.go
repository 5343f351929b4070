package s3

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestChunksRefused(t *testing.T) {
	for name, c := range map[string]struct{ framed, decoded string }{
		"no size":           {"", "0"},
		"a negative size":   {"-1\r\n", "0"},
		"a huge size":       {"7fffffff\r\nx", "2147483647"},
		"cut short":         {"5\r\nHel", "5"},
		"without line end":  {"5\r\nHelloXX0\r\n\r\n", "5"},
		"another length":    {"5\r\nHello\r\n0\r\n\r\n", "6"},
		"a trailer of junk": {"5\r\nHello\r\n0\r\njunk\r\n\r\n", "5"},
	} {
		if out, err := chunks([]byte(c.framed), http.Header{"X-Amz-Decoded-Content-Length": {c.decoded}}); err == nil {
			t.Errorf("%s gave %q", name, out)
		}
	}
}

func TestSignedChunks(t *testing.T) {
	h := http.Header{"X-Amz-Decoded-Content-Length": {"5"}, "Content-Encoding": {"aws-chunked,gzip"}}
	out, err := chunks([]byte("5;chunk-signature=ab\r\nHello\r\n0;chunk-signature=cd\r\n\r\n"), h)
	if err != nil || string(out) != "Hello" || h.Get("Content-Encoding") != "gzip" {
		t.Errorf("%q, %v, %v", out, err, h)
	}
}

func TestChecksums(t *testing.T) {
	const body = "Hello, world" // computed by other tools
	for algorithm, sum := range map[string]string{
		"crc32": "55qpwg==", "sha1": "4CqhsQbVx8apje8rEwBdW4T9jcg=", "sha256": "SufDtqwL7/Zx76jPVzhhUcBuWMpTp42D82EHMWzsEl8=",
	} {
		if err := checkSum(algorithm, sum, []byte(body)); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
		if err := checkSum(algorithm, sum, []byte(body+".")); err == nil {
			t.Errorf("%s took another body", algorithm)
		}
	}
	// "123456789" has published check values
	for algorithm, sum := range map[string]string{"crc32c": "4waSgw==", "crc64nvme": "rosUhgp5mIg="} {
		if err := checkSum(algorithm, sum, []byte("123456789")); err != nil {
			t.Errorf("%s: %v", algorithm, err)
		}
	}
	if err := checkSum("md4", "", nil); err == nil {
		t.Error("an unknown algorithm was accepted")
	}
}

func TestOperationsAreToldApart(t *testing.T) {
	for request, want := range map[string]string{
		"GET /": "ListBuckets", "PUT /b": "CreateBucket", "HEAD /b": "HeadBucket", "GET /b?list-type=2&prefix=x": "ListObjectsV2", "PUT /b?notification": "PutBucketNotificationConfiguration", "PUT /b?cors": "PutBucketCors", "GET /b?cors": "GetBucketCors",
		"PUT /b/k?x-id=PutObject": "PutObject", "GET /b/k/l?X-Amz-Signature=x&X-Amz-Expires=60": "GetObject", "DELETE /b/k": "DeleteObject",
		"GET /b": "", "GET /b?list-type=2&encoding-type=url": "", "POST /b?delete": "", "PUT /b/k?tagging": "", "GET /b/k?versionId=1": "", "POST /b/k?uploads": "", "GET /b?acl": "", "PATCH /b/k": "",
	} {
		method, target, _ := strings.Cut(request, " ")
		got, err := Operation(httptest.NewRequest(method, target, nil))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v; want %q", request, got, err, want)
		}
	}
}

func FuzzChunks(f *testing.F) {
	f.Add([]byte("5\r\nHello\r\n7\r\n, world\r\n0\r\nx-amz-checksum-crc32:55qpwg==\r\n\r\n"), "12")
	f.Add([]byte("0\r\n\r\n"), "0")
	f.Fuzz(func(t *testing.T, framed []byte, decoded string) {
		out, err := chunks(framed, http.Header{"X-Amz-Decoded-Content-Length": {decoded}})
		if err == nil && len(out) > len(framed) {
			t.Fatalf("%d bytes out of %d", len(out), len(framed))
		}
	})
}
