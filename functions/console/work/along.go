package work

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"pronto/shared/desk"
	"pronto/shared/mail"
)

// What of a customer's attachments goes along when his words are forwarded. The rules are those of our own answers, for it leaves in our name: what is shown and nothing that runs,
// by the name and by the first bytes; eight files, 10 MB together. What was quarantined is held, stands in no conversation, and so never goes.

// Along tells whether an attachment of the customer's may be forwarded: by its name alone, its bytes are looked at when it goes.
func (a Attachment) Along() bool { return TypeOf(a.Name) != "" && a.Size <= maxAttachedBytes }

// along are the attachments that go with some messages: each is named as its message and its number there. They are laid where an agent's own uploads lie, and are such from then on:
// sent, kept, exported and forgotten by the same rules. The files of several mails lie in memory together, so all are read within one reading's bounds.
func (o *order) along(ctx context.Context, r *reading, messages []desk.Message, names []string) (files []desk.File, p *Problem) {
	refuse := func(why string) ([]desk.File, *Problem) {
		return nil, Refuse(http.StatusUnprocessableEntity, "attachments", why)
	}
	if len(names) > maxAttached {
		return refuse(fmt.Sprintf("an answer carries %d files at most", maxAttached))
	}
	total, raws := 0, map[string][]mail.File{}
	for i, name := range names {
		id, number, _ := strings.Cut(name, "/")
		at := slices.IndexFunc(messages, func(m desk.Message) bool { return m.ID == id })
		switch {
		case slices.Contains(names[:i], name):
			return refuse("the same attachment is named twice")
		case at < 0:
			return refuse("an attachment goes with its message: name it as message/number, of a message that is forwarded")
		}
		m := messages[at]
		if raws[id] == nil {
			if raws[id], p = o.filesOf(ctx, r, m); p != nil {
				return nil, p
			}
		}
		f, ok := numbered(m, raws[id], number)
		if !ok {
			return refuse("this message has no attachment " + strconv.Quote(mail.Cut(number, 20)))
		}
		if total += len(f.Content); total > maxAttachedBytes {
			return refuse(fmt.Sprintf("the files have together more than %d bytes", maxAttachedBytes))
		}
		one, p := o.layAlong(ctx, f)
		if p != nil {
			return nil, p
		}
		if !slices.ContainsFunc(files, func(x desk.File) bool { return x.Key == one.Key }) {
			files = append(files, one)
		}
	}
	return files, nil
}

// filesOf are a mail's attachments with their bytes.
func (o *order) filesOf(ctx context.Context, r *reading, m desk.Message) ([]mail.File, *Problem) {
	if !rawMail(m) {
		return nil, noMail()
	}
	unread := func() *Problem {
		return Refuse(http.StatusUnprocessableEntity, "attachments", "the attachments of one of these messages cannot be read any more: leave them out")
	}
	raw, done, err := r.whole(ctx, m.Raw)
	switch {
	case unmet(err):
		return nil, unread()
	case errors.Is(err, errLong):
		return nil, Refuse(http.StatusUnprocessableEntity, "attachments", fmt.Sprintf("the mails that these attachments are from have together more than %d MB: forward attachments of fewer mails at once", maxRaws>>20))
	case err != nil:
		return nil, o.Unable("letter", err)
	}
	defer done()
	files, err := mail.Files(raw, o.limits())
	if err != nil {
		return nil, unread()
	}
	return files, nil
}

// numbered is the attachment of a mail that had a number when it came, maybe by an older version: by its digest it is the same.
func numbered(m desk.Message, files []mail.File, number string) (f mail.File, ok bool) {
	n, err := strconv.Atoi(number)
	if err != nil || n < 0 || n >= len(files) || strconv.Itoa(n) != number {
		return f, false
	}
	f = files[n]
	if n < len(m.Files) {
		same := func(f mail.File) bool { return hex.EncodeToString(f.SHA256[:]) == m.Files[n].SHA256 }
		if i := slices.IndexFunc(files, same); i >= 0 && !same(f) {
			f = files[i]
		}
	}
	return f, true
}

// layAlong puts an attachment of the customer's where an upload of an agent's with its name and bytes would lie.
func (o *order) layAlong(ctx context.Context, f mail.File) (desk.File, *Problem) {
	x := file{Name: mail.FileName(f.Name), Type: TypeOf(f.Name), Size: int64(len(f.Content)), SHA256: hex.EncodeToString(f.SHA256[:])}
	if _, p := x.check(); p != nil {
		return desk.File{}, Refuse(http.StatusUnprocessableEntity, "attachments", strconv.Quote(x.Name)+" is not forwarded: what leaves has names that end in "+endings())
	}
	if !begins(x.Type, f.Content[:min(sniffed, len(f.Content))]) {
		return desk.File{}, Refuse(http.StatusUnprocessableEntity, "attachments", strconv.Quote(x.Name)+" does not begin as a file of its name does: it may be something else, and is not sent")
	}
	id := o.uploadID(o.conversation.Ref, "", x)
	key, checksum := uploadKey(o.conversation.Ref, id), base64.StdEncoding.EncodeToString(f.SHA256[:])
	_, err := o.s3.PutObject(ctx, &s3.PutObjectInput{
		Bucket: &o.bucket, Key: &key, Body: bytes.NewReader(f.Content), ContentType: &x.Type, ChecksumSHA256: &checksum,
		Metadata: map[string]string{nameOf: base64.RawURLEncoding.EncodeToString([]byte(x.Name))},
	})
	if err != nil {
		return desk.File{}, o.Unable("attachment", err)
	}
	return desk.File{Name: x.Name, Type: x.Type, Size: int(x.Size), SHA256: x.SHA256, Key: key}, nil
}
