package work

import (
	"bytes"
	"net/http"
	"path"
	"strings"
)

// sniffed is how much of an upload is looked at before an answer takes it.
const sniffed = 1024

var utf8Mark = []byte("\xef\xbb\xbf")

// begins tells whether a file begins as its type does. What an agent attaches goes out in the brand's name: a program that was called an invoice, by whoever gave it
// to the agent, must not. The sum of the types' marks is short, and what they do not begin (a program, a script for a shell, an archive that is no document) is refused.
func begins(kind string, head []byte) bool {
	switch kind {
	case "application/pdf":
		return bytes.HasPrefix(bytes.TrimLeft(bytes.TrimPrefix(head, utf8Mark), " \t\r\n"), []byte("%PDF-"))
	case "application/rtf":
		return bytes.HasPrefix(head, []byte(`{\rtf`))
	case "image/png", "image/jpeg", "image/gif", "image/webp":
		return http.DetectContentType(head) == kind
	case "image/heic", "audio/mp4", "video/mp4":
		return len(head) >= 12 && string(head[4:8]) == "ftyp"
	case "audio/mpeg":
		return bytes.HasPrefix(head, []byte("ID3")) || len(head) > 2 && head[0] == 0xff && head[1]&0xe6 == 0xe2 // a frame of layer III
	}
	if strings.HasPrefix(kind, "text/") {
		return isText(kind, head)
	}
	return bytes.HasPrefix(head, []byte("PK\x03\x04")) // the documents of offices are archives
}

// isText tells of a file of letters that it is one, and no page: some programs that are to open a text look into it, and find HTML.
func isText(kind string, head []byte) bool {
	if bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")) {
		return kind != "text/calendar" // UTF-16, as Windows writes it
	}
	head = bytes.TrimPrefix(head, utf8Mark)
	if kind == "text/calendar" {
		return bytes.HasPrefix(bytes.ToUpper(bytes.TrimLeft(head, " \r\n")), []byte("BEGIN:VCALENDAR"))
	}
	return strings.HasPrefix(http.DetectContentType(head), "text/plain")
}

// TypeOf is the type of a file that an answer may carry, by the ending of its name; "" for one that it may not.
func TypeOf(name string) string { return attachable[strings.ToLower(path.Ext(name))] }
