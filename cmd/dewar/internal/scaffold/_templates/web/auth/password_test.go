package auth

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestPasswords(t *testing.T) {
	hash, err := hashPassword(t.Context(), "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	if again, _ := hashPassword(t.Context(), "correct horse"); again == hash {
		t.Error("two hashes have one salt")
	}
	for password, want := range map[string]bool{"correct horse": true, "Correct horse": false, "": false} {
		if ok, err := verifyPassword(t.Context(), password, hash); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	for _, broken := range []string{"", "x", hash[:len(hash)-4], strings.Replace(hash, "19", "18", 1), strings.Replace(hash, "m=", "n=", 1), strings.Replace(hash, "argon2id", "argon2i", 1)} {
		if ok, err := verifyPassword(t.Context(), "correct horse", broken); ok || err == nil {
			t.Errorf("%q: %v, %v", broken, ok, err)
		}
	}
}

// What argon2's own command makes of it.
func TestHashesOfOtherPrograms(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := verifyPassword(t.Context(), "password", hash); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestNobodyWaitsForThoseWhoHaveGone(t *testing.T) {
	for range cap(slots) {
		slots <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := hashPassword(ctx, "x")
	for range cap(slots) {
		<-slots
	}
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
