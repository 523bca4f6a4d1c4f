package ratelimit

import (
	"container/list"
	"context"
	"crypto/sha256"
	"hash/maphash"
	"strings"
	"sync"
	"time"
)

// maxKeys is how many clients a Memory counts: some 30 MiB.
const maxKeys = 100_000

// shards are locks: as many requests can be counted at once.
const shards = 16

// maxKey is how long a key in memory may be; a longer one is kept as its hash. Keys
// come from clients: 100,000 of 8 KiB would be 800 MiB.
const maxKey = 64

// Memory counts in the memory of the process, for each policy's name apart. When it is
// full, the client that was quiet for longest is forgotten, and begins anew.
type Memory struct {
	seed   maphash.Seed
	now    func() time.Time
	shards [shards]shard
}

// NewMemory returns a Memory for so many clients; 0 is 100,000.
func NewMemory(keys int) *Memory { return newMemory(keys, time.Now) }

func newMemory(keys int, now func() time.Time) *Memory {
	if keys <= 0 {
		keys = maxKeys
	}
	m := &Memory{seed: maphash.MakeSeed(), now: now}
	for i := range m.shards {
		m.shards[i].counters = map[id]*list.Element{}
		m.shards[i].limit = (keys + shards - 1) / shards
	}
	return m
}

type shard struct {
	mu       sync.Mutex
	counters map[id]*list.Element
	recent   list.List // of *counter, the latest first
	limit    int
}

// An id is whose counter it is. Names are the program's, keys the clients'.
type id struct{ name, key string }

// A counter is one client's under one policy.
type counter struct {
	id id
	// A token bucket is one time: when it will be full again (GCRA, ITU-T I.371).
	full time.Time
	// A sliding window is two counts, of window number index and the one before.
	index             int64
	current, previous int
}

// Take implements Store; it does not fail. hot path
func (m *Memory) Take(_ context.Context, key string, p Policy) (Decision, error) {
	s := &m.shards[maphash.String(m.seed, key)%shards]
	if len(key) > maxKey { // a client must not find two keys of one hash
		sum := sha256.Sum256([]byte(key))
		key = string(sum[:])
	}
	now := m.now()
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.counter(id{p.Name, key})
	if p.Sliding {
		return c.slide(now, p), nil
	}
	return c.fill(now, p), nil
}

// counter returns that of an id, made where there is none.
func (s *shard) counter(of id) *counter {
	if place := s.counters[of]; place != nil {
		s.recent.MoveToFront(place)
		return place.Value.(*counter)
	}
	if len(s.counters) >= s.limit {
		oldest := s.recent.Back()
		delete(s.counters, oldest.Value.(*counter).id)
		s.recent.Remove(oldest)
	}
	of.key = strings.Clone(of.key) // it may be a part of something longer
	c := &counter{id: of}
	s.counters[of] = s.recent.PushFront(c)
	return c
}

// fill takes a token. The bucket lacks as many as the time until it is full has
// intervals: with 3 in a minute, full in 40 s means that 2 are missing.
func (c *counter) fill(now time.Time, p Policy) Decision {
	interval := p.interval()
	lacks := max(c.full.Sub(now), 0)
	room := time.Duration(p.Requests)*interval - lacks
	if room < interval {
		return Decision{Reset: lacks, Retry: interval - room}
	}
	c.full = now.Add(lacks + interval)
	return Decision{OK: true, Remaining: int((room - interval) / interval), Reset: lacks + interval}
}

// slide counts a request in the window. Of the previous window as much counts as of
// it lies within reach: with 10 in the last minute and 15 s gone, 7.5.
func (c *counter) slide(now time.Time, p Policy) Decision {
	index := now.UnixNano() / int64(p.Window)
	gone := time.Duration(now.UnixNano() % int64(p.Window))
	switch index - c.index {
	case 0:
	case 1:
		c.previous, c.current = c.current, 0
	default:
		c.previous, c.current = 0, 0
	}
	c.index = index
	d := Slide(p, c.previous, c.current, gone)
	if d.OK {
		c.current++
	}
	return d
}

// Slide decides about one more request in a sliding window, of which the time gone
// has passed and current requests were admitted, after previous ones in the window
// before: what every Store of that kind computes.
func Slide(p Policy, previous, current int, gone time.Duration) Decision {
	left := p.Window - gone
	reset := left // until nothing of both counts any more
	if current > 0 {
		reset += p.Window
	}
	used := current + int((int64(previous)*int64(left/time.Microsecond)+int64(p.Window/time.Microsecond)-1)/int64(p.Window/time.Microsecond)) // rounded up
	if used < p.Requests {
		return Decision{OK: true, Remaining: p.Requests - used - 1, Reset: left + p.Window}
	}
	d := Decision{Reset: reset}
	if room := p.Requests - 1 - current; room >= 0 && previous > 0 { // when enough of the previous window is out of reach
		d.Retry = left - p.Window*time.Duration(room)/time.Duration(previous)
	} else { // in the next window, of which this one is the previous
		d.Retry = left + p.Window - p.Window*time.Duration(p.Requests-1)/time.Duration(max(current, 1))
	}
	d.Retry = max(d.Retry, time.Microsecond)
	return d
}
