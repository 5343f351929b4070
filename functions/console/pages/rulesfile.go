package pages

import (
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"pronto/functions/console/work"
	"pronto/shared/policy"
)

// byteOrderMark is what some editors put before a text.
const byteOrderMark = "\ufeff"

// rulesFile is the text of a form's one file. What is wrong with it as a rule book is told by who reads it, line by line, as of a text that was typed.
func rulesFile(r *http.Request) (string, *work.Problem) {
	f, _, err := r.FormFile("file")
	if err != nil {
		return "", work.Refuse(http.StatusUnprocessableEntity, "file", "choose a file")
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, policy.MaxBytes+1))
	switch text := strings.ReplaceAll(strings.TrimPrefix(string(b), byteOrderMark), "\r\n", "\n"); {
	case err != nil:
		return "", work.Refuse(http.StatusUnprocessableEntity, "file", "this file cannot be read: choose it again")
	case len(b) > policy.MaxBytes:
		return "", work.Refuse(http.StatusRequestEntityTooLarge, "file", "a rule book has a megabyte at most")
	case !utf8.ValidString(text) || strings.ContainsRune(text, 0):
		return "", work.Refuse(http.StatusUnprocessableEntity, "file", "this file is no text: save it as YAML in UTF-8")
	case strings.TrimSpace(text) == "":
		return "", work.Refuse(http.StatusUnprocessableEntity, "file", "this file is empty: choose another")
	default:
		return text, nil
	}
}
