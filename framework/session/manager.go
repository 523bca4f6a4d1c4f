package session

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"errors"
	"fmt"
	"time"

	"github.com/dewar-go/dewar/framework/signing"
)

// Config says how sessions are kept. Only Keys is needed.
type Config struct {
	// Keys are secrets to sign with, oldest first: the last one signs, all are
	// accepted. Each has at least 16 bytes; `openssl rand -hex 32` makes a good
	// one. Without keys every session is empty and cannot be written.
	Keys []string

	Name     string // of the cookie; "" means session
	Path     string // of the cookie; "" means the application's root
	Domain   string // of the cookie; "" means the host alone
	SameSite string // Strict, Lax or None; "" means Lax
	Insecure bool   // do not mark the cookie Secure even on https

	// Lifetime is how long a permanent session lasts, and how old a signature may
	// be; 0 means 31 days, as in Flask.
	Lifetime time.Duration
	// KeepExpiry leaves the cookie of a permanent session as it is where nothing
	// changed, instead of prolonging it with each request that uses the session.
	KeepExpiry bool

	// Flask reads and writes the cookies of Flask: HMAC-SHA-1 under the salt
	// cookie-session. Keys may then be of any length. Without it the digest is
	// SHA-256.
	Flask bool

	// Store keeps the values on the server; the cookie then holds an id.
	Store Store
	// Idle is how long a stored session lasts without a request; 0 means Lifetime.
	Idle time.Duration
	// Absolute is how long a stored session lasts at all; 0 means for ever.
	Absolute time.Duration
}

// MinKey is the least length of a key in bytes: 128 bits, were it random.
const MinKey = 16

// A Manager opens sessions and closes them, on behalf of a framework.
type Manager struct {
	config Config
	signer *signing.Signer // nil without keys
}

// New checks the configuration.
func New(c Config) (*Manager, error) {
	c.Name = cmp.Or(c.Name, "session")
	c.SameSite = cmp.Or(c.SameSite, "Lax")
	c.Lifetime = cmp.Or(c.Lifetime, 31*24*time.Hour)
	c.Idle = cmp.Or(c.Idle, c.Lifetime)
	if c.Lifetime < 0 || c.Idle < 0 || c.Absolute < 0 {
		return nil, errors.New("session: a lifetime is negative")
	}
	m := &Manager{config: c}
	if len(c.Keys) == 0 {
		if c.Store != nil {
			return nil, errors.New("session: a store needs keys, to sign the ids with")
		}
		return m, nil
	}
	sign := signing.Config{Keys: c.Keys, Salt: "dewar-session"}
	if c.Flask {
		sign.Salt, sign.Digest = "cookie-session", sha1.New
	}
	if c.Store != nil {
		sign.Salt += "-id"
	}
	for i, key := range c.Keys {
		if len(key) < MinKey && !c.Flask {
			return nil, fmt.Errorf("session: key %d has %d bytes, at least %d are needed; `openssl rand -hex 32` makes a good one", i, len(key), MinKey)
		}
	}
	var err error
	m.signer, err = signing.New(sign)
	return m, err
}

// Config returns the configuration with its defaults filled in.
func (m *Manager) Config() Config { return m.config }

// Open returns the session of a cookie's value. One that is missing, forged, too
// old or unreadable gives a new session; an error is the store's.
func (m *Manager) Open(ctx context.Context, cookie string, now time.Time) (*Session, error) {
	s := &Session{fresh: true, values: map[string]any{}, readOnly: m.signer == nil}
	if cookie == "" || m.signer == nil {
		return s, nil
	}
	value, _, err := m.signer.VerifyAt([]byte(cookie), now, max(m.config.Lifetime, time.Second))
	if err != nil {
		return s, nil
	}
	var data []byte
	if m.config.Store != nil {
		if err := m.load(ctx, s, string(value), &data, now); err != nil {
			return nil, err
		}
	} else if data, err = signing.Unpack(value); err != nil {
		return s, nil
	}
	if data == nil {
		return s, nil
	}
	if values, err := Decode(data); err == nil {
		s.values, s.fresh = values, false
	} else {
		s.id = ""
	}
	return s, nil
}

// load reads a stored session into data, nil where there is none that is valid.
func (m *Manager) load(ctx context.Context, s *Session, id string, data *[]byte, now time.Time) error {
	stored, err := m.config.Store.Load(ctx, id)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("session: %w", err)
	}
	created, values, ok := unseal(stored)
	if !ok || m.config.Absolute > 0 && now.Sub(created) > m.config.Absolute {
		return nil
	}
	s.id, s.created, *data = id, created, values
	return nil
}

// A Cookie is what Close wants the client to keep.
type Cookie struct {
	Value  string
	MaxAge time.Duration // 0: until the browser ends; negative: delete the cookie
}

// Close stores the session and returns the cookie to set, nil for none. Nothing is
// written where nothing changed, but that a permanent session is prolonged.
func (m *Manager) Close(ctx context.Context, s *Session, now time.Time) (*Cookie, error) {
	if len(s.values) == 0 {
		if !s.modified {
			return nil, nil
		}
		return &Cookie{MaxAge: -1}, m.forget(ctx, s)
	}
	permanent := s.Permanent()
	prolong := permanent && !m.config.KeepExpiry
	if m.signer == nil {
		return nil, nil
	}
	if m.config.Store != nil && !s.modified {
		if err := m.config.Store.Touch(ctx, s.id, m.ttl(s, now)); err != nil && !errors.Is(err, ErrNotFound) {
			return nil, fmt.Errorf("session: %w", err)
		}
	}
	if !s.modified && !prolong {
		return nil, nil
	}
	value, err := m.pack(ctx, s, now)
	if err != nil {
		return nil, err
	}
	c := &Cookie{Value: string(m.signer.SignAt(value, now))}
	if permanent {
		c.MaxAge = m.config.Lifetime
	}
	return c, nil
}

// ttl is how long a stored session is kept from now on.
func (m *Manager) ttl(s *Session, now time.Time) time.Duration {
	if m.config.Absolute == 0 {
		return m.config.Idle
	}
	return min(m.config.Idle, s.created.Add(m.config.Absolute).Sub(now))
}

// pack returns what the cookie holds: the values, or the id under which they were
// stored. What did not change is not written, since a request beside this one may
// have changed it meanwhile.
func (m *Manager) pack(ctx context.Context, s *Session, now time.Time) ([]byte, error) {
	if m.config.Store != nil && !s.modified {
		return []byte(s.id), nil
	}
	data, err := Encode(s.values)
	if err != nil {
		return nil, err
	}
	if m.config.Store == nil {
		return signing.Pack(data), nil
	}
	if s.id == "" {
		s.id = rand.Text()
	}
	if s.created.IsZero() {
		s.created = now
	}
	err = m.config.Store.Save(ctx, s.id, seal(s.created, data), m.ttl(s, now))
	if err == nil && s.old != "" {
		err = m.config.Store.Delete(ctx, s.old)
		s.old = ""
	}
	if err != nil {
		return nil, fmt.Errorf("session: %w", err)
	}
	return []byte(s.id), nil
}

// forget removes a session and the one before it from the store.
func (m *Manager) forget(ctx context.Context, s *Session) error {
	if m.config.Store == nil {
		return nil
	}
	for _, id := range []string{s.id, s.old} {
		if id == "" {
			continue
		}
		if err := m.config.Store.Delete(ctx, id); err != nil {
			return fmt.Errorf("session: %w", err)
		}
	}
	return nil
}
