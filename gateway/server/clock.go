package server

import (
	"context"
	"sync/atomic"
	"time"
)

// A clock keeps the Date field for all connections of a server (RFC 9110 §6.6.1):
// formatting it once a second costs nothing, once a response it would show.
type clock struct {
	line atomic.Pointer[[]byte] // "Date: Mon, 02 Jan 2006 15:04:05 GMT\r\n"; replaced, never changed
}

func newClock() *clock {
	c := new(clock)
	c.set(time.Now())
	return c
}

// date returns the field line, shared read-only.
func (c *clock) date() []byte { return *c.line.Load() }

func (c *clock) set(now time.Time) {
	line := append([]byte("Date: "), now.UTC().Format(httpDate)...)
	line = append(line, "\r\n"...)
	c.line.Store(&line)
}

// httpDate is IMF-fixdate (RFC 9110 §5.6.7).
const httpDate = "Mon, 02 Jan 2006 15:04:05 GMT"

// run ticks at each turn of a second until ctx ends. Serve owns its goroutine.
func (c *clock) run(ctx context.Context) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			now := time.Now()
			c.set(now)
			timer.Reset(now.Truncate(time.Second).Add(time.Second).Sub(now))
		}
	}
}
