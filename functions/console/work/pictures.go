package work

import (
	"context"
	"encoding/base64"
	"errors"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"pronto/shared/channel/webhook"
)

// Bounds of the pictures that one mail is shown with. An answer of the function has 6 MB, in which pictures stand as base64.
const (
	maxPictures   = 20
	maxPicture    = 1 << 20
	maxAllInOne   = 3 << 20
	pictureTime   = 3 * time.Second
	allPictures   = 6 * time.Second // of the function's ten
	pictureHands  = 6
	pictureHops   = 3
	pictureClient = "Pronto-Pictures/1"
)

// pictures fetches what mails show from elsewhere, when an agent asks. It has no cookie, password or Referer to give away, goes by no proxy, and connects to
// public addresses alone: the guard looks at the address itself, at the last moment, also after a redirect.
type pictures struct{ client *http.Client }

func newPictures(control func(network, address string, _ syscall.RawConn) error) pictures {
	d := &net.Dialer{Timeout: pictureTime, Control: control}
	return pictures{&http.Client{
		Timeout: pictureTime,
		Transport: &http.Transport{
			Proxy: nil, DialContext: d.DialContext, DisableKeepAlives: true, TLSHandshakeTimeout: pictureTime, ResponseHeaderTimeout: pictureTime,
			MaxResponseHeaderBytes: 32 << 10,
		},
		CheckRedirect: func(r *http.Request, via []*http.Request) error {
			r.Header.Del("Referer")
			if len(via) > pictureHops || r.URL.User != nil {
				return errors.New("too many hops")
			}
			return nil
		},
	}}
}

// publicWeb is the guard of what is fetched.
var publicWeb = webhook.Guard(80, 443)

// all fetches pictures by their addresses, and leaves out what cannot be had.
func (p pictures) all(ctx context.Context, addresses []string) map[string]string {
	ctx, cancel := context.WithTimeout(ctx, allPictures)
	defer cancel()
	addresses = addresses[:min(len(addresses), maxPictures)]
	found := make([][]byte, len(addresses))
	free := make(chan struct{}, pictureHands)
	var wg sync.WaitGroup
	for i, a := range addresses {
		wg.Go(func() {
			free <- struct{}{}
			defer func() { <-free }()
			found[i] = p.one(ctx, a)
		})
	}
	wg.Wait()
	shown, left := map[string]string{}, maxAllInOne
	for i, b := range found {
		if data, ok := picture(b); ok && len(data) <= left {
			shown[addresses[i]] = data
			left -= len(data)
		}
	}
	return shown
}

func (p pictures) one(ctx context.Context, address string) []byte {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil || r.URL.User != nil {
		return nil
	}
	r.Header.Set("User-Agent", pictureClient)
	r.Header.Set("Accept", "image/png, image/jpeg, image/gif, image/webp")
	resp, err := p.client.Do(r)
	if err != nil {
		return nil
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil
	}
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxPicture+1))
	if err != nil || len(b) > maxPicture {
		return nil
	}
	return b
}

// raster are the pictures that may be shown, by what they are and not by what they are called: a browser runs nothing in them.
var raster = map[string]bool{"image/png": true, "image/jpeg": true, "image/gif": true, "image/webp": true}

// picture is a raster image as a data: address.
func picture(b []byte) (string, bool) {
	kind := http.DetectContentType(b)
	if len(b) == 0 || !raster[kind] {
		return "", false
	}
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(b), true
}
