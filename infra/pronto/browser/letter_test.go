package browser

import (
	"strings"
	"testing"

	"github.com/emersion/go-smtp"
)

// An agent looks at a mail as it was sent: it comes in its frame, behind its walls, and asks nothing of anybody but the desk.
func TestAMailInItsFrame(t *testing.T) {
	h := open(t)
	c, err := smtp.Dial(h.SMTP())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	raw := "From: Ada Marsh <ada@home.example>\nTo: care@acme.example\nSubject: My suitcase\nMessage-ID: <frame@home.example>\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html; charset=utf-8\n\n" +
		`<p>My <b>suitcase</b> is broken.</p><script>document.title='pwned'</script><img src="https://elsewhere.example/x.png" onerror="document.title='pwned'">` + "\n--b\nContent-Type: text/plain\n" +
		`Content-Disposition: attachment; filename="x.<img src=x onerror=document.title='pwned'>"` + "\n\nx\n--b\nContent-Type: text/javascript\n" +
		`Content-Disposition: attachment; filename="a.js\"><script>document.title='pwned'</script>"` + "\n\ndocument.title='pwned'\n--b--\n"
	if err := c.SendMail("ada@home.example", []string{"care@acme.example"}, strings.NewReader(strings.ReplaceAll(raw, "\n", "\r\n"))); err != nil {
		t.Fatal(err)
	}
	id := h.receipt("ada@home.example").Conversation
	p := h.sits(desktop)
	p.signsIn("ana")
	p.goes("/console/conversations/" + id)
	if p.says(`document.querySelector("details.letter") !== null`) != "true" {
		t.Fatalf("the page has no letter:\n%s", p.looks())
	}
	p.sees("x._img src=x onerror=document.title='pwned'_") // names of files are words, too
	if did := p.says(`document.title.includes("pwned") || document.querySelector("#timeline img, #timeline script") !== null || document.querySelectorAll(".files a").length`); did != "2" {
		t.Errorf("of the files' names came %s", did)
	}
	p.clicks("details.letter summary")
	p.until("the frame is loaded", `performance.getEntriesByType("resource").some(r => r.initiatorType === "iframe" && r.name.includes("/mail/"))`)
	if alone := p.says(`(() => { try { return document.querySelector("details.letter iframe").contentDocument === null } catch { return true } })()`); alone != "true" {
		t.Error("the page can look into the frame, and so the frame into the page")
	}
	p.picture("letter")
	p.expects("Blocked script execution")
	src := p.says(`document.querySelector("details.letter iframe").getAttribute("src")`)
	p.expects("favicon.ico") // the letter's page names no icon
	p.goes(src)
	p.sees("My suitcase is broken.")
	if title := p.says(`(() => { try { return document.cookie + "the cookies are there" } catch { return document.title + " " + window.origin } })()`); title != "Mail null" {
		t.Errorf("opened by itself the letter is %s: it should have an origin of nobody, and no cookies", title)
	}
}
