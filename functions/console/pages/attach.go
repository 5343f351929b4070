package pages

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"pronto/functions/console/work"
)

// attachView is what an answer may carry; it is shown before anything is chosen.
type attachView struct {
	Words, Accept string
	Most          int
	Bytes         int64
}

// attaching is nil where an answer carries no files.
func (h *Handler) attaching(v *visit, c work.Conversation) *attachView {
	if c.Merged != "" {
		return nil
	}
	return h.carrying(v, c.Brand, c.Channel)
}

// carrying is what a channel of a brand's carries.
func (h *Handler) carrying(v *visit, brand, channel string) *attachView {
	b := h.desk.Policy.Brand(brand)
	if b == nil {
		return nil
	}
	if use, ok := b.Use(channel); !ok || use.Rules.NoFiles {
		return nil
	}
	most, bytes, endings := work.Carries()
	kinds := strings.ReplaceAll(strings.Join(endings, " "), ".", "")
	return &attachView{
		Words: v.T("Up to %d files, %s together: %s. No programs, archives or web pages.", most, v.size(int(bytes)), kinds), Accept: strings.Join(endings, ","), Most: most, Bytes: bytes,
	}
}

// chosen is a file that was uploaded and is not sent yet: as the form has it, its upload's id, its size, and its name for the eye.
type chosen struct {
	Value, Name string
	Size        int
	Words       string
}

// chosenOf are the files in a form. What they are is for the desk to look up: name and size here are words.
func chosenOf(v *visit) (files []chosen) {
	for _, value := range v.PostForm["attachment"] {
		parts := strings.SplitN(value, "/", 3)
		if len(parts) != 3 || len(files) == 50 {
			continue
		}
		n, _ := strconv.Atoi(parts[1])
		files = append(files, chosen{value, parts[2], n, v.size(n)})
	}
	return files
}

func uploadsOf(files []chosen) (ids []string) {
	for _, f := range files {
		id, _, _ := strings.Cut(f.Value, "/")
		ids = append(ids, id)
	}
	return ids
}

// upload answers POST /console/conversations/{id}/uploads with name, size and sha256: where the page is to send the file, or why it may not. It is asked by the page's
// script; what it says is shown to the agent.
func (h *Handler) upload(w http.ResponseWriter, v *visit) {
	body, n := uploadBody(v)
	up, _, p := h.desk.Upload(v.Context(), v.by, v.PathValue("id"), work.Request{Body: body})
	v.uploadAnswer(w, up, n, p)
}

// uploadBody is what a page asks for as the API has it, and the file's size.
func uploadBody(v *visit) (body []byte, size int64) {
	name := v.PostFormValue("name")
	size, _ = strconv.ParseInt(v.PostFormValue("size"), 10, 64)
	body, err := json.Marshal(map[string]any{"name": name, "type": work.TypeOf(name), "size": size, "sha256": v.PostFormValue("sha256")})
	if err != nil {
		return nil, size
	}
	return body, size
}

func (v *visit) uploadAnswer(w http.ResponseWriter, up work.Upload, size int64, p *work.Problem) {
	status, answer := http.StatusOK, any(map[string]any{
		"value": up.ID + "/" + strconv.FormatInt(size, 10) + "/" + up.Name, "name": up.Name, "words": v.size(int(size)), "method": up.Method, "url": up.URL, "headers": up.Headers,
	})
	if p != nil {
		status, answer = p.Status, map[string]string{"detail": v.trouble(p)}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(answer)
}

// letsUpload opens a page's content policy for the store's origin, where its files go.
func (h *Handler) letsUpload(w http.ResponseWriter) {
	w.Header().Set("Content-Security-Policy", strings.Replace(contentPolicy, "connect-src 'self'", "connect-src 'self' "+h.uploads, 1))
}
