package attr

import (
	"encoding/binary"
	"errors"
)

// On disk an item is a count and its fields (name, value); a value is its kind and then: S, N, B a length and the bytes; BOOL one byte;
// M an item; L a count and values; sets a count and strings. Counts and lengths are uvarints.

// MaxDepth is how deep lists and maps may nest.
const MaxDepth = 32

var errCorrupt = errors.New("local AWS: a stored item cannot be decoded")

// AppendItem appends the item's disk form.
func AppendItem(dst []byte, it Item) []byte {
	dst = binary.AppendUvarint(dst, uint64(len(it)))
	for i := range it {
		dst = appendBytes(dst, it[i].Name)
		dst = appendValue(dst, &it[i].Value)
	}
	return dst
}

func appendBytes(dst []byte, s string) []byte {
	return append(binary.AppendUvarint(dst, uint64(len(s))), s...)
}

func appendValue(dst []byte, v *Value) []byte {
	dst = append(dst, byte(v.Kind))
	switch v.Kind {
	case S, N, B:
		return appendBytes(dst, v.Str)
	case BOOL:
		if v.Bool {
			return append(dst, 1)
		}
		return append(dst, 0)
	case M:
		return AppendItem(dst, v.Map)
	case L:
		dst = binary.AppendUvarint(dst, uint64(len(v.List)))
		for i := range v.List {
			dst = appendValue(dst, &v.List[i])
		}
	case SS, NS, BS:
		dst = binary.AppendUvarint(dst, uint64(len(v.Set)))
		for _, s := range v.Set {
			dst = appendBytes(dst, s)
		}
	}
	return dst
}

// DecodeItem reads one item that AppendItem wrote. It copies: data may be reused.
func DecodeItem(data []byte) (Item, error) {
	r := reader{rest: string(data)}
	it := r.item(0)
	if r.failed || r.rest != "" {
		return nil, errCorrupt
	}
	return it, nil
}

// reader cuts strings out of one copy of the data, so an item costs few allocations.
type reader struct {
	rest   string
	failed bool
}

func (r *reader) fail() { r.failed, r.rest = true, "" }

func (r *reader) byte() byte {
	if r.rest == "" {
		r.fail()
		return 0
	}
	b := r.rest[0]
	r.rest = r.rest[1:]
	return b
}

func (r *reader) uvarint() uint64 {
	var n uint64
	for shift := uint(0); shift < 63; shift += 7 {
		b := r.byte()
		n |= uint64(b&0x7F) << shift
		if b < 0x80 {
			return n
		}
	}
	r.fail()
	return 0
}

// count reads how many members follow; each takes at least a byte, so a wrong count cannot make us allocate more than the data is long.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.fail()
		return 0
	}
	return int(n)
}

func (r *reader) string() string {
	n := r.count()
	s := r.rest[:n]
	r.rest = r.rest[n:]
	return s
}

func (r *reader) item(depth int) Item {
	n := r.count()
	it := make(Item, 0, min(n, 64))
	for range n {
		if r.failed {
			return nil
		}
		name := r.string()
		if len(it) > 0 && name <= it[len(it)-1].Name {
			r.fail()
			return nil
		}
		it = append(it, Field{name, r.value(depth)})
	}
	return it
}

func (r *reader) value(depth int) Value {
	v := Value{Kind: Kind(r.byte())}
	if depth > MaxDepth {
		r.fail()
		return Value{}
	}
	switch v.Kind {
	case S, N, B:
		v.Str = r.string()
	case BOOL:
		v.Bool = r.byte() == 1
	case NULL:
	case M:
		v.Map = r.item(depth + 1)
	case L:
		v.List = r.list(depth + 1)
	case SS, NS, BS:
		v.Set = r.set()
	default:
		r.fail()
	}
	return v
}

func (r *reader) list(depth int) []Value {
	n := r.count()
	list := make([]Value, 0, min(n, 64))
	for i := 0; i < n && !r.failed; i++ {
		list = append(list, r.value(depth))
	}
	return list
}

func (r *reader) set() []string {
	n := r.count()
	set := make([]string, 0, min(n, 64))
	for i := 0; i < n && !r.failed; i++ {
		set = append(set, r.string())
	}
	return set
}
