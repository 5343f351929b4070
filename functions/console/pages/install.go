package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"
	"strings"

	"pronto/functions/console/words"
)

// The console can be put on a phone's home screen: a manifest says how it is called and looks, and a worker shows pushes, and a page where there is no connection.

// Colours of the console's paper, light and dark, as console.css has them.
const (
	paper     = "#f6f5f2"
	darkPaper = "#151513"
)

// icon is one of the manifest's.
type icon struct {
	Source  string `json:"src"`
	Sizes   string `json:"sizes"`
	Type    string `json:"type"`
	Purpose string `json:"purpose"`
}

// shortcut is a page that a long press on the icon offers.
type shortcut struct {
	Name string `json:"name"`
	URL  string `json:"url"`
}

// manifest answers GET /console/manifest.webmanifest, in the language of who asks.
func (h *Handler) manifest(w http.ResponseWriter, r *http.Request) {
	in := h.Language(r)
	b, err := json.Marshal(map[string]any{
		"id": "/console", "name": "Pronto", "short_name": "Pronto", "description": in.T("What customers wait for, and who answers them."), "lang": in.Tag,
		"start_url": "/console", "scope": "/console", "display": "standalone", "theme_color": paper, "background_color": paper,
		"icons": []icon{
			{staticURL("icon.svg"), "any", "image/svg+xml", "any"}, {staticURL("icon-192.png"), "192x192", "image/png", "any"},
			{staticURL("icon-512.png"), "512x512", "image/png", "any"}, {staticURL("mask-512.png"), "512x512", "image/png", "maskable"},
		},
		"shortcuts": []shortcut{{in.T("Queue"), "/console"}, {in.T("On call"), "/console/on-call"}},
	})
	if err != nil {
		http.Error(w, "the manifest cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/manifest+json")
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Vary", "Accept-Language, Cookie")
	_, _ = w.Write(b)
}

// shell is what the worker keeps: its own page, and our files that this page needs.
func shell() []string {
	return []string{"/console/offline", staticURL("console.css"), staticURL("icon.svg"), staticURL("icon-192.png"), staticURL("htmx.min.js"), staticURL("console.js")}
}

// worker answers GET /console/worker.js. It is of one address for ever, so that browsers find a newer one; its own directory is /console/, and it may have /console, too.
func (h *Handler) worker(w http.ResponseWriter, r *http.Request) {
	kept := shell()
	shown, ok := h.made(w, "offline", nil, offlinePage(words.English))
	if !ok {
		return
	}
	sum := sha256.Sum256([]byte(strings.Join(kept, "\n") + string(shown)))
	list, err := json.Marshal(kept)
	if err != nil {
		http.Error(w, "the worker cannot be made", http.StatusInternalServerError)
		return
	}
	made := strings.NewReplacer("/*shell*/[]", string(list), "/*version*/", hex.EncodeToString(sum[:6]), "/*icon*/", staticURL("icon-192.png")).Replace(string(assets()["worker.js"].plain))
	w.Header().Set("Content-Type", kinds[".js"])
	w.Header().Set("Cache-Control", "no-cache")
	w.Header().Set("Service-Worker-Allowed", "/console")
	_, _ = w.Write(zipped(w, r, []byte(made)))
}

// offline answers GET /console/offline: what the worker shows where there is no connection. It is of nobody.
func (h *Handler) offline(w http.ResponseWriter, r *http.Request) {
	h.render(w, http.StatusOK, "offline", nil, offlinePage(h.Language(r)))
}

func offlinePage(in *words.Locale) page {
	return page{In: in, Title: in.T("No connection"), At: "offline"}
}
