// Package wire is what the services of the local AWS share on the wire: reading a bounded request, refusing one in AWS's words, and fresh ids.
//
// The rule of the house stands here: what a service does not implement is refused by name (Unsupported, and Decode for unknown parameters), never accepted and ignored.
package wire

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Account and Region are those of every ARN that the local AWS makes.
const (
	Account = "000000000000"
	Region  = "us-east-1"
)

// Error is a refusal as a client sees it.
type Error struct {
	Status  int    // HTTP status; 400 when zero
	Code    string // AWS's name for it, such as QueueDoesNotExist
	Query   string // the older name for the header x-amzn-query-error, if the service has one
	Message string
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Refuse makes a client's error (status 400).
func Refuse(code, format string, args ...any) *Error {
	return &Error{Status: http.StatusBadRequest, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Unsupported says that the local AWS does not have what was asked for. It is never retried by an SDK.
func Unsupported(what string) *Error {
	return &Error{Status: http.StatusBadRequest, Code: "NotImplementedByLocalAWS", Message: what + " is not implemented by the local AWS"}
}

// AsError is err as a client sees it: itself when it is an *Error, else an InternalFailure.
func AsError(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		if e.Status == 0 {
			e.Status = http.StatusBadRequest
		}
		return e
	}
	return &Error{Status: http.StatusInternalServerError, Code: "InternalFailure", Message: err.Error()}
}

// Body reads at most limit bytes of a request.
func Body(r *http.Request, limit int64) ([]byte, error) {
	if n := r.ContentLength; n >= 0 && n <= limit {
		b := make([]byte, n)
		_, err := io.ReadFull(r.Body, b)
		if err != nil {
			return nil, Refuse("IncompleteBody", "read the request: %v", err)
		}
		return b, nil
	}
	b, err := io.ReadAll(io.LimitReader(r.Body, limit+1))
	if err != nil {
		return nil, Refuse("IncompleteBody", "read the request: %v", err)
	}
	if int64(len(b)) > limit {
		return nil, &Error{Status: http.StatusRequestEntityTooLarge, Code: "RequestEntityTooLarge", Message: fmt.Sprintf("the request is larger than %d bytes", limit)}
	}
	return b, nil
}

// Decode reads JSON parameters; one that the target does not have is refused by name. An empty body is no parameters.
func Decode(body []byte, into any) error {
	if len(body) == 0 {
		return nil
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil {
		return nil
	}
	if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return Unsupported("parameter " + name)
	}
	return Refuse("SerializationException", "%v", err)
}

// JSON answers v with status 200 and the content type of the protocol.
func JSON(w http.ResponseWriter, contentType string, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		JSONError(w, contentType, err)
		return
	}
	head(w, contentType)
	_, _ = w.Write(b)
}

// JSONError answers err as the protocols awsJson1_0, awsJson1_1 and restJson1 do.
func JSONError(w http.ResponseWriter, contentType string, err error) {
	e := AsError(err)
	head(w, contentType)
	w.Header().Set("X-Amzn-Errortype", e.Code)
	if e.Query != "" {
		w.Header().Set("X-Amzn-Query-Error", e.Query+";Sender")
	}
	w.WriteHeader(e.Status)
	b, _ := json.Marshal(map[string]string{"__type": e.Code, "message": e.Message})
	_, _ = w.Write(b)
}

func head(w http.ResponseWriter, contentType string) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("X-Amzn-Requestid", UUID())
}

// UUID is a fresh random id of version 4, in AWS's usual spelling.
func UUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	var out [36]byte
	hex.Encode(out[:8], b[:4])
	out[8], out[13], out[18], out[23] = '-', '-', '-', '-'
	hex.Encode(out[9:13], b[4:6])
	hex.Encode(out[14:18], b[6:8])
	hex.Encode(out[19:23], b[8:10])
	hex.Encode(out[24:], b[10:])
	return string(out[:])
}

// ARN is the name of a resource in the local account.
func ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + Region + ":" + Account + ":" + resource
}

// Resource is the last part of an ARN of service, or an error that says what was expected.
func Resource(arn, service string) (string, error) {
	prefix := ARN(service, "")
	name, ok := strings.CutPrefix(arn, prefix)
	if !ok || name == "" {
		return "", Refuse("InvalidParameter", "%q is no ARN of the local account: want %sNAME", arn, prefix)
	}
	return name, nil
}
