package show_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	xhtml "golang.org/x/net/html"

	"pronto/shared/mail/show"
)

const dot = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

// parts is a mail with one picture of its own.
var parts = show.Pictures{Part: func(id string) (string, bool) { return dot, id == "logo@mail.example" }}

func TestWhatStaysAsItWas(t *testing.T) {
	for _, src := range []string{
		`<p style="color: red; margin: 0 0 16px 0">Hello <b>you</b></p>`,
		`<table width="600" cellpadding="0" border="1"><tbody><tr><td bgcolor="#ffffff" align="center" colspan="2">x</td></tr></tbody></table>`,
		`<blockquote>said <i>before</i></blockquote><ul><li>one</li></ul><hr>`,
		`<div dir="rtl" lang="he">שלום</div><font color="#333333" size="2" face="Arial, sans-serif">x</font>`,
		`<p style="background-color: rgb(0, 0, 0); font-family: &#39;Segoe UI&#39;, Arial">dark</p>`,
	} {
		if got := show.HTML(src, parts).HTML; got != src {
			t.Errorf("%s\nbecomes\n%s", src, got)
		}
	}
}

func TestLinksSayWhereTheyLead(t *testing.T) {
	const rel = ` target="_blank" rel="noopener noreferrer nofollow">`
	link := func(to string) string { return `<a href="` + to + `" title="` + to + `"` + rel }
	for src, want := range map[string]string{
		`<a href="https://evil.example/login">https://bank.example/</a>`:             link("https://evil.example/login") + `https://bank.example/</a> <span class="to">[evil.example]</span>`,
		`<a href="https://bank.example@evil.example/">bank.example</a>`:              link("https://evil.example/") + `bank.example</a> <span class="to">[evil.example]</span>`,
		`<a href="https://bank.example/a?b=1&amp;c=2">Bank.Example</a>`:              link("https://bank.example/a?b=1&amp;c=2") + `Bank.Example</a>`,
		`<a href="https://аpple.example/">apple.example</a>`:                         link("https://xn--pple-43d.example/") + `apple.example</a> <span class="to">[xn--pple-43d.example]</span>`,
		`<a href="mailto:x@evil.example?subject=a">x@bank.example</a>`:               link("mailto:x@evil.example") + `x@bank.example</a> <span class="to">[x@evil.example]</span>`,
		`<a href="https://a.example"><b>a.example</b></a>`:                           link("https://a.example") + `<b>a.example</b></a>`,
		`<a href="https://a.example">a <a href="https://b.example">b</a>`:            link("https://a.example") + `a </a> <span class="to">[a.example]</span>` + link("https://b.example") + `b</a> <span class="to">[b.example]</span>`,
		`<a href="javascript:x">a</a><a href="#top">b</a><a href="/c">c</a><a>d</a>`: `abcd`,
		`<a href="data:image/png;base64,aaaa">e</a><a href="cid:1">f</a>`:            `ef`,
		`<a href="https://evil.example\@bank.example/">g</a><a href="https:h">h</a>`: `gh`,
	} {
		if got := show.HTML(src, parts).HTML; got != want {
			t.Errorf("%s\nbecomes\n%s\nwant\n%s", src, got, want)
		}
	}
}

func TestPictures(t *testing.T) {
	src := `<img src="cid:logo@mail.example" alt="L" width="10"><img src="cid:none@mail.example" alt="none"><img src="https://a.example/p.png" alt="P"><img src="https://a.example/p.png">` +
		`<img src="https://a.example/beacon.gif" width="1" height="1"><img src="` + dot + `"><img src="data:image/svg+xml;base64,aaaa" alt="S">`
	got := show.HTML(src, parts)
	if want := `<img src="` + dot + `" alt="L" width="10"><span class="off">[none]</span><span class="off">[P]</span><img src="` + dot + `"><span class="off">[S]</span>`; got.HTML != want {
		t.Errorf("shown are\n%s, want\n%s", got.HTML, want)
	}
	if !slices.Equal(got.Remote, []string{"https://a.example/p.png"}) {
		t.Errorf("left out are %q: a beacon is no picture", got.Remote)
	}
	asked := parts
	asked.Remote = func(address string) (string, bool) { return dot, address == "https://a.example/p.png" }
	if got := show.HTML(src, asked); strings.Count(got.HTML, dot) != 4 || len(got.Remote) != 0 {
		t.Errorf("asked for, %d are shown and %q left out", strings.Count(got.HTML, dot), got.Remote)
	}
	for _, evil := range []string{`data:text/html,x`, `https://a.example/x"onerror="x`, "data:image/png;base64,a\"b"} {
		asked.Remote = func(string) (string, bool) { return evil, true }
		if got := show.HTML(`<img src="https://a.example/p.png">`, asked); got.HTML != "" {
			t.Errorf("%q was put in: %s", evil, got.HTML)
		}
	}
}

// hostile are the mails of testdata/hostile, with what they would run and load.
func hostile(t testing.TB) map[string]string {
	t.Helper()
	files, err := filepath.Glob("testdata/hostile/*.html")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	all := map[string]string{}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[filepath.Base(f)] = strings.NewReplacer("PWN", "pwned()", "LEAK", "https://leak.example").Replace(string(b))
	}
	return all
}

// Every fixture is of a class in the readme, and every file that the readme names is there.
func TestTheReadmeHasEveryFixture(t *testing.T) {
	b, err := os.ReadFile("testdata/README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{}
	for _, m := range regexp.MustCompile("`([a-z-]+)`").FindAllStringSubmatch(string(b), -1) {
		named[m[1]+".html"] = true
	}
	all := hostile(t)
	for name := range all {
		if !named[name] {
			t.Errorf("the readme does not say what %s is", name)
		}
	}
	for name := range named {
		if _, ok := all[name]; !ok && name != "hostile.html" {
			t.Errorf("there is no %s", name)
		}
	}
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(string(b), -1) {
		if _, err := os.Stat(filepath.Join("testdata", m[1])); err != nil {
			t.Error(err)
		}
	}
}

// Every class of hole that others had: nothing of it is left in the tree that a browser would make. The same mails are opened in a real browser, in
// infra/pronto/browser.
func TestHostileMail(t *testing.T) {
	for name, src := range hostile(t) {
		t.Run(name, func(t *testing.T) { harmless(t, show.HTML(src, parts).HTML) })
	}
}

var allowedTags = strings.Fields("html head body p div span br hr b strong i em u s strike del ins sub sup small big tt code pre blockquote q cite address abbr center " +
	"h1 h2 h3 h4 h5 h6 ul ol li dl dt dd font table caption colgroup col thead tbody tfoot tr td th img a")

var allowedAttributes = strings.Fields("href title target rel src alt width height align valign border cellpadding cellspacing colspan rowspan span bgcolor color size face dir lang " +
	"start value style class")

// harmless parses a page as a browser does and looks at all that is in it.
func harmless(t *testing.T, page string) {
	t.Helper()
	doc, err := xhtml.Parse(strings.NewReader("<!DOCTYPE html><html><head></head><body>" + page + "</body></html>"))
	if err != nil {
		t.Fatalf("a browser could not read it: %v", err)
	}
	for n := range doc.Descendants() {
		if n.Type != xhtml.ElementNode {
			continue
		}
		if !slices.Contains(allowedTags, n.Data) || n.Namespace != "" {
			t.Errorf("element %s in\n%s", n.Data, page)
		}
		for _, a := range n.Attr {
			if !slices.Contains(allowedAttributes, a.Key) {
				t.Errorf("attribute %s of %s in\n%s", a.Key, n.Data, page)
			}
			switch a.Key {
			case "src":
				if !strings.HasPrefix(a.Val, "data:image/") || strings.Contains(a.Val, "svg") {
					t.Errorf("src %s", a.Val)
				}
			case "href":
				if !regexp.MustCompile(`^(https?://|mailto:|tel:)`).MatchString(a.Val) {
					t.Errorf("href %s", a.Val)
				}
			case "style":
				if regexp.MustCompile(`(?i)url|\\|@|expression|position|://|:\s*-|behavio|binding`).MatchString(a.Val) {
					t.Errorf("style %s", a.Val)
				}
			case "class":
				if a.Val != "to" && a.Val != "off" {
					t.Errorf("class %s", a.Val)
				}
			}
		}
	}
}

// Twice as much takes at most about twice as long, whatever it is made of; a hundred thousand nested elements are no more than as many in a row.
func TestTheWorkIsLinear(t *testing.T) {
	for name, piece := range map[string]string{
		"nested": "<div>", "tables": "<table><tr><td>", "closed": "</div>", "styles": `<p style="color:red;color:red">`, "links": `<a href="https://a.example/">`, "entities": "&amp;&lt;",
		"less": "<", "quotes": `<p title="`, "pictures": `<img src="https://a.example/p">`, "comments": "<!--", "attributes": "<p " + strings.Repeat("a ", 20) + ">",
	} {
		n := 100_000
		if name == "nested" || name == "less" || name == "closed" {
			n = 200_000
		}
		begin := time.Now()
		show.HTML(strings.Repeat(piece, n/len(piece)*4), parts)
		if took := time.Since(begin); took > 20*time.Second { // a second, with the machine to itself; what is not linear takes minutes
			t.Errorf("%s: %s", name, took)
		}
	}
	if got := show.HTML(strings.Repeat("x", 2<<20), parts); !got.Cut || len(got.HTML) > 1<<20 {
		t.Errorf("of two megabytes %d bytes are shown, cut: %t", len(got.HTML), got.Cut)
	}
}

func FuzzHTML(f *testing.F) {
	for _, src := range hostile(f) {
		f.Add(src)
	}
	f.Add(fmt.Sprintf("<img src=%q>", dot))
	f.Fuzz(func(t *testing.T, src string) { harmless(t, show.HTML(src, parts).HTML) })
}

// A style sheet of one element, read by the library that sanitises, took minutes for 100 KB; the bound is wide for slow machines.
func TestHostileStylesCostLittle(t *testing.T) {
	for _, style := range []string{"u+", "a:", ";", "'", "{", "/*", "url(", "\\a ", "color:red;", "1"} {
		began := time.Now()
		show.HTML(`<p style="`+strings.Repeat(style, 1_000_000/len(style))+`">x</p>`, parts)
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("%q took %v", style, took)
		}
	}
}

func TestOfAStyleStaysWhatOnlyLooks(t *testing.T) {
	for style, want := range map[string]string{
		"COLOR : Red ; position:fixed;; margin:0 auto": ` style="COLOR: Red; margin: 0 auto"`,
		"background-color:url(https://leak.example/)":  "",
		"font-family:'Segoe; color:red":                ` style="color: red"`,
		"font-family:&quot;A&quot;, B":                 ` style="font-family: &#34;A&#34;, B"`,
		"width:expression(x)":                          "", "margin:-9999px": "", "color:\\72 ed": "", "": "",
	} {
		want = strings.Replace(want, "COLOR", "color", 1)
		if got := show.HTML(`<p style="`+style+`">x</p>`, parts).HTML; got != "<p"+want+">x</p>" {
			t.Errorf("%q becomes %s", style, got)
		}
	}
}

// One picture that stands in a thousand places is no answer of gigabytes.
func TestWhatIsShownIsBounded(t *testing.T) {
	large := "data:image/png;base64," + strings.Repeat("A", 1<<20)
	asked := show.Pictures{Remote: func(string) (string, bool) { return large, true }}
	for _, src := range []string{`<img src="https://a.example/p.png">`, `<a href="https://a.example/` + strings.Repeat("'", 100) + `">x</a>`} {
		got := show.HTML(strings.Repeat(src, 1<<20/len(src)), asked)
		if !got.Cut || len(got.HTML) > 5<<20 {
			t.Errorf("%.30s… becomes %d bytes, cut %v", src, len(got.HTML), got.Cut)
		}
	}
}
