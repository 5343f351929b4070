package webpush

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
)

// recordSize is what we say that a record may have: what every push service takes (RFC 8291, section 4).
const recordSize = 4096

// seal encrypts a payload for a browser: aes128gcm (RFC 8188) under a key that only the browser can derive (RFC 8291). Key and salt are new for each push. It is padded, so
// that its length tells nothing.
func seal(payload []byte, to Subscription) ([]byte, error) {
	if len(payload) > maxPayload {
		return nil, fmt.Errorf("push: a payload of %d bytes: %d is the most", len(payload), maxPayload)
	}
	own, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("push: make a key: %w", err)
	}
	salt := make([]byte, 16)
	_, _ = rand.Read(salt) // never fails
	return sealWith(payload, maxPayload-len(payload), to, own, salt)
}

// sealWith seals by a key of ours and a salt, with so many zeros behind the payload.
func sealWith(payload []byte, padding int, to Subscription, own *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	theirs, err := ecdh.P256().NewPublicKey(to.Public)
	if err != nil {
		return nil, errors.New("push: the browser's key is none")
	}
	secret, err := own.ECDH(theirs)
	if err != nil {
		return nil, errors.New("push: the browser's key is none")
	}
	ours := own.PublicKey().Bytes()
	material, err := hkdf.Key(sha256.New, secret, to.Auth, string(slices.Concat([]byte("WebPush: info\x00"), to.Public, ours)), 32)
	if err != nil {
		return nil, err
	}
	gcm, nonce, err := cipherOf(material, salt)
	if err != nil {
		return nil, err
	}
	record := slices.Concat(payload, []byte{2}, make([]byte, padding)) // 2: the last record, and there is no other
	if len(record)+gcm.Overhead() > recordSize {
		return nil, errors.New("push: the payload is too long")
	}
	head := binary.BigEndian.AppendUint32(slices.Clone(salt), recordSize)
	head = append(append(head, byte(len(ours))), ours...)
	return gcm.Seal(head, nonce, record, nil), nil
}

func cipherOf(material, salt []byte) (cipher.AEAD, []byte, error) {
	key, err := hkdf.Key(sha256.New, material, salt, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, nil, err
	}
	nonce, err := hkdf.Key(sha256.New, material, salt, "Content-Encoding: nonce\x00", 12)
	if err != nil {
		return nil, nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, nil, err
	}
	gcm, err := cipher.NewGCM(block)
	return gcm, nonce, err
}
