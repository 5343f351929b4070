package cloudwatch

import (
	"cmp"
	"maps"
	"net/http"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"

	"pronto/infra/local/wire"
)

// Path is where the SDKs send CloudWatch's operations, the name of one behind it.
const Path = "/service/GraniteServiceVersion20100801/operation/"

// Operations lists what ServeHTTP answers.
func (s *Service) Operations() []string { return []string{"GetMetricData"} }

const (
	maxBody    = 1 << 20
	maxQueries = 500 // of one call
)

// ServeHTTP answers Smithy's RPC v2 with CBOR.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	out, err := s.answer(r)
	if err != nil {
		WriteError(w, err)
		return
	}
	write(w, http.StatusOK, out)
}

func (s *Service) answer(r *http.Request) (cbor.Value, error) {
	if name := path.Base(r.URL.Path); name != "GetMetricData" {
		return nil, wire.Unsupported("CloudWatch " + name)
	}
	body, err := wire.Body(r, maxBody)
	if err != nil {
		return nil, err
	}
	v, err := cbor.Decode(body)
	if err != nil {
		return nil, wire.Refuse("SerializationException", "%v", err)
	}
	q, err := read(v)
	if err != nil {
		return nil, err
	}
	results := cbor.List{}
	for _, m := range q.metrics {
		results = append(results, s.result(q, m))
	}
	return cbor.Map{"MetricDataResults": results, "Messages": cbor.List{}}, nil
}

// result is a metric's: its sums, the newest first unless asked otherwise.
func (s *Service) result(q request, m metric) cbor.Value {
	sums := s.sums(m.series, q.from, q.to, m.hours)
	at := slices.Sorted(maps.Keys(sums))
	if !q.ascending {
		slices.Reverse(at)
	}
	times, values := cbor.List{}, cbor.List{}
	for _, h := range at {
		times = append(times, &cbor.Tag{ID: 1, Value: cbor.Float64(float64(h * 3600))})
		values = append(values, cbor.Float64(sums[h]))
	}
	return cbor.Map{"Id": cbor.String(m.id), "Label": cbor.String(m.name), "Timestamps": times, "Values": values, "StatusCode": cbor.String("Complete")}
}

// request is a call of GetMetricData.
type request struct {
	from, to  time.Time
	ascending bool
	metrics   []metric
}

type metric struct {
	id, name string
	series   series
	hours    int64 // of a period
}

// refused is a parameter that CloudWatch would not take.
func refused(format string, args ...any) error {
	return wire.Refuse("ValidationError", format, args...)
}

func read(v cbor.Value) (q request, err error) {
	in := object{what: "GetMetricData"}.of(v)
	in.only("StartTime", "EndTime", "ScanBy", "MetricDataQueries")
	q.from, q.to = in.time("StartTime"), in.time("EndTime")
	switch by := in.text("ScanBy"); by {
	case "", "TimestampDescending":
	case "TimestampAscending":
		q.ascending = true
	default:
		return q, refused("ScanBy %q", by)
	}
	queries := in.list("MetricDataQueries")
	seen := map[string]bool{}
	for _, x := range queries {
		m, err := readQuery(x)
		if err != nil {
			return q, err
		}
		if seen[m.id] {
			return q, refused("the id %s is there twice", m.id)
		}
		seen[m.id] = true
		q.metrics = append(q.metrics, m)
	}
	switch {
	case in.err() != nil:
		return q, in.err()
	case q.from.IsZero() || q.to.IsZero() || !q.from.Before(q.to):
		return q, refused("StartTime must be before EndTime")
	case len(queries) == 0 || len(queries) > maxQueries:
		return q, refused("%d MetricDataQueries: want 1 to %d", len(queries), maxQueries)
	}
	return q, nil
}

var idForm = regexp.MustCompile(`^[a-z][a-zA-Z0-9_]{0,254}$`)

func readQuery(v cbor.Value) (m metric, err error) {
	in := object{what: "MetricDataQuery"}.of(v)
	in.only("Id", "MetricStat")
	stat := object{what: "MetricStat"}.of(in.value["MetricStat"])
	stat.only("Metric", "Period", "Stat")
	what := object{what: "Metric"}.of(stat.value["Metric"])
	what.only("Namespace", "MetricName", "Dimensions")
	m.id, m.name = in.text("Id"), what.text("MetricName")
	seconds, statistic, namespace := stat.number("Period"), stat.text("Stat"), what.text("Namespace")
	var dimensions []string
	for _, x := range what.list("Dimensions") {
		d := object{what: "Dimension"}.of(x)
		d.only("Name", "Value")
		dimensions = append(dimensions, d.text("Name"), d.text("Value"))
		if d.err() != nil {
			return m, d.err()
		}
	}
	switch err := cmp.Or(in.err(), stat.err(), what.err()); {
	case err != nil:
		return m, err
	case !idForm.MatchString(m.id):
		return m, refused("the id %q: want a lower case letter, then letters, digits, underscores", m.id)
	case m.name == "" || namespace == "":
		return m, refused("a metric wants MetricName and Namespace")
	case statistic != "Sum":
		return m, wire.Unsupported("the statistic " + statistic)
	case seconds <= 0 || seconds%3600 != 0:
		return m, wire.Unsupported("a Period that is no multiple of 3600")
	}
	m.hours, m.series = seconds/3600, of(namespace, m.name, dimensions)
	return m, nil
}

// object is a map whose values are taken out by their kinds; the first mistake is kept.
type object struct {
	what  string
	value cbor.Map
	wrong *error
}

func (o object) of(v cbor.Value) object {
	o.wrong = new(error)
	m, is := v.(cbor.Map)
	if !is {
		*o.wrong = refused("%s is missing, or is none", o.what)
	}
	o.value = m
	return o
}

func (o object) err() error { return *o.wrong }

func (o object) mistake(err error) {
	if *o.wrong == nil {
		*o.wrong = err
	}
}

// only refuses what is not implemented, by name.
func (o object) only(names ...string) {
	for _, name := range slices.Sorted(maps.Keys(o.value)) {
		if !slices.Contains(names, name) {
			o.mistake(wire.Unsupported("parameter " + name + " of " + o.what))
		}
	}
}

func (o object) text(name string) string {
	v, there := o.value[name]
	s, is := v.(cbor.String)
	if there && !is {
		o.mistake(refused("%s of %s is no text", name, o.what))
	}
	return strings.Clone(string(s))
}

func (o object) number(name string) int64 {
	n, err := cbor.AsInt64(o.value[name])
	if err != nil {
		o.mistake(refused("%s of %s is no number", name, o.what))
	}
	return n
}

func (o object) list(name string) cbor.List {
	v, there := o.value[name]
	l, is := v.(cbor.List)
	if there && !is {
		o.mistake(refused("%s of %s is no list", name, o.what))
	}
	return l
}

func (o object) time(name string) time.Time {
	t, err := cbor.AsTime(o.value[name])
	if err != nil {
		o.mistake(refused("%s of %s is no time", name, o.what))
	}
	return t.UTC()
}

// WriteError answers err as the protocol does.
func WriteError(w http.ResponseWriter, err error) {
	e := wire.AsError(err)
	write(w, e.Status, cbor.Map{"__type": cbor.String(e.Code), "message": cbor.String(e.Message)})
}

func write(w http.ResponseWriter, status int, v cbor.Value) {
	w.Header().Set("Content-Type", "application/cbor")
	w.Header().Set("Smithy-Protocol", "rpc-v2-cbor")
	w.Header().Set("X-Amzn-Requestid", wire.UUID())
	w.WriteHeader(status)
	_, _ = w.Write(cbor.Encode(v))
}
