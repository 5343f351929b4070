package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/serviceworker"
	"github.com/chromedp/chromedp"

	"pronto/shared/desk"
)

// push is what the desk would push to Ana about a conversation, as the push service hands it over.
func (p *person) push(n map[string]string) {
	p.t.Helper()
	data, err := json.Marshal(n)
	if err != nil {
		p.t.Fatal(err)
	}
	p.mu.Lock()
	id := p.worker
	p.mu.Unlock()
	p.run(command(serviceworker.DeliverPushMessage, serviceworker.DeliverPushMessageParams{Origin: p.URL(), RegistrationID: id, Data: string(data)}))
}

// notices are what is shown, by their titles, as a script of the page finds them: a browser promises no order.
const notices = `navigator.serviceWorker.ready.then(r => r.getNotifications()).then(all => JSON.stringify(all.map(n => [n.title, n.body, n.tag, n.actions.map(a => a.action + ":" + a.title).join()]).sort()))`

func (p *person) shown() string {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	all, err := chromedp.Run(ctx, chromedp.Evaluate[string](notices, chromedp.EvalAwaitPromise))
	if err != nil {
		p.t.Fatalf("read the notices: %v", err)
	}
	return all
}

// waits until the notices are as wanted.
func (p *person) notified(want string) {
	p.t.Helper()
	got := ""
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if got = p.shown(); got == want {
			return
		}
	}
	p.t.Fatalf("the notices are %s, want %s", got, want)
}

// inWorker does something in the console's worker.
func (p *person) inWorker(script string) {
	p.t.Helper()
	all, err := chromedp.Targets(p.ctx)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, target := range all {
		if target.Type != "service_worker" || target.URL != p.URL()+"/console/worker.js" {
			continue
		}
		ctx, end := chromedp.NewContext(p.ctx, chromedp.WithTargetID(target.TargetID))
		p.t.Cleanup(end) // it ends the worker, too
		within, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		if _, err := chromedp.Run(within, chromedp.Evaluate[bool](script, chromedp.EvalAwaitPromise)); err != nil {
			p.t.Fatalf("in the worker: %v", err)
		}
		return
	}
	p.t.Fatal("no worker is there")
}

// The console is one that a phone offers to install: its manifest has no error, its worker registers, shows a page's push, and says "I have it" for who presses it.
func TestTheConsoleIsInstalledAndPaged(t *testing.T) {
	h := open(t)
	h.mail("ada@home.example", "Ada Marsh", "ada@home.example", "Broken suitcase", "My suitcase arrived broken. Who pays for it?")
	id := h.receipt("ada@home.example").Conversation
	p := h.sits(phone)
	p.expects("status of 404")
	p.run(command(serviceworker.Enable, cdp.Empty{}))
	p.signsIn("ana")
	p.until("the worker is active", `navigator.serviceWorker.ready && navigator.serviceWorker.controller`)

	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	found, err := chromedp.Call(ctx, page.GetAppManifest, page.GetAppManifestParams{})
	if err != nil || len(found.Errors) > 0 || !strings.HasSuffix(found.URL, "/console/manifest.webmanifest") || !strings.Contains(found.Data, "maskable") {
		t.Errorf("the manifest: %v, %+v", err, found)
	}
	hindered, err := chromedp.Call(ctx, page.GetInstallabilityErrors, cdp.Empty{})
	if err != nil {
		t.Error(err)
	}
	for _, e := range hindered.InstallabilityErrors {
		if e.ErrorID != "in-incognito" { // as each person of these tests is
			t.Errorf("it cannot be installed: %s", e.ErrorID)
		}
	}

	p.goes("/console/devices")
	p.sees("Pages are not pushed to it.")
	p.until("it can be turned on", `!document.querySelector("#device-on").hidden`)
	p.picture("devices-phone")
	if _, err := chromedp.CallBrowser(ctx, browser.SetPermission, browser.SetPermissionParams{
		Permission: &browser.PermissionDescriptor{Name: "notifications"}, Setting: browser.PermissionSettingGranted, Origin: p.URL(),
		BrowserContextID: chromedp.FromContext(p.ctx).BrowserContextID,
	}); err != nil {
		t.Fatal(err)
	}
	p.until("it may show notices", `Notification.permission === "granted"`)
	link := "/page/" + h.Keys.PageToken(desk.Paged{Ref: desk.Ref{Brand: "acme-air", Conversation: id}, Agent: "ana", Expires: time.Now().Add(time.Hour).Truncate(time.Second)})
	n := map[string]string{"title": "[urgent] Acme Air: a conversation waits for you", "body": "Due 10:05 CET", "tag": id, "open": "/console/conversations/" + id, "have": link, "do": "I have it", "lang": "en"}
	p.push(n)
	p.notified(fmt.Sprintf(`[["[urgent] Acme Air: a conversation waits for you","Due 10:05 CET","%s","have:I have it"]]`, id))
	n["body"] = "Due 10:10 CET" // the next takes its place
	p.push(n)
	p.notified(fmt.Sprintf(`[["[urgent] Acme Air: a conversation waits for you","Due 10:10 CET","%s","have:I have it"]]`, id))

	// What leads elsewhere leads nowhere, and what cannot be read is shown all the same.
	p.push(map[string]string{"title": "Elsewhere", "tag": "x", "open": "https://evil.example/", "have": "//evil.example/page/", "do": "Take it"})
	p.notified(fmt.Sprintf(`[["Elsewhere","","x",""],["[urgent] Acme Air: a conversation waits for you","Due 10:10 CET","%s","have:I have it"]]`, id))
	p.inWorker(`(async () => {
		const [n] = await self.registration.getNotifications({ tag: "x" });
		if (n.data.open !== "/console" || n.data.have !== "") throw new Error(JSON.stringify(n.data));
		n.close();
		return true;
	})()`)

	// The press of "I have it", as the browser reports it.
	p.inWorker(fmt.Sprintf(`(async () => {
		const [n] = await self.registration.getNotifications({ tag: %q });
		self.dispatchEvent(new NotificationEvent("notificationclick", { notification: n, action: "have" }));
		return true;
	})()`, id))
	p.notified(fmt.Sprintf(`[["You have it","Ana Ferrante, the conversation is yours, and nobody else is called.","%s",""]]`, id))
	p.goes("/console/conversations/" + id)
	p.sees("Ana Ferrante")
}

// Where there is no connection the worker has a page of its own, and nothing of what was read.
func TestWithoutAConnection(t *testing.T) {
	h := open(t)
	p := h.sits(phone)
	p.expects("status of 404")
	p.signsIn("ana")
	p.until("the worker is active", `navigator.serviceWorker.controller`)
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	kept, err := chromedp.Run(ctx, chromedp.Evaluate[string](`caches.keys().then(all => caches.open(all[0])).then(c => c.keys()).then(all => all.map(r => new URL(r.url).pathname).join(" "))`, chromedp.EvalAwaitPromise))
	if err != nil || len(strings.Fields(kept)) < 4 {
		t.Fatalf("the worker keeps %q, %v", kept, err)
	}
	for _, path := range strings.Fields(kept) {
		if path != "/console/offline" && !strings.HasPrefix(path, "/console/static/") {
			t.Errorf("the worker keeps %s", path)
		}
	}
	// The worker is told that nothing can be reached, as it would be.
	p.inWorker(`(self.fetch = () => Promise.reject(new TypeError("no connection")), true)`)
	p.goes("/console/board")
	p.sees("No connection")
	p.sees("Try again")
	p.picture("offline-phone")
}
