package server

import (
	"context"
	"sync/atomic"
	"time"
)

// A clock keeps the time to a second, and the Date field that says it (RFC 9110
// §6.6.1), for all connections of a server: asking and formatting once a second
// costs nothing, once a response it would show.
type clock struct {
	tick atomic.Pointer[tick] // replaced, never changed
}

type tick struct {
	now  time.Time
	date []byte // "Date: Mon, 02 Jan 2006 15:04:05 GMT\r\n"
}

func newClock() *clock {
	c := new(clock)
	c.set(time.Now())
	return c
}

// date returns the field line, shared read-only.
func (c *clock) date() []byte { return c.tick.Load().date }

// now is the time, exact: the last turn of a second and what the monotonic clock says
// has gone by since. Asking the system for the time of day too would cost twice as much,
// and this follows its corrections a second later. hot path
func (c *clock) now() time.Time {
	t := c.tick.Load().now
	return t.Add(time.Since(t))
}

func (c *clock) set(now time.Time) {
	date := append([]byte("Date: "), now.UTC().Format(httpDate)...)
	c.tick.Store(&tick{now, append(date, "\r\n"...)})
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
