// Package signing signs values so that clients can keep them and not change them:
// itsdangerous in Go, with the same tokens.
//
// A token is the value, a separator and the signature, an HMAC in URL-safe base64
// without padding. A timed token has the time of signing between the two. Nothing
// is encrypted: whoever has a token can read the value. What nobody is to read goes
// into a Box.
//
// Keys can be rotated: the newest one signs, all of them verify. A Signer may be
// used by any number of goroutines.
package signing

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"sync"
	"time"

	"github.com/dewar-go/dewar/internal/poison"
)

// Errors of tokens, for errors.Is.
var (
	// ErrSignature says that a token was not signed with any of the keys.
	ErrSignature = errors.New("signing: signature does not match")
	// ErrTimestamp says that a token that is rightly signed has no valid time.
	ErrTimestamp = errors.New("signing: timestamp is malformed")
	// ErrExpired says that a token is older than allowed, or from the future.
	ErrExpired = errors.New("signing: token has expired")
)

// A Derivation makes the key of an HMAC from a secret and a salt, so that tokens
// for one purpose are worth nothing for another.
type Derivation uint8

// The derivations of itsdangerous. D is the digest.
const (
	HMAC         Derivation = iota // HMAC(secret, salt)
	DjangoConcat                   // D(salt + "signer" + secret)
	Concat                         // D(salt + secret)
	None                           // the secret itself
)

// Config says how a Signer signs. Only Keys is needed.
type Config struct {
	Keys       []string         // secrets, oldest first: the last one signs, all verify
	Salt       string           // names the purpose; "" means "dewar"
	Derivation Derivation       // HMAC by default
	Digest     func() hash.Hash // nil means sha256.New
	Separator  byte             // 0 means '.'; no character of URL-safe base64
}

// A Signer signs and verifies.
type Signer struct {
	separator byte
	keys      []*key // newest first
	size      int    // of an encoded signature
}

// A key is a derived key with HMACs that are ready to be used.
type key struct{ macs sync.Pool } // of *mac

// A mac is an HMAC with the memory for its sum, which would escape to the heap.
type mac struct {
	hash.Hash
	raw [sha512.Size]byte
}

// New derives the keys. It is an error to give none, an empty one, or a separator
// that base64 uses.
func New(c Config) (*Signer, error) {
	if c.Digest == nil {
		c.Digest = sha256.New
	}
	if c.Salt == "" {
		c.Salt = "dewar"
	}
	if c.Separator == 0 {
		c.Separator = '.'
	}
	if bytes.IndexByte([]byte(alphabet), c.Separator) >= 0 {
		return nil, fmt.Errorf("signing: separator %q is a character of base64", c.Separator)
	}
	if len(c.Keys) == 0 {
		return nil, errors.New("signing: there is no key to sign with")
	}
	s := &Signer{separator: c.Separator, size: base64.RawURLEncoding.EncodedLen(c.Digest().Size())}
	for i := len(c.Keys) - 1; i >= 0; i-- {
		if c.Keys[i] == "" {
			return nil, fmt.Errorf("signing: key %d is empty", i)
		}
		derived := c.derive(c.Keys[i])
		s.keys = append(s.keys, &key{sync.Pool{New: func() any { return &mac{Hash: hmac.New(c.Digest, derived)} }}})
	}
	return s, nil
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_="

// derive makes the HMAC's key of a secret.
func (c *Config) derive(secret string) []byte {
	h := c.Digest()
	switch c.Derivation {
	case None:
		return []byte(secret)
	case HMAC:
		h = hmac.New(c.Digest, []byte(secret))
		h.Write([]byte(c.Salt))
	case DjangoConcat:
		h.Write([]byte(c.Salt + "signer" + secret))
	case Concat:
		h.Write([]byte(c.Salt + secret))
	}
	return h.Sum(nil)
}

// sum appends the signature of value to dst, encoded.
func (k *key) sum(dst, value []byte) []byte {
	m := k.macs.Get().(*mac)
	m.Reset()
	m.Write(value)
	dst = base64.RawURLEncoding.AppendEncode(dst, m.Sum(m.raw[:0]))
	poison.Bytes(m.raw[:])
	k.macs.Put(m)
	return dst
}

// Sign returns the token of value. value is borrowed until it returns.
func (s *Signer) Sign(value []byte) []byte {
	token := make([]byte, 0, len(value)+1+s.size)
	return s.seal(append(token, value...))
}

// seal appends separator and signature to the whole of token.
func (s *Signer) seal(token []byte) []byte {
	n := len(token)
	return s.keys[0].sum(append(token, s.separator), token[:n])
}

// Verify returns the value of a token, as a part of it, or ErrSignature.
func (s *Signer) Verify(token []byte) ([]byte, error) {
	at := bytes.LastIndexByte(token, s.separator)
	if at < 0 {
		return nil, fmt.Errorf("%w: it has no %q", ErrSignature, s.separator)
	}
	value, signature := token[:at], token[at+1:]
	var buf [96]byte
	for _, k := range s.keys {
		if hmac.Equal(k.sum(buf[:0], value), signature) {
			return value, nil
		}
	}
	return nil, ErrSignature
}

// SignAt returns a timed token of value.
func (s *Signer) SignAt(value []byte, t time.Time) []byte {
	token := make([]byte, 0, len(value)+1+11+1+s.size)
	token = append(append(token, value...), s.separator)
	return s.seal(base64.RawURLEncoding.AppendEncode(token, secondsOf(t)))
}

// VerifyAt returns the value of a timed token, as a part of it, and when it was
// signed. At the time now it may be up to maxAge old, and no second younger than
// none; 0 means any age.
func (s *Signer) VerifyAt(token []byte, now time.Time, maxAge time.Duration) (value []byte, signed time.Time, err error) {
	token, err = s.Verify(token)
	if err != nil {
		return nil, signed, err
	}
	at := bytes.LastIndexByte(token, s.separator)
	if at < 0 {
		return nil, signed, fmt.Errorf("%w: there is none", ErrTimestamp)
	}
	signed, err = timeOf(token[at+1:])
	if err != nil {
		return nil, signed, err
	}
	if err := checkAge(signed, now, maxAge); err != nil {
		return nil, signed, err
	}
	return token[:at], signed, nil
}

func checkAge(signed, now time.Time, maxAge time.Duration) error {
	age := now.Unix() - signed.Unix()
	if maxAge > 0 && (age < 0 || age > int64(maxAge/time.Second)) {
		return fmt.Errorf("%w: it is %d s old, %v are allowed", ErrExpired, age, maxAge)
	}
	return nil
}

// secondsOf is the Unix time in as few bytes as it takes, big end first; none for
// 1970.
func secondsOf(t time.Time) []byte {
	var b []byte
	for n := max(t.Unix(), 0); n > 0; n >>= 8 {
		b = append(b, byte(n))
	}
	for i, j := 0, len(b)-1; i < j; i, j = i+1, j-1 {
		b[i], b[j] = b[j], b[i]
	}
	return b
}

func timeOf(text []byte) (time.Time, error) {
	b, err := base64.RawURLEncoding.AppendDecode(nil, text)
	if err != nil || len(b) > 6 { // 2^48 s: beyond any calendar
		return time.Time{}, fmt.Errorf("%w: %.20q", ErrTimestamp, text)
	}
	n := int64(0)
	for _, c := range b {
		n = n<<8 | int64(c)
	}
	return time.Unix(n, 0), nil
}
