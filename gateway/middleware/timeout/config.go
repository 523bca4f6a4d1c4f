package timeout

import (
	"cmp"
	"time"
)

// Config says how long a handler has. After is required.
type Config struct {
	// After is how long the handler has until it starts its response. Then its
	// context ends, and the client gets 503.
	After time.Duration

	// MaxLate is how many handlers may still run that were answered for. While there
	// are so many, requests are 503 at once: each holds its memory, and whatever it
	// waits for. Default 1024.
	MaxLate int
}

func (c Config) withDefaults() Config {
	if c.After <= 0 {
		panic("timeout: After is " + c.After.String() + ", wants more than 0")
	}
	c.MaxLate = cmp.Or(c.MaxLate, 1024)
	if c.MaxLate < 0 {
		panic("timeout: MaxLate is negative")
	}
	return c
}
