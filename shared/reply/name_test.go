package reply

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestPlainNameAsWritten(t *testing.T) {
	for _, name := range []string{
		"Ana", "ana", "ANA BIANCHI", "Ana Bianchi", "Dr. Ana", "Dott.ssa Ana Bianchi", "Sig.ra Bianchi", "Dipl.-Ing. Ana", "J. R. Smith", "J.R. Smith", "J.R.R. Tolkien", "J.-P. Martin",
		"Ana Bianchi Ph.D.", "O'Neil", "O’Neil", "Gerard 't Hooft", "'t Hooft", "D'Angelo", "Anne-Marie", "Ana Bianchi Jr.", "Ng", "Ø", "Joe Root",
		"José María", "Jose\u0301", "Nguyễn Thị Ánh", "Łukasz Żółć", "Олег Иванов", "Ёлкина Анна-Мария", "Γιώργος", "محمد علي", "דוד לוי",
		"山田 太郎", "やまだ たろう", "ターナー", "김민수", "अनीता शर्मा", "สมชาย ใจดี", "Maria da Conceição dos Santos e Silva",
		"María José de la Cruz", "Jean-Pierre", "O'Neill", "J. R. Smith", "Prof. Ana Bianchi", "Нина Петрова", "田中太郎", "佐々木 さくら", "金 민수", "Keʻala", "Hawaʼi",
		"Mª José", "Ann Bea Cleo Dora Eve", strings.Repeat("a", 40),
	} {
		if got, ok := PlainName(name); !ok || got != name {
			t.Errorf("PlainName(%q) = %q, %v; want it as written", name, got, ok)
		}
	}
}

func TestPlainNameMakesSpacesSingle(t *testing.T) {
	for name, want := range map[string]string{
		"  Ana  ": "Ana", "Ana   Bianchi": "Ana Bianchi", "Ana\u00a0Bianchi": "Ana Bianchi", "山田\u3000太郎": "山田 太郎",
	} {
		if got, ok := PlainName(name); !ok || got != want {
			t.Errorf("PlainName(%q) = %q, %v; want %q", name, got, ok, want)
		}
	}
}

// hostile are display names that must never be seen in a receipt.
var hostile = map[string]string{
	"domain":                "acme.com",
	"domain in words":       "Ana visit acme.example now",
	"single-letter host":    "t.co",
	"scheme":                "https://evil.example/x",
	"www":                   "www acme",
	"address":               "ana@acme.example",
	"digits":                "Ana 2026",
	"arabic digits":         "Ana ٣",
	"superscript":           "Ana²",
	"roman numeral sign":    "Ana Ⅳ",
	"html":                  "<b>Ana</b>",
	"entity":                "Ana&nbsp",
	"placeholder":           "{agent}",
	"quotes":                `"Ana"`,
	"single quotes":         "'Ana'",
	"comma":                 "Bianchi, Ana",
	"parentheses":           "Ana (Acme)",
	"line break":            "Ana\r\nBcc: oleg",
	"bare line feed":        "Ana\nBianchi",
	"tab":                   "Ana\tBianchi",
	"line separator":        "Ana\u2028Bianchi",
	"nul":                   "Ana\x00",
	"bidi override":         "Ana\u202eihcnaiB",
	"bidi isolate":          "Ana\u2066x\u2069",
	"mark of direction":     "Ana\u200f",
	"zero width space":      "A\u200bna",
	"zero width joiner":     "A\u200dna",
	"soft hyphen":           "A\u00adna",
	"word joiner":           "A\u2060na",
	"byte order mark":       "\ufeffAna",
	"hangul filler":         "\u3164\u3164",
	"filler inside":         "Ana\u115fna",
	"variation selector":    "Ana\ufe0f",
	"grapheme joiner":       "A\u034fna",
	"tag character":         "Ana\U000e0041",
	"stacked marks":         "A" + strings.Repeat("\u0301", 12) + "na",
	"enclosing mark":        "Ana\u20dd",
	"bold letters":          "𝐅𝐑𝐄𝐄 𝐌𝐎𝐍𝐄𝐘",
	"emoji":                 "Ana ✈",
	"ideographic stop":      "acme。example",
	"one dot leader":        "acme․example",
	"invalid UTF-8":         "Ana\xff",
	"replacement":           "Ana\ufffd",
	"private use":           "Ana\ue000",
	"too long":              strings.Repeat("a", 41),
	"200 letters":           strings.Repeat("Ana ", 50),
	"a megabyte":            strings.Repeat(" ", 1<<20) + "Ana",
	"nothing":               "",
	"spaces":                "   ",
	"punctuation":           ".-'",
	"leading mark":          "\u0301Ana",
	"leading hyphen":        "-Ana",
	"trailing hyphen":       "Ana-",
	"dots":                  "Ana... Bianchi",
	"double apostrophe":     "O''Neil",
	"via":                   "Ana via Acme",
	"info":                  "info",
	"support":               "Acme Support",
	"no-reply":              "No-Reply",
	"do not reply":          "Do Not Reply",
	"noreply":               "NOREPLY",
	"undisclosed":           "Undisclosed recipients",
	"mailer daemon":         "Mailer-Daemon",
	"postmaster":            "Postmaster",
	"null":                  "null",
	"root":                  "root",
	"customer service":      "Acme Customer Service",
	"italian desk":          "Ufficio Acme",
	"german desk":           "Kundenservice Acme",
	"russian desk":          "Поддержка Acme",
	"dotted desk":           "info.",
	"underscore":            "ana_bianchi",
	"slash":                 "Ana / Bianchi",
	"colon":                 "RE: Ana",
	"a sentence":            "Call Bob now. He has your refund",
	"short sentences":       "Pay Tax. Ask Joe. Sue Bob. Go Now",
	"six words":             "Visit evil dot com please now",
	"seven words":           "Visit evil dot com please now ok",
	"a long word's stop":    "Ana called. Bob",
	"a stop at the end":     "Refund waiting.",
	"a dot of Lisu":         "Evilꓸcom",
	"all of Lisu":           "ꓐꓸꓑ",
	"two scripts":           "Your refund is ЗОО",
	"two in a word":         "Аna",
	"Greek among Latin":     "Ana Βianchi",
	"Latin among Han":       "田中 visit",
	"a modifier colon":      "Evil꞉ Ana",
	"a modifier letter":     "Anaˑcom",
	"raised letters":        "ᴬna",
	"a length mark alone":   "Anaː",
	"a letter of no script": "ℵna",
	"fullwidth full stop":   "acme．example",
}

func TestPlainNameRefuses(t *testing.T) {
	for what, name := range hostile {
		if got, ok := PlainName(name); ok || got != "" {
			t.Errorf("%s: PlainName(%.80q) = %q, %v; want no plain name", what, name, got, ok)
		}
	}
}

func FuzzPlainName(f *testing.F) {
	for _, name := range hostile {
		if len(name) <= nameBytes {
			f.Add(name)
		}
	}
	for _, name := range []string{"Ana", "Dr. Ana", "J.-P. Martin", "山田\u3000太郎", "Gerard 't Hooft", "Jose\u0301"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, ok := PlainName(s)
		if !ok {
			if name != "" {
				t.Fatalf("refused %q, but returned %q", s, name)
			}
			return
		}
		if n := utf8.RuneCountInString(name); n == 0 || n > 40 || !utf8.ValidString(name) {
			t.Fatalf("%q has %d runes", name, n)
		}
		if strings.TrimSpace(name) != name || strings.Contains(name, "  ") || !strings.ContainsFunc(name, unicode.IsLetter) {
			t.Fatalf("%q is not trimmed, has two spaces together or no letter", name)
		}
		for _, r := range name {
			if !unicode.IsLetter(r) && !unicode.IsMark(r) && !strings.ContainsRune(" .-'’", r) || r > 127 && unicode.Is(unicode.Cf, r) {
				t.Fatalf("%q has %U", name, r)
			}
		}
		if again, ok := PlainName(name); !ok || again != name {
			t.Fatalf("%q becomes %q, %v the second time", name, again, ok)
		}
	})
}
