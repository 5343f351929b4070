package local

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"pronto/infra/local/cloudwatch"
	"pronto/infra/local/faults"
	"pronto/infra/local/s3"
	"pronto/infra/local/ses"
	"pronto/infra/local/sns"
	"pronto/infra/local/wire"
)

// serve finds the service of a request as AWS's own names tell it, counts the call, and breaks it if the plan says so.
func (a *AWS) serve(w http.ResponseWriter, r *http.Request) {
	var share http.Header
	if fromPage(r) {
		if share = a.S3.Share(r); share == nil && !followed(r) {
			http.Error(w, "the local AWS answers programs, not web pages", http.StatusForbidden)
			return
		}
	}
	u := &unshared{w, share}
	defer u.strip() // of an answer without a body
	w = u
	if host := hostname(r.Host); !loopback(host) {
		http.Error(w, "the local AWS answers on loopback only, and path style only", http.StatusMisdirectedRequest)
		return
	}
	if share != nil && r.Method == http.MethodOptions {
		w.WriteHeader(http.StatusOK)
		return
	}
	if strings.HasPrefix(r.URL.Path, "/_local/") {
		a.serveAdmin(w, r)
		return
	}
	c, handler, err := a.route(r)
	if err != nil {
		fail(w, r, c, err)
		return
	}
	a.count(c)
	a.withFaults(w, r, c, handler)
}

// fromPage holds for what a web page makes a browser ask (Fetch standard, "Origin header"; Fetch Metadata): SDKs send neither header. Without this any page that is
// open on this machine could read the customers' mail.
func fromPage(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return len(r.Header["Origin"]) > 0 || site != "" && site != "none"
}

// followed tells of a request that somebody on a page of this machine has followed a link to an object, signed for a while: the browser shows or saves it, and the
// page does not get it.
func followed(r *http.Request) bool {
	site := r.Header.Get("Sec-Fetch-Site")
	return r.Method == http.MethodGet && r.URL.Query().Has("X-Amz-Signature") && len(r.Header["Origin"]) == 0 && r.Header.Get("Sec-Fetch-Mode") == "navigate" &&
		(site == "same-site" || site == "same-origin")
}

// unshared takes out of an answer what would let a web page read it, since gofakes3 allows all of them, and puts in what the bucket's own rules allow.
type unshared struct {
	http.ResponseWriter
	allow http.Header
}

func (u *unshared) WriteHeader(status int) {
	u.strip()
	u.ResponseWriter.WriteHeader(status)
}

func (u *unshared) Write(b []byte) (int, error) {
	u.strip()
	return u.ResponseWriter.Write(b)
}

func (u *unshared) Unwrap() http.ResponseWriter { return u.ResponseWriter }

func (u *unshared) strip() {
	for name := range u.Header() {
		if strings.HasPrefix(name, "Access-Control-") {
			u.Header().Del(name)
		}
	}
	maps.Copy(u.Header(), u.allow)
}

func hostname(hostport string) string {
	if host, _, err := net.SplitHostPort(hostport); err == nil {
		return host
	}
	return strings.Trim(hostport, "[]")
}

// route dispatches by X-Amz-Target, by CloudWatch's and SES's paths, by a form's Action, and leaves the rest to S3.
func (a *AWS) route(r *http.Request) (call, http.Handler, error) {
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		return a.routeTarget(target)
	}
	if op, ok := strings.CutPrefix(r.URL.Path, cloudwatch.Path); ok && r.Header.Get("Smithy-Protocol") == "rpc-v2-cbor" {
		return call{"cloudwatch", op}, a.CloudWatch, nil
	}
	if strings.HasPrefix(r.URL.Path, "/v2/email/") {
		op, err := ses.Operation(r)
		return call{"ses", op}, a.SES, err
	}
	if r.Method == http.MethodPost && strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return a.routeForm(r)
	}
	op, err := s3.Operation(r)
	return call{"s3", op}, a.S3, err
}

func (a *AWS) routeTarget(target string) (call, http.Handler, error) {
	service, op, _ := strings.Cut(target, ".")
	switch service {
	case "DynamoDB_20120810", "DynamoDBStreams_20120810":
		return call{"dynamodb", op}, a.DynamoDB, nil
	case "AmazonSQS":
		return call{"sqs", op}, a.SQS, nil
	case "secretsmanager":
		return call{"secretsmanager", op}, a.Secrets, nil
	case "Comprehend_20171127":
		return call{"comprehend", op}, a.Comprehend, nil
	}
	return call{}, nil, wire.Unsupported("the service of target " + target)
}

// routeForm reads the body to find the Action and puts it back.
func (a *AWS) routeForm(r *http.Request) (call, http.Handler, error) {
	body, err := wire.Body(r, 1<<20)
	if err != nil {
		return call{service: "sns"}, nil, err
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return call{service: "sns"}, nil, wire.Refuse("MalformedQueryString", "%v", err)
	}
	if form.Get("Version") != "2010-03-31" {
		return call{service: "sns"}, nil, wire.Unsupported("the service of Action " + form.Get("Action") + ", Version " + form.Get("Version"))
	}
	return call{"sns", form.Get("Action")}, a.SNS, nil
}

// fail answers err in the protocol of the service.
func fail(w http.ResponseWriter, r *http.Request, c call, err error) {
	switch c.service {
	case "s3":
		s3.WriteError(w, r, err)
	case "sns":
		sns.WriteError(w, err)
	case "cloudwatch":
		cloudwatch.WriteError(w, err)
	default:
		wire.JSONError(w, "application/x-amz-json-1.0", err)
	}
}

// throttled is how each service says it.
var throttled = map[string]*wire.Error{
	"dynamodb": {Status: 400, Code: "ProvisionedThroughputExceededException"}, "sqs": {Status: 400, Code: "ThrottlingException", Query: "RequestThrottled"},
	"s3": {Status: 503, Code: "SlowDown"}, "sns": {Status: 400, Code: "Throttling"}, "ses": {Status: 429, Code: "TooManyRequestsException"},
	"secretsmanager": {Status: 400, Code: "ThrottlingException"}, "comprehend": {Status: 400, Code: "TooManyRequestsException"},
	"cloudwatch": {Status: 400, Code: "Throttling"},
}

func (a *AWS) withFaults(w http.ResponseWriter, r *http.Request, c call, handler http.Handler) {
	if d, ok := a.Faults.StrikeDelay(faults.Slow, c.service, c.operation); ok {
		select {
		case <-time.After(d):
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case a.Faults.Strike(faults.Throttle, c.service, c.operation):
		e := *throttled[c.service]
		e.Message = "slow down (injected)"
		fail(w, r, c, &e)
	case a.Faults.Strike(faults.ServerError, c.service, c.operation):
		fail(w, r, c, &wire.Error{Status: http.StatusInternalServerError, Code: "InternalServerError", Message: "nothing was done (injected)"})
	case a.Faults.Strike(faults.Torn, c.service, c.operation):
		handler.ServeHTTP(&unheard{header: http.Header{}}, r)
		panic(http.ErrAbortHandler) // ends the connection without an answer
	default:
		handler.ServeHTTP(w, r)
	}
}

// unheard is an answer that no client gets; its body is kept if there is a place for it.
type unheard struct {
	header http.Header
	body   *bytes.Buffer
}

func (u *unheard) Header() http.Header { return u.header }
func (u *unheard) WriteHeader(int)     {}

func (u *unheard) Write(b []byte) (int, error) {
	if u.body != nil {
		u.body.Write(b)
	}
	return len(b), nil
}

// serveAdmin lets another process turn the clock and switch faults:
//
//	GET  /_local/faults                       the faults and how often each has struck
//	PUT  /_local/faults  [{"kind":…}, …]      replaces them
//	GET  /_local/clock                        {"now":"2026-03-28T12:00:00Z"}
//	POST /_local/clock   {"turn":"90m"}       moves it forward
//	GET  /_local/usage, /_local/operations
func (a *AWS) serveAdmin(w http.ResponseWriter, r *http.Request) {
	if !a.admin {
		http.Error(w, "the admin endpoint is off: open the local AWS with Options.Admin", http.StatusForbidden)
		return
	}
	var out any
	var err error
	switch r.Method + " " + strings.TrimPrefix(r.URL.Path, "/_local/") {
	case "GET faults":
		out = a.Faults.List()
	case "PUT faults":
		out, err = a.putFaults(r)
	case "GET clock":
		out = map[string]time.Time{"now": a.Clock.Now()}
	case "POST clock":
		out, err = a.turnClock(r)
	case "GET usage":
		out = a.Usage()
	case "GET operations":
		out = a.Operations()
	default:
		err = wire.Unsupported(r.Method + " " + r.URL.Path)
	}
	if err != nil {
		wire.JSONError(w, "application/json", err)
		return
	}
	wire.JSON(w, "application/json", out)
}

func (a *AWS) putFaults(r *http.Request) (any, error) {
	body, err := wire.Body(r, 1<<20)
	if err != nil {
		return nil, err
	}
	var list []faults.Fault
	if err := wire.Decode(body, &list); err != nil {
		return nil, err
	}
	if err := a.Faults.Set(list...); err != nil {
		return nil, wire.Refuse("InvalidFault", "%v", err)
	}
	return a.Faults.List(), nil
}

func (a *AWS) turnClock(r *http.Request) (any, error) {
	body, err := wire.Body(r, 1<<10)
	if err != nil {
		return nil, err
	}
	var in struct {
		Turn string `json:"turn"`
	}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, wire.Refuse("InvalidTurn", "%v", err)
	}
	d, err := time.ParseDuration(in.Turn)
	if err != nil || d < 0 {
		return nil, wire.Refuse("InvalidTurn", `turn %q: want a duration such as "90m"`, in.Turn)
	}
	a.Clock.Turn(d)
	return map[string]time.Time{"now": a.Clock.Now()}, nil
}
