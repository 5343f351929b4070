package store

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"

	"pronto/shared/desk"
)

// What newer code has put into a row, and this version has no field for, is written back as it was read: while two versions work side by side, and after a release was
// taken back, the older one must not take from a conversation what it does not understand. So it is with the members of a conversation, a contact, a message and a rota; what
// stands within one of them goes with it. A new field is therefore a member of its own, and none within another (docs/upgrade.md).

// members are the names that a type's JSON has.
var members sync.Map // reflect.Type → []string

func membersOf(t reflect.Type) []string {
	if known, ok := members.Load(t); ok {
		return known.([]string)
	}
	var all []string
	for f := range t.Fields() {
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && name == "":
			all = append(all, membersOf(f.Type)...)
		case name != "-" && name != "":
			all = append(all, name)
		}
	}
	members.Store(t, all)
	return all
}

// contentAndMore decodes a row's content into v, and gives what v has no field for, as the inside of a JSON object.
func contentAndMore[T desk.Conversation | desk.Contact | desk.Message | desk.Rota](i item, v *T) (unknown string, err error) {
	if err := content(i, v); err != nil {
		return "", err
	}
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(text(i, doc)), &all); err != nil {
		return "", fmt.Errorf("decode %s: %w", text(i, sk), err)
	}
	known := membersOf(reflect.TypeFor[T]())
	var more []string
	for name, value := range all {
		// Decoding is blind to case: what differs in case alone was read into a field.
		if slices.ContainsFunc(known, func(k string) bool { return strings.EqualFold(k, name) }) {
			continue
		}
		quoted, err := json.Marshal(name)
		if err != nil {
			return "", fmt.Errorf("decode %s: %w", text(i, sk), err)
		}
		more = append(more, string(quoted)+":"+string(value))
	}
	slices.Sort(more) // a row that is read and written twice is the same
	return strings.Join(more, ","), nil
}

// withMore adds v's JSON and what it was read with as the row's content.
func withMore(i item, v any, unknown string) (item, error) {
	i, err := with(i, v)
	if err != nil || unknown == "" {
		return i, err
	}
	own := strings.TrimSuffix(text(i, doc), "}")
	if own != "{" {
		own += ","
	}
	i[doc] = str(own + unknown + "}")
	return i, nil
}
