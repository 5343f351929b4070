package edge

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/jhillyerd/enmime/v2"

	"pronto/infra/local/ses"
	channels "pronto/shared/channel/ses"
)

// MaxRows is the most that one answer of /dev/outbox.json holds; ?after= goes on from its last.
const MaxRows = 1000

// Piece is one mail, post or page that left.
type Piece struct {
	Seq          int64             `json:"seq"` // 1, 2, 3, …
	At           time.Time         `json:"at"`  // UTC
	Channel      string            `json:"channel"`
	Kind         string            `json:"kind"` // receipt, reply, page, notice, survey
	Conversation string            `json:"conversation"`
	From         string            `json:"from"`
	To           string            `json:"to"` // several: separated by ", "
	Subject      string            `json:"subject"`
	Headers      map[string]string `json:"headers"` // names as written, values decoded; of a name that stands twice, both, separated by ", "
	Text         string            `json:"text"`    // lines end with LF
	HTML         string            `json:"html"`    // "" when it has no such part
	Raw          string            `json:"raw"`     // as the recipient gets it
}

// Read decodes a mail or post that left.
func Read(row ses.Row) Piece {
	if tag(row, TagChannel) != "" {
		return readPost(row)
	}
	p := Piece{
		Seq: row.Seq, At: row.At, Channel: "email", Kind: tag(row, channels.TagKind), Conversation: tag(row, channels.TagConversation),
		From: row.From, To: strings.Join(row.To, ", "), Headers: headers(row.Raw), Raw: strings.ToValidUTF8(string(row.Raw), "\uFFFD"),
	}
	p.Subject = p.Headers["Subject"]
	if e, err := enmime.ReadEnvelope(bytes.NewReader(row.Raw)); err == nil {
		p.Text, p.HTML = plain(e.Text), plain(e.HTML)
	} // what cannot be decoded is still there in raw
	return p
}

// plain ends lines with LF and the text with its last one.
func plain(s string) string {
	if s == "" {
		return ""
	}
	return strings.TrimRight(strings.ReplaceAll(s, "\r\n", "\n"), "\n") + "\n"
}

func tag(row ses.Row, name string) string {
	if v := row.Tags[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// headers reads the fields of a mail, unfolded and with encoded words decoded (RFC 2047).
func headers(raw []byte) map[string]string {
	out := map[string]string{}
	words := &mime.WordDecoder{}
	for _, line := range unfold(raw) {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			continue
		}
		value = strings.TrimSpace(value)
		if v, err := words.DecodeHeader(value); err == nil {
			value = v
		}
		if before, twice := out[name]; twice {
			value = before + ", " + value
		}
		out[name] = value
	}
	return out
}

// unfold gives the lines of a mail's header, each field on one (RFC 5322 §2.2.3).
func unfold(raw []byte) []string {
	var fields []string
	for line := range bytes.Lines(raw) {
		text := strings.TrimRight(string(line), "\r\n")
		switch {
		case text == "":
			return fields
		case len(fields) > 0 && (text[0] == ' ' || text[0] == '\t'):
			fields[len(fields)-1] += text
		default:
			fields = append(fields, text)
		}
	}
	return fields
}

// outbox writes what left, decoding each mail only as it goes out.
func (d Desk) outbox(w http.ResponseWriter, r *http.Request) {
	after, err := sequence(r, "after")
	if err != nil {
		refuse(w, http.StatusBadRequest, err.Error())
		return
	}
	rows, err := d.Outbox(after, MaxRows)
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "the outbox cannot be read now: try again")
		return
	}
	w.Header().Set("Content-Type", "application/json")
	out := bufio.NewWriterSize(w, 64<<10)
	defer out.Flush()
	each := json.NewEncoder(out)
	each.SetEscapeHTML(false)
	_ = out.WriteByte('[')
	for i, row := range rows {
		if i > 0 {
			_ = out.WriteByte(',')
		}
		_ = each.Encode(Read(row)) // fails only when the client is gone
	}
	_, _ = out.WriteString("]\n")
}

// sequence reads a sequence number from the query; 0 when it is not there.
func sequence(r *http.Request, name string) (int64, error) {
	s := r.URL.Query().Get(name)
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, fmt.Errorf("%s: a sequence number is needed, 0 or more", name)
	}
	return n, nil
}
