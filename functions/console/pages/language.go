package pages

import (
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"pronto/functions/console/words"
	"pronto/functions/console/work"
)

// languageName is the cookie of who has chosen a language. It is the browser's, not the agent's: on the phone at night it may be another than at the desk, and whoever
// signs in sees his own from the first page on.
const (
	languageName = "pronto-language"
	languageLife = 365 * 24 * time.Hour
)

// Language is the one in which a page is read: the chosen one, else what the browser asks for, else English.
func (h *Handler) Language(r *http.Request) *words.Locale {
	var tag string
	if h.sessions.Open(r, languageName, &tag) {
		if l := words.Of(tag); l != nil {
			return l
		}
	}
	return words.Accepted(r.Header.Get("Accept-Language"))
}

// tongues are the languages that can be chosen.
func tongues(now *words.Locale) (all []option) {
	for _, l := range words.All() {
		all = append(all, option{l.Tag, l.Name, l.Tag == now.Tag})
	}
	return all
}

// whereabouts is the page to which one comes back: a form's answer has no address of its own.
func whereabouts(r *http.Request) string {
	if id := r.PathValue("id"); r.Method == http.MethodPost && strings.HasPrefix(r.URL.Path, "/console/conversations/") {
		if askedForAll(r) {
			return allOf(id)
		}
		return "/console/conversations/" + url.PathEscape(id)
	}
	if r.Method != http.MethodGet {
		return "/console"
	}
	return here(r.URL.RequestURI())
}

// speak answers POST /console/language with language and back.
func (h *Handler) speak(w http.ResponseWriter, v *visit) {
	l := words.Of(v.PostFormValue("language"))
	if l == nil {
		h.problem(w, v.Request, v, work.Refuse(http.StatusUnprocessableEntity, "language", "the console does not speak this language"))
		return
	}
	h.sessions.Seal(w, languageName, l.Tag, languageLife)
	to(w, here(v.PostFormValue("back")))
}

var (
	parsing sync.Mutex
	ready   = map[*words.Locale]*template.Template{} // by language: its templates have its words
)

// parsed are the templates in a language. They are read when the first page in it is asked for.
func parsed(in *words.Locale) *template.Template {
	parsing.Lock()
	defer parsing.Unlock()
	t, ok := ready[in]
	if !ok {
		files, err := fs.Sub(templates, "templates")
		if err != nil {
			panic(err) // it is embedded: cannot be
		}
		scripts := scriptWords(in)
		t = template.Must(template.New("").Funcs(template.FuncMap{
			"static": staticURL, "lang": func() string { return in.Tag }, "scripts": func() string { return scripts },
			"t":   func(key string, args ...any) string { return in.T(words.Key(key), args...) },
			"cut": func(key string, args ...any) []string { return in.Cut(words.Key(key), args...) },
		}).ParseFS(files, "*.html"))
		ready[in] = t
	}
	return t
}

// scriptKey finds the keys of the scripts' texts: t("…").
var scriptKey = regexp.MustCompile(`\bt\("([^"]+)"`)

// scriptWords are the scripts' texts in another language than English, by their keys.
func scriptWords(in *words.Locale) string {
	if in.Untranslated() {
		return ""
	}
	all := map[string]string{}
	for _, m := range scriptKey.FindAllStringSubmatch(string(assets()["console.js"].plain), -1) {
		all[m[1]] = in.Raw(words.Key(m[1]))
	}
	b, _ := json.Marshal(all) // of strings: cannot fail
	return string(b)
}
