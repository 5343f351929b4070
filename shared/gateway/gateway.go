// Package gateway lets a net/http handler answer API Gateway's HTTP API events (payload format 2.0).
//
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
package gateway

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"
)

// Func is a Lambda handler for HTTP API events.
type Func func(context.Context, events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error)

// Serve makes h a Lambda handler. A request that cannot be read is answered 400; no request is an error, which would be retried.
func Serve(h http.Handler) Func {
	return func(ctx context.Context, ev events.APIGatewayV2HTTPRequest) (events.APIGatewayV2HTTPResponse, error) {
		r, err := request(ctx, ev)
		if err != nil {
			return events.APIGatewayV2HTTPResponse{StatusCode: http.StatusBadRequest, Body: "the request cannot be read"}, nil
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return response(w), nil
	}
}

func request(ctx context.Context, ev events.APIGatewayV2HTTPRequest) (*http.Request, error) {
	body := []byte(ev.Body)
	if ev.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(ev.Body); err != nil {
			return nil, fmt.Errorf("decode body: %w", err)
		}
	}
	// HTTP APIs hand over rawPath with its escapes undone, so it is a path and not a URL: "?", "%" and "//" in it mean themselves.
	u := &url.URL{Path: ev.RawPath, RawQuery: ev.RawQueryString}
	r, err := http.NewRequestWithContext(withClaims(ctx, ev), ev.RequestContext.HTTP.Method, "/", bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("make request: %w", err)
	}
	r.URL = u
	for k, v := range ev.Headers {
		r.Header.Set(k, v)
	}
	if len(ev.Cookies) > 0 {
		r.Header.Set("Cookie", strings.Join(ev.Cookies, "; "))
	}
	r.Host, r.RemoteAddr, r.RequestURI = r.Header.Get("Host"), ev.RequestContext.HTTP.SourceIP, u.RequestURI()
	return r, nil
}

func response(w *httptest.ResponseRecorder) events.APIGatewayV2HTTPResponse {
	out := events.APIGatewayV2HTTPResponse{StatusCode: w.Code, Headers: map[string]string{}}
	for k, v := range w.Header() {
		if k == "Set-Cookie" {
			out.Cookies = v
			continue
		}
		out.Headers[strings.ToLower(k)] = strings.Join(v, ", ")
	}
	if b := w.Body.Bytes(); utf8.Valid(b) {
		out.Body = string(b)
	} else {
		out.Body, out.IsBase64Encoded = base64.StdEncoding.EncodeToString(b), true
	}
	return out
}
