package browser

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"
	"github.com/emersion/go-smtp"

	"pronto/infra/pronto/desk"
	"pronto/infra/pronto/edge"
)

// chromium finds a browser, or skips.
func chromium(t *testing.T) string {
	t.Helper()
	for _, name := range []string{os.Getenv("PRONTO_CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable"} {
		if path, err := exec.LookPath(name); name != "" && err == nil {
			return path
		}
	}
	t.Skip("no Chromium is here: apt-get install chromium, or name one in PRONTO_CHROMIUM")
	return ""
}

// patience is how long a page may take on a machine that does much else.
const patience = time.Minute

// house is a running desk and a browser beside it.
type house struct {
	*desk.Desk
	t       *testing.T
	browser context.Context
}

// open is a house whose agents' answers leave at once.
func open(t *testing.T) *house { t.Helper(); return openUndoing(t, "0s") }

// openUndoing is a house where answers can be taken back for a while.
func openUndoing(t *testing.T, undo string) *house {
	t.Helper()
	path := chromium(t)
	b, err := os.ReadFile("../../../policy.yaml")
	if err != nil {
		t.Fatal(err)
	}
	book := filepath.Join(t.TempDir(), "policy.yaml")
	if err := os.WriteFile(book, []byte(strings.Replace(string(b), "    reply_domain:", "    undo: "+undo+"\n    reply_domain:", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := desk.Open(t.Context(), desk.Options{State: t.TempDir(), Policy: book, SMTP: "127.0.0.1:0", HTTP: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return &house{Desk: d, t: t, browser: started(t, path)}
}

// one is the browser of all tests: each person has a window with cookies of her own in it.
var one struct {
	sync.Once
	ctx  context.Context
	err  error
	ends []func()
}

// TestMain ends the browser.
func TestMain(m *testing.M) {
	code := m.Run()
	for _, end := range slices.Backward(one.ends) {
		end()
	}
	os.Exit(code)
}

func started(t *testing.T, path string) context.Context {
	t.Helper()
	one.Do(func() {
		dir, err := os.MkdirTemp("", "pronto-browser")
		if err != nil {
			one.err = err
			return
		}
		flags := []chromedp.ExecAllocatorOption{
			chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU, chromedp.NoFirstRun,
			chromedp.NoDefaultBrowserCheck, chromedp.Flag("accept-lang", "en-GB"),
		}
		for _, f := range []string{
			"disable-quic", "disable-background-networking", "disable-component-update", "disable-sync", "disable-default-apps", "disable-extensions",
			"disable-dev-shm-usage", "hide-scrollbars", "mute-audio",
		} {
			flags = append(flags, chromedp.Flag(f, true))
		}
		alloc, stop := chromedp.NewExecAllocator(context.Background(), flags...)
		ctx, end := chromedp.NewContext(alloc)
		one.ctx, one.ends = ctx, []func(){func() { _ = os.RemoveAll(dir) }, stop, end}
		one.err = chromedp.Do(ctx)
	})
	if one.err != nil {
		t.Fatalf("start Chromium: %v", one.err)
	}
	return one.ctx
}

// person sits at a browser of her own: other cookies, other drafts.
type person struct {
	*house
	screen   screen
	ctx      context.Context
	mu       sync.Mutex
	wrong    []string
	requests int
	expected []string // parts of what is logged and meant to be
	store    string   // host of the store, where a page may go that uploads
	worker   serviceworker.RegistrationID
}

// screen is what a person looks at.
type screen struct {
	width, height int64
	phone, dark   bool
	noScripts     bool
}

var desktop = screen{width: 1280, height: 860}
var phone = screen{width: 390, height: 844, phone: true}

func (h *house) sits(s screen) *person {
	h.t.Helper()
	p := &person{house: h, screen: s}
	ctx, cancel := chromedp.NewContext(h.browser, chromedp.WithNewBrowserContext(), chromedp.WithListener(p.watch))
	p.ctx = ctx
	if err := chromedp.Do(ctx); err != nil { // the first has no time limit: the window would be watched no longer than that
		h.t.Fatalf("open a window: %v", err)
	}
	h.t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, w := range p.wrong {
			h.t.Errorf("in the browser: %s", w)
		}
		if p.requests == 0 {
			h.t.Error("nothing was asked of the desk: nothing was proved")
		}
		cancel()
	})
	theme := "light"
	if s.dark {
		theme = "dark"
	}
	p.run(
		command(network.Enable, network.EnableParams{}), command(cdplog.Enable, cdp.Empty{}), command(runtime.Enable, cdp.Empty{}),
		command(emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
			Width: s.width, Height: s.height, DeviceScaleFactor: scale(s), Mobile: s.phone,
		}),
		command(emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}}),
		command(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: s.noScripts}),
	)
	return p
}

// command is one of the browser's own.
func command[P any](c cdp.Command[P, cdp.Empty], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, _ *chromedp.Target) error {
		_, err := chromedp.Call(ctx, c, params)
		return err
	})
}

func scale(s screen) float64 {
	if s.phone {
		return 2
	}
	return 1
}

// watch notes what must not be.
func (p *person) watch(ev any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := ev.(type) {
	case *network.EventRequestWillBeSent:
		p.requests++
		if u, err := url.Parse(e.Request.URL); err != nil || u.Scheme != "data" && u.Host != p.host() && (p.store == "" || u.Host != p.store) {
			p.wrong = append(p.wrong, "a request leaves the desk: "+e.Request.URL)
		}
	case *serviceworker.EventWorkerRegistrationUpdated:
		for _, r := range e.Registrations {
			if strings.HasPrefix(r.ScopeURL, p.URL()) && !r.IsDeleted {
				p.worker = r.RegistrationID
			}
		}
	case *network.EventWebSocketCreated:
		p.wrong = append(p.wrong, "a web socket: "+e.URL)
	case *runtime.EventExceptionThrown:
		p.wrong = append(p.wrong, "an exception: "+e.ExceptionDetails.Text+" "+described(e.ExceptionDetails.Exception))
	case *runtime.EventConsoleAPICalled:
		if slices.Contains([]string{"error", "warning", "assert"}, string(e.Type)) {
			p.note(fmt.Sprintf("the console has a line of type %s: %s", e.Type, arguments(e.Args)))
		}
	case *cdplog.EventEntryAdded:
		if e.Entry.Level == "error" || e.Entry.Source == "security" || e.Entry.Source == "violation" {
			p.note(fmt.Sprintf("%s: %s %s", e.Entry.Source, e.Entry.Text, e.Entry.URL))
		}
	}
}

func (p *person) note(words string) {
	if !slices.ContainsFunc(p.expected, func(s string) bool { return strings.Contains(words, s) }) {
		p.wrong = append(p.wrong, words)
	}
}

func arguments(args []*runtime.RemoteObject) string {
	var all []string
	for _, a := range args {
		all = append(all, string(a.Value)+described(a))
	}
	return strings.Join(all, " ")
}

func described(o *runtime.RemoteObject) string {
	if o == nil {
		return ""
	}
	return o.Description
}

// expects lets the browser log something: a page that answers 412 is an error to it, and meant by us.
func (p *person) expects(part string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.expected = append(p.expected, part)
}

func (h *house) host() string { return strings.TrimPrefix(h.URL(), "http://") }

// run does something in the browser.
func (p *person) run(steps ...chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		p.t.Fatalf("in the browser: %v\n%s", err, p.looks())
	}
}

// looks is what the page shows, for a test that has failed.
func (p *person) looks() string {
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	at, _ := chromedp.Run(ctx, chromedp.Location())
	text, _ := chromedp.Run(ctx, chromedp.Evaluate[string](`document.body?.innerText ?? ""`))
	return at + "\n" + text
}

// goes opens an address of the desk.
func (p *person) goes(path string) {
	p.t.Helper()
	p.run(chromedp.Navigate(p.URL() + path))
}

// says is something read in the page by a script of ours.
func (p *person) says(script string) string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	value, err := chromedp.Run(ctx, chromedp.Evaluate[string](`String(`+script+`)`))
	if err != nil {
		p.t.Fatalf("in the browser: %v\n%s", err, p.looks())
	}
	return value
}

// sees waits until the page shows a text.
func (p *person) sees(text string) {
	p.t.Helper()
	p.until("it shows "+text, fmt.Sprintf(`document.body.innerText.includes(%q)`, text))
}

// until waits until a script's answer is true.
func (p *person) until(what, script string) {
	p.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(25 * time.Millisecond) {
		ctx, cancel := context.WithTimeout(p.ctx, patience)
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("Boolean("+script+")"))
		cancel()
		if err == nil && ok {
			return
		}
		if time.Now().After(end) {
			p.t.Fatalf("not in time: %s (%v)\n%s", what, err, p.looks())
		}
	}
}

// clicks presses what a selector names; where a page follows it waits for that.
func (p *person) clicks(selector string) {
	p.t.Helper()
	p.run(chromedp.Click(chromedp.CSS(selector)))
}

// types writes into a field.
func (p *person) types(selector, text string) {
	p.t.Helper()
	p.run(chromedp.SendKeys(chromedp.CSS(selector), text))
}

// keys presses keys wherever the focus is.
func (p *person) keys(text string) {
	p.t.Helper()
	p.run(chromedp.KeyEvent(text))
}

// signsIn chooses an agent at the provider of this machine.
func (p *person) signsIn(agent string) {
	p.t.Helper()
	p.goes("/console")
	p.clicks(`button[value="` + agent + `"]`)
	p.until("the console opens", `location.pathname === "/console" && document.querySelector(".bar")`)
}

// forgets drops the cookies, as their end of time does.
func (p *person) forgets() {
	p.t.Helper()
	p.run(command(network.ClearBrowserCookies, cdp.Empty{}))
}

// picture keeps what is seen down to the end of the page, if somebody wants to look.
func (p *person) picture(name string) {
	p.t.Helper()
	dir := os.Getenv("PRONTO_PICTURES")
	if dir == "" {
		return
	}
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	size, err := chromedp.Run(ctx, chromedp.Evaluate[[]float64](
		`[scrollX, scrollY, innerWidth, Math.min(innerHeight, (document.querySelector("footer")?.getBoundingClientRect().bottom ?? innerHeight) + 16)]`))
	if err != nil {
		p.t.Fatalf("take a picture: %v", err)
	}
	shot, err := chromedp.Run(ctx, func(ctx context.Context, _ *chromedp.Target) (page.CaptureScreenshotResult, error) {
		return chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Clip: &page.Viewport{X: size[0], Y: size[1], Width: size[2], Height: size[3], Scale: 1},
		})
	})
	if err != nil {
		p.t.Fatalf("take a picture: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), shot.Data, 0o644); err != nil {
		p.t.Error(err)
	}
}

// mail is sent to the desk by SMTP.
func (h *house) mail(from, name, id, subject, body string, headers ...string) {
	h.t.Helper()
	h.mailTo("care@acme.example", from, name, id, subject, body, headers...)
}

func (h *house) mailTo(to, from, name, id, subject, body string, headers ...string) {
	h.t.Helper()
	c, err := smtp.Dial(h.SMTP())
	if err != nil {
		h.t.Fatal(err)
	}
	defer c.Close()
	raw := fmt.Sprintf("From: %s <%s>\nTo: <%s>\nSubject: %s\nDate: %s\nMessage-ID: <%s>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n%s\n%s\n",
		name, from, to, subject, time.Now().Format(time.RFC1123Z), id, strings.Join(append(headers, ""), "\n"), body)
	if err := c.SendMail(from, []string{to}, bytes.NewReader([]byte(strings.ReplaceAll(raw, "\n", "\r\n")))); err != nil {
		h.t.Fatal(err)
	}
}

// leaves waits until something leaves the desk that is what a test looks for.
func (h *house) leaves(what string, is func(edge.Piece) bool) edge.Piece {
	h.t.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		rows, err := h.AWS.SES.Outbox(0, edge.MaxRows)
		if err != nil {
			h.t.Fatal(err)
		}
		for _, r := range rows {
			if p := edge.Read(r); is(p) {
				return p
			}
		}
	}
	h.t.Fatalf("did not leave in time: %s", what)
	return edge.Piece{}
}

// receipt waits for the receipt that somebody gets.
func (h *house) receipt(to string) edge.Piece {
	h.t.Helper()
	return h.leaves("a receipt to "+to, func(p edge.Piece) bool { return p.Kind == "receipt" && p.To == to })
}
