package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"

	post "pronto/shared/mail"
)

const (
	slower   = 1.3 // how much slower than the MIME parser alone reading a mail may be
	doubling = 2.3 // what a mail of twice the size may cost
)

// measureMail compares the reading of mails with the MIME parser's own work on the same mails, and what a mail costs with one of twice the size. Each measure is the best of
// so many rounds: what else the machine does only adds.
func measureMail(ctx context.Context, r *report, times int) error {
	if mails, err := corpus(); err != nil {
		fmt.Fprintf(os.Stderr, "bench: other people's mails are not read: %v\n", err)
	} else {
		ours, theirs := rounds(ctx, times, func() { each(mails, parse) }, func() { each(mails, envelope) })
		r.add(fmt.Sprintf("reading each of %d mails of others", len(mails)), float64(ours.Microseconds())/float64(len(mails)), "µs")
		r.add("the same by enmime's ReadEnvelope", float64(theirs.Microseconds())/float64(len(mails)), "µs")
		r.most("reading, as a multiple of enmime's", float64(ours)/float64(theirs), "×", slower)
	}
	for _, k := range kinds {
		once, twice := []byte(k.mail(k.size)), []byte(k.mail(2*k.size))
		a, b := rounds(ctx, times, func() { parse(once) }, func() { parse(twice) })
		r.most(fmt.Sprintf("twice the size of %s (%d KB)", k.name, len(once)>>10), float64(b)/float64(a), "×", doubling)
	}
	return ctx.Err()
}

// rounds times two works by turns and gives the best of each.
func rounds(ctx context.Context, times int, a, b func()) (best, other time.Duration) {
	for i := 0; i < times && ctx.Err() == nil; i++ {
		x, y := timed(a), timed(b)
		if i == 0 || x < best {
			best = x
		}
		if i == 0 || y < other {
			other = y
		}
	}
	return best, other
}

func timed(f func()) time.Duration {
	began := time.Now()
	f()
	return time.Since(began)
}

func each(mails [][]byte, f func([]byte)) {
	for _, raw := range mails {
		f(raw)
	}
}

func parse(raw []byte) { _, _ = post.Parse(raw, post.DefaultLimits) }

func envelope(raw []byte) { _, _ = enmime.ReadEnvelope(bytes.NewReader(raw)) }

// corpus reads the mails of other projects' suites, whole ones only.
func corpus() (mails [][]byte, err error) {
	dir := os.Getenv("PRONTO_CORPORA")
	if dir == "" {
		dir = filepath.Join("..", "shared", "corpora")
	}
	if dir, err = filepath.EvalSymlinks(dir); err != nil {
		return nil, err
	}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || strings.Contains(path, "reply-") || strings.Contains(path, "_decoded") {
			return err
		}
		switch filepath.Ext(path) {
		case ".eml", ".msg", ".raw", ".txt":
			raw, err := os.ReadFile(path)
			if bytes.Contains(bytes.ToLower(raw[:min(len(raw), 8<<10)]), []byte("\nsubject:")) {
				mails = append(mails, raw)
			}
			return err
		}
		return nil
	})
	return mails, err
}

// kinds are large mails of the shapes that cost most.
var kinds = []struct {
	name string
	size int
	mail func(n int) string
}{
	{"a long letter", 20_000, func(n int) string { return oneMail("text/plain", strings.Repeat("My suitcase has not arrived.\n", n)) }},
	{"a letter in lines of quotes", 20_000, func(n int) string {
		return oneMail("text/plain", "Thanks!\n\nOn 1 May 2026 at 10:00, Ana <care@acme.example> wrote:\n"+strings.Repeat("> On 1 May 2026 at 10:00 Ana wrote:\n", n))
	}},
	{"HTML in one table", 2_000, func(n int) string {
		return oneMail("text/html", strings.Repeat("<tr><td>word</td><td><b>bold</b></td></tr>", n))
	}},
	{"HTML beyond what is laid out", 20_000, func(n int) string { return oneMail("text/html", strings.Repeat("<p>My suitcase.</p>", n)) }},
	{"an attachment", 1 << 20, func(n int) string {
		return oneMail("multipart/mixed; boundary=b", "--b\n\nSee there.\n--b\nContent-Type: image/png\nContent-Transfer-Encoding: base64\n\n"+wrapped(base64.StdEncoding.EncodeToString(make([]byte, n)))+"\n--b--\n")
	}},
	{"parts", 90, func(n int) string {
		return oneMail("multipart/mixed; boundary=b", strings.Repeat("--b\nContent-Type: text/plain\n\n"+strings.Repeat("My suitcase.\n", 200)+"\n", n)+"--b--\n")
	}},
	{"a header", 400, func(n int) string {
		return strings.Repeat("X-Trace: somewhere on the way\n", n) + oneMail("text/plain", "Where is it?")
	}},
}

func oneMail(kind, body string) string {
	return "From: Mira <mira@customer.example>\nTo: care@acme.example\nSubject: My suitcase\nMIME-Version: 1.0\nContent-Type: " + kind + "\n\n" + body
}

// wrapped breaks base64 as mail programs do.
func wrapped(s string) string {
	var b strings.Builder
	for len(s) > 76 {
		b.WriteString(s[:76] + "\n")
		s = s[76:]
	}
	return b.String() + s
}
