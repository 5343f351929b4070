package mastodon

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"pronto/shared/channel/webhook"
)

// Subscription is what an account's Web Push is opened and proved with. It is made by Subscribe and kept with the account's token.
type Subscription struct {
	Endpoint  string `json:"endpoint"`   // where the server posts to: its origin is in each proof
	Private   string `json:"private"`    // our P-256 key, base64url
	Auth      string `json:"auth"`       // 16 bytes that only the server has beside us, base64url
	ServerKey string `json:"server_key"` // the server's key, with which it signs, base64url
}

// MaxPush caps what is posted in bytes: servers keep to 4,096 (RFC 8030).
const MaxPush = 16 << 10

// opener opens and proves an account's pushes.
type opener struct {
	private *ecdh.PrivateKey
	auth    []byte
	vapid   vapid
}

// opener is for pushes to the endpoint that was subscribed, and to the one to which the server is to push from now on: until it has heard of that it proves the former. "" is none.
func (s Subscription) opener(moved string) (*opener, error) {
	wrong := errors.New("the account's push keys make no sense")
	raw, err := base64url(s.Private)
	if err != nil {
		return nil, wrong
	}
	o := &opener{}
	if o.private, err = ecdh.P256().NewPrivateKey(raw); err != nil {
		return nil, wrong
	}
	if o.auth, err = base64url(s.Auth); err != nil || len(o.auth) != 16 {
		return nil, wrong
	}
	if o.vapid, err = newVAPID(s.ServerKey, s.Endpoint, moved); err != nil {
		return nil, wrong
	}
	return o, nil
}

// newSubscription makes keys for an endpoint; the server's key comes with its answer.
func newSubscription(endpoint string, random io.Reader) (s Subscription, err error) {
	auth := make([]byte, 16)
	if _, err := io.ReadFull(random, auth); err != nil {
		return s, fmt.Errorf("make keys: %w", err)
	}
	private, err := ecdh.P256().GenerateKey(random)
	if err != nil {
		return s, fmt.Errorf("make keys: %w", err)
	}
	enc := base64.RawURLEncoding.EncodeToString
	return Subscription{Endpoint: endpoint, Private: enc(private.Bytes()), Auth: enc(auth)}, nil
}

// public is our key as the server is told it.
func (s Subscription) public() (string, error) {
	raw, err := base64url(s.Private)
	if err != nil {
		return "", err
	}
	private, err := ecdh.P256().NewPrivateKey(raw)
	if err != nil {
		return "", err
	}
	return base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes()), nil
}

// at is the opener as network.Line.Push: it says whether a push is the server's, fresh, and for us. Its error is a *webhook.Refusal. What a push says is not read
// any further than to see that it is one: it holds the account's token, and a text that a stranger wrote.
func (o *opener) at(now func() time.Time) func(http.Header, []byte) error {
	return func(h http.Header, body []byte) error {
		if len(body) > MaxPush {
			return &webhook.Refusal{Reason: webhook.Malformed, Header: "Content-Length"}
		}
		if err := o.vapid.verify(h, now()); err != nil {
			return err
		}
		plain, err := o.open(h, body)
		if err != nil {
			return err
		}
		var said struct {
			ID text `json:"notification_id"`
		}
		if json.Unmarshal(plain, &said) != nil || !validID(string(said.ID)) {
			return &webhook.Refusal{Reason: webhook.Malformed, Header: "Content-Type"}
		}
		return nil
	}
}

// open decrypts a body. The header at fault is named; nobody but who has the keys learns more.
func (o *opener) open(h http.Header, body []byte) ([]byte, error) {
	var plain []byte
	var err error
	switch strings.ToLower(strings.TrimSpace(h.Get("Content-Encoding"))) {
	case "aes128gcm":
		plain, err = o.standard(body)
	case "aesgcm":
		plain, err = o.draft(h, body)
	case "":
		return nil, &webhook.Refusal{Reason: webhook.Missing, Header: "Content-Encoding"}
	default:
		return nil, &webhook.Refusal{Reason: webhook.Malformed, Header: "Content-Encoding"}
	}
	if err != nil {
		return nil, &webhook.Refusal{Reason: webhook.Wrong, Header: "Content-Encoding"}
	}
	return plain, nil
}

var errSealed = errors.New("it cannot be opened")

// standard opens RFC 8291: a header of salt, record size and the sender's key, then one record (RFC 8188), which ends in 2 and zeros.
func (o *opener) standard(body []byte) ([]byte, error) {
	const fixed = 16 + 4 + 1
	if len(body) < fixed || len(body) < fixed+int(body[20]) {
		return nil, errSealed
	}
	salt, size, key, record := body[:16], binary.BigEndian.Uint32(body[16:20]), body[fixed:fixed+int(body[20])], body[fixed+int(body[20]):]
	if uint64(len(record)) > uint64(size) {
		return nil, errSealed // a push is one record
	}
	secret, sender, err := o.agree(key)
	if err != nil {
		return nil, err
	}
	info := slices.Concat([]byte("WebPush: info\x00"), o.private.PublicKey().Bytes(), sender)
	plain, err := o.decrypt(secret, info, salt, "aes128gcm\x00", "", record)
	if err != nil {
		return nil, err
	}
	end := len(plain) - 1
	for end >= 0 && plain[end] == 0 {
		end--
	}
	if end < 0 || plain[end] != 2 {
		return nil, errSealed
	}
	return plain[:end], nil
}

// draft opens what came before the standard (draft-ietf-webpush-encryption-04), as Mastodon sends it unless it is asked for the standard, and could do nothing
// else before 4.4: salt and key are in headers, and the record begins with its padding.
func (o *opener) draft(h http.Header, body []byte) ([]byte, error) {
	salt, err := base64url(parameter(h.Get("Encryption"), "salt"))
	if err != nil || len(salt) != 16 {
		return nil, errSealed
	}
	key, err := base64url(parameter(h.Get("Crypto-Key"), "dh"))
	if err != nil {
		return nil, err
	}
	secret, sender, err := o.agree(key)
	if err != nil {
		return nil, err
	}
	own := o.private.PublicKey().Bytes()
	context := slices.Concat([]byte("P-256\x00"), length(own), own, length(sender), sender)
	plain, err := o.decrypt(secret, []byte("Content-Encoding: auth\x00"), salt, "aesgcm\x00"+string(context), string(context), body)
	if err != nil || len(plain) < 2 {
		return nil, errSealed
	}
	pad := int(binary.BigEndian.Uint16(plain))
	if plain = plain[2:]; pad > len(plain) || slices.ContainsFunc(plain[:pad], func(b byte) bool { return b != 0 }) {
		return nil, errSealed
	}
	return plain[pad:], nil
}

func length(b []byte) []byte { return binary.BigEndian.AppendUint16(nil, uint16(len(b))) }

// agree is the secret that we share with who has the other half of a key.
func (o *opener) agree(key []byte) (secret, sender []byte, err error) {
	other, err := ecdh.P256().NewPublicKey(key)
	if err != nil {
		return nil, nil, errSealed
	}
	secret, err = o.private.ECDH(other)
	return secret, other.Bytes(), err
}

// decrypt derives key and nonce from the shared secret, and opens a record. kind is what the key is for, and context what both are bound to.
func (o *opener) decrypt(secret, info, salt []byte, kind, context string, record []byte) ([]byte, error) {
	material, err := hkdf.Key(sha256.New, secret, o.auth, string(info), 32)
	if err != nil {
		return nil, err
	}
	key, err := hkdf.Key(sha256.New, material, salt, "Content-Encoding: "+kind, 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Key(sha256.New, material, salt, "Content-Encoding: nonce\x00"+context, 12)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	return gcm.Open(nil, nonce, record, nil)
}

// parameter finds a parameter in a header such as `dh="B…";p256ecdsa=B…`; parameters are parted by semicolons or commas.
func parameter(header, name string) string {
	for part := range strings.FieldsFuncSeq(header, func(r rune) bool { return r == ';' || r == ',' }) {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.Trim(strings.TrimSpace(v), `"`)
		}
	}
	return ""
}

// base64url reads base64 of either alphabet, with padding or without: servers differ.
func base64url(s string) ([]byte, error) {
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	if s == "" || len(s) > 1024 {
		return nil, errSealed
	}
	return base64.RawURLEncoding.DecodeString(s)
}
