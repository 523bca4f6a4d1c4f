package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"

	"golang.org/x/crypto/argon2"
)

// cost is what a guess costs: that of new hashes, by OWASP's recommendation for Argon2id
// (Password Storage Cheat Sheet). A hash names its own, so that it can be raised.
var cost = costs{memory: 19 << 10, passes: 2, threads: 1}

type costs struct {
	memory  uint32 // KiB
	passes  uint32
	threads uint8
}

const saltSize, keySize = 16, 32

// slots bound how many passwords are hashed at once, by memory and by processors: the
// others wait.
var slots = make(chan struct{}, runtime.GOMAXPROCS(0))

// hashPassword returns a hash with its salt and cost, in the PHC's format.
func hashPassword(ctx context.Context, password string) (string, error) {
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails, as of Go 1.24
	key, err := derive(ctx, password, salt, cost)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, cost.memory, cost.passes, cost.threads,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key)), nil
}

// verifyPassword reports whether a hash is that of the password.
func verifyPassword(ctx context.Context, password, hash string) (bool, error) {
	var version int
	var c costs
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("auth: the hash is none of Argon2id")
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false, fmt.Errorf("auth: the hash is of version %q of Argon2", parts[2])
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.memory, &c.passes, &c.threads); err != nil {
		return false, fmt.Errorf("auth: the hash does not tell its cost: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("auth: the hash has no salt: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil || len(want) != keySize {
		return false, fmt.Errorf("auth: the hash is cut off")
	}
	got, err := derive(ctx, password, salt, c)
	return err == nil && subtle.ConstantTimeCompare(got, want) == 1, err
}

// derive waits for its turn, unless the visitor goes away first.
func derive(ctx context.Context, password string, salt []byte, c costs) ([]byte, error) {
	select {
	case slots <- struct{}{}:
		defer func() { <-slots }()
		return argon2.IDKey([]byte(password), salt, c.passes, c.memory, c.threads, keySize), nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
