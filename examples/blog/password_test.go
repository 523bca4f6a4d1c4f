package main

import (
	"strings"
	"testing"
)

func TestPasswords(t *testing.T) {
	a, b := hashPassword("secret"), hashPassword("secret")
	if a == b {
		t.Error("two hashes of a password are equal: they have no salt")
	}
	if !strings.HasPrefix(a, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Errorf("the hash %s does not say how it was made", a)
	}
	for password, want := range map[string]bool{"secret": true, "Secret": false, "secret ": false, "": false} {
		if ok, err := checkPassword(a, password); ok != want || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
}

// A hash of the reference implementation (phc-winner-argon2 20171227):
// echo -n password | argon2 somesalt -id -t 2 -m 16 -p 1 -e
func TestReferenceHash(t *testing.T) {
	const hash = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := checkPassword(hash, "password"); !ok || err != nil {
		t.Errorf("%v, %v", ok, err)
	}
}

func TestBrokenHashes(t *testing.T) {
	good := hashPassword("x")
	for name, hash := range map[string]string{
		"none":              "",
		"text":              "x",
		"another algorithm": strings.Replace(good, "argon2id", "argon2i", 1),
		"another version":   strings.Replace(good, "v=19", "v=16", 1),
		"no passes":         strings.Replace(good, "t=2", "t=0", 1),
		"no lanes":          strings.Replace(good, "p=1", "p=0", 1),
		"too much memory":   strings.Replace(good, "m=19456", "m=1048577", 1),
		"short":             good[:len(good)-4],
		"no base64":         good[:len(good)-1] + "!",
	} {
		if ok, err := checkPassword(hash, "x"); ok || err == nil {
			t.Errorf("%s: %v, %v", name, ok, err)
		}
	}
}

// Who is not registered costs what a wrong password costs.
func TestNobody(t *testing.T) {
	for _, password := range []string{"", "x", password} {
		if ok, err := checkPassword(nobody, password); ok || err != nil {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if cost := func(hash string) string { return strings.Join(strings.Split(hash, "$")[:4], "$") }; cost(nobody) != cost(hashPassword("x")) {
		t.Errorf("nobody's hash %s costs something else", nobody)
	}
}
