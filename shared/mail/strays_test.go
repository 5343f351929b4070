package mail

import (
	"encoding/base64"
	"runtime"
	"strings"
	"testing"
)

// part is a MIME part in transfer encoding cte.
func part(ctype, cte, content string) string {
	return "--b\nContent-Type: " + ctype + "\nContent-Transfer-Encoding: " + cte + "\n\n" + content + "\n"
}

func mixed(parts ...string) string {
	return customer + "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Join(parts, "") + "--b--\n"
}

// lines is s in lines of 76, as base64 is sent.
func lines(s string) string {
	var b strings.Builder
	for ; len(s) > 76; s = s[76:] {
		b.WriteString(s[:76] + "\n")
	}
	return b.String() + s
}

func TestBase64Bombs(t *testing.T) {
	bad := strings.Repeat(strings.Repeat("!", 900)+"\n", 80) // 72,000 bytes
	sound := lines(base64.StdEncoding.EncodeToString([]byte(strings.Repeat("Sound. ", 50_000))))
	for what, c := range map[string]struct {
		raw  string
		read bool
	}{
		"the whole mail":              {customer + "Content-Transfer-Encoding: base64\n\n" + bad, false},
		"in capitals":                 {customer + "CONTENT-TRANSFER-ENCODING: Base64\n\n" + bad, false},
		"folded":                      {customer + "Content-Transfer-Encoding:\n base64\n\n" + bad, false},
		"an attachment":               {mixed(part("text/plain", "7bit", "Hello."), part("image/png", "base64", bad)), false},
		"two halves":                  {mixed(part("image/png", "base64", bad[:40_000]), part("image/png", "base64", bad[:40_000])), false},
		"after a mark of no boundary": {mixed(part("image/png", "base64", "--x\n\n--y\n"+bad)), false},
		"high bytes":                  {customer + "Content-Transfer-Encoding: base64\n\n" + strings.Repeat("\xa1", 70_000), false},
		"nested": {mixed("--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\nContent-Transfer-Encoding: base64\n\n" +
			bad + "\n--c--\n"), false},

		"a footer of a relay":         {mixed(part("image/png", "base64", sound+"\n\n** Scanned. **\n")), true},
		"much text, sound base64":     {mixed(part("text/plain", "8bit", bad), part("image/png", "base64", sound)), true},
		"sound base64, then text":     {mixed(part("image/png", "base64", sound), part("text/plain", "8bit", bad)), true},
		"HTML beside base64":          {mixed(part("text/html", "7bit", strings.Repeat("<p>&#33;</p>\n", 9000)), part("image/png", "base64", sound)), true},
		"text that speaks of base64":  {customer + "\nContent-Transfer-Encoding: base64\n\n" + bad, true},
		"a text in base64":            {customer + "Content-Transfer-Encoding: base64\n\n" + sound, true},
		"a large attachment, no text": {mixed(part("image/png", "base64", strings.Repeat(sound+"\n", 10))), true},
	} {
		m, err := Parse([]byte(c.raw), DefaultLimits)
		if c.read && err != nil || !c.read && (err == nil || err.(*Unreadable).Reason != ReasonMalformed) {
			t.Errorf("%s: %v", what, err)
		}
		if c.read && m.Text == "" && len(m.Attachments) == 0 {
			t.Errorf("%s: nothing of it is read", what)
		}
	}
}

// The mail that took 4.4 GB and 30 s costs no more than its size a few times.
func TestBase64BombIsCheap(t *testing.T) {
	raw := []byte(customer + "Content-Transfer-Encoding: base64\n\n" + strings.Repeat(strings.Repeat("!", 900)+"\n", 41_000))
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Parse(raw, DefaultLimits); err == nil {
		t.Error("the bomb is read")
	}
	runtime.ReadMemStats(&after)
	if grown := after.TotalAlloc - before.TotalAlloc; grown > 20*uint64(len(raw)) {
		t.Errorf("%d MB for a mail of %d MB", grown>>20, len(raw)>>20)
	}
}
