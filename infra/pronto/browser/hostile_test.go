package browser

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"pronto/shared/mail/show"
)

// lab serves hostile mails in several ways, and counts what they load.
type lab struct {
	*httptest.Server
	mails map[string]string
	mu    sync.Mutex
	leaks []string
}

// The ways in which a mail is served: as it is; as it is, behind the frame's content policy; sanitised, without the policy; and as agents see it.
const (
	bare      = "bare"
	policed   = "policed"
	sanitised = "sanitised"
	both      = "both"
)

func newLab(t *testing.T) *lab {
	t.Helper()
	l := &lab{mails: map[string]string{}}
	l.Server = httptest.NewServer(l)
	t.Cleanup(l.Close)
	files, err := filepath.Glob("../../../shared/mail/show/testdata/hostile/*.html")
	if err != nil || len(files) == 0 {
		t.Fatalf("no hostile mails: %v", err)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(f), ".html")
		// It runs where quotes of either kind are taken already.
		run := `document.title=/pwned/.source;new(Image)().src=/x/.source&&/` + strings.ReplaceAll(l.URL, "/", `\/`) + `\/leak\/pwned/.source.replace(/\\/g,String())`
		l.mails[name] = strings.NewReplacer("PWN", run, "LEAK", l.URL+"/leak").Replace(string(b))
	}
	return l
}

func (l *lab) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/")
	if len(parts) != 2 || l.mails[parts[1]] == "" {
		if parts[0] != "favicon.ico" {
			l.mu.Lock()
			l.leaks = append(l.leaks, r.URL.Path)
			l.mu.Unlock()
		}
		http.NotFound(w, r)
		return
	}
	page := l.mails[parts[1]]
	switch parts[0] {
	case sanitised, both:
		shown := show.HTML(page, show.Pictures{})
		page = show.Document(shown, "en", "en", shown.Notes())
	default:
		page = "<!DOCTYPE html><html><head><title>Mail</title></head><body>" + page
	}
	if parts[0] == policed || parts[0] == both {
		w.Header().Set("Content-Security-Policy", show.Policy)
	}
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	fmt.Fprint(w, page)
}

// opens looks at a mail and tells what it did: what it loaded, and that it ran.
func (l *lab) opens(t *testing.T, p context.Context, way, name string) (did []string) {
	t.Helper()
	l.mu.Lock()
	l.leaks = nil
	l.mu.Unlock()
	ctx, cancel := context.WithTimeout(p, patience)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.Navigate(l.URL+"/"+way+"/"+name)); err != nil {
		t.Fatalf("%s, %s: %v", way, name, err)
	}
	time.Sleep(80 * time.Millisecond)
	state, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.title + " " + location.pathname`))
	if err != nil {
		t.Fatalf("%s, %s: %v", way, name, err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	did = slices.Clone(l.leaks)
	if want := "Mail /" + way + "/" + name; state != want {
		did = append(did, "the page is "+state)
	}
	return did
}

// Every hostile mail in a real browser. As it is, most of them run or load something: the lab can tell. Behind either wall alone none does: the sanitiser holds
// without the content policy, and the policy without the sanitiser.
func TestHostileMailsInABrowser(t *testing.T) {
	browser := started(t, chromium(t))
	for _, way := range []string{bare, policed, sanitised, both} {
		t.Run(way, func(t *testing.T) {
			t.Parallel() // each has a lab and a window of its own, and most of the time it waits whether something happens
			l := newLab(t)
			p, end := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
			defer end()
			if err := chromedp.Do(p); err != nil {
				t.Fatalf("open a window: %v", err)
			}
			if way == bare {
				l.tells(t, p)
				return
			}
			for name := range l.mails {
				if did := l.opens(t, p, way, name); len(did) > 0 {
					t.Errorf("%s: %q", name, did)
				}
				if way == both {
					looks(t, p, name)
				}
			}
		})
	}
}

// tells holds that without walls most mails run or load something.
func (l *lab) tells(t *testing.T, p context.Context) {
	t.Helper()
	ran, loaded := 0, 0
	for name := range l.mails {
		for _, did := range l.opens(t, p, bare, name) {
			if strings.Contains(did, "pwned") {
				ran++
			} else {
				loaded++
			}
		}
	}
	if ran < 10 || loaded < 20 {
		t.Errorf("%d mails ran %d times and loaded %d times: the lab cannot tell hostile from harmless", len(l.mails), ran, loaded)
	}
}

func looks(t *testing.T, p context.Context, name string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(p, patience)
	defer cancel()
	if strange, err := chromedp.Run(ctx, chromedp.Evaluate[string](audit)); err != nil || strange != "" {
		t.Errorf("%s: the tree has %s (%v)", name, strange, err)
	}
}

// audit looks at every node of the page as the browser made it.
const audit = `(() => {
	const tags = new Set("html head meta title style body p div span br hr b strong i em u s strike del ins sub sup small big tt code pre blockquote q cite address abbr center h1 h2 h3 h4 h5 h6 ul ol li dl dt dd font table caption colgroup col thead tbody tfoot tr td th img a".split(" "));
	const found = [];
	for (const e of document.querySelectorAll("*")) {
		if (!tags.has(e.localName) || e.namespaceURI !== "http://www.w3.org/1999/xhtml" || (e.localName === "style" || e.localName === "meta") && e.parentNode !== document.head) found.push(e.outerHTML.slice(0, 200));
		for (const a of e.attributes) {
			if (/^on/i.test(a.name) || ["id", "name", "srcset", "action", "formaction", "background", "ping"].includes(a.name) && e.localName !== "meta") found.push(a.name + " of " + e.localName);
			if (a.name === "src" && !/^data:image\/(png|jpeg|gif|webp);base64,/.test(a.value)) found.push("src " + a.value);
			if (a.name === "href" && !/^(https?:\/\/[a-z0-9.:[\]-]+(\/|$|\?)|mailto:|tel:)/.test(a.value)) found.push("href " + a.value);
			if (a.name === "style" && /url|expression|position|@|\\/i.test(a.value)) found.push("style " + a.value);
		}
		if (e.shadowRoot) found.push("a shadow root");
		if (e.localName === "a" && (e.target !== "_blank" || !/noopener/.test(e.rel))) found.push("a link that keeps its opener");
	}
	return found.join("\n");
})()`
