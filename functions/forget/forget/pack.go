package forget

import (
	"archive/zip"
	"context"
	"fmt"
	"io"
	"path"

	"pronto/shared/desk"
	"pronto/shared/setup"
)

// pack writes the rows and the files that they name.
func (h *Handler) pack(ctx context.Context, to io.Writer, c *Copy) error {
	z := zip.NewWriter(to)
	left := int64(maxCopied)
	add := func(key string) error {
		x := CopyFile{Key: key}
		raw, err := h.read(ctx, key)
		if err != nil {
			x.LeftOut = true // it was removed by its age
			c.Files = append(c.Files, x)
			return nil
		}
		x.Name, x.Size = key, int64(len(raw))
		if left -= x.Size; left < 0 {
			x.LeftOut, x.Name = true, ""
			c.Files = append(c.Files, x)
			return nil
		}
		if path.Dir(key)+"/" == setup.MailPrefix {
			x.Name += ".eml"
		}
		c.Files = append(c.Files, x)
		return packed(z, x.Name, raw)
	}
	for _, key := range c.keys() {
		if err := add(key); err != nil {
			return err
		}
	}
	data, err := encoded(c)
	if err == nil {
		err = packed(z, "data.json", data)
	}
	if err == nil {
		err = z.Close()
	}
	return err
}

func packed(z *zip.Writer, name string, data []byte) error {
	w, err := z.Create(name)
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil {
		return fmt.Errorf("make a copy: %w", err)
	}
	return nil
}

// keys are the objects that the rows name, each once.
func (c *Copy) keys() (all []string) {
	seen := map[string]bool{"": true}
	add := func(key string) {
		if !seen[key] {
			seen[key] = true
			all = append(all, key)
		}
	}
	for _, some := range [][]CopyConversation{c.Conversations, c.Participated} {
		for _, x := range some {
			for _, m := range x.Messages {
				add(m.Raw)
				for _, f := range m.Files {
					add(f.Key)
				}
			}
		}
	}
	for _, x := range c.Held {
		if x.Reason != desk.HoldQuarantined { // nobody is sent a virus
			add(x.Raw)
		}
	}
	return all
}
