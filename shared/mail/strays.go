package mail

import (
	"bytes"
	"strings"

	"github.com/jhillyerd/enmime/v2"
)

// maxStrays bounds the bytes of a mail's base64 parts that are not base64: enmime makes an error of each before it decodes the part, some 120 bytes
// of memory, so that 37 MB of "!" took 4.4 GB and half a minute. Sound base64 has none; footers that relays append to it have a few hundred.
const maxStrays = 64 << 10

// mayBomb says cheaply whether the parts must be looked at before they are decoded. Most mails, also those with large attachments, need not be: all
// their bytes that are not base64 are fewer than the limit.
func mayBomb(raw []byte) bool {
	return stray(raw) > maxStrays && bytes.Contains(bytes.ToLower(raw), []byte("base64"))
}

// strays counts, in parts that are not decoded yet, the bytes that enmime would complain of.
func strays(p *enmime.Part) int {
	n := 0
	for ; p != nil; p = p.NextSibling {
		if strings.EqualFold(strings.TrimSpace(p.Header.Get("Content-Transfer-Encoding")), "base64") {
			n += stray(p.Content)
		}
		n += strays(p.FirstChild)
	}
	return n
}

// stray counts bytes outside base64's alphabet and white space; as enmime does, without the eighth bit.
func stray(content []byte) int {
	n := 0
	for _, c := range content {
		if !base64Bytes[c&0x7f] {
			n++
		}
	}
	return n
}

var base64Bytes = func() (is [128]bool) {
	for _, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n") {
		is[c] = true
	}
	return is
}()
