// Package redis is a ratelimit.Store on Redis or Valkey, for processes that count
// together.
//
//	store := redis.New(goredis.NewClient(&goredis.Options{Addr: "localhost:6379"}), "dewar:")
//	ratelimit.Config{Policy: ..., Store: store}
//
// A decision is one script, and so one round trip and one moment; time is the
// server's, so that clocks of the processes do not matter. Counters expire by
// themselves when they say nothing any more.
package redis

import (
	"context"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/dewar-go/dewar/gateway/middleware/ratelimit"
)

// A Store counts in Redis. It may be used by any number of goroutines.
type Store struct {
	client goredis.Scripter
	prefix string
}

// New returns a Store. Keys in Redis are prefix, the policy's name with its length
// before it, and the client's key: "dewar:3:api:192.0.2.1". Two policies with one name
// must not share a prefix. The client is the caller's, with its time-outs and its end.
func New(client goredis.Scripter, prefix string) *Store { return &Store{client, prefix} }

// bucket is ratelimit's token bucket: the key holds, in microseconds, when it is full.
// KEYS[1]; ARGV: interval in microseconds, requests.
var bucket = goredis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local interval, requests = tonumber(ARGV[1]), tonumber(ARGV[2])
local lacks = math.max((tonumber(redis.call('GET', KEYS[1])) or 0) - now, 0)
if requests * interval - lacks < interval then
	return {0, lacks}
end
lacks = lacks + interval
redis.call('SET', KEYS[1], string.format('%.0f', now + lacks), 'PX', math.ceil(lacks / 1000))
return {1, lacks}
`)

// window is ratelimit's sliding window: a hash of the window's number, its count and
// that of the one before. KEYS[1]; ARGV: window in microseconds, requests. The
// arithmetic of used is that of ratelimit.Slide.
var window = goredis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local size, requests = tonumber(ARGV[1]), tonumber(ARGV[2])
local index, gone = math.floor(now / size), now % size
local h = redis.call('HMGET', KEYS[1], 'i', 'c', 'p')
local last, current, previous = tonumber(h[1]) or index, tonumber(h[2]) or 0, tonumber(h[3]) or 0
if index == last + 1 then
	previous, current = current, 0
elseif index ~= last then
	previous, current = 0, 0
end
local used = current + math.ceil(previous * (size - gone) / size)
local ok = 0
if used < requests then
	ok = 1
	redis.call('HSET', KEYS[1], 'i', string.format('%.0f', index), 'c', current + 1, 'p', previous)
	redis.call('PEXPIRE', KEYS[1], math.ceil((2 * size - gone) / 1000))
end
return {ok, previous, current, gone}
`)

// Take implements ratelimit.Store.
func (s *Store) Take(ctx context.Context, key string, p ratelimit.Policy) (ratelimit.Decision, error) {
	// The length first: names and keys may have any byte in them.
	keys := []string{s.prefix + strconv.Itoa(len(p.Name)) + ":" + p.Name + ":" + key}
	if p.Sliding {
		n, err := s.run(ctx, window, keys, p.Window.Microseconds(), p.Requests, 4)
		if err != nil {
			return ratelimit.Decision{}, err
		}
		d := ratelimit.Slide(p, int(n[1]), int(n[2]), time.Duration(n[3])*time.Microsecond)
		if d.OK = n[0] == 1; !d.OK {
			d.Remaining = 0
		}
		return d, nil
	}
	interval := p.Window.Microseconds() / int64(p.Requests)
	n, err := s.run(ctx, bucket, keys, interval, p.Requests, 2)
	if err != nil {
		return ratelimit.Decision{}, err
	}
	room := int64(p.Requests)*interval - n[1]
	d := ratelimit.Decision{OK: n[0] == 1, Reset: time.Duration(n[1]) * time.Microsecond}
	if d.OK {
		d.Remaining = int(room / interval)
	} else {
		d.Retry = time.Duration(interval-room) * time.Microsecond
	}
	return d, nil
}

// run calls a script, which answers with so many numbers.
func (s *Store) run(ctx context.Context, script *goredis.Script, keys []string, size int64, requests, numbers int) ([]int64, error) {
	n, err := script.Run(ctx, s.client, keys, strconv.FormatInt(size, 10), requests).Int64Slice()
	if err != nil {
		return nil, fmt.Errorf("ratelimit/redis: %w", err)
	}
	if len(n) != numbers {
		return nil, fmt.Errorf("ratelimit/redis: the script answered %v, and not %d numbers", n, numbers)
	}
	return n, nil
}
