package dynamodb

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"pronto/infra/local/disk"
	"pronto/infra/local/dynamodb/attr"
	"pronto/infra/local/dynamodb/expr"
)

// Error is a refusal as a client of DynamoDB sees it.
type Error struct {
	Code    string // "ConditionalCheckFailedException"
	Message string
	Item    attr.Item // of a failed condition that asked for the old item
	Reasons []Reason  // of a cancelled transaction, one an operation, in order
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Reason tells why one operation of a transaction stood in its way; Code is "None" when it did not.
type Reason struct {
	Code    string
	Message string    `json:",omitempty"`
	Item    attr.Item `json:",omitempty"`
}

func refuse(code, format string, a ...any) error {
	return &Error{Code: code, Message: fmt.Sprintf(format, a...)}
}

func invalid(format string, a ...any) error { return refuse("ValidationException", format, a...) }

// parameter is the form in which most refusals of a value come.
func parameter(format string, a ...any) error {
	return invalid("One or more parameter values were invalid: "+format, a...)
}

// absent refuses what this DynamoDB does not have; it must never be accepted and ignored.
func absent(format string, a ...any) error {
	return invalid("local AWS: "+format+" is not implemented", a...)
}

// asError brings whatever went wrong into the protocol's form; a fault of ours becomes an InternalServerError.
func asError(err error) *Error {
	var own *Error
	var value *attr.Invalid
	var expression *expr.Error
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &value), errors.As(err, &expression):
		return &Error{Code: "ValidationException", Message: err.Error()}
	case errors.Is(err, attr.ErrSyntax):
		return &Error{Code: "SerializationException", Message: err.Error()}
	}
	return &Error{Code: "InternalServerError", Message: err.Error()}
}

var namespaces = map[string]string{"ValidationException": "com.amazon.coral.validate", "SerializationException": "com.amazon.coral.service", "UnknownOperationException": "com.amazon.coral.service"}

func (e *Error) status() int {
	if e.Code == "InternalServerError" {
		return 500
	}
	return 400
}

func (e *Error) body() []byte {
	space := namespaces[e.Code]
	if space == "" {
		space = "com.amazonaws.dynamodb.v20120810"
	}
	o := newObject()
	o.json("__type", space+"#"+e.Code)
	name := "message"
	if e.Reasons != nil || e.Code == "SerializationException" {
		name = "Message"
	}
	o.json(name, e.Message)
	if e.Item != nil {
		o.item("Item", e.Item)
	}
	if e.Reasons != nil {
		o.json("CancellationReasons", e.Reasons)
	}
	return o.end()
}

// decode reads a request and refuses every field that the operation here does not know.
func decode(operation string, body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	err := d.Decode(into)
	if err == nil && d.More() {
		err = attr.ErrSyntax
	}
	var value *attr.Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &value):
		return err
	case strings.Contains(err.Error(), "unknown field"):
		_, field, _ := strings.Cut(err.Error(), "unknown field ")
		return absent("%s's parameter %s", operation, field)
	}
	return refuse("SerializationException", "%v", err)
}

// oneOf refuses a value that is neither empty nor in the list.
func oneOf(field, value string, allowed ...string) error {
	if value == "" {
		return nil
	}
	if slices.Contains(allowed, value) {
		return nil
	}
	return notOneOf(field, value, allowed...)
}

func notOneOf(field, value string, allowed ...string) error {
	return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: [%s]", value, field, strings.Join(allowed, ", "))
}

// object builds a response without reflection: responses are mostly items.
type object struct{ b []byte }

func newObject() *object { return &object{append(make([]byte, 0, 512), '{')} }

func (o *object) key(name string) {
	if len(o.b) > 1 {
		o.b = append(o.b, ',')
	}
	o.b = append(append(append(o.b, '"'), name...), '"', ':')
}

func (o *object) item(name string, it attr.Item) {
	o.key(name)
	o.b = attr.AppendJSON(o.b, it)
}

func (o *object) items(name string, items []attr.Item) {
	o.key(name)
	o.b = appendItems(o.b, items)
}

func appendItems(b []byte, items []attr.Item) []byte {
	b = append(b, '[')
	for i, it := range items {
		if i > 0 {
			b = append(b, ',')
		}
		b = attr.AppendJSON(b, it)
	}
	return append(b, ']')
}

// json adds a small value the ordinary way.
func (o *object) json(name string, v any) {
	o.key(name)
	var buf bytes.Buffer
	e := json.NewEncoder(&buf)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("encode %s: %v", name, err)) // our own structs
	}
	o.b = append(o.b, bytes.TrimRight(buf.Bytes(), "\n")...)
}

func (o *object) end() []byte { return append(o.b, '}') }

// refused marks an error raised before anything was written, so that neighbours in the commit need not be redone.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return disk.Refuse(err)
}
