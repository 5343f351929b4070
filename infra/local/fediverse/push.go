package fediverse

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
)

// subscription is where a token's pushes go.
type subscription struct {
	endpoint     string
	public, auth []byte
	standard     bool
}

// push is one that will be sent.
type push struct {
	token string
	to    *subscription
	body  []byte
}

var encode = base64.RawURLEncoding.EncodeToString

func decode(s string) []byte {
	s = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(s, "="))
	b, _ := base64.RawURLEncoding.DecodeString(s)
	return b
}

func bearer(r *http.Request) string {
	return strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
}

func (s *Server) subscribe(_ *Account, r *http.Request) reply {
	sub := &subscription{
		endpoint: r.FormValue("subscription[endpoint]"), public: decode(r.FormValue("subscription[keys][p256dh]")),
		auth: decode(r.FormValue("subscription[keys][auth]")), standard: s.o.Dialect == GoToSocial || r.FormValue("subscription[standard]") == "true" && !s.o.Legacy,
	}
	if !strings.HasPrefix(sub.endpoint, "https://") || len(sub.public) != 65 || len(sub.auth) != 16 || r.FormValue("data[alerts][mention]") != "true" {
		return s.wrong("Endpoint must be https, keys must be keys")
	}
	s.subs[bearer(r)] = sub
	return s.subscribed(nil, r)
}

func (s *Server) subscribed(_ *Account, r *http.Request) reply {
	sub := s.subs[bearer(r)]
	if sub == nil {
		return s.missing()
	}
	return ok(object{"id": "328183", "endpoint": sub.endpoint, "standard": sub.standard, "alerts": object{"mention": true}, "server_key": encode(s.vapidKey())})
}

func (s *Server) unsubscribe(_ *Account, r *http.Request) reply {
	delete(s.subs, bearer(r))
	return ok(object{})
}

func (s *Server) vapidKey() []byte {
	b, err := s.key.PublicKey.Bytes()
	if err != nil {
		panic(err) // it is of our making
	}
	return b
}

// pushes are those that a notification is worth.
func (s *Server) pushes(n *notification) (all []push) {
	for token, sub := range s.subs {
		if s.tokens[token] != n.to {
			continue
		}
		var id any = n.id
		if s.o.Dialect == Mastodon {
			id = json.Number(n.id)
		}
		body, err := json.Marshal(object{
			"access_token": token, "preferred_locale": "en", "notification_id": id, "notification_type": n.kind, "icon": s.page(n.about.Author) + "/avatar.png",
			"title": "You were mentioned by " + n.about.Author.User, "body": n.about.Text,
		})
		if err == nil {
			all = append(all, push{token, sub, body})
		}
	}
	return all
}

// send posts pushes. Who is refused ends the subscription, as both servers do.
func (s *Server) send(all []push) {
	for _, p := range all {
		if s.o.Push == nil {
			return
		}
		r, err := s.Request(p.to, p.body)
		if err != nil {
			continue
		}
		if status := s.o.Push(r); status/100 == 4 && status != 408 && status != 413 && status != 429 {
			s.mu.Lock()
			delete(s.subs, p.token)
			s.mu.Unlock()
		}
	}
}

// Request is a push as the server posts it.
func (s *Server) Request(to *subscription, plain []byte) (*http.Request, error) {
	salt := make([]byte, 16)
	_, _ = rand.Read(salt)
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, err
	}
	theirs, err := ecdh.P256().NewPublicKey(to.public)
	if err != nil {
		return nil, err
	}
	secret, err := own.ECDH(theirs)
	if err != nil {
		return nil, err
	}
	token, err := s.jwt(to.endpoint)
	if err != nil {
		return nil, err
	}
	h := http.Header{"Ttl": {"172800"}, "Urgency": {"normal"}, "Content-Type": {"application/octet-stream"}}
	var body []byte
	if key := encode(s.vapidKey()); to.standard {
		body, err = seal(secret, to.auth, salt, "WebPush: info\x00"+string(to.public)+string(own.PublicKey().Bytes()), "aes128gcm\x00", "", append(plain, 2))
		head := binary.BigEndian.AppendUint32(append([]byte{}, salt...), 4096)
		body = append(append(append(head, 65), own.PublicKey().Bytes()...), body...)
		h.Set("Content-Encoding", "aes128gcm")
		h.Set("Authorization", "vapid t="+token+",k="+key)
	} else {
		context := "P-256\x00\x00\x41" + string(to.public) + "\x00\x41" + string(own.PublicKey().Bytes())
		body, err = seal(secret, to.auth, salt, "Content-Encoding: auth\x00", "aesgcm\x00"+context, context, append([]byte{0, 0}, plain...))
		h.Set("Content-Encoding", "aesgcm")
		h.Set("Encryption", "salt="+encode(salt))
		h.Set("Crypto-Key", "dh="+encode(own.PublicKey().Bytes())+";p256ecdsa="+key)
		h.Set("Authorization", "WebPush "+token)
	}
	if err != nil {
		return nil, err
	}
	r, err := http.NewRequest(http.MethodPost, to.endpoint, bytes.NewReader(body))
	if err == nil {
		r.Header = h
	}
	return r, err
}

func seal(secret, auth, salt []byte, info, kind, context string, plain []byte) ([]byte, error) {
	material, err := hkdf.Key(sha256.New, secret, auth, info, 32)
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
	return gcm.Seal(nil, nonce, plain, nil), nil
}

func (s *Server) jwt(endpoint string) (string, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(object{"aud": u.Scheme + "://" + u.Host, "exp": s.now().Add(s.o.Proof).Unix(), "sub": "mailto:admin@" + s.o.Domain})
	if err != nil {
		return "", err
	}
	signed := encode([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." + encode(claims)
	sum := sha256.Sum256([]byte(signed))
	x, y, err := ecdsa.Sign(rand.Reader, s.key, sum[:])
	if err != nil {
		return "", err
	}
	raw := make([]byte, 64)
	x.FillBytes(raw[:32])
	y.FillBytes(raw[32:])
	return signed + "." + encode(raw), nil
}
