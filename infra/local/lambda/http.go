package lambda

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"pronto/infra/local/clock"
	"pronto/infra/local/wire"
)

// HTTP serves requests by f as an API Gateway HTTP API with a $default route does (payload format 2.0). onError is told of failed invocations; it may be nil.
func (r *Runtime) HTTP(f Function, onError func(error)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		payload, status := requestEvent(req, r.clk)
		if status != 0 {
			gatewayError(w, status)
			return
		}
		if !r.enter() {
			gatewayError(w, http.StatusServiceUnavailable)
			return
		}
		defer r.busy.Done()
		out, err := r.Call(req.Context(), f, payload)
		if err == nil {
			err = writeResponse(w, out)
		}
		if err != nil {
			if onError != nil {
				onError(err)
			}
			gatewayError(w, http.StatusInternalServerError)
		}
	})
}

func gatewayError(w http.ResponseWriter, status int) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	b, _ := json.Marshal(map[string]string{"message": http.StatusText(status)})
	_, _ = w.Write(b)
}

// requestEvent is a request as the function gets it, or the status with which the gateway refuses it.
func requestEvent(req *http.Request, clk *clock.Clock) (payload []byte, refuse int) {
	body, err := io.ReadAll(io.LimitReader(req.Body, MaxPayload+1))
	if err != nil {
		return nil, http.StatusBadRequest
	}
	e := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: req.URL.Path, RawQueryString: req.URL.RawQuery, Headers: headers(req), QueryStringParameters: joined(req.URL.Query()),
	}
	for _, c := range req.Cookies() {
		e.Cookies = append(e.Cookies, c.Name+"="+c.Value)
	}
	if e.IsBase64Encoded = isBinary(req.Header.Get("Content-Type"), body); e.IsBase64Encoded {
		e.Body = base64.StdEncoding.EncodeToString(body)
	} else {
		e.Body = string(body)
	}
	e.RequestContext = requestContext(req, clk)
	payload, err = marshal(e)
	if err != nil || len(payload) > MaxPayload {
		return nil, http.StatusRequestEntityTooLarge
	}
	return payload, 0
}

func requestContext(req *http.Request, clk *clock.Clock) events.APIGatewayV2HTTPRequestContext {
	remote, _, err := net.SplitHostPort(req.RemoteAddr)
	if err != nil {
		remote = req.RemoteAddr
	}
	host, _, _ := strings.Cut(req.Host, ":")
	prefix, _, _ := strings.Cut(host, ".")
	now := clk.Now()
	return events.APIGatewayV2HTTPRequestContext{
		RouteKey: "$default", Stage: "$default", AccountID: wire.Account, APIID: "local", DomainName: req.Host, DomainPrefix: prefix, RequestID: wire.UUID(),
		Time: now.Format("02/Jan/2006:15:04:05 -0700"), TimeEpoch: now.UnixMilli(),
		Authorizer: authorizer(req.Context()),
		HTTP:       events.APIGatewayV2HTTPRequestContextHTTPDescription{Method: req.Method, Path: req.URL.Path, Protocol: req.Proto, SourceIP: remote, UserAgent: req.UserAgent()},
	}
}

// headers are in lower case, repeated ones joined by commas; cookies are apart.
func headers(req *http.Request) map[string]string {
	out := map[string]string{"host": req.Host}
	for name, values := range req.Header {
		if name != "Cookie" {
			out[strings.ToLower(name)] = strings.Join(values, ",")
		}
	}
	return out
}

func joined(query map[string][]string) map[string]string {
	out := map[string]string{}
	for name, values := range query {
		out[name] = strings.Join(values, ",")
	}
	return out
}

// isBinary decides on base64 by the media type, as the gateway does; text that is no UTF-8 could not stand in JSON.
func isBinary(contentType string, body []byte) bool {
	if len(body) == 0 {
		return false
	}
	media, _, err := mime.ParseMediaType(contentType)
	text := err == nil && (strings.HasPrefix(media, "text/") || strings.HasSuffix(media, "+json") || strings.HasSuffix(media, "+xml") ||
		media == "application/json" || media == "application/xml" || media == "application/javascript")
	return !text || !utf8.Valid(body)
}

// writeResponse writes what the function answered. An object without a statusCode is the body of a 200.
func writeResponse(w http.ResponseWriter, out []byte) error {
	var probe struct{ StatusCode *int }
	if json.Unmarshal(out, &probe) != nil || probe.StatusCode == nil {
		w.Header().Set("Content-Type", "application/json")
		_, err := w.Write(out)
		return err
	}
	var res events.APIGatewayV2HTTPResponse
	if err := json.Unmarshal(out, &res); err != nil {
		return fmt.Errorf("read the function's response: %w", err)
	}
	body := []byte(res.Body)
	if res.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(res.Body); err != nil {
			return fmt.Errorf("read the function's response: %w", err)
		}
	}
	if res.StatusCode < 100 || res.StatusCode > 599 {
		return fmt.Errorf("the function's response has status %d", res.StatusCode)
	}
	fill(w.Header(), res)
	w.WriteHeader(res.StatusCode)
	_, _ = w.Write(body) // a client that has gone is no failure of the function
	return nil
}

func fill(h http.Header, res events.APIGatewayV2HTTPResponse) {
	for name, value := range res.Headers {
		h.Set(name, value)
	}
	for name, values := range res.MultiValueHeaders {
		h[http.CanonicalHeaderKey(name)] = values
	}
	for _, c := range res.Cookies {
		h.Add("Set-Cookie", c)
	}
	if h.Get("Content-Type") == "" {
		h.Set("Content-Type", "text/plain; charset=utf-8")
	}
}
