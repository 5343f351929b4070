package attr

import (
	"math/big"
	"strconv"
	"strings"
)

// A number's canonical form is plain decimal without exponent, plus sign, leading or trailing zeros: "-0.05", "1200", "0".
// It has at most 38 significant digits and a magnitude from 1E-130 to 9.99…E+125.
const (
	maxDigits   = 38
	maxExponent = 125
	minExponent = -130
)

var (
	errPrecision = invalid("Attempting to store more than 38 significant digits in a Number")
	errOverflow  = invalid("Number overflow. Attempting to store a number with magnitude larger than supported range")
	errUnderflow = invalid("Number underflow. Attempting to store a number with magnitude smaller than supported range")
)

// decimal is digits × 10^exp, the first digit being the ones: 120 is {digits "12", exp 2}. Zero has no digits.
type decimal struct {
	neg    bool
	digits string // no leading or trailing zero
	exp    int
}

// ParseNumber brings any spelling that DynamoDB takes ("1e3", "+01.50") to the canonical form.
func ParseNumber(s string) (string, error) {
	if plainInteger(s) {
		return s, nil
	}
	d, err := parseDecimal(s)
	if err != nil {
		return "", err
	}
	if err := d.check(); err != nil {
		return "", err
	}
	return d.plain(), nil
}

// plainInteger is the fast path: most numbers are small counts and times.
func plainInteger(s string) bool {
	if len(s) == 0 || len(s) > 18 || (s[0] == '0' && len(s) > 1) {
		return false
	}
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}

func parseDecimal(s string) (decimal, error) {
	bad := invalid("The parameter cannot be converted to a numeric value: %s", clip(s))
	if s == "" {
		return decimal{}, invalid("The parameter cannot be converted to a numeric value")
	}
	mantissa, exponent := s, 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		n, err := parseExponent(s[i+1:])
		if err != nil {
			return decimal{}, bad
		}
		mantissa, exponent = s[:i], n
	}
	neg := strings.HasPrefix(mantissa, "-")
	if neg || strings.HasPrefix(mantissa, "+") {
		mantissa = mantissa[1:]
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	if digits == "" || strings.Trim(digits, "0123456789") != "" {
		return decimal{}, bad
	}
	return normal(neg, digits, exponent+len(whole)-1), nil
}

func parseExponent(s string) (int, error) {
	if len(s) > 8 {
		return 0, strconv.ErrRange
	}
	return strconv.Atoi(s)
}

func clip(s string) string {
	if len(s) > 60 {
		return s[:60] + "…"
	}
	return s
}

// normal strips zeros; exp is that of digits' first place.
func normal(neg bool, digits string, exp int) decimal {
	trimmed := strings.TrimLeft(digits, "0")
	exp -= len(digits) - len(trimmed)
	trimmed = strings.TrimRight(trimmed, "0")
	if trimmed == "" {
		return decimal{}
	}
	return decimal{neg, trimmed, exp}
}

func (d decimal) check() error {
	switch {
	case len(d.digits) > maxDigits:
		return errPrecision
	case d.exp > maxExponent:
		return errOverflow
	case d.exp < minExponent:
		return errUnderflow
	}
	return nil
}

func (d decimal) plain() string {
	if d.digits == "" {
		return "0"
	}
	var b strings.Builder
	if d.neg {
		b.WriteByte('-')
	}
	switch n := len(d.digits); {
	case d.exp < 0:
		b.WriteString("0." + strings.Repeat("0", -d.exp-1) + d.digits)
	case d.exp+1 >= n:
		b.WriteString(d.digits + strings.Repeat("0", d.exp+1-n))
	default:
		b.WriteString(d.digits[:d.exp+1] + "." + d.digits[d.exp+1:])
	}
	return b.String()
}

// ofPlain takes a canonical number apart.
func ofPlain(s string) decimal {
	neg := s[0] == '-'
	if neg {
		s = s[1:]
	}
	whole, fraction, _ := strings.Cut(s, ".")
	return normal(neg, whole+fraction, len(whole)-1)
}

// scaled is the number as an integer times 10^-places.
func (d decimal) scaled(places int) *big.Int {
	n, _ := new(big.Int).SetString("0"+d.digits, 10)
	shift := places + d.exp - len(d.digits) + 1
	if shift > 0 {
		n.Mul(n, new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(shift)), nil))
	}
	if d.neg {
		n.Neg(n)
	}
	return n
}

func (d decimal) places() int { return max(0, len(d.digits)-1-d.exp) }

// Add is the exact sum of two canonical numbers; an inexact one is refused, never rounded.
func Add(a, b string) (string, error) { return sum(ofPlain(a), ofPlain(b)) }

// Sub is the exact difference of two canonical numbers.
func Sub(a, b string) (string, error) {
	y := ofPlain(b)
	y.neg = !y.neg && y.digits != ""
	return sum(ofPlain(a), y)
}

func sum(x, y decimal) (string, error) {
	places := max(x.places(), y.places())
	n := x.scaled(places)
	n.Add(n, y.scaled(places))
	digits := new(big.Int).Abs(n).String()
	d := normal(n.Sign() < 0, digits, len(digits)-1-places)
	if err := d.check(); err != nil {
		return "", err
	}
	return d.plain(), nil
}

// CompareNumbers orders two canonical numbers by value.
func CompareNumbers(a, b string) int {
	if a == b {
		return 0
	}
	x, y := a[0] == '-', b[0] == '-'
	switch {
	case x && y:
		return compareMagnitude(b[1:], a[1:])
	case x:
		return -1
	case y:
		return 1
	}
	return compareMagnitude(a, b)
}

func compareMagnitude(a, b string) int {
	aw, af, _ := strings.Cut(a, ".")
	bw, bf, _ := strings.Cut(b, ".")
	if len(aw) != len(bw) {
		return len(aw) - len(bw)
	}
	if c := strings.Compare(aw, bw); c != 0 {
		return c
	}
	return strings.Compare(af, bf)
}

// numberSize is the billed size: a byte for two significant digits and one more, and one for the sign.
func numberSize(s string) int {
	d := ofPlain(s)
	if d.digits == "" {
		return 1
	}
	n := 1 + (len(d.digits)+1)/2
	if d.neg {
		n++
	}
	return n
}
