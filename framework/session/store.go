package session

import (
	"context"
	"encoding/binary"
	"errors"
	"sync"
	"time"
)

// ErrNotFound is what a Store's Load returns, or wraps, for an id that it does not
// have, or no longer.
var ErrNotFound = errors.New("session: not found")

// A Store keeps sessions on the server, by id. It is used by any number of
// goroutines at once.
type Store interface {
	// Load returns the data of id, owned by the caller; ErrNotFound where there is
	// none.
	Load(ctx context.Context, id string) ([]byte, error)
	// Save keeps data for ttl. data is borrowed until it returns.
	Save(ctx context.Context, id string, data []byte, ttl time.Duration) error
	// Touch keeps what is there for ttl from now on; ErrNotFound where there is
	// nothing.
	Touch(ctx context.Context, id string, ttl time.Duration) error
	// Delete removes id; that there is none is no error.
	Delete(ctx context.Context, id string) error
}

// seal puts the time of creation before the data.
func seal(created time.Time, data []byte) []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 8+len(data)), uint64(created.Unix()))
	return append(b, data...)
}

func unseal(b []byte) (created time.Time, data []byte, ok bool) {
	if len(b) < 8 {
		return created, nil, false
	}
	return time.Unix(int64(binary.BigEndian.Uint64(b)), 0), b[8:], true
}

// A MemoryStore keeps sessions in the process. They are lost with it, and another
// process does not see them. The zero value is ready.
type MemoryStore struct {
	// Max is how many sessions are kept; the one that would expire first makes
	// room. 0 means 100,000.
	Max int

	mu   sync.Mutex
	kept map[string]stored
	now  func() time.Time // for tests; nil: time.Now
}

type stored struct {
	data    []byte
	expires time.Time
}

const defaultMax = 100_000

func (m *MemoryStore) time() time.Time {
	if m.now != nil {
		return m.now()
	}
	return time.Now()
}

// Load returns a copy of the data.
func (m *MemoryStore) Load(_ context.Context, id string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.kept[id]
	if !ok {
		return nil, ErrNotFound
	}
	if !m.time().Before(s.expires) {
		delete(m.kept, id)
		return nil, ErrNotFound
	}
	return append([]byte(nil), s.data...), nil
}

// Save keeps a copy of data.
func (m *MemoryStore) Save(_ context.Context, id string, data []byte, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil {
		m.kept = map[string]stored{}
	}
	if _, ok := m.kept[id]; !ok {
		m.makeRoom()
	}
	m.kept[id] = stored{append([]byte(nil), data...), m.time().Add(ttl)}
	return nil
}

// Touch prolongs id.
func (m *MemoryStore) Touch(_ context.Context, id string, ttl time.Duration) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	s, ok := m.kept[id]
	if !ok {
		return ErrNotFound
	}
	s.expires = m.time().Add(ttl)
	m.kept[id] = s
	return nil
}

// Delete removes id.
func (m *MemoryStore) Delete(_ context.Context, id string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, id)
	return nil
}

// Len returns how many sessions are kept, expired ones that nobody asked for
// included.
func (m *MemoryStore) Len() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.kept)
}

// makeRoom removes what has expired once the store is full; if that is nothing,
// the session that expires first of a few: Go's maps are visited from a random
// place on, so that a sample is as good as an order that would cost to keep.
func (m *MemoryStore) makeRoom() {
	limit := m.Max
	if limit <= 0 {
		limit = defaultMax
	}
	if len(m.kept) < limit {
		return
	}
	now := m.time()
	first, seen := "", 0
	for id, s := range m.kept {
		if !now.Before(s.expires) {
			delete(m.kept, id)
			continue
		}
		if first == "" || s.expires.Before(m.kept[first].expires) {
			first = id
		}
		if seen++; seen == 32 {
			break
		}
	}
	if len(m.kept) >= limit {
		delete(m.kept, first)
	}
}
