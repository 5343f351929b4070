package work

import (
	"slices"
	"strings"
	"testing"
)

// Each type's own beginning, and none of the others', nor of what runs.
func TestFilesBeginAsTheirTypesDo(t *testing.T) {
	ftyp := "\x00\x00\x00\x18ftypheic\x00\x00"
	own := map[string][]string{
		"application/pdf": {"%PDF-1.7\n…", "\xef\xbb\xbf%PDF-1.4", "\r\n%PDF-1.4"},
		"application/rtf": {`{\rtf1\ansi`},
		"image/png":       {"\x89PNG\r\n\x1a\n"}, "image/jpeg": {"\xff\xd8\xff\xe0"}, "image/gif": {"GIF89a"}, "image/webp": {"RIFF\x00\x00\x00\x00WEBPVP8 "},
		"image/heic": {ftyp}, "audio/mp4": {ftyp}, "video/mp4": {ftyp}, "audio/mpeg": {"ID3\x04", "\xff\xfb\x90\x00"},
		"text/plain": {"Hello.", "\xef\xbb\xbfHello.", "\xff\xfeH\x00i\x00", "", "MZ is how my letter begins", "caf\xe9"}, "text/csv": {"a;b\n1;2"},
		"text/calendar": {"BEGIN:VCALENDAR\r\n", "\xef\xbb\xbfBEGIN:VCALENDAR"},
	}
	programs := []string{
		"MZ\x90\x00\x03\x00\x00\x00", "\x7fELF\x02\x01\x01\x00", "\xcf\xfa\xed\xfe\x07\x00\x00\x01", "#!/bin/sh\n\x00", "<html><script>x()</script>", "<!DOCTYPE html>", "  <script>x()</script>",
		"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Rar!\x1a\x07\x00", "\x1f\x8b\x08\x00", "L\x00\x00\x00\x01\x14\x02\x00", "7z\xbc\xaf\x27\x1c",
	}
	for ending, kind := range attachable {
		mine := own[kind]
		if mine == nil {
			mine = []string{"PK\x03\x04\x14\x00"} // an office's document
		}
		for _, head := range mine {
			if !begins(kind, []byte(head)) {
				t.Errorf("%s: %q is refused", ending, head)
			}
		}
		for other, heads := range own {
			for _, head := range heads {
				same := slices.Contains(mine, head) || strings.HasPrefix(kind, "text/") && strings.HasPrefix(other, "text/")
				letters := (kind == "text/plain" || kind == "text/csv") && (other == "application/rtf" || other == "application/pdf") // are text to whoever opens them so
				if !same && !letters && begins(kind, []byte(head)) {
					t.Errorf("%s: %q of %s is taken", ending, head, other)
				}
			}
		}
		for _, head := range programs {
			if begins(kind, []byte(head)) {
				t.Errorf("%s: %q is taken", ending, head)
			}
		}
		if TypeOf("x"+strings.ToUpper(ending)) != kind || kind != "text/plain" && kind != "text/csv" && begins(kind, nil) {
			t.Errorf("%s: its type is %q", ending, TypeOf("x"+ending))
		}
	}
	if TypeOf("x.exe") != "" || TypeOf("pdf") != "" {
		t.Error("a type for what may not be attached")
	}
}
