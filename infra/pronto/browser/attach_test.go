package browser

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"pronto/infra/pronto/edge"
	"pronto/shared/mail"
)

// An agent attaches two files to her answer: they go from her browser straight to the store. What may not be sent is refused before it is, and what she has
// chosen outlives a reload.
func TestAnAgentAttachesFiles(t *testing.T) {
	h := open(t)
	h.mail("ada@home.example", "Ada Marsh", "attach@home.example", "My voucher", "Where is my voucher?")
	id := h.receipt("ada@home.example").Conversation
	dir := t.TempDir()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	voucher, note := "%PDF-1.7\n"+strings.Repeat("voucher ", 20_000), "At gate B12."
	p := h.sits(desktop)
	p.store = strings.TrimPrefix(h.AWS.Endpoint(), "http://")
	p.signsIn("ana")
	p.goes("/console/conversations/" + id)
	p.clicks("#attach > summary")
	p.sees("Up to 8 files, 10 MB together")
	choose := func(paths ...string) {
		p.run(chromedp.SetUploadFiles(chromedp.CSS("#files"), paths))
	}
	choose(file("run.exe", "MZ"))
	p.sees("run.exe is not attached: files of this kind are not attached.")
	choose(file("large.pdf", strings.Repeat("x", 10_000_001)))
	p.sees("large.pdf is not attached: the files would be too large together.")
	choose(file("voucher für Ada.pdf", voucher), file("gate.txt", note), file("wrong.txt", "x"))
	p.sees("wrong.txt is attached.")
	if n := p.says(`document.querySelectorAll("#attached li").length`); n != "3" {
		t.Fatalf("%s files are attached:\n%s", n, p.looks())
	}
	p.clicks("#attached li:nth-child(3) button")
	p.picture("attach")
	p.goes("/console/conversations/" + id)
	if names := p.says(`[...document.querySelectorAll("#attached bdi")].map(b => b.textContent).join()`); names != "voucher für Ada.pdf,gate.txt" {
		t.Fatalf("after a reload there are %s", names)
	}
	p.types("#text", "Here it is.")
	p.clicks("#do-reply")
	sent := h.leaves("the answer", func(e edge.Piece) bool { return e.Kind == "reply" && e.To == "ada@home.example" })
	files, err := mail.Files([]byte(sent.Raw), mail.DefaultLimits)
	if err != nil || len(files) != 2 || files[0].Name != "voucher für Ada.pdf" || !bytes.Equal(files[0].Content, []byte(voucher)) || string(files[1].Content) != note {
		t.Errorf("%d files left: %v", len(files), err)
	}
	p.until("the answer stands there, and nothing is chosen any more", `document.querySelectorAll(".piece.out .files li").length === 2 && !document.querySelector("#attached li")`)
	choose(file("invoice.pdf", "MZ\x90\x00\x03")) // its bytes are looked at when it is to be sent
	p.sees("invoice.pdf is attached.")
	p.types("#text", "And the invoice.")
	p.expects("422")
	p.clicks("#do-reply")
	p.sees("does not begin as a file of its name does")
	if kept := p.says(`document.querySelector("#text").value + document.querySelectorAll("#attached li").length`); kept != "And the invoice.1" {
		t.Errorf("what was typed and chosen is %s", kept)
	}
}
