// Package pushservice is a push service for tests: it takes what RFC 8030 says is a push, only with the proof of RFC 8292, and its browsers open what RFC 8291 seals.
// It shares no code with the sender.
package pushservice

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Pushed is a push that the service took.
type Pushed struct {
	Plain          string // as the browser reads it
	Sealed         int    // length of the body
	Topic, Urgency string
	TTL            time.Duration
	Contact        string // the sender, as he says
}

// Browser is one that has subscribed.
type Browser struct {
	Endpoint, Public, Auth string // as PushSubscription.toJSON has them

	path    string
	private *ecdh.PrivateKey
	auth    []byte
	key     []byte // the sender's, under which it subscribed
}

// Service is the push service. Answer says what it answers to a browser's pushes instead of 201, with Retry-After; nil or 0: it takes them.
type Service struct {
	*httptest.Server
	now func() time.Time

	mu       sync.Mutex
	browsers []*Browser
	took     map[string][]Pushed // by endpoint
	answers  map[string]answer   // by endpoint
	asked    map[string]int
	wrong    []string
}

type answer struct {
	status int
	after  string
}

// New starts a service.
func New(now func() time.Time) *Service {
	s := &Service{now: now, took: map[string][]Pushed{}, answers: map[string]answer{}, asked: map[string]int{}}
	s.Server = httptest.NewServer(http.HandlerFunc(s.serve))
	return s
}

// Host is its host:port.
func (s *Service) Host() string { return strings.TrimPrefix(s.URL, "http://") }

// Subscribe is a browser's subscription under a sender's public key (base64url).
func (s *Service) Subscribe(serverKey string) *Browser {
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		panic(err)
	}
	key, err := base64.RawURLEncoding.DecodeString(serverKey)
	if err != nil || len(key) != 65 {
		panic("the sender's key is none")
	}
	auth := make([]byte, 16)
	_, _ = rand.Read(auth)
	enc := base64.RawURLEncoding.EncodeToString
	b := &Browser{Public: enc(private.PublicKey().Bytes()), Auth: enc(auth), path: "/push/" + rand.Text(), private: private, auth: auth, key: key}
	b.Endpoint = s.URL + b.path
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browsers = append(s.browsers, b)
	return b
}

// Answers makes the service answer so to a browser's pushes from now on; 0 takes them again.
func (s *Service) Answers(b *Browser, status int, retryAfter string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answers[b.Endpoint] = answer{status, retryAfter}
}

// Took is what it took for a browser.
func (s *Service) Took(b *Browser) []Pushed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Pushed(nil), s.took[b.Endpoint]...)
}

// Asked is how often it was asked for a browser, whatever it answered.
func (s *Service) Asked(b *Browser) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[b.Endpoint]
}

// Wrong are the requests that break a standard, in words.
func (s *Service) Wrong() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.wrong...)
}

func (s *Service) serve(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b *Browser
	for _, x := range s.browsers {
		if x.path == r.URL.Path {
			b = x
		}
	}
	if b == nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	s.asked[b.Endpoint]++
	p, status, err := s.read(b, r)
	if err != nil {
		s.wrong = append(s.wrong, err.Error())
		w.WriteHeader(status)
		return
	}
	if a := s.answers[b.Endpoint]; a.status != 0 {
		if a.after != "" {
			w.Header().Set("Retry-After", a.after)
		}
		w.WriteHeader(a.status)
		return
	}
	s.took[b.Endpoint] = append(s.took[b.Endpoint], p)
	w.Header().Set("Location", s.URL+"/message/"+rand.Text())
	w.WriteHeader(http.StatusCreated)
}

func (s *Service) read(b *Browser, r *http.Request) (p Pushed, status int, err error) {
	if p.Contact, err = s.proved(b, r.Header.Get("Authorization")); err != nil {
		return p, http.StatusForbidden, err
	}
	ttl, err := strconv.Atoi(r.Header.Get("TTL"))
	p.Topic, p.Urgency, p.TTL = r.Header.Get("Topic"), r.Header.Get("Urgency"), time.Duration(ttl)*time.Second
	switch {
	case r.Method != http.MethodPost:
		return p, http.StatusMethodNotAllowed, errors.New("a push is a POST")
	case err != nil || ttl < 0:
		return p, http.StatusBadRequest, errors.New("a push has a TTL")
	case len(p.Topic) > 32 || strings.Trim(p.Topic, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		return p, http.StatusBadRequest, errors.New("a topic is of 32 characters of base64url")
	case r.Header.Get("Content-Encoding") != "aes128gcm":
		return p, http.StatusUnsupportedMediaType, errors.New("a push is sealed by aes128gcm")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, 4097))
	if err != nil || len(body) > 4096 {
		return p, http.StatusRequestEntityTooLarge, errors.New("a push has 4,096 bytes at most")
	}
	p.Sealed = len(body)
	plain, err := b.Open(body)
	p.Plain = string(plain)
	return p, http.StatusBadRequest, err
}

// proved verifies the sender's token, and returns his contact.
func (s *Service) proved(b *Browser, header string) (string, error) {
	rest, ok := strings.CutPrefix(header, "vapid ")
	if !ok {
		return "", errors.New("no proof")
	}
	var token, key string
	for _, part := range strings.Split(rest, ",") {
		k, v, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch k {
		case "t":
			token = v
		case "k":
			key = v
		}
	}
	raw, err := base64.RawURLEncoding.DecodeString(key)
	if err != nil || string(raw) != string(b.key) {
		return "", errors.New("another sender's key than the one that the browser subscribed under")
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), raw)
	if err != nil {
		return "", err
	}
	part := strings.Split(token, ".")
	if len(part) != 3 {
		return "", errors.New("no token")
	}
	signature, err := base64.RawURLEncoding.DecodeString(part[2])
	if err != nil || len(signature) != 64 {
		return "", errors.New("no signature of ES256")
	}
	sum := sha256.Sum256([]byte(part[0] + "." + part[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return "", errors.New("the signature is wrong")
	}
	var head struct{ Alg, Typ string }
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := errors.Join(decoded(part[0], &head), decoded(part[1], &claims)); err != nil {
		return "", err
	}
	left := time.Unix(claims.Exp, 0).Sub(s.now())
	switch {
	case head.Alg != "ES256" || head.Typ != "JWT":
		return "", fmt.Errorf("a token of %s", head.Alg)
	case claims.Aud != s.URL:
		return "", fmt.Errorf("a token for %s", claims.Aud)
	case left <= 0 || left > 24*time.Hour:
		return "", fmt.Errorf("a token that is good for %v", left)
	case !strings.HasPrefix(claims.Sub, "https:") && !strings.HasPrefix(claims.Sub, "mailto:") && !strings.HasPrefix(claims.Sub, "http://127.0.0.1"):
		return "", errors.New("a token of nobody who can be asked")
	}
	return claims.Sub, nil
}

func decoded(part string, into any) error {
	raw, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(raw, into)
}

// Open reads what was sealed for the browser.
func (b *Browser) Open(body []byte) ([]byte, error) {
	wrong := errors.New("it cannot be opened")
	if len(body) < 86 || body[20] != 65 {
		return nil, wrong
	}
	salt, size, sender, record := body[:16], binary.BigEndian.Uint32(body[16:20]), body[21:86], body[86:]
	if int64(len(record)) > int64(size) {
		return nil, wrong
	}
	theirs, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		return nil, wrong
	}
	secret, err := b.private.ECDH(theirs)
	if err != nil {
		return nil, wrong
	}
	derive := func(secret, salt []byte, info string, n int) []byte {
		key, err := hkdf.Key(sha256.New, secret, salt, info, n)
		if err != nil {
			panic(err)
		}
		return key
	}
	material := derive(secret, b.auth, "WebPush: info\x00"+string(b.private.PublicKey().Bytes())+string(sender), 32)
	block, err := aes.NewCipher(derive(material, salt, "Content-Encoding: aes128gcm\x00", 16))
	if err != nil {
		return nil, wrong
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		return nil, wrong
	}
	plain, err := gcm.Open(nil, derive(material, salt, "Content-Encoding: nonce\x00", 12), record, nil)
	if err != nil {
		return nil, wrong
	}
	plain = []byte(strings.TrimRight(string(plain), "\x00"))
	if len(plain) == 0 || plain[len(plain)-1] != 2 {
		return nil, wrong
	}
	return plain[:len(plain)-1], nil
}
