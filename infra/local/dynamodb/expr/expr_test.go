package expr

import (
	"encoding/json"
	"strings"
	"testing"

	"pronto/infra/local/dynamodb/attr"
)

func item(t testing.TB, text string) attr.Item {
	t.Helper()
	var it attr.Item
	if err := json.Unmarshal([]byte(text), &it); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return it
}

func scope(t testing.TB, names map[string]string, values string) *Scope {
	t.Helper()
	var v attr.Item
	if values != "" {
		v = item(t, values)
	}
	s, err := NewScope(names, v)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const values = `{":0":{"N":"0"},":1":{"N":"1"},":2":{"N":"2"},":a":{"S":"a"},":b":{"S":"b"},":l":{"L":[]},":s":{"SS":["a"]},":t":{"BOOL":true}}`

// OR binds least, then AND, then NOT; each side of the table must be the same condition.
func TestPrecedence(t *testing.T) {
	for _, c := range [][2]string{
		{"a = :1 OR b = :1 AND c = :1", "a = :1 OR (b = :1 AND c = :1)"},
		{"a = :1 AND b = :1 OR c = :1", "(a = :1 AND b = :1) OR c = :1"},
		{"NOT a = :1 AND b = :1", "(NOT a = :1) AND b = :1"},
		{"NOT NOT a = :1 OR b = :1", "a = :1 OR b = :1"},
		{"a BETWEEN :0 AND :1 AND b = :1", "(a BETWEEN :0 AND :1) AND b = :1"},
		{"not a in (:1) or b between :1 and :1", "(NOT (a = :1)) OR b = :1"},
	} {
		x, y := condition(t, c[0]), condition(t, c[1])
		for bits := range 8 {
			it := attr.Item{}
			for i, name := range []string{"a", "b", "c"} {
				it = it.With(name, attr.Num(string(rune('0'+bits>>i&1))))
			}
			if x.Holds(it) != y.Holds(it) {
				t.Errorf("%s and %s differ on %s", c[0], c[1], attr.AppendJSON(nil, it))
			}
		}
	}
}

func condition(t *testing.T, text string) *Condition {
	t.Helper()
	c, err := ParseCondition("ConditionExpression", text, scope(t, nil, values))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return c
}

func TestParenthesesThatAreRedundant(t *testing.T) {
	for text, redundant := range map[string]bool{
		"((a = :1))": true, "(((a = :1 OR b = :1)))": true, "((a = :1) OR b = :1)": false, "((a = :1) OR (b = :1))": false, "(a = :1) AND ((b = :1))": true, "NOT (NOT (a = :1))": false,
	} {
		_, err := ParseCondition("FilterExpression", text, scope(t, nil, values))
		if got := err != nil && strings.Contains(err.Error(), "Invalid FilterExpression: The expression has redundant parentheses;"); got != redundant {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestReservedWords(t *testing.T) {
	for _, word := range strings.Fields("AGENT STATUS OWNER SOURCE LANGUAGE TEXT TTL NAME DATE status Zone abort") {
		if _, err := ParseCondition("ConditionExpression", word+" = :1", scope(t, nil, values)); err == nil || !strings.Contains(err.Error(), "reserved keyword: "+word) {
			t.Errorf("%s: %v", word, err)
		}
	}
	if n := len(reservedWords()); n != 573 {
		t.Errorf("%d reserved words, AWS publishes 573", n)
	}
}

func TestScopeRefusesWhatIsUnused(t *testing.T) {
	s := scope(t, map[string]string{"#a": "a", "#z": "z", "#y": "y"}, `{":1":{"N":"1"},":2":{"N":"2"}}`)
	if _, err := ParseCondition("ConditionExpression", "#a = :1", s); err != nil {
		t.Fatal(err)
	}
	if err := s.Unused(); err == nil || !strings.Contains(err.Error(), "ExpressionAttributeNames unused in expressions: keys: {#y, #z}") {
		t.Errorf("err = %v", err)
	}
	for _, names := range []map[string]string{{}, {"a": "b"}, {"#": "b"}, {"#a-b": "c"}, {"#a": ""}} {
		if _, err := NewScope(names, nil); err == nil {
			t.Errorf("%v was taken", names)
		}
	}
}

func TestProjectionsKeepOrderAndCloseUp(t *testing.T) {
	it := item(t, `{"a":{"S":"x"},"l":{"L":[{"S":"0"},{"S":"1"},{"M":{"p":{"S":"2p"},"q":{"S":"2q"}}}]},"m":{"M":{"k":{"M":{"deep":{"N":"1"}}},"j":{"N":"2"}}}}`)
	for text, want := range map[string]string{
		"a":               `{"a":{"S":"x"}}`,
		"gone, m.gone, a": `{"a":{"S":"x"}}`,
		"l[2].q, l[0]":    `{"l":{"L":[{"S":"0"},{"M":{"q":{"S":"2q"}}}]}}`,
		"m.k.deep":        `{"m":{"M":{"k":{"M":{"deep":{"N":"1"}}}}}}`,
		"l[7], m[0], a.b": `{}`,
	} {
		p, err := ParseProjection(text, scope(t, nil, ""))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if got := string(attr.AppendJSON(nil, p.Apply(it))); got != want {
			t.Errorf("%s = %s, want %s", text, got, want)
		}
	}
}

func TestAnUpdateLeavesTheItemItWasGiven(t *testing.T) {
	const before = `{"l":{"L":[{"N":"1"},{"N":"2"}]},"m":{"M":{"x":{"N":"1"}}},"n":{"N":"1"},"s":{"SS":["a","b"]}}`
	it := item(t, before)
	u, err := ParseUpdate("SET l[0] = :2, l[5] = :a, m.x = n + :2 REMOVE l[1] ADD n :1 DELETE s :s", scope(t, nil, values))
	if err != nil {
		t.Fatal(err)
	}
	after, err := u.Apply(it)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := string(attr.AppendJSON(nil, after)), `{"l":{"L":[{"N":"2"},{"S":"a"}]},"m":{"M":{"x":{"N":"3"}}},"n":{"N":"2"},"s":{"SS":["b"]}}`; got != want {
		t.Errorf("after\n got %s\nwant %s", got, want)
	}
	if got := string(attr.AppendJSON(nil, it)); got != before {
		t.Errorf("before has become %s", got)
	}
	if got := (Projection(u.Paths).String()); got != "[l, [0]] [l, [5]] [m, x] [l, [1]] [n] [s]" {
		t.Errorf("paths = %s", got)
	}
}

// String is for failure messages.
func (pr Projection) String() string {
	var out []string
	for _, p := range pr {
		out = append(out, p.String())
	}
	return strings.Join(out, " ")
}

func TestKeyConditions(t *testing.T) {
	for text, want := range map[string]string{
		"pk = :a": ":a", ":a = pk AND :1 < sk": ":a > 1", "sk BETWEEN :1 AND :2 AND pk = :a": ":a BETWEEN 1 2", "pk = :a AND begins_with(sk, :b)": ":a begins_with b",
		"pk = :a AND pk = :a": "", "pk = :a AND sk = :1 AND sk = :2": "", "sk = :1": "", "pk = sk": "", "pk = :a AND size(sk) = :1": "", "pk.x = :a": "", "pk IN (:a)": "", "pk = :a AND NOT sk = :1": "", ":a = :b": "",
	} {
		k, err := ParseKeyCondition(text, scope(t, nil, values), "pk", "sk")
		if (err == nil) != (want != "") {
			t.Errorf("%s: %v", text, err)
			continue
		}
		if err != nil {
			continue
		}
		got := []string{":" + k.Partition.Str, k.Op}
		for _, v := range k.Sort {
			got = append(got, v.Str)
		}
		if s := strings.TrimSpace(strings.Join(got, " ")); s != want {
			t.Errorf("%s = %s, want %s", text, s, want)
		}
	}
}

func TestExpressionsAreBounded(t *testing.T) {
	long := strings.Repeat("(", 2000) + "a = :1" + strings.Repeat(")", 2000)
	for _, text := range []string{strings.Repeat("a", maxExpression+1), long, strings.Repeat("NOT ", 1000) + "a =", "a IN (" + strings.Repeat(":1,", 101) + ":1)", "a" + strings.Repeat(".a", 40) + " = :1"} {
		if _, err := ParseCondition("ConditionExpression", text, scope(t, nil, values)); err == nil {
			t.Errorf("%.40s… was taken", text)
		}
	}
}

// FuzzExpressions parses anything as everything and, where it parses, evaluates it: nothing may panic, and an update's result must survive the disk.
func FuzzExpressions(f *testing.F) {
	for _, seed := range []string{
		"a = :1 AND NOT (b < :2 OR begins_with(c, :a))", "size(a) BETWEEN :0 AND :2", "SET a = if_not_exists(a, :1) + :1, l[3] = list_append(l, :l) REMOVE m.x ADD s :s DELETE s :s", "a, l[0].b, #n.c",
		"contains(l, :1)", "attribute_type(a, :a)", "a IN (:1, :2)", "((", "SET", "#n = :t", "REMOVE l[0], l[1], l[2]",
	} {
		f.Add(seed)
	}
	it := item(f, `{"a":{"N":"1"},"c":{"S":"abc"},"l":{"L":[{"S":"x"},{"M":{"b":{"N":"2"}}}]},"m":{"M":{"x":{"L":[]}}},"s":{"SS":["a","b"]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		names := map[string]string{"#n": "n"}
		if c, err := ParseCondition("ConditionExpression", text, scope(t, names, values)); err == nil {
			c.Holds(it)
			c.Holds(nil)
		}
		if p, err := ParseProjection(text, scope(t, names, "")); err == nil {
			p.Apply(it)
		}
		_, _ = ParseKeyCondition(text, scope(t, names, values), "a", "c")
		u, err := ParseUpdate(text, scope(t, names, values))
		if err != nil {
			return
		}
		after, err := u.Apply(it)
		if err != nil {
			return
		}
		if back, err := attr.DecodeItem(attr.AppendItem(nil, after)); err != nil || !attr.EqualItems(after, back) {
			t.Fatalf("%q makes %s, which does not come back: %v", text, attr.AppendJSON(nil, after), err)
		}
	})
}
