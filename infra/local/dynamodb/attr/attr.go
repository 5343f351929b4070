// Package attr is DynamoDB's data: attribute values and items, their JSON, their numbers, their order as keys, and how they lie on disk.
//
// Invariants:
//   - An Item's fields are sorted by name and each name occurs once, so no map's order can leak into bytes, keys or hashes.
//   - Values are immutable once built: what changes an item makes a new one. They may be shared between goroutines.
//   - Every number is in its one canonical form (see Number), so equal numbers are equal strings.
//   - Sets are sorted and have no duplicates.
package attr

import (
	"fmt"
	"slices"
	"strings"
)

// Kind is the type of a value: S, N, B, BOOL, NULL, M, L, SS, NS or BS.
type Kind uint8

// The kinds. Their numbers are part of the disk format.
const (
	S Kind = iota + 1
	N
	B
	BOOL
	NULL
	M
	L
	SS
	NS
	BS
)

var kindNames = [...]string{"", "S", "N", "B", "BOOL", "NULL", "M", "L", "SS", "NS", "BS"}

// String is the kind as requests spell it: "S", "BOOL".
func (k Kind) String() string { return kindNames[k] }

// ParseKind is the inverse of String; it answers 0 for no kind.
func ParseKind(s string) Kind {
	for i, name := range kindNames[1:] {
		if name == s {
			return Kind(i + 1)
		}
	}
	return 0
}

// IsSet reports whether the kind is one of the three sets.
func (k Kind) IsSet() bool { return k >= SS && k <= BS }

// Ordered reports whether values of the kind can be compared by < and serve as keys.
func (k Kind) Ordered() bool { return k >= S && k <= B }

// Element is the kind of a set's members.
func (k Kind) Element() Kind { return k - SS + S }

// Value is one attribute value. The zero Value is no value.
type Value struct {
	Kind Kind
	Bool bool
	Str  string   // S as UTF-8, N canonical, B as raw bytes
	Set  []string // SS, NS, BS: members like Str
	List []Value
	Map  Item
}

// String makes a value of kind S.
func String(s string) Value { return Value{Kind: S, Str: s} }

// Num makes a value of kind N from a number in canonical form.
func Num(canonical string) Value { return Value{Kind: N, Str: canonical} }

// Field is one named attribute.
type Field struct {
	Name  string
	Value Value
}

// Item is a set of attributes sorted by name: a table's item, a key or a map value.
type Item []Field

func (it Item) find(name string) (int, bool) {
	return slices.BinarySearchFunc(it, name, func(f Field, n string) int { return strings.Compare(f.Name, n) })
}

// Get is the attribute called name.
func (it Item) Get(name string) (Value, bool) {
	if i, ok := it.find(name); ok {
		return it[i].Value, true
	}
	return Value{}, false
}

// With is the item with name set to v. The receiver stays as it is.
func (it Item) With(name string, v Value) Item {
	i, ok := it.find(name)
	if ok {
		out := slices.Clone(it)
		out[i].Value = v
		return out
	}
	out := make(Item, 0, len(it)+1)
	out = append(append(out, it[:i]...), Field{name, v})
	return append(out, it[i:]...)
}

// Without is the item with name left out. The receiver stays as it is.
func (it Item) Without(name string) Item {
	i, ok := it.find(name)
	if !ok {
		return it
	}
	return append(append(make(Item, 0, len(it)-1), it[:i]...), it[i+1:]...)
}

// Pick is the item's attributes of the given names, those that exist.
func (it Item) Pick(names []string) Item {
	out := make(Item, 0, len(names))
	for _, f := range it {
		if slices.Contains(names, f.Name) {
			out = append(out, f)
		}
	}
	return out
}

// normal sorts the fields and reports the name that occurs twice, if one does.
func (it Item) normal() (Item, string) {
	byName := func(a, b Field) int { return strings.Compare(a.Name, b.Name) }
	if !slices.IsSortedFunc(it, byName) {
		slices.SortFunc(it, byName)
	}
	for i := 1; i < len(it); i++ {
		if it[i].Name == it[i-1].Name {
			return it, it[i].Name
		}
	}
	return it, ""
}

// Equal reports whether two values are the same in kind and content. Sets are sorted, so their order does not matter.
func Equal(a, b Value) bool {
	return a.Kind == b.Kind && a.Bool == b.Bool && a.Str == b.Str && slices.Equal(a.Set, b.Set) &&
		slices.EqualFunc(a.List, b.List, Equal) && EqualItems(a.Map, b.Map)
}

// EqualItems reports whether two items have the same attributes.
func EqualItems(a, b Item) bool {
	return slices.EqualFunc(a, b, func(x, y Field) bool { return x.Name == y.Name && Equal(x.Value, y.Value) })
}

// Compare orders two values of one ordered kind; ok is false when they cannot be compared.
func Compare(a, b Value) (order int, ok bool) {
	if a.Kind != b.Kind || !a.Kind.Ordered() {
		return 0, false
	}
	if a.Kind == N {
		return CompareNumbers(a.Str, b.Str), true
	}
	return strings.Compare(a.Str, b.Str), true
}

// Length is what the function size() answers, and false for kinds that have none.
func (v Value) Length() (int, bool) {
	switch v.Kind {
	case S, B:
		return len(v.Str), true
	case M:
		return len(v.Map), true
	case L:
		return len(v.List), true
	case SS, NS, BS:
		return len(v.Set), true
	}
	return 0, false
}

// Size is the item's size in bytes as DynamoDB bills and limits it: names and values, UTF-8.
func (it Item) Size() int {
	n := 0
	for i := range it {
		n += len(it[i].Name) + it[i].Value.Size()
	}
	return n
}

// Size is the value's billed size in bytes. Lists and maps cost 3 bytes and one more for each member.
func (v Value) Size() int {
	switch v.Kind {
	case S, B:
		return len(v.Str)
	case N:
		return numberSize(v.Str)
	case M:
		return 3 + len(v.Map) + v.Map.Size()
	case L:
		n := 3 + len(v.List)
		for i := range v.List {
			n += v.List[i].Size()
		}
		return n
	case SS, NS, BS:
		return v.setSize()
	}
	return 1
}

func (v Value) setSize() int {
	n := 0
	for _, s := range v.Set {
		if v.Kind == NS {
			n += numberSize(s)
		} else {
			n += len(s)
		}
	}
	return n
}

// Invalid is an attribute value that DynamoDB would refuse; its text is what DynamoDB says.
type Invalid struct{ Reason string }

func (e *Invalid) Error() string { return e.Reason }

func invalid(format string, a ...any) error { return &Invalid{fmt.Sprintf(format, a...)} }
