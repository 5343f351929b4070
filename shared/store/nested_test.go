package store

import (
	"flag"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"pronto/shared/desk"
)

var update = flag.Bool("update", false, "write testdata/nested.txt anew; read what changed")

// Code of before keeps what it does not know of a conversation, a contact, a message and a rota, and drops what it does not know within one of their members (unknown.go). So all
// that stands within one is listed: a new line here is a field that a release which is taken back would lose. Make it a member of its own (CONTRIBUTING, 9), as PromiseOf
// is of a promise; a type that is new altogether is listed with all that it begins with, by -update.
func TestWhatStandsWithinAMemberIsListed(t *testing.T) {
	var lines []string
	seen := map[reflect.Type]bool{}
	var within func(reflect.Type)
	within = func(x reflect.Type) {
		for x.Kind() == reflect.Pointer || x.Kind() == reflect.Slice || x.Kind() == reflect.Map {
			x = x.Elem()
		}
		if x.Kind() != reflect.Struct || !strings.HasPrefix(x.PkgPath(), "pronto/") || seen[x] {
			return
		}
		seen[x] = true
		lines = append(lines, fmt.Sprintf("%s: %s", x, strings.Join(membersOf(x), " ")))
		for f := range x.Fields() {
			within(f.Type)
		}
	}
	rows := []reflect.Type{reflect.TypeFor[desk.Conversation](), reflect.TypeFor[desk.Contact](), reflect.TypeFor[desk.Message](), reflect.TypeFor[desk.Rota]()}
	for _, x := range rows {
		seen[x] = true
	}
	for _, x := range rows {
		for f := range x.Fields() {
			within(f.Type)
		}
	}
	slices.Sort(lines)
	const list = "testdata/nested.txt"
	got := strings.Join(lines, "\n") + "\n"
	if *update {
		if err := os.WriteFile(list, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(list)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(got, "\n") {
		if !slices.Contains(strings.Split(string(want), "\n"), line) {
			t.Errorf("%s has another line for %s", list, line)
		}
	}
	if len(got) < len(want) {
		t.Errorf("%s lists what is no more; it should be:\n%s", list, got)
	}
}
