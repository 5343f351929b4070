package mail

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// corpora is the folder of other projects' mails, or skips the test with the reason.
func corpora(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("PRONTO_CORPORA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "corpora")
	}
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("no corpora: neither PRONTO_CORPORA nor %s is there", dir)
	}
	return dir
}

// looksLikeMail leaves out the readmes, licences, expectations and bare bodies that lie among the mails: a mail has one of
// these fields among its first lines.
func looksLikeMail(raw []byte) bool {
	head := bytes.ToLower(raw[:min(len(raw), 8<<10)])
	for _, f := range []string{"from:", "received:", "return-path:", "mime-version:", "content-type:", "subject:"} {
		if bytes.HasPrefix(head, []byte(f)) || bytes.Contains(head, []byte("\n"+f)) || bytes.Contains(head, []byte("\r"+f)) {
			return true
		}
	}
	return false
}

func eachMail(t *testing.T, dir string, f func(path string, raw []byte)) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch filepath.Ext(path) {
		case ".json", ".xml", ".md", ".png", ".out", ".golden", ".bin":
			return nil
		}
		raw, err := os.ReadFile(path)
		if err == nil && looksLikeMail(raw) {
			f(path, raw)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestCorporaAreRead(t *testing.T) {
	dir := corpora(t)
	mails, refused, blank := 0, 0, 0
	began := time.Now()
	eachMail(t, dir, func(path string, raw []byte) {
		bare := strings.Contains(path, string(filepath.Separator)+"reply-") || strings.Contains(path, "_decoded_") // bodies, not mails
		m, err := Parse(raw, DefaultLimits)
		if bare {
			return
		}
		mails++
		if err != nil {
			refused++
			t.Logf("%s: %v", path, err)
			return
		}
		if m.Text == "" {
			blank++
		}
		for _, s := range allStrings(m) {
			if !utf8.ValidString(s) {
				t.Errorf("%s: not UTF-8: %q", path, s)
			}
		}
		if strings.TrimSpace(m.Text) != "" && strings.TrimSpace(m.New) == "" {
			t.Errorf("%s: there is text, but none of it is new", path)
		}
	})
	t.Logf("%d mails, %d unreadable, %d without text, in %v", mails, refused, blank, time.Since(began))
	if mails < 500 {
		t.Errorf("only %d mails: is this the whole corpus?", mails)
	}
	if refused*200 > mails {
		t.Errorf("%d of %d mails are unreadable: more than 0.5 %%", refused, mails)
	}
}

func TestBouncesAreNotAnswered(t *testing.T) {
	dir := filepath.Join(corpora(t), "bounces")
	all, silenced := 0, 0
	reasons := map[Silence]int{}
	eachMail(t, dir, func(path string, raw []byte) {
		all++
		m, err := Parse(raw, DefaultLimits)
		if err != nil {
			silenced++ // held for a person, not answered
			return
		}
		s := Machine(m, Envelope{MailFrom: "x@mail.example", SPF: Pass, DKIM: Pass, DMARC: Pass}, nil)
		reasons[s]++
		if s != "" {
			silenced++
		} else {
			t.Logf("would be answered: %s", filepath.Base(path))
		}
	})
	t.Logf("%d of %d silenced (%.1f %%): %v", silenced, all, 100*float64(silenced)/float64(all), reasons)
	if silenced*100 < all*99 {
		t.Errorf("%d of %d silenced: less than 99 %%", silenced, all)
	}
}

// The committed list of mails that a person plainly wrote: of them almost none may be silenced.
func TestPeopleAreAnswered(t *testing.T) {
	dir := corpora(t)
	all, silenced := 0, 0
	for line := range strings.Lines(string(load(t, "people.txt"))) {
		name, sum, ok := strings.Cut(strings.TrimSpace(line), " ")
		if strings.HasPrefix(line, "#") || !ok {
			continue
		}
		raw, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Errorf("%s is in the list and not in the corpus", name)
			continue
		}
		if got := fmt.Sprintf("%x", sha256.Sum256(raw))[:16]; got != sum {
			t.Errorf("%s is another mail now: look at it, then write %s", name, got)
		}
		all++
		m, err := Parse(raw, DefaultLimits)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if s := Machine(m, Envelope{MailFrom: m.From.Addr, SPF: Pass, DKIM: Pass, DMARC: Pass}, nil); s != "" {
			silenced++
			t.Logf("%s is silenced: %s", name, s)
		}
	}
	t.Logf("%d of %d silenced", silenced, all)
	if all < 120 || silenced*200 > all {
		t.Errorf("%d of %d silenced: more than 0.5 %%", silenced, all)
	}
}

func allStrings(m *Message) []string {
	out := []string{m.Subject, m.MessageID, m.Language, m.Text, m.HTML, m.New}
	for _, l := range [][]Address{{m.From, m.Sender, m.ReplyTo}, m.Froms, m.To, m.Cc} {
		for _, a := range l {
			out = append(out, a.Name, a.Addr)
		}
	}
	for _, a := range m.Attachments {
		out = append(out, a.Name, a.ContentType)
	}
	for k, vs := range m.Header {
		out = append(append(out, k), vs...)
	}
	return append(append(out, m.InReplyTo...), m.References...)
}
