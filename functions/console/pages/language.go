package pages

import (
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"regexp"
	"sync"

	"pronto/functions/console/words"
)

// spoken is the language in which a page is read.
func spoken(r *http.Request) *words.Locale { return words.Accepted(r.Header.Get("Accept-Language")) }

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
	if in == words.English {
		return ""
	}
	all := map[string]string{}
	for _, m := range scriptKey.FindAllStringSubmatch(string(assets()["console.js"].plain), -1) {
		all[m[1]] = in.Raw(words.Key(m[1]))
	}
	b, _ := json.Marshal(all) // of strings: cannot fail
	return string(b)
}
