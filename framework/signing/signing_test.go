package signing

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type vector struct {
	ID, Kind      string
	SecretKeys    []string `json:"secret_keys"`
	Salt, Digest  string
	KeyDerivation string `json:"key_derivation"`
	Sep           string
	Derived       string `json:"derived_key_hex"`
	Value         json.RawMessage
	Signed        string
	Timestamp     int64
	Token         string
	Compressed    bool
	Payload       string `json:"payload_json"`
	Now           int64
	MaxAge        *int64 `json:"max_age"`
	Expect        struct {
		OK    bool
		Value json.RawMessage
		Error string
	}
}

var digests = map[string]func() hash.Hash{"sha1": sha1.New, "sha256": sha256.New, "sha512": sha512.New}

var derivations = map[string]Derivation{"hmac": HMAC, "django-concat": DjangoConcat, "concat": Concat, "none": None}

func (v *vector) config() Config {
	c := Config{Keys: v.SecretKeys, Salt: v.Salt, Derivation: derivations[v.KeyDerivation], Digest: digests[v.Digest]}
	if v.Sep != "" {
		c.Separator = v.Sep[0]
	}
	return c
}

func TestVectors(t *testing.T) {
	dir := cmp.Or(os.Getenv("DEWAR_VECTORS"), filepath.Join("..", "testdata", "vectors"))
	f, err := os.Open(filepath.Join(dir, "itsdangerous.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	passed, total := map[string]int{}, map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		run := map[string]func(*Signer) error{"signer": v.sign, "unsign": v.unsign, "session-dumps": v.dump, "session-loads": v.load}[v.Kind]
		if run == nil {
			t.Fatalf("%s: unknown kind %s", v.ID, v.Kind)
		}
		total[v.Kind]++
		s, err := New(v.config())
		if err == nil {
			err = run(s)
		}
		if err != nil {
			t.Errorf("%s: %v", v.ID, err)
			continue
		}
		passed[v.Kind]++
	}
	sum, all := 0, 0
	for kind := range total {
		t.Logf("%-14s %d/%d", kind, passed[kind], total[kind])
		sum, all = sum+passed[kind], all+total[kind]
	}
	fmt.Printf("itsdangerous.jsonl: %d/%d\n", sum, all)
}

func text(raw json.RawMessage) (s string) {
	_ = json.Unmarshal(raw, &s)
	return s
}

func (v *vector) sign(s *Signer) error {
	c := v.config()
	if got := hex.EncodeToString(c.derive(v.SecretKeys[len(v.SecretKeys)-1])); got != v.Derived {
		return fmt.Errorf("derived %s, want %s", got, v.Derived)
	}
	if got := string(s.Sign([]byte(text(v.Value)))); got != v.Signed {
		return fmt.Errorf("signed %s, want %s", got, v.Signed)
	}
	return nil
}

func (v *vector) unsign(s *Signer) error {
	got, err := s.Verify([]byte(v.Signed))
	if v.Expect.OK != (err == nil) || string(got) != text(v.Expect.Value) {
		return fmt.Errorf("%q, %v; want %q %s", got, err, v.Expect.Value, v.Expect.Error)
	}
	if err != nil && !errors.Is(err, ErrSignature) {
		return err
	}
	return nil
}

func (v *vector) dump(s *Signer) error {
	at := time.Unix(v.Timestamp, 0)
	got := string(s.SignAt(Pack([]byte(v.Payload)), at))
	if !v.Compressed && got != v.Token {
		return fmt.Errorf("signed %s, want %s", got, v.Token)
	}
	for _, token := range []string{got, v.Token} {
		value, signed, err := s.VerifyAt([]byte(token), at, 0)
		if err != nil || !signed.Equal(at) {
			return fmt.Errorf("%s: signed at %v, %v", token, signed, err)
		}
		if payload, err := Unpack(value); string(payload) != v.Payload {
			return fmt.Errorf("%s: %s, %v", token, payload, err)
		}
	}
	return nil
}

func (v *vector) load(s *Signer) error {
	age := time.Duration(0)
	if v.MaxAge != nil {
		age = time.Duration(*v.MaxAge) * time.Second
	}
	value, _, err := s.VerifyAt([]byte(v.Token), time.Unix(v.Now, 0), age)
	if err == nil {
		value, err = Unpack(value)
	}
	var got any
	if err == nil && json.Unmarshal(value, &got) != nil {
		err = ErrPayload
	}
	want := map[string]error{"bad_signature": ErrSignature, "bad_timestamp_or_signature": ErrSignature, "expired": ErrExpired, "bad_payload": ErrPayload}[v.Expect.Error]
	if !errors.Is(err, want) {
		return fmt.Errorf("%v, want %v", err, want)
	}
	if v.Expect.OK {
		again, _ := json.Marshal(got)
		var expected any
		_ = json.Unmarshal(v.Expect.Value, &expected)
		wanted, _ := json.Marshal(expected)
		if !bytes.Equal(again, wanted) {
			return fmt.Errorf("%s, want %s", again, wanted)
		}
	}
	return nil
}

func TestConfigMistakes(t *testing.T) {
	for want, c := range map[string]Config{
		"no key":              {},
		"key 1 is empty":      {Keys: []string{"a", ""}},
		"character of base64": {Keys: []string{"a"}, Separator: '-'},
	} {
		if _, err := New(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %s", c, err, want)
		}
	}
}

func TestTimestamps(t *testing.T) {
	s, _ := New(Config{Keys: []string{"secret"}})
	at := time.Unix(1700000000, 0)
	token := s.SignAt([]byte("v"), at)
	for seconds, want := range map[int]error{0: nil, 59: nil, 60: nil, 61: ErrExpired, -1: ErrExpired} {
		if _, _, err := s.VerifyAt(token, at.Add(time.Duration(seconds)*time.Second), time.Minute); !errors.Is(err, want) {
			t.Errorf("%d s later: %v, want %v", seconds, err, want)
		}
	}
	for _, value := range []string{"v", "v.!", "v.AAAAAAAAAAAAAA"} {
		if _, _, err := s.VerifyAt(s.Sign([]byte(value)), at, 0); !errors.Is(err, ErrTimestamp) {
			t.Errorf("%s: %v", value, err)
		}
	}
}

func TestSaltsKeepPurposesApart(t *testing.T) {
	a, _ := New(Config{Keys: []string{"secret"}, Salt: "a"})
	b, _ := New(Config{Keys: []string{"secret"}, Salt: "b"})
	if _, err := b.Verify(a.Sign([]byte("v"))); !errors.Is(err, ErrSignature) {
		t.Errorf("%v", err)
	}
}

func TestPayloadIsBounded(t *testing.T) {
	for size, want := range map[int]error{MaxPayload: nil, MaxPayload + 1: ErrPayload} {
		if _, err := Unpack(Pack(make([]byte, size))); !errors.Is(err, want) {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
	}
}

// FuzzVerify: no token is accepted but the one that was signed.
func FuzzVerify(f *testing.F) {
	s, _ := New(Config{Keys: []string{"secret"}})
	good := s.Sign([]byte("value"))
	f.Add(good)
	f.Add([]byte("value."))
	f.Fuzz(func(t *testing.T, token []byte) {
		if value, err := s.Verify(token); err == nil && !bytes.Equal(token, s.Sign(value)) {
			t.Fatalf("%q was accepted", token)
		}
		_, _ = Unpack(token)
	})
}

func BenchmarkSignAt(b *testing.B) {
	s, _ := New(Config{Keys: []string{"secret"}})
	value, now := []byte("eyJ1c2VyX2lkIjo0Mn0"), time.Now()
	b.ReportAllocs()
	for b.Loop() {
		s.SignAt(value, now)
	}
}

func BenchmarkVerifyAt(b *testing.B) {
	s, _ := New(Config{Keys: []string{"secret"}})
	now := time.Now()
	token := s.SignAt([]byte("eyJ1c2VyX2lkIjo0Mn0"), now)
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := s.VerifyAt(token, now, time.Hour); err != nil {
			b.Fatal(err)
		}
	}
}
