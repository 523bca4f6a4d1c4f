package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
)

// A framing finds where answers end in a connection's stream (RFC 9112 §6.3), in
// whatever pieces it comes. It keeps nothing of them but a head that was cut.
//
//	head ──► body (Content-Length) ──► head
//	  └────► size ─► data ─► line ─► size ... ─► trailer ──► head   (chunked)
type framing struct {
	phase     framingPhase
	remaining int64  // bytes of content or chunk to pass over
	line      []byte // what came of a head, a chunk's size or a trailer that was cut
	status    int    // of the answer that is read
	closes    bool   // the server announced that it closes after it
}

type framingPhase uint8

const (
	inHead framingPhase = iota
	inBody
	inSize
	inChunk
	inChunkEnd
	inTrailer
)

// maxLine bounds a head: beyond, this is no answer.
const maxLine = 64 << 10

// next passes over p and stops after the end of the first answer: rest is what
// follows it, done whether one ended.
func (f *framing) next(p []byte) (rest []byte, done bool, err error) {
	for {
		switch f.phase {
		case inBody, inChunk:
			n := min(f.remaining, int64(len(p)))
			p, f.remaining = p[n:], f.remaining-n
			if f.remaining > 0 {
				return nil, false, nil
			}
			if f.phase == inBody {
				f.phase = inHead
				return p, true, nil
			}
			f.phase = inChunkEnd
		default:
			var unit []byte
			if unit, p, err = f.take(p, f.end()); unit == nil {
				return nil, false, err
			}
			if done, err = f.advance(unit); done || err != nil {
				return p, done, err
			}
		}
	}
}

var (
	headEnd = []byte("\r\n\r\n")
	lineEnd = []byte("\r\n")
)

// end is what ends the unit of the phase.
func (f *framing) end() []byte {
	if f.phase == inHead {
		return headEnd
	}
	return lineEnd
}

// take splits the next unit, its end included, off p. It keeps what it has of an
// incomplete one and then returns nil.
func (f *framing) take(p, end []byte) (unit, rest []byte, err error) {
	if len(f.line) == 0 {
		if i := bytes.Index(p, end); i >= 0 {
			return p[:i+len(end)], p[i+len(end):], nil
		}
		f.line = append(f.line, p...)
		return nil, nil, f.bounded()
	}
	from := max(0, len(f.line)-len(end)+1)
	had := len(f.line)
	f.line = append(f.line, p...)
	i := bytes.Index(f.line[from:], end)
	if i < 0 {
		return nil, nil, f.bounded()
	}
	size := from + i + len(end)
	unit, f.line = f.line[:size], f.line[:0]
	return unit, p[size-had:], nil
}

func (f *framing) bounded() error {
	if len(f.line) > maxLine {
		return fmt.Errorf("load: no end of a head within %d bytes", maxLine)
	}
	return nil
}

// advance reads a unit and moves to the next phase; done after a last one.
func (f *framing) advance(unit []byte) (done bool, err error) {
	switch f.phase {
	case inHead:
		return f.head(unit)
	case inSize:
		size, _, _ := bytes.Cut(bytes.TrimSuffix(unit, lineEnd), []byte(";"))
		f.remaining, err = strconv.ParseInt(string(bytes.TrimSpace(size)), 16, 63)
		if err != nil || f.remaining < 0 {
			return false, fmt.Errorf("load: chunk size %.20q (RFC 9112 §7.1)", size)
		}
		f.phase = inChunk
		if f.remaining == 0 {
			f.phase = inTrailer
		}
	case inChunkEnd:
		if len(unit) != len(lineEnd) {
			return false, errors.New("load: chunk is longer than its size (RFC 9112 §7.1)")
		}
		f.phase = inSize
	case inTrailer:
		if len(unit) == len(lineEnd) {
			f.phase = inHead
			return true, nil
		}
	}
	return false, nil
}

// head reads the status and how the content is framed. hot path
func (f *framing) head(p []byte) (done bool, err error) {
	const least = "HTTP/1.1 200"
	if len(p) < len(least) || string(p[:len("HTTP/1.")]) != "HTTP/1." {
		return false, fmt.Errorf("load: no status line (RFC 9112 §4): %.40q", p)
	}
	f.status = int(p[9]-'0')*100 + int(p[10]-'0')*10 + int(p[11]-'0')
	f.closes = p[7] == '0'
	f.remaining = -1
	chunked := false
	for line := p[bytes.IndexByte(p, '\n')+1:]; len(line) > len(lineEnd); line = line[bytes.IndexByte(line, '\n')+1:] {
		switch line[0] | 0x20 {
		case 'c':
			if v, ok := field(line, "content-length"); ok {
				f.remaining, err = strconv.ParseInt(string(v), 10, 63)
			} else if v, ok := field(line, "connection"); ok {
				f.closes = equalFold(v, "close") || f.closes && !equalFold(v, "keep-alive")
			}
		case 't':
			if v, ok := field(line, "transfer-encoding"); ok {
				chunked = equalFold(v, "chunked")
			}
		}
	}
	switch {
	case err != nil:
		return false, fmt.Errorf("load: Content-Length (RFC 9112 §6.2): %w", err)
	case chunked:
		f.phase = inSize
	case f.remaining == 0 || f.status == 204 || f.status == 304:
		return true, nil
	case f.remaining < 0:
		return false, errors.New("load: answer ends with the connection (RFC 9112 §6.3), which no server of a benchmark should need")
	default:
		f.phase = inBody
	}
	return false, nil
}

// field returns the value of a line if it is the named field's.
func field(line []byte, name string) (value []byte, ok bool) {
	if len(line) <= len(name) || line[len(name)] != ':' || !bytes.EqualFold(line[:len(name)], []byte(name)) {
		return nil, false
	}
	end := bytes.IndexByte(line, '\n')
	return bytes.TrimSpace(line[len(name)+1 : end]), true
}

func equalFold(v []byte, token string) bool { return bytes.EqualFold(v, []byte(token)) }
