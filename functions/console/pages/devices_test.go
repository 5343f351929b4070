package pages_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"pronto/infra/local/desktest"
	"pronto/infra/local/pushservice"
	"pronto/infra/wiring"
	"pronto/shared/desk"
	"pronto/shared/store"
)

// turnOn subscribes a browser, as console.js does.
func (b *browser) turnOn(s *pushservice.Service, agent string) (seen, *pushservice.Browser) {
	b.t.Helper()
	page := b.send(http.MethodGet, "/console/devices", nil, "User-Agent", agent).is(http.StatusOK).Body.String()
	key := regexp.MustCompile(`data-key="([A-Za-z0-9_-]{87})"`).FindStringSubmatch(page)
	if key == nil {
		b.t.Fatalf("no key to subscribe under:\n%s", page)
	}
	sub := s.Subscribe(key[1])
	return b.post("/console/devices", page, url.Values{"endpoint": {sub.Endpoint}, "p256dh": {sub.Public}, "auth": {sub.Auth}}, "User-Agent", agent), sub
}

// post sends a form of a page, and keeps the cookies that come back.
func (b *browser) post(path, page string, form url.Values, headers ...string) seen {
	b.t.Helper()
	form.Set("token", regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)[1])
	got := b.send(http.MethodPost, path, form, headers...)
	b.keep(got)
	return got
}

func (b *browser) keep(got seen) {
	for _, c := range got.Result().Cookies() {
		b.cookies = append(without(b.cookies, c.Name), c)
	}
}

func without(all []*http.Cookie, name string) (left []*http.Cookie) {
	for _, c := range all {
		if c.Name != name {
			left = append(left, c)
		}
	}
	return left
}

func (b *browser) devices(agent string) desk.Devices {
	b.t.Helper()
	all, err := store.New(dynamodb.NewFromConfig(b.Setup.AWS), wiring.Table).Devices(b.t.Context(), agent)
	if err != nil {
		b.t.Fatal(err)
	}
	return all
}

// Ana turns pushes on for her phone, tests it, works on it for months, signs out; what another has turned on is not hers.
func TestAnAgentsDevices(t *testing.T) {
	s := pushservice.New(func() time.Time { return monday })
	t.Cleanup(s.Close)
	o := desktest.Options{Start: monday, Policy: two(t)}
	o.ConsoleURL, o.HookURL = console, s.URL // what runs on this machine may be pushed to
	w := &world{desktest.New(t, o), t}
	const firefox = "Mozilla/5.0 (Android 15; Mobile; rv:145.0) Gecko/145.0 Firefox/145.0"
	ana := w.as("ana")
	ana.get("/console/devices").is(http.StatusOK).shows("This device", "Pages are not pushed to it.")
	done, _ := ana.turnOn(s, firefox)
	if done.Code != http.StatusSeeOther || len(ana.devices("ana")) != 1 {
		t.Fatal(done.Code, done.text())
	}
	id := ana.devices("ana")[0].ID
	page := ana.get("/console/devices?said=device_on").is(http.StatusOK).shows("Pages are pushed to it.", "Firefox, Android", "this one", "Pages are pushed to this device from now on.").Body.String()
	ana.post("/console/devices/"+id+"/try", page, url.Values{}).is(http.StatusSeeOther)
	w.Settle()
	ana.get("/console/devices").shows("last test:")

	marta := w.as("marta")
	other := marta.get("/console/devices").is(http.StatusOK).shows("Pages are not pushed to it.").Body.String()
	marta.post("/console/devices/"+id+"/try", other, url.Values{}).is(http.StatusNotFound)
	marta.post("/console/devices/"+id+"/remove", other, url.Values{}).is(http.StatusSeeOther)
	if len(ana.devices("ana")) != 1 {
		t.Error("Marta has removed what is Ana's")
	}
	for field, form := range map[string]url.Values{
		"push_services": {"endpoint": {"https://push.evil.example/x"}, "p256dh": {ana.devices("ana")[0].Public}, "auth": {ana.devices("ana")[0].Auth}},
		"subscription":  {"endpoint": {"https://fcm.googleapis.com/x"}, "p256dh": {"AAAA"}, "auth": {""}},
	} {
		if got := marta.post("/console/devices", other, form); got.Code != http.StatusUnprocessableEntity || !strings.Contains(got.text(), field) {
			t.Errorf("%d %s", got.Code, got.text())
		}
	}

	before := ana.devices("ana")[0].Seen
	w.Clock.Turn(25 * time.Hour)
	again := w.as("ana") // signed in again, on the same device
	again.cookies = append(again.cookies, some(ana.cookies, "device")...)
	again.get("/console").is(http.StatusOK)
	if seen := ana.devices("ana")[0].Seen; !seen.After(before) {
		t.Error("nobody has noticed that she was there")
	}
	out := again.get("/console/devices").Body.String()
	again.post("/console/sign-out", out, url.Values{}).is(http.StatusSeeOther)
	if len(ana.devices("ana")) != 0 {
		t.Error("who has signed out on a device is paged there")
	}

	// Who signs in on a device of somebody else's takes the pages off it.
	ana = w.as("ana")
	ana.turnOn(s, firefox)
	marta = &browser{w, append(w.as("marta").cookies, some(ana.cookies, "device")...)}
	marta.get("/console").is(http.StatusOK)
	if len(ana.devices("ana")) != 0 {
		t.Error("Marta's browser shows Ana's pages")
	}
}

func some(all []*http.Cookie, part string) (found []*http.Cookie) {
	for _, c := range all {
		if strings.Contains(c.Name, part) {
			found = append(found, c)
		}
	}
	return found
}

// The worker keeps our own files and a page of nobody's; what it is and the manifest hold nothing of an agent.
func TestWhatIsInstalledIsOfNobody(t *testing.T) {
	w := open(t)
	nobody := &browser{w, nil}
	worker := nobody.get("/console/worker.js").is(http.StatusOK)
	if worker.Header().Get("Service-Worker-Allowed") != "/console" || worker.Header().Get("Cache-Control") != "no-cache" || strings.Contains(worker.Body.String(), "/*shell*/") {
		t.Errorf("%v", worker.Header())
	}
	var kept []string
	list := regexp.MustCompile(`const SHELL = (\[[^\]]*\]);`).FindStringSubmatch(worker.Body.String())
	if list == nil || json.Unmarshal([]byte(list[1]), &kept) != nil || len(kept) < 4 {
		t.Fatalf("the worker keeps %v", list)
	}
	for _, path := range kept {
		if got := nobody.get(path).is(http.StatusOK); path != "/console/offline" && !strings.Contains(got.Header().Get("Cache-Control"), "immutable") {
			t.Errorf("%s is kept, and is not the same for ever", path)
		}
	}
	nobody.get("/console/offline").shows("No connection", "What you typed stays in this browser")
	for language, want := range map[string]string{"en": "What customers wait for", "it": "Che cosa aspettano i clienti"} {
		got := nobody.send(http.MethodGet, "/console/manifest.webmanifest", nil, "Accept-Language", language).is(http.StatusOK)
		var m struct {
			Lang, Description, StartURL string
			Icons                       []struct{ Src, Purpose string }
		}
		if err := json.Unmarshal(got.Body.Bytes(), &m); err != nil || m.Lang != language || !strings.HasPrefix(m.Description, want) {
			t.Errorf("%s: %v", got.Body, err)
		}
		maskable := 0
		for _, i := range m.Icons {
			nobody.get(i.Src).is(http.StatusOK)
			if i.Purpose == "maskable" {
				maskable++
			}
		}
		if maskable != 1 || got.Header().Get("Content-Type") != "application/manifest+json" {
			t.Errorf("%s", got.Body)
		}
	}
}
