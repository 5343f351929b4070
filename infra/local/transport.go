package local

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
)

// Transport hands what clients in this process ask to the services without a socket between them, which is a good part of what a call costs. What is asked of anybody
// else goes its usual way. A torn call ends as a connection does that ends without an answer.
func (a *AWS) Transport() http.RoundTripper { return inside{a} }

type inside struct{ aws *AWS }

func (i inside) RoundTrip(q *http.Request) (res *http.Response, err error) {
	if q.URL.Host != i.aws.listener.Addr().String() {
		return http.DefaultTransport.RoundTrip(q)
	}
	if q.Body != nil {
		defer q.Body.Close()
	}
	r, err := arrived(q)
	if err != nil {
		return nil, err
	}
	w := &answer{header: http.Header{}}
	defer func() { // as a server does: the caller hears nothing
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			res, err = nil, io.EOF
		default:
			res, err = nil, fmt.Errorf("the local AWS panics: %v", p)
		}
	}()
	i.aws.serve(w, r)
	if err := q.Context().Err(); err != nil {
		return nil, err // whoever has given up hears nothing either
	}
	return w.response(q), nil
}

// arrived is a client's request as a server reads it from a connection.
func arrived(q *http.Request) (*http.Request, error) {
	if err := q.Context().Err(); err != nil {
		return nil, err
	}
	r := q.WithContext(q.Context())
	r.RequestURI, r.Host, r.RemoteAddr, r.Header = q.URL.RequestURI(), cmp.Or(q.Host, q.URL.Host), "127.0.0.1:0", q.Header.Clone()
	switch {
	case r.Body == nil:
		r.Body = http.NoBody
	case r.ContentLength == 0 && r.Body != http.NoBody:
		r.ContentLength = -1 // it is not known
	}
	var err error
	if r.URL, err = url.ParseRequestURI(r.RequestURI); err != nil {
		return nil, fmt.Errorf("read what is asked of the local AWS: %w", err)
	}
	return r, nil
}

// answer is written by a service and read by a client of this process.
type answer struct {
	header, sent http.Header
	status       int
	body         bytes.Buffer
}

func (w *answer) Header() http.Header { return w.header }

// WriteHeader sends the header: what is set later comes too late.
func (w *answer) WriteHeader(status int) {
	if w.status == 0 {
		w.status, w.sent = status, w.header.Clone()
	}
}

func (w *answer) Write(b []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.body.Write(b)
}

func (w *answer) response(q *http.Request) *http.Response {
	w.WriteHeader(http.StatusOK)
	if q.Method == http.MethodHead {
		w.body.Reset()
	} else {
		w.sent.Set("Content-Length", strconv.Itoa(w.body.Len()))
	}
	if w.body.Len() > 0 && w.sent.Get("Content-Type") == "" {
		w.sent.Set("Content-Type", http.DetectContentType(w.body.Bytes()))
	}
	length, err := strconv.ParseInt(w.sent.Get("Content-Length"), 10, 64)
	if err != nil {
		length = -1
	}
	return &http.Response{
		Status: strconv.Itoa(w.status) + " " + http.StatusText(w.status), StatusCode: w.status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: w.sent, Body: io.NopCloser(&w.body), ContentLength: length, Request: q,
	}
}
