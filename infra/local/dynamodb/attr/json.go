package attr

import (
	"encoding/base64"
	"errors"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// ErrSyntax is JSON that is not an attribute value at all; DynamoDB calls it a SerializationException.
var ErrSyntax = errors.New("the JSON is not of the expected form")

// UnmarshalJSON reads an item: {"name": {"S": "value"}, …}. Names that occur twice, unknown types and numbers out of range are refused.
func (it *Item) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	d := decoder{data: data}
	got, err := d.item(0)
	if err != nil {
		return err
	}
	if d.space(); d.at != len(d.data) {
		return ErrSyntax
	}
	*it = got
	return nil
}

// decoder reads JSON without the detour over map[string]any.
type decoder struct {
	data []byte
	at   int
}

func (d *decoder) space() {
	for d.at < len(d.data) {
		switch d.data[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// take consumes c if it is next.
func (d *decoder) take(c byte) bool {
	d.space()
	if d.at < len(d.data) && d.data[d.at] == c {
		d.at++
		return true
	}
	return false
}

// members calls each for every member of an object, with its key.
func (d *decoder) members(each func(key string) error) error {
	if !d.take('{') {
		return ErrSyntax
	}
	if d.take('}') {
		return nil
	}
	for {
		key, err := d.string()
		if err != nil {
			return err
		}
		if !d.take(':') {
			return ErrSyntax
		}
		if err := each(key); err != nil {
			return err
		}
		if d.take('}') {
			return nil
		}
		if !d.take(',') {
			return ErrSyntax
		}
	}
}

// elements calls each for every element of an array.
func (d *decoder) elements(each func() error) error {
	if !d.take('[') {
		return ErrSyntax
	}
	if d.take(']') {
		return nil
	}
	for {
		if err := each(); err != nil {
			return err
		}
		if d.take(']') {
			return nil
		}
		if !d.take(',') {
			return ErrSyntax
		}
	}
}

func (d *decoder) item(depth int) (Item, error) {
	it := Item{}
	err := d.members(func(name string) error {
		v, err := d.value(depth)
		it = append(it, Field{name, v})
		return err
	})
	if err != nil {
		return nil, err
	}
	it, twice := it.normal()
	if twice != "" {
		return nil, ErrSyntax
	}
	return it, nil
}

// value reads {"S": "text"}: exactly one type.
func (d *decoder) value(depth int) (Value, error) {
	if depth > MaxDepth {
		return Value{}, invalid("Nesting Levels have exceeded supported limits: Attributes in the item have nested levels beyond supported limit")
	}
	var v Value
	err := d.members(func(key string) error {
		kind := ParseKind(key)
		if kind == 0 {
			return invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
		}
		if v.Kind != 0 {
			return invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
		}
		v.Kind = kind
		return d.payload(&v, depth)
	})
	if err == nil && v.Kind == 0 {
		err = invalid("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	}
	return v, err
}

func (d *decoder) payload(v *Value, depth int) (err error) {
	switch v.Kind {
	case S, N, B:
		v.Str, err = d.scalar(v.Kind)
	case BOOL:
		v.Bool, err = d.bool()
	case NULL:
		var yes bool
		if yes, err = d.bool(); err == nil && !yes {
			err = invalid("One or more parameter values were invalid: Null attribute value types must have the value of true")
		}
	case M:
		v.Map, err = d.item(depth + 1)
	case L:
		v.List = []Value{}
		err = d.elements(func() error {
			e, err := d.value(depth + 1)
			v.List = append(v.List, e)
			return err
		})
	default:
		v.Set, err = d.set(v.Kind)
	}
	return err
}

func (d *decoder) scalar(kind Kind) (string, error) {
	s, err := d.string()
	if err != nil || kind == S {
		return s, err
	}
	if kind == N {
		return ParseNumber(s)
	}
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err != nil {
		return "", ErrSyntax
	}
	return string(b), nil
}

func (d *decoder) set(kind Kind) ([]string, error) {
	var set []string
	err := d.elements(func() error {
		s, err := d.scalar(kind.Element())
		set = append(set, s)
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(set) == 0 {
		return nil, invalid("One or more parameter values were invalid: An %s set may not be empty", map[Kind]string{SS: "string", NS: "number", BS: "binary"}[kind])
	}
	SortSet(kind, set)
	if len(slices.Compact(slices.Clone(set))) != len(set) {
		return nil, invalid("One or more parameter values were invalid: Input collection contains duplicates.")
	}
	return set, nil
}

// SortSet puts a set's members into their order: by value for numbers, by bytes for the rest.
func SortSet(kind Kind, set []string) {
	if kind == NS {
		slices.SortFunc(set, CompareNumbers)
	} else {
		slices.Sort(set)
	}
}

func (d *decoder) bool() (bool, error) {
	d.space()
	rest := d.data[d.at:]
	switch {
	case len(rest) >= 4 && string(rest[:4]) == "true":
		d.at += 4
		return true, nil
	case len(rest) >= 5 && string(rest[:5]) == "false":
		d.at += 5
		return false, nil
	}
	return false, ErrSyntax
}

func (d *decoder) string() (string, error) {
	if !d.take('"') {
		return "", ErrSyntax
	}
	start := d.at
	for ; d.at < len(d.data); d.at++ {
		switch c := d.data[d.at]; {
		case c == '"':
			s := string(d.data[start:d.at])
			d.at++
			return strings.ToValidUTF8(s, "\uFFFD"), nil
		case c == '\\':
			return d.escaped(start)
		case c < ' ':
			return "", ErrSyntax
		}
	}
	return "", ErrSyntax
}

// escaped reads the string that began at start and has its first backslash here.
func (d *decoder) escaped(start int) (string, error) {
	out := append(make([]byte, 0, d.at-start+64), d.data[start:d.at]...)
	for d.at < len(d.data) {
		c := d.data[d.at]
		d.at++
		switch {
		case c == '"':
			return strings.ToValidUTF8(string(out), "\uFFFD"), nil
		case c < ' ':
			return "", ErrSyntax
		case c != '\\':
			out = append(out, c)
		default:
			var err error
			if out, err = d.escape(out); err != nil {
				return "", err
			}
		}
	}
	return "", ErrSyntax
}

func (d *decoder) escape(out []byte) ([]byte, error) {
	if d.at >= len(d.data) {
		return nil, ErrSyntax
	}
	c := d.data[d.at]
	d.at++
	if c == 'u' {
		r, err := d.rune()
		return utf8.AppendRune(out, r), err
	}
	if i := strings.IndexByte(`"\/bfnrt`, c); i >= 0 {
		return append(out, "\"\\/\b\f\n\r\t"[i]), nil
	}
	return nil, ErrSyntax
}

func (d *decoder) rune() (rune, error) {
	r, err := d.hex()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if d.at+1 < len(d.data) && d.data[d.at] == '\\' && d.data[d.at+1] == 'u' {
		back := d.at
		d.at += 2
		low, err := d.hex()
		if err != nil {
			return 0, err
		}
		if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
			return pair, nil
		}
		d.at = back
	}
	return utf8.RuneError, nil
}

func (d *decoder) hex() (rune, error) {
	if d.at+4 > len(d.data) {
		return 0, ErrSyntax
	}
	n, err := strconv.ParseUint(string(d.data[d.at:d.at+4]), 16, 16)
	if err != nil {
		return 0, ErrSyntax
	}
	d.at += 4
	return rune(n), nil
}

// MarshalJSON writes the item as DynamoDB does.
func (it Item) MarshalJSON() ([]byte, error) { return AppendJSON(nil, it), nil }

// AppendJSON appends the item as JSON, its fields in the order of their names.
func AppendJSON(dst []byte, it Item) []byte {
	dst = append(dst, '{')
	for i := range it {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(dst, it[i].Name), ':')
		dst = appendValueJSON(dst, &it[i].Value)
	}
	return append(dst, '}')
}

func appendValueJSON(dst []byte, v *Value) []byte {
	dst = append(append(append(dst, `{"`...), v.Kind.String()...), `":`...)
	switch v.Kind {
	case S, N, B:
		dst = appendScalar(dst, v.Kind, v.Str)
	case BOOL:
		dst = strconv.AppendBool(dst, v.Bool)
	case NULL:
		dst = append(dst, "true"...)
	case M:
		dst = AppendJSON(dst, v.Map)
	case L:
		dst = appendArray(dst, len(v.List), func(dst []byte, i int) []byte { return appendValueJSON(dst, &v.List[i]) })
	default:
		dst = appendArray(dst, len(v.Set), func(dst []byte, i int) []byte { return appendScalar(dst, v.Kind.Element(), v.Set[i]) })
	}
	return append(dst, '}')
}

func appendArray(dst []byte, n int, each func([]byte, int) []byte) []byte {
	dst = append(dst, '[')
	for i := range n {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = each(dst, i)
	}
	return append(dst, ']')
}

func appendScalar(dst []byte, kind Kind, s string) []byte {
	switch kind {
	case B:
		dst = append(dst, '"')
		dst = base64.StdEncoding.AppendEncode(dst, []byte(s))
		return append(dst, '"')
	case N:
		return append(append(append(dst, '"'), s...), '"')
	}
	return appendString(dst, s)
}

// appendString writes a JSON string. The text is valid UTF-8 already.
func appendString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	from := 0
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' && c != 0x7F {
			continue
		}
		dst = append(dst, s[from:i]...)
		from = i + 1
		if c == '"' || c == '\\' {
			dst = append(dst, '\\', c)
		} else {
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		}
	}
	return append(append(dst, s[from:]...), '"')
}
