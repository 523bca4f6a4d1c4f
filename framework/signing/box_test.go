package signing_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework/signing"
)

func newBox(t testing.TB, salt string, keys ...string) *signing.Box {
	b, err := signing.NewBox(signing.Config{Keys: keys, Salt: salt})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBox(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	old, both := newBox(t, "", "last year's"), newBox(t, "", "last year's", "this year's")
	token := old.Seal("ticket", []byte("seat 12"), at)
	if strings.Contains(string(token), "seat") || bytes.Equal(token, old.Seal("ticket", []byte("seat 12"), at)) {
		t.Errorf("%s can be read, or is the same twice", token)
	}
	changed := bytes.Clone(token)
	changed[20] ^= 1
	for _, c := range []struct {
		what   string
		box    *signing.Box
		name   string
		token  []byte
		after  time.Duration
		maxAge time.Duration
		want   error
	}{
		{"its own", old, "ticket", token, time.Hour, 0, nil},
		{"after a rotation", both, "ticket", token, 0, 0, nil},
		{"in its last second", old, "ticket", token, 60 * time.Second, time.Minute, nil},
		{"a second too late", old, "ticket", token, 61 * time.Second, time.Minute, signing.ErrExpired},
		{"from the future", old, "ticket", token, -time.Second, time.Minute, signing.ErrExpired},
		{"another name", old, "ticke", token, 0, 0, signing.ErrSealed},
		{"another purpose", newBox(t, "x", "last year's"), "ticket", token, 0, 0, signing.ErrSealed},
		{"a key that is gone", newBox(t, "", "this year's"), "ticket", token, 0, 0, signing.ErrSealed},
		{"a newer key", old, "ticket", both.Seal("ticket", nil, at), 0, 0, signing.ErrSealed},
		{"changed", old, "ticket", changed, 0, 0, signing.ErrSealed},
		{"cut off", old, "ticket", token[:20], 0, 0, signing.ErrSealed},
		{"empty", old, "ticket", nil, 0, 0, signing.ErrSealed},
		{"no base64", old, "ticket", []byte("a=b"), 0, 0, signing.ErrSealed},
	} {
		value, err := c.box.Open(c.name, c.token, at.Add(c.after), c.maxAge)
		if !errors.Is(err, c.want) || c.want == nil && string(value) != "seat 12" || c.want != nil && value != nil {
			t.Errorf("%s: %q, %v, want %v", c.what, value, err, c.want)
		}
	}
}

func TestBoxNeedsKeys(t *testing.T) {
	for _, keys := range [][]string{nil, {""}, {"a", ""}} {
		if _, err := signing.NewBox(signing.Config{Keys: keys}); err == nil {
			t.Errorf("%q gave no error", keys)
		}
	}
}

// FuzzBox: what was sealed opens as it was, and nothing else does.
func FuzzBox(f *testing.F) {
	b, at := newBox(f, "", "a key"), time.Unix(1_700_000_000, 0)
	f.Add([]byte("value"))
	f.Add([]byte{})
	f.Add(b.Seal("other", []byte("value"), at))
	f.Fuzz(func(t *testing.T, data []byte) {
		value, err := b.Open("name", b.Seal("name", data, at), at, time.Second)
		if err != nil || !bytes.Equal(value, data) {
			t.Fatalf("%q came back as %q, %v", data, value, err)
		}
		if value, err := b.Open("name", data, at, 0); err == nil {
			t.Fatalf("%q opened as %q", data, value)
		}
	})
}
