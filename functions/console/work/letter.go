package work

import (
	"bytes"
	"context"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"

	"pronto/shared/desk"
	"pronto/shared/mail"
	"pronto/shared/mail/show"
	"pronto/shared/policy"
	"pronto/shared/setup"
)

// Letter gives a mail's HTML for a frame, made harmless (package show), and its language. The mail's own pictures are in it; those from elsewhere only if asked for.
func (d *Desk) Letter(ctx context.Context, by *policy.Agent, conversation, message string, fetch bool) (shown show.Shown, language string, p *Problem) {
	_, raw, p := d.readMail(ctx, by, conversation, message)
	if p != nil {
		return shown, "", p
	}
	m, err := mail.Parse(raw, d.limits())
	if err != nil || m.HTML == "" {
		return shown, "", coded(http.StatusNotFound, "no_html", "", "this message has no other form than its text")
	}
	own := show.Pictures{Part: d.ownPictures(raw)}
	shown = show.HTML(m.HTML, own)
	if fetch && len(shown.Remote) > 0 {
		found := d.pictures.all(ctx, shown.Remote)
		own.Part = d.ownPictures(raw)
		own.Remote = func(address string) (string, bool) { data, ok := found[address]; return data, ok }
		shown = show.HTML(m.HTML, own)
	}
	return shown, m.Language, nil
}

// Asides are what a mail has beside what agents read first.
type Asides struct {
	Items []mail.Part `json:"items"`
	Cut   bool        `json:"cut,omitempty"` // there is more
}

// Aside gives of a mail what it quotes and its signature, read from the mail as it came.
func (d *Desk) Aside(ctx context.Context, by *policy.Agent, conversation, message string) (a Asides, p *Problem) {
	_, raw, p := d.readMail(ctx, by, conversation, message)
	if p != nil {
		return a, p
	}
	a.Items = []mail.Part{}
	m, err := mail.Parse(raw, d.limits())
	if err != nil {
		return a, coded(http.StatusNotFound, "no_aside", "", "this message quotes nothing")
	}
	left := maxText
	for _, part := range m.Aside {
		short := strings.Clone(mail.Cut(part.Text, left))
		a.Cut = a.Cut || len(short) < len(part.Text)
		if part.Text = short; short != "" {
			a.Items = append(a.Items, part)
		}
		left -= len(short)
	}
	return a, nil
}

// ownPictures finds a mail's own pictures, as many as an answer can carry.
func (d *Desk) ownPictures(raw []byte) func(string) (string, bool) {
	var files []mail.File
	read, left := false, maxAllInOne
	return func(id string) (string, bool) {
		if !read {
			files, _ = mail.Files(raw, d.limits()) // what was parsed a moment ago
			read = true
		}
		for _, f := range files {
			if f.ContentID != id || len(f.Content) > maxPicture {
				continue
			}
			if data, ok := picture(f.Content); ok && len(data) <= left {
				left -= len(data)
				return data, true
			}
		}
		return "", false
	}
}

// waits is how long an agent, or a page, waits for a mail to be read: what takes longer was held when it came.
const waits = 5 * time.Second

// limits are those within which one mail is read now.
func (d *Desk) limits() mail.Limits { return mail.DefaultLimits.Within(waits, d.Now) }

// Link is where something can be had for a while.
type Link struct {
	URL   string    `json:"url"`
	Until time.Time `json:"until"`
}

// attachmentLife is how long the address of an attachment is good: for one click.
const attachmentLife = time.Minute

// Attachment gives a short-lived address of an attachment, by its number in the mail. It lies apart from the mail once somebody has asked for it, under a key of
// its message, so that it comes from the store's own host and not from the console's. Only raster images may be shown by the browser; all else is saved.
func (d *Desk) Attachment(ctx context.Context, by *policy.Agent, conversation, message, number string) (l Link, p *Problem) {
	m, p := d.messageOf(ctx, by, conversation, message)
	if p != nil {
		return l, p
	}
	if m.Direction == "out" {
		return d.uploaded(ctx, m, number)
	}
	raw, p := d.rawOf(ctx, m)
	if p != nil {
		return l, p
	}
	files, err := mail.Files(raw, d.limits())
	f, ok := numbered(m, files, number)
	if err != nil || !ok {
		return l, coded(http.StatusNotFound, string(desk.NotFound), "", "this message has no such attachment")
	}
	kind, how := "application/octet-stream", "attachment"
	if sniffed := http.DetectContentType(f.Content); raster[sniffed] {
		kind, how = sniffed, "inline"
	}
	name := f.Name
	if name == "" {
		name = "attachment-" + number
	}
	key := setup.FilesPrefix + m.ID + "/" + number
	if err := d.lay(ctx, key, kind, f); err != nil {
		return l, d.Unable("attachment", err)
	}
	disposition := how + "; " + mail.FileNames(name)
	signed, err := s3.NewPresignClient(d.s3).PresignGetObject(ctx, &s3.GetObjectInput{
		Bucket: &d.bucket, Key: &key, ResponseContentType: &kind, ResponseContentDisposition: &disposition,
	}, s3.WithPresignExpires(attachmentLife))
	if err != nil {
		return l, d.Unable("attachment", err)
	}
	return Link{URL: signed.URL, Until: d.Now().Add(attachmentLife).UTC()}, nil
}

// lay puts a file where it can be had, unless it lies there already: the bucket would keep a version for every click.
func (d *Desk) lay(ctx context.Context, key, kind string, f mail.File) error {
	checksum := base64.StdEncoding.EncodeToString(f.SHA256[:])
	head, err := d.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &d.bucket, Key: &key, ChecksumMode: types.ChecksumModeEnabled})
	if err == nil && aws.ToString(head.ChecksumSHA256) == checksum && aws.ToString(head.ContentType) == kind {
		return nil
	}
	_, err = d.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &d.bucket, Key: &key, Body: bytes.NewReader(f.Content), ContentType: &kind, ChecksumSHA256: &checksum})
	return err
}

// readMail reads a mail of a conversation that the agent may see.
func (d *Desk) readMail(ctx context.Context, by *policy.Agent, conversation, message string) (m desk.Message, raw []byte, p *Problem) {
	if m, p = d.messageOf(ctx, by, conversation, message); p == nil {
		raw, p = d.rawOf(ctx, m)
	}
	return m, raw, p
}

// messageOf is a message of a conversation that the agent may see.
func (d *Desk) messageOf(ctx context.Context, by *policy.Agent, conversation, message string) (desk.Message, *Problem) {
	c, p := d.find(ctx, by, SeeConversation, conversation)
	if p != nil {
		return desk.Message{}, p
	}
	m, err := d.store.Message(ctx, c.Ref, func(m desk.Message) bool { return m.ID == message })
	switch {
	case err != nil:
		return desk.Message{}, d.Unable("letter", err)
	case m == nil || m.Withdrawn != nil:
		return desk.Message{}, noMail()
	}
	return *m, nil
}

// rawMail tells whether a message came as a mail, and lies there raw.
func rawMail(m desk.Message) bool {
	return m.Direction == "in" && strings.HasPrefix(m.Raw, setup.MailPrefix)
}

func (d *Desk) rawOf(ctx context.Context, m desk.Message) ([]byte, *Problem) {
	if !rawMail(m) {
		return nil, noMail()
	}
	raw, err := d.raw(ctx, m.Raw)
	if err != nil {
		return nil, d.Unable("letter", err)
	}
	return raw, nil
}

func noMail() *Problem {
	return coded(http.StatusNotFound, string(desk.NotFound), "", "this conversation has no such mail")
}
