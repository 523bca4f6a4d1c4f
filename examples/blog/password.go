package main

import (
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// What a hash costs: the least that OWASP's Password Storage Cheat Sheet has for
// Argon2id (as of 2025). The numbers stand in the hash, so that they may grow.
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashSize   = 32 // bytes
	saltSize   = 16 // bytes
)

// maxHash bounds what a hash may ask for, in KiB: those in the database are ours, and
// a broken one must not take the machine's memory.
const maxHash = 1 << 20

// hashing bounds how many hashes are computed at once: each holds hashMemory, and more
// than there are cores gain nothing.
var hashing = make(chan struct{}, runtime.GOMAXPROCS(0))

func argon(password string, salt []byte, passes, memory uint32, lanes uint8) []byte {
	hashing <- struct{}{}
	defer func() { <-hashing }()
	return argon2.IDKey([]byte(password), salt, passes, memory, lanes, hashSize)
}

var base64Raw = base64.RawStdEncoding

// hashPassword returns what is kept of a password: a hash with its salt and cost, in
// the form that other implementations of Argon2 read.
func hashPassword(password string) string {
	salt := make([]byte, saltSize)
	rand.Read(salt) // cannot fail, as of Go 1.24
	return encodeHash(salt, argon(password, salt, hashPasses, hashMemory, hashLanes))
}

func encodeHash(salt, sum []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes,
		base64Raw.EncodeToString(salt), base64Raw.EncodeToString(sum))
}

// nobody's hash is checked where there is no such user, so that the time of the
// answer does not tell who is registered. No password has it.
var nobody = encodeHash(make([]byte, saltSize), bytes.Repeat([]byte{0xFF}, hashSize))

// checkPassword reports whether the password is that of the hash. An error is one of
// the hash.
func checkPassword(hash, password string) (bool, error) {
	var version int
	var memory, passes uint32
	var lanes uint8
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[0] != "" || parts[1] != "argon2id" {
		return false, errBadHash
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &lanes); err != nil {
		return false, errBadHash
	}
	salt, err1 := base64Raw.DecodeString(parts[4])
	want, err2 := base64Raw.DecodeString(parts[5])
	if errors.Join(err1, err2) != nil || version != argon2.Version || memory > maxHash || passes < 1 || lanes < 1 || len(want) != hashSize {
		return false, errBadHash
	}
	return subtle.ConstantTimeCompare(argon(password, salt, passes, memory, lanes), want) == 1, nil
}

var errBadHash = errors.New("what is kept of the password is no hash of argon2id")
