package signing

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// ErrSealed says that a token was not sealed with any of the keys, or for another
// name.
var ErrSealed = errors.New("signing: sealed token does not open")

// A Box seals values so that clients can keep them and neither read nor change them:
// AES-256 in GCM (NIST SP 800-38D), under keys that HKDF makes of the secrets (RFC
// 5869). The nonces are random, so that a key is good for 2^32 tokens: rotate earlier.
//
// How long a value is can be seen of its token. A Box may be used by any number of
// goroutines.
type Box struct{ keys []cipher.AEAD } // newest first

// NewBox derives the keys, of the Keys and the Salt of c: the other fields are for
// signatures. It is an error to give no key, or an empty one.
func NewBox(c Config) (*Box, error) {
	if len(c.Keys) == 0 {
		return nil, errors.New("signing: there is no key to seal with")
	}
	if c.Salt == "" {
		c.Salt = "dewar"
	}
	b := &Box{}
	for i := len(c.Keys) - 1; i >= 0; i-- {
		if c.Keys[i] == "" {
			return nil, fmt.Errorf("signing: key %d is empty", i)
		}
		aead, err := newAEAD(c.Keys[i], c.Salt)
		if err != nil {
			return nil, fmt.Errorf("signing: key %d: %w", i, err)
		}
		b.keys = append(b.keys, aead)
	}
	return b, nil
}

func newAEAD(secret, salt string) (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), []byte(salt), "dewar sealed token, AES-256-GCM", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// stampSize is the time of sealing before the value: seconds since 1970.
const stampSize = 8

// Seal returns a token of value, in URL-safe base64, that opens under the same name
// alone. t is the time of sealing. value is borrowed until it returns.
func (b *Box) Seal(name string, value []byte, t time.Time) []byte {
	plain := make([]byte, stampSize, stampSize+len(value))
	binary.BigEndian.PutUint64(plain, uint64(max(t.Unix(), 0)))
	sealed := b.keys[0].Seal(nil, nil, append(plain, value...), []byte(name))
	return base64.RawURLEncoding.AppendEncode(nil, sealed)
}

// Open returns the value of a token, owned by the caller, or ErrSealed. At the time
// now it may be up to maxAge old, and no second younger than none, or it is
// ErrExpired; 0 means any age. token is borrowed until it returns.
func (b *Box) Open(name string, token []byte, now time.Time, maxAge time.Duration) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.AppendDecode(nil, token)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrSealed, err)
	}
	for _, k := range b.keys {
		plain, err := k.Open(nil, nil, sealed, []byte(name))
		if err != nil || len(plain) < stampSize {
			continue
		}
		signed := time.Unix(int64(binary.BigEndian.Uint64(plain)), 0)
		if err := checkAge(signed, now, maxAge); err != nil {
			return nil, err
		}
		return plain[stampSize:], nil
	}
	return nil, ErrSealed
}
