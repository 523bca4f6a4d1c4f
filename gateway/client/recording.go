package client

import (
	"errors"
	"fmt"
	"io"
	"net"
)

// A Recording is the client's side of an exchange that a Recorder started: a Call.
// The Result of Head is a copy that is the client's view; Result has everything.
type Recording struct {
	line    *line
	interim int // how many Interim has returned
	read    int // how many bytes Read has returned
	result  Result
}

// wait returns when ready holds or nothing more can come; it holds line.mu then.
func (c *Recording) wait(ready func(*line) bool) {
	c.line.mu.Lock()
	for !ready(c.line) && !c.line.over && !c.line.gone && !c.line.result.Aborted {
		c.line.changed.Wait()
	}
}

// Interim implements Call.
func (c *Recording) Interim() (Interim, error) {
	c.wait(func(l *line) bool { return len(l.result.Interim) > c.interim || l.begun })
	defer c.line.mu.Unlock()
	if len(c.line.result.Interim) <= c.interim {
		return Interim{}, errors.New("client: no further interim response came")
	}
	c.interim++
	return c.line.result.Interim[c.interim-1], nil
}

// Head implements Call.
func (c *Recording) Head() (*Result, error) {
	c.wait(func(l *line) bool { return l.begun || l.result.Conn != nil })
	defer c.line.mu.Unlock()
	switch l := c.line; {
	case l.begun:
		c.result = l.result
		c.result.Interim = append([]Interim(nil), l.result.Interim...)
		c.result.Header = l.result.Header.Clone()
		c.result.Body, c.result.Trailer, c.result.flushed = nil, nil, nil
		return &c.result, nil
	case l.result.Conn != nil:
		return nil, errors.New("client: the handler took the connection and sent no head")
	}
	return nil, fmt.Errorf("%w before its head came", ErrTruncated)
}

// Read implements Call.
func (c *Recording) Read(p []byte) (int, error) {
	c.wait(func(l *line) bool { return l.visible > c.read || l.closed })
	defer c.line.mu.Unlock()
	l := c.line
	if n := copy(p, l.result.Body[c.read:l.visible]); n > 0 || len(p) == 0 {
		c.read += n
		return n, nil
	}
	if !l.closed {
		return 0, fmt.Errorf("%w after %d bytes", ErrTruncated, c.read)
	}
	c.result.Trailer = l.result.Trailer.Clone()
	c.result.Close = l.result.Close
	return 0, io.EOF
}

// Conn implements Call.
func (c *Recording) Conn() (net.Conn, error) {
	c.wait(func(l *line) bool { return l.result.Conn != nil || l.begun })
	defer c.line.mu.Unlock()
	if c.line.result.Conn == nil {
		return nil, errors.New("client: the handler did not take the connection")
	}
	return c.line.result.Conn, nil
}

// Close implements Call: Context ends, reading and writing fail with
// gateway.ErrGone.
func (c *Recording) Close() error {
	c.line.leave()
	return nil
}

// Result waits for the handler's end and returns what was recorded, borrowed until
// the recorder's next request.
func (c *Recording) Result() *Result {
	l := c.line
	l.mu.Lock()
	defer l.mu.Unlock()
	for !l.over {
		l.changed.Wait()
	}
	return &l.result
}
