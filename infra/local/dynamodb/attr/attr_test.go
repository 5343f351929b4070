package attr

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func item(t testing.TB, text string) Item {
	t.Helper()
	var it Item
	if err := json.Unmarshal([]byte(text), &it); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return it
}

const everything = `{"b":{"B":"AAH/"},"bs":{"BS":["AA==","AQ=="]},"f":{"BOOL":false},"l":{"L":[{"S":"x"},{"M":{}},{"L":[]}]},"m":{"M":{"k":{"N":"-0.5"}}},` +
	`"n":{"N":"12"},"nil":{"NULL":true},"ns":{"NS":["-1","2","10"]},"s":{"S":"\u000aé😀\"\\"},"ss":{"SS":["a","b"]},"t":{"BOOL":true}}`

func TestItemsComeBackFromJSONAndDisk(t *testing.T) {
	it := item(t, everything)
	if got := string(AppendJSON(nil, it)); got != everything {
		t.Errorf("as JSON\n got %s\nwant %s", got, everything)
	}
	back, err := DecodeItem(AppendItem(nil, it))
	if err != nil || !EqualItems(it, back) {
		t.Errorf("from disk: %v, %v", back, err)
	}
}

func TestTheOrderOfMembersDoesNotMatter(t *testing.T) {
	a := item(t, `{"x":{"M":{"p":{"S":"1"},"q":{"NS":["10","9.0"]}}},"y":{"SS":["b","a"]}}`)
	b := item(t, ` { "y" : {"SS":["a","b"]} , "x":{"M":{"q":{"NS":["9","1e1"]},"p":{"S":"1"}}} } `)
	if !EqualItems(a, b) || !bytes.Equal(AppendItem(nil, a), AppendItem(nil, b)) {
		t.Errorf("%s and %s differ", AppendJSON(nil, a), AppendJSON(nil, b))
	}
}

func TestJSONThatIsNoItem(t *testing.T) {
	for _, text := range []string{
		`[]`, `{"a"}`, `{"a":{"S":"x"},"a":{"S":"y"}}`, `{"a":{"S":1}}`, `{"a":{"BOOL":"true"}}`, `{"a":{"B":"!"}}`, `{"a":{"L":{}}}`, `{"a":{"S":"x"}`, `{"a":{"S":"\q"}}`, `{"a":{"S":"\u12"}}`, `{"a":{"S":"x"}} x`, "{\"a\":{\"S\":\"\n\"}}",
	} {
		var it Item
		if err := it.UnmarshalJSON([]byte(text)); !errors.Is(err, ErrSyntax) {
			t.Errorf("%s: err = %v", text, err)
		}
	}
	var invalid *Invalid
	for _, text := range []string{`{"a":{}}`, `{"a":{"X":"y"}}`, `{"a":{"S":"x","N":"1"}}`, `{"a":{"SS":[]}}`, `{"a":{"NS":["1","1.0"]}}`, `{"a":{"NULL":false}}`, `{"a":{"N":"one"}}`} {
		var it Item
		if err := it.UnmarshalJSON([]byte(text)); !errors.As(err, &invalid) {
			t.Errorf("%s: err = %v", text, err)
		}
	}
}

func TestDepthIsBounded(t *testing.T) {
	nest := func(n int) []byte {
		return []byte(`{"a":` + strings.Repeat(`{"L":[`, n) + `{"S":"x"}` + strings.Repeat(`]}`, n) + `}`)
	}
	var it Item
	if err := it.UnmarshalJSON(nest(MaxDepth)); err != nil {
		t.Errorf("%d levels: %v", MaxDepth, err)
	}
	if _, err := DecodeItem(AppendItem(nil, it)); err != nil {
		t.Errorf("%d levels from disk: %v", MaxDepth, err)
	}
	for _, n := range []int{MaxDepth + 1, 100000} {
		if err := it.UnmarshalJSON(nest(n)); err == nil {
			t.Errorf("%d levels were taken", n)
		}
	}
}

func TestSurrogatesAndBrokenText(t *testing.T) {
	for in, want := range map[string]string{`"\ud83d\ude00"`: "😀", `"\ud83d"`: "\uFFFD", `"\ud83d\u0041"`: "\uFFFDA", "\"\xff\"": "\uFFFD", `"\/\b"`: "/\b"} {
		var it Item
		if err := it.UnmarshalJSON([]byte(`{"a":{"S":` + in + `}}`)); err != nil || it[0].Value.Str != want {
			t.Errorf("%s = %v, %v, want %q", in, it, err, want)
		}
	}
}

func TestWithAndWithoutLeaveTheOriginal(t *testing.T) {
	it := item(t, `{"b":{"S":"1"},"d":{"S":"2"}}`)
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		with := it.With(name, String("new"))
		if v, ok := with.Get(name); !ok || v.Str != "new" || !slices.IsSortedFunc(with, func(a, b Field) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("with %s = %s", name, AppendJSON(nil, with))
		}
		without := with.Without(name)
		if _, ok := without.Get(name); ok {
			t.Errorf("without %s = %s", name, AppendJSON(nil, without))
		}
	}
	if got := string(AppendJSON(nil, it)); got != `{"b":{"S":"1"},"d":{"S":"2"}}` {
		t.Errorf("the original became %s", got)
	}
}

// Sizes are those of AWS's documentation, "Item sizes and formats".
func TestSizes(t *testing.T) {
	for text, want := range map[string]int{
		`{"a":{"S":"é"}}`: 3, `{"a":{"N":"0"}}`: 2, `{"a":{"N":"27"}}`: 3, `{"a":{"N":"-27"}}`: 4, `{"a":{"N":"461"}}`: 4, `{"a":{"N":"1000"}}`: 3, `{"a":{"B":"AAEC"}}`: 4, `{"a":{"BOOL":true}}`: 2, `{"a":{"NULL":true}}`: 2,
		`{"a":{"L":[]}}`: 4, `{"a":{"L":[{"S":"xy"}]}}`: 7, `{"a":{"M":{"k":{"S":"xy"}}}}`: 8, `{"a":{"SS":["x","yz"]}}`: 4,
	} {
		if got := item(t, text).Size(); got != want {
			t.Errorf("%s has %d bytes, want %d", text, got, want)
		}
	}
}

func TestNumbersRefused(t *testing.T) {
	for in, want := range map[string]string{
		"": "numeric", " 1": "numeric", "1 ": "numeric", "+": "numeric", ".": "numeric", "1.2.3": "numeric", "0x1": "numeric", "1e": "numeric", "1e1e1": "numeric", "Infinity": "numeric", "1_000": "numeric",
		"1e999999999": "numeric", "1e126": "overflow", "-1e126": "overflow", "1e-131": "underflow", strings.Repeat("9", 39): "38 significant", "1" + strings.Repeat("0", 126): "overflow",
	} {
		if got, err := ParseNumber(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q = %q, %v, want %s", in, got, err, want)
		}
	}
}

// randomNumber is one in canonical form, with few digits and a small exponent, so that neighbours and ties occur.
func randomNumber(r *rand.Rand) string {
	for {
		n := big.NewInt(r.Int64N(2000) - 1000)
		s, err := ParseNumber(n.String() + "e" + big.NewInt(r.Int64N(9)-4).String())
		if err == nil {
			return s
		}
	}
}

func rat(s string) *big.Rat {
	r, _ := new(big.Rat).SetString(s)
	return r
}

func TestNumbersAgreeWithRationals(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		a, b := randomNumber(r), randomNumber(r)
		want := rat(a).Cmp(rat(b))
		if got := CompareNumbers(a, b); sign(got) != want {
			t.Fatalf("%s against %s = %d, want %d", a, b, got, want)
		}
		if got := bytes.Compare(AppendKey(nil, Num(a)), AppendKey(nil, Num(b))); got != want {
			t.Fatalf("keys of %s against %s = %d, want %d", a, b, got, want)
		}
		sum, err := Add(a, b)
		if err != nil || rat(sum).Cmp(new(big.Rat).Add(rat(a), rat(b))) != 0 {
			t.Fatalf("%s + %s = %s, %v", a, b, sum, err)
		}
		difference, err := Sub(a, b)
		if err != nil || rat(difference).Cmp(new(big.Rat).Sub(rat(a), rat(b))) != 0 {
			t.Fatalf("%s - %s = %s, %v", a, b, difference, err)
		}
		if again, err := ParseNumber(sum); err != nil || again != sum {
			t.Fatalf("%s is not canonical: %s, %v", sum, again, err)
		}
	}
}

func sign(n int) int { return min(1, max(-1, n)) }

func TestSumsAreExactOrRefused(t *testing.T) {
	for _, c := range []struct{ a, b, want string }{
		{"99999999999999999999999999999999999999", "1", "1" + strings.Repeat("0", 38)}, {"0.1", "0.2", "0.3"}, {"-5", "5", "0"}, {"9" + strings.Repeat("0", 125), "1", ""}, {"9" + strings.Repeat("0", 125), "9" + strings.Repeat("0", 125), ""},
	} {
		got, err := Add(c.a, c.b)
		if (err == nil) != (c.want != "") || got != c.want {
			t.Errorf("%s + %s = %s, %v, want %q", c.a, c.b, got, err, c.want)
		}
	}
}

// No key is a prefix of another, and their order is the values', also with more behind them.
func TestKeysOfTextKeepTheirOrder(t *testing.T) {
	texts := []string{"", "\x00", "\x00\x00", "\x00\x01", "\x00\xff", "\x01", "a", "a\x00", "a\x00\x01", "a\x00b", "a\x01", "aa", "b", "é", "\xff", "\xff\xff"}
	slices.Sort(texts)
	for i, a := range texts {
		for j, b := range texts {
			x, y := AppendKey(nil, String(a)), AppendKey(nil, String(b))
			if got := bytes.Compare(append(x, 0xFF), append(y, 0x00)); i != j && got != sign(i-j) {
				t.Errorf("%q against %q = %d", a, b, got)
			}
			if i != j && bytes.HasPrefix(AppendKey(nil, String(a)), AppendKey(nil, String(b))) {
				t.Errorf("the key of %q begins with that of %q", a, b)
			}
			if got, want := bytes.HasPrefix(x, AppendKeyPrefix(nil, String(b))), strings.HasPrefix(a, b); got != want {
				t.Errorf("%q begins with %q: %v, want %v", a, b, got, want)
			}
		}
	}
}

func TestAfter(t *testing.T) {
	for in, want := range map[string]string{"a": "b", "a\xff": "b", "a\x00": "a\x01"} {
		if got := After([]byte(in)); string(got) != want {
			t.Errorf("after %q comes %q, want %q", in, got, want)
		}
	}
	if got := After([]byte{0xFF, 0xFF}); got != nil {
		t.Errorf("after the last comes %q", got)
	}
}

func TestPartitionsSpreadEvenly(t *testing.T) {
	var quarters [4]int
	for i := range 4000 {
		quarters[AppendPartition(nil, String("C#acme#"+big.NewInt(int64(i)).String()))[0]>>6]++
	}
	for q, n := range quarters {
		if n < 800 || n > 1200 {
			t.Errorf("quarter %d has %d of 4000 partitions", q, n)
		}
	}
}

func FuzzItemJSON(f *testing.F) {
	for _, seed := range []string{everything, `{}`, `{"a":{"S":"\ud83d\ude00"}}`, `{"a":{"N":"1e5"}}`, `{"a":{"L":[{"M":{"x":{"NULL":true}}}]}}`, `{"a":`, `{"a":{"NS":["1","-2.50"]}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var it, back Item
		if it.UnmarshalJSON(data) != nil {
			return
		}
		text := AppendJSON(nil, it)
		if !json.Valid(text) {
			t.Fatalf("%q became %q, which is no JSON", data, text)
		}
		if err := back.UnmarshalJSON(text); err != nil || !EqualItems(it, back) {
			t.Fatalf("%q became %q, which reads as %v, %v", data, text, back, err)
		}
		disk, err := DecodeItem(AppendItem(nil, it))
		if err != nil || !EqualItems(it, disk) {
			t.Fatalf("%q from disk: %v, %v", data, disk, err)
		}
	})
}

func FuzzDecodeItem(f *testing.F) {
	f.Add(AppendItem(nil, item(f, everything)))
	f.Add([]byte{1, 1, 'a', byte(L), 0xFF, 0xFF, 0xFF, 0xFF, 0x0F})
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		it, err := DecodeItem(data)
		if err != nil {
			return
		}
		if back, err := DecodeItem(AppendItem(nil, it)); err != nil || !EqualItems(it, back) {
			t.Fatalf("%x decodes to %v, which does not come back: %v, %v", data, it, back, err)
		}
	})
}

func FuzzNumber(f *testing.F) {
	for _, seed := range []string{"0", "-0.0", "1e125", "12.50", "+7", "1E-130", "00012", ".5", "5."} {
		f.Add(seed, "1")
	}
	f.Fuzz(func(t *testing.T, s, other string) {
		n, err := ParseNumber(s)
		if err != nil {
			return
		}
		if again, err := ParseNumber(n); err != nil || again != n {
			t.Fatalf("%q = %q, which is not canonical: %q, %v", s, n, again, err)
		}
		m, err := ParseNumber(other)
		if err != nil {
			return
		}
		if keys, values := bytes.Compare(AppendKey(nil, Num(n)), AppendKey(nil, Num(m))), sign(CompareNumbers(n, m)); keys != values {
			t.Fatalf("%s against %s: %d by key, %d by value", n, m, keys, values)
		}
	})
}

func BenchmarkItemFromJSON(b *testing.B) {
	data := []byte(everything)
	for b.Loop() {
		var it Item
		if err := it.UnmarshalJSON(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkItemFromDisk(b *testing.B) {
	data := AppendItem(nil, item(b, everything))
	for b.Loop() {
		if _, err := DecodeItem(data); err != nil {
			b.Fatal(err)
		}
	}
}
