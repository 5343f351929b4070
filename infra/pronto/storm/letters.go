package storm

import (
	_ "embed"
	"strings"
)

//go:embed letters.txt
var lettersFile string

var (
	tongues = []string{"en", "it", "es", "fr", "de", "pt", "ru"}
	moods   = []string{"negative", "neutral", "positive"}
)

// read gives the texts by "language mood".
func read() map[string]text {
	all := map[string]text{}
	for _, s := range strings.Split(lettersFile, "\n= ")[1:] {
		head, rest, _ := strings.Cut(s, "\n")
		subject, body, _ := strings.Cut(rest, "\n")
		all[head] = text{subject, strings.TrimSpace(body)}
	}
	return all
}

// names are plainly names, and may be repeated in a greeting.
var names = map[string][]string{
	"en": {"Grace Miller", "Tom O'Neill"}, "it": {"Giulia Neri", "Niccolò D'Amico"}, "es": {"Lucía Peña", "Iñaki Soto"},
	"fr": {"Zoé Lefèvre", "Jean-Luc Roux"}, "de": {"Jörg Weiß", "Anke von Thal"}, "pt": {"João Brandão", "Inês Vale"}, "ru": {"Вера Соколова", "Пётр Ежов"},
}

// offsets are those of senders' clocks, seconds east of UTC; none is that of the brand, whose rules for summer time would come in.
var offsets = []int{-8 * 3600, -5 * 3600, -3 * 3600, 3 * 3600, 5*3600 + 1800, 9 * 3600}
