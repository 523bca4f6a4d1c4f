package accesslog

import (
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/dewar-go/dewar/internal/poison"
)

// An output gathers lines and writes them together.
//
// mu guards what is gathered and is held for a copy of a line only. writing is held by
// whoever writes, which may take as long as the destination likes.
type output struct {
	file  string // "" where the writer is the caller's
	size  int
	every time.Duration
	wait  time.Duration
	tell  func(error)

	writing sync.Mutex
	to      io.Writer // guarded by writing, as is failed
	failed  bool      // the last write failed

	mu     sync.Mutex
	lines  []byte        // to be written
	spare  []byte        // memory for the next ones
	lost   uint64        // in all
	told   uint64        // of them, to Config.Error
	taken  chan struct{} // closed and replaced when the lines are being written
	stuck  bool          // somebody waited for that in vain: do not wait again until then
	closed bool
	timer  *time.Timer // runs flush; armed while there are lines
	urgent bool        // a flush is on its way
	runs   sync.WaitGroup
}

func newOutput(c *Config) (*output, error) {
	o := &output{file: c.File, to: c.Writer, size: c.Buffer, every: c.Interval, wait: c.Patience, tell: c.Error, taken: make(chan struct{})}
	if o.to == nil {
		o.to = os.Stdout
	}
	if o.file != "" {
		f, err := openFile(o.file)
		if err != nil {
			return nil, err
		}
		o.to = f
	}
	return o, nil
}

func openFile(name string) (*os.File, error) {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND|os.O_CREATE, 0o640)
	if err != nil {
		return nil, fmt.Errorf("accesslog: %w", err)
	}
	return f, nil
}

// put takes a line. hot path
func (o *output) put(line []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed { // the timer has gone: what comes late is written at once
		o.lines = append(o.lines, line...)
		o.mu.Unlock()
		o.flush()
		o.mu.Lock()
		return
	}
	if len(o.lines)+len(line) > o.size && !o.makeRoom(len(line)) {
		o.lost++
		return
	}
	if len(o.lines) == 0 {
		o.arm(o.every)
	}
	o.lines = append(o.lines, line...)
	if len(o.lines) > o.size/2 {
		o.hurry()
	}
}

// hurry has the lines written now. Its goroutine ends with the write, and close waits for
// it; unlike the timer's it is the next to run where processors are scarce.
func (o *output) hurry() {
	if !o.urgent && !o.closed {
		o.urgent = true
		o.runs.Go(o.flush)
	}
}

// makeRoom waits until what was gathered is being written, and reports whether n bytes
// fit then; a line that is longer than the buffer has it to itself. It is called with
// mu held, and lets it go meanwhile. It does not write: who knows when that ends.
func (o *output) makeRoom(n int) bool {
	var patience <-chan time.Time
	for len(o.lines) > 0 && len(o.lines)+n > o.size { // others may fill the room that was made
		if o.stuck {
			return false
		}
		if patience == nil {
			timer := time.NewTimer(o.wait)
			defer timer.Stop()
			patience = timer.C
		}
		o.hurry()
		taken, late := o.taken, false
		o.mu.Unlock()
		select {
		case <-taken:
		case <-patience:
			late = true
		}
		o.mu.Lock()
		if late {
			o.stuck = o.taken == taken
			return len(o.lines) == 0 || len(o.lines)+n <= o.size
		}
	}
	return true
}

// arm has the timer flush after d. Its goroutine ends when the lines are written;
// close waits for it.
func (o *output) arm(d time.Duration) {
	if o.timer == nil {
		o.timer = time.AfterFunc(d, o.fire)
		return
	}
	o.timer.Reset(d)
}

func (o *output) fire() {
	o.mu.Lock()
	if o.closed {
		o.mu.Unlock()
		return
	}
	o.runs.Add(1)
	o.mu.Unlock()
	defer o.runs.Done()
	o.flush()
}

// flush writes what is gathered, however long that takes.
func (o *output) flush() {
	o.writing.Lock()
	defer o.writing.Unlock()
	o.write()
}

// errStuck is told where an end cannot wait for the destination.
var errStuck = errors.New("accesslog: the destination does not take the lines")

// within runs f, which writes, and waits for it as long as an end may take. The goroutine
// ends with the write.
func (o *output) within(f func()) error {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	timer := time.NewTimer(lastWait * o.wait)
	defer timer.Stop()
	select {
	case <-done:
		return nil
	case <-timer.C:
		return errStuck
	}
}

// lastWait is how many times the patience of an exchange an end has.
const lastWait = 3

// write writes the lines; writing is held.
func (o *output) write() {
	o.mu.Lock()
	lines := o.lines
	o.lines, o.spare = o.spare[:0], nil
	o.urgent, o.stuck = false, false
	close(o.taken)
	o.taken = make(chan struct{})
	o.mu.Unlock()
	var err error
	if len(lines) > 0 {
		_, err = o.to.Write(lines)
	}
	o.mu.Lock()
	if cap(lines) <= 2*o.size { // one that grew for a long line goes
		o.spare = lines[:0]
	}
	if err != nil {
		o.lost += count(lines)
	}
	poison.Bytes(lines)
	lost := o.lost - o.told
	if err == nil {
		o.told = o.lost
	}
	o.mu.Unlock()
	o.report(err, lost)
}

// report tells of the first failure of a row, and of the end of it.
func (o *output) report(err error, lost uint64) {
	switch {
	case err != nil && !o.failed:
		o.tell(fmt.Errorf("accesslog: lines are lost: %w", err))
	case err == nil && lost > 0:
		o.tell(fmt.Errorf("accesslog: %d lines were lost while they could not be written", lost))
	}
	o.failed = err != nil
}

func count(lines []byte) (n uint64) {
	for _, c := range lines {
		if c == '\n' {
			n++
		}
	}
	return n
}

// reopen begins the file anew; the old one stays where the new cannot be opened.
func (o *output) reopen() error {
	if o.file == "" {
		return nil
	}
	f, err := openFile(o.file)
	if err != nil {
		return err
	}
	o.writing.Lock()
	defer o.writing.Unlock()
	o.write()
	old := o.to.(*os.File)
	o.to = f
	return old.Close()
}

// close writes what is left and closes the file.
func (o *output) close() error {
	o.mu.Lock()
	again := o.closed
	o.closed = true
	if o.timer != nil {
		o.timer.Stop()
	}
	o.mu.Unlock()
	err := o.within(func() {
		o.runs.Wait()
		o.flush()
	})
	if err != nil {
		return err // the file stays open: somebody writes to it
	}
	if f, ok := o.to.(*os.File); ok && o.file != "" && !again {
		return f.Close()
	}
	return nil
}
