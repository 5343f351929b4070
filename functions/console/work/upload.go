package work

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"pronto/shared/channel"
	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// Bounds of what an answer carries. A mail of 10 MB is taken by nearly every server once base64 has made 14 of it, and deliver has the memory for it.
const (
	maxAttached      = 8
	maxAttachedBytes = 10_000_000 // of all together
	uploadLife       = 5 * time.Minute
)

// attachable are the types that an answer may carry, by the ending of the name: what is shown and nothing that runs, nor an archive that could hide it.
var attachable = map[string]string{
	".pdf": "application/pdf", ".txt": "text/plain", ".csv": "text/csv", ".ics": "text/calendar", ".rtf": "application/rtf",
	".png": "image/png", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".gif": "image/gif", ".webp": "image/webp", ".heic": "image/heic",
	".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
	".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
	".pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
	".odt":  "application/vnd.oasis.opendocument.text", ".ods": "application/vnd.oasis.opendocument.spreadsheet", ".odp": "application/vnd.oasis.opendocument.presentation",
	".mp3": "audio/mpeg", ".m4a": "audio/mp4", ".mp4": "video/mp4",
}

// Carries says what an answer may carry, for who chooses files.
func Carries() (files int, bytes int64, endings []string) {
	return maxAttached, maxAttachedBytes, slices.Sorted(maps.Keys(attachable))
}

func endings() string { return strings.Join(slices.Sorted(maps.Keys(attachable)), ", ") }

// UploadsAt is where a browser sends uploads: the store's origin, as it stands in the addresses that it is given.
func (d *Desk) UploadsAt(ctx context.Context) (origin string, err error) {
	key := setup.UploadsPrefix
	signed, err := s3.NewPresignClient(d.s3).PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &d.bucket, Key: &key})
	if err != nil {
		return "", fmt.Errorf("find where uploads go: %w", err)
	}
	at, err := url.Parse(signed.URL)
	if err != nil {
		return "", fmt.Errorf("find where uploads go: %w", err)
	}
	return at.Scheme + "://" + at.Host, nil
}

// Upload is how a file is uploaded that an answer is to carry: one request to the store, with just these headers. No byte of it passes through the desk.
type Upload struct {
	ID      string            `json:"id"` // for the reply
	Name    string            `json:"name"`
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Until   time.Time         `json:"until"`
}

// file is what an upload is to be. Its id is made of nothing else: the same file is the same upload, and an object that is anything else has not its id.
type file struct {
	Name   string
	Type   string
	Size   int64
	SHA256 string // hexadecimal
}

func (d *Desk) uploadID(r desk.Ref, nonce string, f file) string {
	return nonce + d.keys.Message(r.Brand, "upload", nonce+strings.Join([]string{r.Conversation, f.Name, f.Type, strconv.FormatInt(f.Size, 10), f.SHA256}, "\n"))
}

// Letters is where the uploads lie of letters that an agent writes first: there is no conversation yet. Each has an id of its own, so that no two letters share one: what is
// forgotten of one is not missed in another.
func Letters(k desk.Keys, brand, agent string) desk.Ref {
	return desk.Ref{Brand: brand, Conversation: k.Letters(brand, agent)}
}

// nonceLength is of what makes the ids of such uploads their own: it stands before what an id is made of.
const nonceLength = 26

func uploadKey(r desk.Ref, id string) string {
	return setup.UploadsPrefix + r.Brand + "/" + r.Conversation + "/" + id
}

// nameOf is the header in which the store keeps a file's name.
const nameOf = "name"

// Upload prepares the upload of a file that a reply to a conversation is to carry: {"name", "type", "size", "sha256"}. The store is told by the signature what
// it may take, and takes no other content: also not later, while the address is still good.
func (d *Desk) Upload(ctx context.Context, by *policy.Agent, id string, r Request) (up Upload, replayed bool, p *Problem) {
	c, p := d.find(ctx, by, Reply, id)
	if p != nil {
		return up, false, p
	}
	use, _ := d.Policy.Brand(c.Brand).Use(c.Channel)
	if use.Rules.NoFiles || use.Rules.Name == "" {
		return up, false, noFiles(c.Channel, "")
	}
	return d.uploading(ctx, c.Ref, "", r)
}

// UploadFirst prepares the same of a file that a letter is to carry which opens a conversation: see Start.
func (d *Desk) UploadFirst(ctx context.Context, by *policy.Agent, brand string, r Request) (up Upload, replayed bool, p *Problem) {
	b, p := d.brand(by, StartIt, brand)
	if p != nil {
		return up, false, p
	}
	return d.uploading(ctx, Letters(d.keys, b.ID, by.ID), strings.ToLower(rand.Text()), r)
}

func (d *Desk) uploading(ctx context.Context, to desk.Ref, nonce string, r Request) (up Upload, replayed bool, p *Problem) {
	var f file
	if p := decode(r.Body, &f); p != nil {
		return up, false, p
	}
	if _, ok := idempotencyKey(r.Key); !ok {
		return up, false, Refuse(http.StatusBadRequest, "Idempotency-Key", "a key is 1 to 200 printable ASCII characters")
	}
	sum, p := f.check()
	if p != nil {
		return up, false, p
	}
	up = Upload{ID: d.uploadID(to, nonce, f), Name: f.Name, Until: d.Now().Add(uploadLife).UTC()}
	key, checksum := uploadKey(to, up.ID), base64.StdEncoding.EncodeToString(sum)
	signed, err := s3.NewPresignClient(d.s3).PresignPutObject(ctx, &s3.PutObjectInput{
		Bucket: &d.bucket, Key: &key, ContentType: &f.Type, ContentLength: &f.Size, ChecksumSHA256: &checksum,
		Metadata: map[string]string{nameOf: base64.RawURLEncoding.EncodeToString([]byte(f.Name))},
	}, s3.WithPresignExpires(uploadLife))
	if err != nil {
		return up, false, d.Unable("upload", err)
	}
	up.Method, up.URL, up.Headers = signed.Method, signed.URL, map[string]string{}
	for name, values := range signed.SignedHeader {
		if name = http.CanonicalHeaderKey(name); name != "Host" {
			up.Headers[name] = strings.Join(values, ",")
		}
	}
	return up, false, nil
}

func noFiles(name, field string) *Problem {
	return coded(http.StatusUnprocessableEntity, "no_attachments", field, "an answer on the channel "+name+" carries no attachments")
}

// check tidies the name, and gives the sum's bytes.
func (f *file) check() (sum []byte, p *Problem) {
	f.Name, f.SHA256 = mail.FileName(f.Name), strings.ToLower(f.SHA256)
	want, ok := attachable[strings.ToLower(path.Ext(f.Name))]
	sum, err := hex.DecodeString(f.SHA256)
	refuse := func(field, why string) ([]byte, *Problem) {
		return nil, Refuse(http.StatusUnprocessableEntity, field, why)
	}
	switch {
	case f.Name == "":
		return refuse("name", "a file has a name")
	case !ok:
		return refuse("name", "an answer carries files whose names end in "+endings())
	case f.Type != want:
		return refuse("type", "by its name this file is "+want+": give this type, or another name")
	case f.Size < 1 || f.Size > maxAttachedBytes:
		return refuse("size", fmt.Sprintf("a file has 1 to %d bytes", maxAttachedBytes))
	case err != nil || len(sum) != 32:
		return refuse("sha256", "the SHA-256 of the file's bytes is 64 hexadecimal digits")
	}
	return sum, nil
}

// attached are the uploads that a reply names, as the store has them.
func (o *order) attached(ctx context.Context, rules channel.Rules, ids []string) (files []desk.File, p *Problem) {
	refuse := func(why string) ([]desk.File, *Problem) {
		return nil, Refuse(http.StatusUnprocessableEntity, "attachments", why)
	}
	switch {
	case len(ids) == 0:
		return nil, nil
	case rules.NoFiles:
		return nil, noFiles(o.conversation.Channel, "attachments")
	case len(ids) > maxAttached:
		return refuse(fmt.Sprintf("an answer carries %d files at most", maxAttached))
	}
	total := 0
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return refuse("the same upload is named twice")
		}
		f, err := o.uploadedAs(ctx, id)
		switch {
		case errors.Is(err, errNoUpload):
			return refuse("number " + strconv.Itoa(i+1) + " is no finished upload to this conversation: ask for its address again, and upload it")
		case errors.Is(err, errDisguised):
			return refuse("number " + strconv.Itoa(i+1) + ", " + strconv.Quote(f.Name) + ", does not begin as a file of its name does: it may be something else, and is not sent")
		case err != nil:
			return nil, o.Unable("attachment", err)
		}
		if total += f.Size; total > maxAttachedBytes {
			return refuse(fmt.Sprintf("the files have together more than %d bytes", maxAttachedBytes))
		}
		files = append(files, f)
	}
	return files, nil
}

// errDisguised is an upload whose bytes are not of the type that its name says.
var errDisguised = errors.New("not of its type")

// errNoUpload is an id under which the store has nothing, or not what it stands for.
var errNoUpload = errors.New("no such upload")

// uploadedAs looks an upload up. What the store has must make the very id again: so nothing but what was asked for and allowed is ever attached.
func (o *order) uploadedAs(ctx context.Context, id string) (desk.File, error) {
	ours := func(c rune) bool { return c >= 'a' && c <= 'z' || c >= '0' && c <= '9' }
	if id == "" || len(id) > 64 || strings.ContainsFunc(id, func(c rune) bool { return !ours(c) }) {
		return desk.File{}, errNoUpload
	}
	f, err := Uploaded(ctx, o.s3, o.bucket, o.uploads, id)
	if err != nil {
		return desk.File{}, err
	}
	nonce := ""
	if o.uploads != o.conversation.Ref { // of a letter
		nonce = id[:min(nonceLength, len(id))]
	}
	if o.uploadID(o.uploads, nonce, file{Name: f.Name, Type: f.Type, Size: int64(f.Size), SHA256: f.SHA256}) != id {
		return desk.File{}, errNoUpload
	}
	first, err := o.beginning(ctx, f.Key)
	if err == nil && !begins(f.Type, first) {
		err = errDisguised
	}
	return f, err
}

// Uploaded is an upload as the store has it.
func Uploaded(ctx context.Context, client *s3.Client, bucket string, r desk.Ref, id string) (desk.File, error) {
	key := uploadKey(r, id)
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	var missing *types.NotFound
	switch {
	case errors.As(err, &missing):
		return desk.File{}, errNoUpload
	case err != nil:
		return desk.File{}, fmt.Errorf("look an upload up: %w", err)
	}
	name, bad := base64.RawURLEncoding.DecodeString(head.Metadata[nameOf])
	sum, wrong := base64.StdEncoding.DecodeString(aws.ToString(head.ChecksumSHA256))
	if bad != nil || wrong != nil {
		return desk.File{}, errNoUpload
	}
	return desk.File{Name: string(name), Type: aws.ToString(head.ContentType), Size: int(aws.ToInt64(head.ContentLength)), SHA256: hex.EncodeToString(sum), Key: key}, nil
}

// beginning is the first bytes of an upload: the rest stays with the store until the answer leaves.
func (o *order) beginning(ctx context.Context, key string) ([]byte, error) {
	some := fmt.Sprintf("bytes=0-%d", sniffed-1)
	out, err := o.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &o.bucket, Key: &key, Range: &some})
	if err != nil {
		return nil, fmt.Errorf("look into an upload: %w", err)
	}
	defer out.Body.Close()
	first, err := io.ReadAll(io.LimitReader(out.Body, sniffed))
	if err != nil {
		return nil, fmt.Errorf("look into an upload: %w", err)
	}
	return first, nil
}

// uploaded gives a short-lived address of an answer's attachment. It is saved, never shown: nobody has looked at its bytes.
func (d *Desk) uploaded(ctx context.Context, m desk.Message, number string) (l Link, p *Problem) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(m.Files) || strconv.Itoa(n) != number {
		return l, coded(http.StatusNotFound, string(desk.NotFound), "", "this message has no such attachment")
	}
	kind, disposition := "application/octet-stream", "attachment; "+mail.FileNames(m.Files[n].Name)
	signed, err := s3.NewPresignClient(d.s3).PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &d.bucket, Key: &m.Files[n].Key, ResponseContentType: &kind, ResponseContentDisposition: &disposition,
	}, s3.WithPresignExpires(attachmentLife))
	if err != nil {
		return l, d.Unable("attachment", err)
	}
	return Link{URL: signed.URL, Until: d.Now().Add(attachmentLife).UTC()}, nil
}
