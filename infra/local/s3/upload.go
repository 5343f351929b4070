package s3

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"net/textproto"
	"strconv"
	"strings"
	"sync"

	"pronto/infra/local/wire"
)

var nvme = sync.OnceValue(func() *crc64.Table { return crc64.MakeTable(0x9a6c9329ac4bc9b5) })

// digest is the hash behind a checksum header's last part.
func digest(algorithm string) hash.Hash {
	switch algorithm {
	case "crc32":
		return crc32.NewIEEE()
	case "crc32c":
		return crc32.New(crc32.MakeTable(crc32.Castagnoli))
	case "crc64nvme":
		return crc64.New(nvme())
	case "sha1":
		return sha1.New()
	case "sha256":
		return sha256.New()
	}
	return nil
}

// unwrap reads an upload, takes aws-chunked framing off, checks every checksum that came with it (in a header or a trailer), and leaves gofakes3 a plain body.
func unwrap(w http.ResponseWriter, r *http.Request) error {
	body, err := wire.Body(r, MaxObject+1<<20)
	if err != nil {
		return err
	}
	if strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		if body, err = chunks(body, r.Header); err != nil {
			return err
		}
	} else if err := checkPayload(r.Header.Get("X-Amz-Content-Sha256"), body); err != nil {
		return err
	}
	if len(body) > MaxObject {
		return &wire.Error{Status: http.StatusBadRequest, Code: "EntityTooLarge", Message: fmt.Sprintf("the object is larger than %d bytes", MaxObject)}
	}
	for name, values := range r.Header {
		algorithm, ok := strings.CutPrefix(strings.ToLower(name), "x-amz-checksum-")
		if !ok || algorithm == "mode" || algorithm == "type" {
			continue
		}
		if err := checkSum(algorithm, values[0], body); err != nil {
			return err
		}
		w.Header().Set(name, values[0])
	}
	for _, name := range signing {
		r.Header.Del(name) // gofakes3 would keep them as metadata
	}
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	return nil
}

func checkPayload(want string, body []byte) error {
	if want == "" || want == "UNSIGNED-PAYLOAD" {
		return nil
	}
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != want {
		return wire.Refuse("XAmzContentSHA256Mismatch", "the body's SHA-256 is not what x-amz-content-sha256 says")
	}
	return nil
}

func checkSum(algorithm, want string, body []byte) error {
	h := digest(algorithm)
	if h == nil {
		return wire.Unsupported("checksum algorithm " + algorithm)
	}
	h.Write(body)
	if base64.StdEncoding.EncodeToString(h.Sum(nil)) != want {
		return wire.Refuse("BadDigest", "the %s of the body is not what was sent with it", algorithm)
	}
	return nil
}

// chunks decodes aws-chunked (with or without signatures): <hex size>[;chunk-signature=…]\r\n<data>\r\n … 0\r\n[trailers]\r\n.
// Trailers that are checksums are put among the headers.
func chunks(framed []byte, header http.Header) ([]byte, error) {
	in := bufio.NewReader(bytes.NewReader(framed))
	var out []byte
	for {
		size, err := chunkSize(in)
		if err != nil {
			return nil, err
		}
		if size == 0 {
			break
		}
		if size > int64(len(framed)) {
			return nil, malformed("a chunk is longer than the request")
		}
		start := len(out)
		out = append(out, make([]byte, size+2)...)
		if _, err := io.ReadFull(in, out[start:]); err != nil || string(out[start+int(size):]) != "\r\n" {
			return nil, malformed("a chunk is cut short")
		}
		out = out[:start+int(size)]
	}
	if err := trailers(in, header); err != nil {
		return nil, err
	}
	if want := header.Get("X-Amz-Decoded-Content-Length"); want != strconv.Itoa(len(out)) {
		return nil, malformed("x-amz-decoded-content-length is " + want + ", the chunks have " + strconv.Itoa(len(out)))
	}
	takeEncoding(header)
	return out, nil
}

func chunkSize(in *bufio.Reader) (int64, error) {
	line, err := in.ReadString('\n')
	if err != nil {
		return 0, malformed("a chunk's size is missing")
	}
	text, _, _ := strings.Cut(strings.TrimRight(line, "\r\n"), ";")
	size, err := strconv.ParseInt(text, 16, 32)
	if err != nil || size < 0 {
		return 0, malformed("a chunk's size is " + strconv.Quote(text))
	}
	return size, nil
}

func trailers(in *bufio.Reader, header http.Header) error {
	got, err := textproto.NewReader(in).ReadMIMEHeader()
	if err != nil && err != io.EOF {
		return malformed("the trailer cannot be read")
	}
	for name, values := range got {
		if strings.HasPrefix(name, "X-Amz-Checksum-") {
			header.Set(name, values[0])
		}
	}
	for name := range strings.SplitSeq(header.Get("X-Amz-Trailer"), ",") {
		if name = strings.TrimSpace(name); name != "" && header.Get(name) == "" {
			return malformed("the announced trailer " + name + " is missing")
		}
	}
	return nil
}

// takeEncoding removes aws-chunked, which is of the transport, from the object's content encoding.
func takeEncoding(header http.Header) {
	var rest []string
	for e := range strings.SplitSeq(header.Get("Content-Encoding"), ",") {
		if e = strings.TrimSpace(e); e != "" && e != "aws-chunked" {
			rest = append(rest, e)
		}
	}
	header.Del("Content-Encoding")
	if len(rest) > 0 {
		header.Set("Content-Encoding", strings.Join(rest, ","))
	}
}

func malformed(why string) error { return wire.Refuse("MalformedTrailerError", "%s", why) }
