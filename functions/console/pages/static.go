package pages

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"net/http"
	"path"
	"strings"
	"sync"
)

//go:embed static
var files embed.FS

// asset is a file of ours as it is sent.
type asset struct {
	kind, version string
	plain, zipped []byte
}

// kinds are the files' types by their endings.
var kinds = map[string]string{
	".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml", ".png": "image/png",
}

// assets are read and compressed when the first is asked for: a function that answers the API never does.
var assets = sync.OnceValue(func() map[string]asset {
	all := map[string]asset{}
	entries, err := files.ReadDir("static")
	if err != nil {
		panic(err) // it is embedded: cannot be
	}
	for _, e := range entries {
		b, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			panic(err)
		}
		sum := sha256.Sum256(b)
		all[e.Name()] = asset{kinds[path.Ext(e.Name())], hex.EncodeToString(sum[:6]), b, compress(b)}
	}
	return all
})

// staticURL is the address of a file; it changes with the content, so browsers keep each for good.
func staticURL(name string) string { return "/console/static/" + assets()[name].version + "/" + name }

// static answers GET /console/static/{version}/{name}.
func static(w http.ResponseWriter, r *http.Request) {
	a, ok := assets()[r.PathValue("name")]
	if !ok || r.PathValue("version") != a.version {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", a.kind)
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	w.Header().Set("Vary", "Accept-Encoding")
	b := a.plain
	if takesGzip(r) {
		w.Header().Set("Content-Encoding", "gzip")
		b = a.zipped
	}
	_, _ = w.Write(b)
}

func takesGzip(r *http.Request) bool {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Encoding"), ",") {
		name, weight, _ := strings.Cut(strings.TrimSpace(part), ";")
		if name == "gzip" && strings.ReplaceAll(weight, " ", "") != "q=0" {
			return true
		}
	}
	return false
}

func compress(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	_, _ = z.Write(b) // into memory: cannot fail
	_ = z.Close()
	return out.Bytes()
}

// zipped compresses a page for a browser that takes it. The tokens in a page differ each time, so its length tells nothing of them.
func zipped(w http.ResponseWriter, r *http.Request, b []byte) []byte {
	w.Header().Set("Vary", "Accept-Encoding")
	if len(b) < 1400 || !takesGzip(r) { // less than one packet
		return b
	}
	w.Header().Set("Content-Encoding", "gzip")
	return compress(b)
}
