package accesslog

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/internal/poison"
)

// A Log writes entries as configured.
type Log struct {
	config Config
	format format
	json   bool
	clock  clock
	out    *output // nil with a Handler
	well   atomic.Uint64
}

// New opens the log. All mistakes in c are told together.
func New(c Config) (*Log, error) {
	c = c.withDefaults()
	l := &Log{config: c, json: c.Format == JSON}
	l.clock.location = c.Location
	var errs []error
	if !l.json && c.Handler == nil {
		var err error
		l.format, err = compile(c.Format, &l.clock)
		errs = append(errs, err)
	}
	for _, limit := range []struct {
		name string
		n    int64
	}{{"OneIn", int64(c.OneIn)}, {"Buffer", int64(c.Buffer)}, {"Interval", int64(c.Interval)}, {"Patience", int64(c.Patience)}} {
		if limit.n < 0 {
			errs = append(errs, fmt.Errorf("accesslog: %s is %d, wants 0 (default) or more", limit.name, limit.n))
		}
	}
	if c.File != "" && c.Writer != nil || c.Handler != nil && (c.File != "" || c.Writer != nil) {
		errs = append(errs, errors.New("accesslog: File, Writer and Handler are three destinations, give one"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.Handler == nil {
		var err error
		if l.out, err = newOutput(&c); err != nil {
			return nil, err
		}
	}
	return l, nil
}

// WantsFirst reports whether Entry.First is of use: measuring it costs a look at the
// clock.
func (l *Log) WantsFirst() bool { return l.format.first || l.json || l.out == nil }

// lines keeps the memory in which lines are put together.
var lines = sync.Pool{New: func() any { b := make([]byte, 0, 512); return &b }}

// Add logs e, unless it is left out. e is borrowed until Add returns. Only lines with
// a user's name cost an allocation. hot path
func (l *Log) Add(e *Entry) {
	if l.config.OneIn > 1 && !e.failed() && l.well.Add(1)%uint64(l.config.OneIn) != 1 {
		return
	}
	if l.config.Skip != nil && l.config.Skip(e) {
		return
	}
	if l.out == nil {
		if err := handle(l.config.Handler, e); err != nil {
			l.config.Error(fmt.Errorf("accesslog: %w", err))
		}
		return
	}
	memory := lines.Get().(*[]byte)
	line := (*memory)[:0]
	if l.json {
		line = appendObject(line, e, l.config.Location)
	} else {
		line = l.format.append(line, e)
	}
	l.out.put(line)
	if cap(line) <= 16<<10 {
		poison.Bytes(line)
		*memory = line
		lines.Put(memory)
	}
}

// Flush writes what was gathered. It fails where the destination does not take it in three
// times Config.Patience, so that it holds up no server's end.
func (l *Log) Flush() error {
	if l.out == nil {
		return nil
	}
	return l.out.within(l.out.flush)
}

// Reopen writes what was gathered and opens Config.File anew, for log rotation: on
// SIGHUP or SIGUSR1, say. Where that fails the log goes on in the old file. Without a
// File it does nothing.
func (l *Log) Reopen() error {
	if l.out == nil {
		return nil
	}
	return l.out.reopen()
}

// Lost is how many lines could not be written.
func (l *Log) Lost() uint64 {
	if l.out == nil {
		return 0
	}
	l.out.mu.Lock()
	defer l.out.mu.Unlock()
	return l.out.lost
}

// Close writes what was gathered, closes Config.File and waits for the timer, all of it as
// long as Flush does. Entries that come later are written at once, or lost where there was
// a File.
func (l *Log) Close() error {
	if l.out == nil {
		return nil
	}
	return l.out.close()
}

var _ gateway.Lifespan = (*handler)(nil)
