package wire

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestDecodeNamesWhatItDoesNotKnow(t *testing.T) {
	var in struct{ QueueUrl string }
	for body, want := range map[string]string{
		``: "", `{}`: "", `{"QueueUrl":"u"}`: "", `{"QueueUrl":"u","Colour":"red"}`: `NotImplementedByLocalAWS: parameter "Colour" is not implemented by the local AWS`, `{`: "SerializationException", `[]`: "SerializationException",
	} {
		err := Decode([]byte(body), &in)
		if (err == nil) != (want == "") || err != nil && !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %q", body, err, want)
		}
	}
}

func TestBodyIsBounded(t *testing.T) {
	if b, err := Body(httptest.NewRequest("POST", "/", strings.NewReader("12345")), 5); err != nil || string(b) != "12345" {
		t.Errorf("%q, %v", b, err)
	}
	for _, length := range []int64{6, -1} {
		long := httptest.NewRequest("POST", "/", strings.NewReader("123456"))
		long.ContentLength = length
		if _, err := Body(long, 5); err == nil || AsError(err).Status != 413 {
			t.Errorf("length %d: %v", length, err)
		}
	}
	short := httptest.NewRequest("POST", "/", strings.NewReader("123"))
	short.ContentLength = 4
	if _, err := Body(short, 5); err == nil {
		t.Error("a body cut short was accepted")
	}
}

func TestErrorsOnTheWire(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
		want   string
	}{
		{fmt.Errorf("send: %w", &Error{Code: "QueueDoesNotExist", Query: "AWS.Old", Message: "no"}), 400, `{"__type":"QueueDoesNotExist","message":"no"}`},
		{errors.New("disk"), 500, `{"__type":"InternalFailure","message":"disk"}`},
		{Unsupported("x"), 400, `{"__type":"NotImplementedByLocalAWS","message":"x is not implemented by the local AWS"}`},
	} {
		w := httptest.NewRecorder()
		JSONError(w, "application/x-amz-json-1.0", c.err)
		if w.Code != c.status || w.Body.String() != c.want {
			t.Errorf("%d %s, want %d %s", w.Code, w.Body, c.status, c.want)
		}
	}
}

func TestNames(t *testing.T) {
	if id := UUID(); !regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`).MatchString(id) || id == UUID() {
		t.Errorf("uuid %s", id)
	}
	for arn, want := range map[string]string{ARN("sqs", "q"): "q", ARN("sqs", ""): "", "arn:aws:sqs:eu-west-1:1:q": "", "q": ""} {
		if got, err := Resource(arn, "sqs"); got != want || (err == nil) != (want != "") {
			t.Errorf("%s: %q, %v", arn, got, err)
		}
	}
}
