package nethttp

import (
	"net/http"
	"time"
)

// waits are the time-outs of a Server that net/http does not have: they bound each
// wait for the client, not the whole, so that streams live for ever and slow
// clients that move are served. Zero is no limit.
type waits struct {
	read, write time.Duration
}

// A rolling deadline is set anew when an eighth of its time has passed, so that
// many small steps do not each pay for it.
type rolling struct {
	set time.Time // when it was last set; zero: it is not
}

// due returns the deadline to set now, if it is time to.
func (d *rolling) due(within time.Duration) (by time.Time, ok bool) {
	now := time.Now()
	if !d.set.IsZero() && now.Sub(d.set) < within/8 {
		return by, false
	}
	d.set = now
	return now.Add(within), true
}

const (
	// gathered is how much content net/http surely keeps back when it is written:
	// its buffer before the chunk writer has 2048 bytes, that of HTTP/2 4096. So
	// much cannot wait for the client.
	gathered = 2048

	// piece is how much is written under one deadline.
	piece = 256 << 10
)

// awaitWrite bounds the wait for the client to take n more bytes.
func (c *carrier) awaitWrite(n int) {
	c.held += n
	if c.held > gathered {
		c.armWrite()
	}
}

// armWrite sets the deadline for what is written next.
func (c *carrier) armWrite() {
	within := c.adapter.waits.write
	if within == 0 || c.custom.Load() {
		return
	}
	if by, ok := c.writing.due(within); ok {
		_ = http.NewResponseController(c.w).SetWriteDeadline(by)
	}
}

// restWrite lets the application take its time until it writes again. HTTP/1 needs
// nothing for that, for there a deadline fails nothing but a write; in HTTP/2 it
// ends the stream whatever goes on.
func (c *carrier) restWrite() {
	if c.writing.set.IsZero() || c.r.ProtoMajor < 2 || c.custom.Load() {
		return
	}
	c.writing = rolling{}
	_ = http.NewResponseController(c.w).SetWriteDeadline(time.Time{})
}
