package mail

import (
	"crypto/sha256"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestFilesOfAMail(t *testing.T) {
	raw := []byte("From: a@customer.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: multipart/related; boundary=c\r\n\r\n--c\r\nContent-Type: text/html\r\n\r\n<img src=\"cid:logo\">\r\n" +
		"--c\r\nContent-Type: image/png\r\nContent-ID: <logo>\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--c--\r\n" +
		"--b\r\nContent-Type: application/pdf; name=x.pdf\r\nContent-Disposition: attachment; filename=\"..\\\\..\\\\ticket \u202efdp.exe\"\r\n\r\nhello\r\n--b--\r\n")
	m, err := Parse(raw, DefaultLimits)
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(raw, DefaultLimits)
	if err != nil || len(files) != 2 || len(m.Attachments) != 2 {
		t.Fatalf("%d files, %d attachments, %v", len(files), len(m.Attachments), err)
	}
	for i, f := range files {
		if f.Attachment != m.Attachments[i] || f.SHA256 != sha256.Sum256(f.Content) || f.Size != len(f.Content) {
			t.Errorf("file %d is %+v, attachment %+v", i, f, m.Attachments[i])
		}
	}
	if f := files[0]; f.ContentID != "logo" || !f.Inline || f.ContentType != "image/png" || string(f.Content) != "\x89PNG\r\n\x1a\n" {
		t.Errorf("the picture is %+v", f)
	}
	if f := files[1]; f.Inline || f.Name != "ticket fdp.exe" || string(f.Content) != "hello" {
		t.Errorf("the attachment is %+v", f)
	}
	if _, err := Files(nil, DefaultLimits); err == nil {
		t.Error("nothing has files")
	}
	if _, err := Files(raw, Limits{Bytes: 10}); err == nil {
		t.Error("it is larger than allowed")
	}
}

func TestFileNames(t *testing.T) {
	for in, want := range map[string]string{
		"report.pdf": "report.pdf", "": "", "/": "", "..": "", "../../etc/passwd": "passwd", `C:\Users\x\a.docx`: "a.docx", "a\r\nb.txt": "a b.txt", "photo\u202egpj.exe": "photogpj.exe",
		"a<b>:c|d?e*.png": "a_b__c_d_e_.png", " . ": "", "счёт.pdf": "счёт.pdf", strings.Repeat("x", 300) + ".pdf": strings.Repeat("x", 196) + ".pdf",
		strings.Repeat("я", 150) + ".tar.gz": strings.Repeat("я", 98) + ".gz", "\xff.txt": "\uFFFD.txt",
	} {
		if got := FileName(in); got != want {
			t.Errorf("%q is called %q, want %q", in, got, want)
		}
	}
}

func FuzzFileName(f *testing.F) {
	f.Add("a/b\\c.pdf")
	f.Add(strings.Repeat("я", 300))
	f.Fuzz(func(t *testing.T, in string) {
		got := FileName(in)
		if len(got) > maxFileName || !utf8.ValidString(got) || strings.ContainsAny(got, "/\\\"\r\n") || got == "." || got == ".." || strings.ContainsFunc(got, unicode.IsControl) || FileName(got) != got {
			t.Errorf("%q is called %q, and that %q", in, got, FileName(got))
		}
	})
}
