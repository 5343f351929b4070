package desk

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-lambda-go/events"

	"pronto/infra/local/lambda"
)

// maxRequest is API Gateway's limit on a request's body.
const maxRequest = 10 << 20

// api is an HTTP API in front of a function: requests go in as events of payload format 2.0.
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
type api struct {
	runtime *lambda.Runtime
	f       lambda.Function
	failed  func(error)
}

func (a *api) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	var long *http.MaxBytesError
	if errors.As(err, &long) {
		message(w, http.StatusRequestEntityTooLarge, "Request Entity Too Large")
		return
	}
	if err != nil {
		message(w, http.StatusBadRequest, "Bad Request")
		return
	}
	out, err := a.call(r, body)
	if err != nil {
		a.failed(err)
		message(w, http.StatusInternalServerError, "Internal Server Error")
		return
	}
	respond(w, out)
}

func (a *api) call(r *http.Request, body []byte) (out events.APIGatewayV2HTTPResponse, err error) {
	payload, err := json.Marshal(request(r, body))
	if err != nil {
		return out, err
	}
	answer, err := a.runtime.Call(r.Context(), a.f, payload)
	if err != nil {
		return out, err
	}
	return out, json.Unmarshal(answer, &out)
}

func request(r *http.Request, body []byte) events.APIGatewayV2HTTPRequest {
	ev := events.APIGatewayV2HTTPRequest{
		Version: "2.0", RouteKey: "$default", RawPath: r.URL.Path, RawQueryString: r.URL.RawQuery,
		Headers: map[string]string{"host": r.Host}, QueryStringParameters: map[string]string{}, Body: string(body),
	}
	for name, values := range r.Header {
		if name == "Cookie" {
			continue
		}
		ev.Headers[strings.ToLower(name)] = strings.Join(values, ",")
	}
	for _, c := range r.Cookies() {
		ev.Cookies = append(ev.Cookies, c.String())
	}
	for name, values := range r.URL.Query() {
		ev.QueryStringParameters[name] = strings.Join(values, ",")
	}
	if !utf8.Valid(body) {
		ev.Body, ev.IsBase64Encoded = base64.StdEncoding.EncodeToString(body), true
	}
	source, _, _ := net.SplitHostPort(r.RemoteAddr)
	ev.RequestContext.Stage, ev.RequestContext.RouteKey = "$default", "$default"
	ev.RequestContext.HTTP = events.APIGatewayV2HTTPRequestContextHTTPDescription{
		Method: r.Method, Path: r.URL.Path, Protocol: r.Proto, SourceIP: source, UserAgent: r.UserAgent(),
	}
	return ev
}

func respond(w http.ResponseWriter, out events.APIGatewayV2HTTPResponse) {
	body := []byte(out.Body)
	if out.IsBase64Encoded {
		var err error
		if body, err = base64.StdEncoding.DecodeString(out.Body); err != nil {
			message(w, http.StatusInternalServerError, "Internal Server Error")
			return
		}
	}
	for name, value := range out.Headers {
		w.Header().Set(name, value)
	}
	for _, c := range out.Cookies {
		w.Header().Add("Set-Cookie", c)
	}
	w.WriteHeader(out.StatusCode)
	_, _ = w.Write(body)
}

// message answers in API Gateway's own words.
func message(w http.ResponseWriter, status int, words string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = io.WriteString(w, `{"message":"`+words+`"}`+"\n")
}
