package pages

import (
	"fmt"
	"net/http"
	"strings"
)

// seenQueue is what an open page knows of the queue: what it shows, and by which versions of its brands. It travels as the page's ETag.
//
// While the versions stand nothing need be read but they: one row a brand. Once a minute, and once more after they have moved, the queue is read all the same: time alone
// changes its order, the index is a moment behind the turns, and a version that was never moved must not hide a conversation.
type seenQueue struct {
	print    string // of the rows
	versions string
	minute   string
	settled  bool // it was read twice by these versions
}

func (s seenQueue) tag() string {
	settled := "0"
	if s.settled {
		settled = "1"
	}
	return `"` + strings.Join([]string{s.print, s.versions, s.minute, settled}, ".") + `"`
}

func readSeen(tag string) (s seenQueue) {
	parts := strings.Split(strings.Trim(strings.TrimPrefix(tag, "W/"), `"`), ".")
	if len(parts) != 4 {
		return s
	}
	return seenQueue{parts[0], parts[1], parts[2], parts[3] == "1"}
}

// looks begins what a page of the queue will know, and tells whether an open page knows it already. Where the versions cannot be read it knows nothing.
func (h *Handler) looks(v *visit, brand string) (is seenQueue, known bool) {
	was := readSeen(v.Header.Get("If-None-Match"))
	is.minute = fmt.Sprint(v.now.Unix() / 60)
	versions, p := h.desk.Versions(v.Context(), v.by, brand)
	if p != nil {
		return is, false
	}
	is.versions = versions
	is.settled = was.versions == versions
	return is, live(v.Request) && was.settled && was.versions == versions && was.minute == is.minute
}

// freshQueue answers an open page: 304 while it shows what there is.
func (h *Handler) freshQueue(w http.ResponseWriter, v *visit, is seenQueue, view *queueView) {
	w.Header().Set("ETag", is.tag())
	if readSeen(v.Header.Get("If-None-Match")).print == is.print {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	h.render(w, http.StatusOK, "queue_live", v, page{Body: view})
}
