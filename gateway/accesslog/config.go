package accesslog

import (
	"cmp"
	"io"
	"log/slog"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// The formats that have names. Any other Config.Format is a text of Gunicorn's atoms,
// %(h)s and so on: see docs/middleware/accesslog.md for the list.
const (
	Common   = `%(h)s %(l)s %(u)s %(t)s "%(r)s" %(s)s %(b)s`
	Combined = Common + ` "%(f)s" "%(a)s"`
	JSON     = "json" // one object a line, with the keys of slog's JSONHandler
)

// Config says what is logged, and where. Its zero value writes the combined format to
// standard output.
type Config struct {
	// File is appended to, and made with mode 0640 where it is not there. Reopen
	// begins it anew, for log rotation.
	File string

	// Writer is written to instead of a File; it is not closed. Default: os.Stdout.
	Writer io.Writer

	// Handler is given a slog.Record instead: no buffer of this package's is between.
	Handler slog.Handler

	// Format of the lines. Default: Combined, as in Gunicorn (access_log_format).
	Format string

	// Location is where times are told. Default: time.Local.
	Location *time.Location

	// Skip leaves an exchange out, such as the probes of a load balancer. e is
	// borrowed until Skip returns. Default: nothing is left out.
	Skip func(e *Entry) bool

	// OneIn logs one in so many of the exchanges that went well. Those answered with
	// 400 or more, and those that failed, are always logged. Default 1: all.
	OneIn int

	// Buffer is how many bytes of lines wait to be written. Default 64 KiB (nginx's
	// access_log has none unless asked for, and then often 32k).
	Buffer int

	// Interval is how long a line waits at most. Default 1 s.
	Interval time.Duration

	// Patience is how long an exchange waits for a destination that does not take
	// the lines when the buffer is full; then its line is lost, and those
	// of others at once, until it takes some. Default 1 s.
	Patience time.Duration

	// Error is told when writing fails, and when it succeeds again how many lines
	// were lost. Default: gateway.LogFault.
	Error func(err error)
}

func (c Config) withDefaults() Config {
	c.Format = cmp.Or(c.Format, Combined)
	c.OneIn = cmp.Or(c.OneIn, 1)
	c.Buffer = cmp.Or(c.Buffer, 64<<10)
	c.Interval = cmp.Or(c.Interval, time.Second)
	c.Patience = cmp.Or(c.Patience, time.Second)
	if c.Location == nil {
		c.Location = time.Local
	}
	if c.Error == nil {
		c.Error = func(err error) { gateway.LogFault(nil, err) }
	}
	return c
}
