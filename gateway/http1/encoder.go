package http1

import (
	"strconv"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/internal/octet"
)

// An Encoder writes the heads of responses, one after the other. Most of them begin like
// the one before: the same status, fields that are the same strings, and the second's
// Date. So it remembers that beginning, as the Parser remembers the head of a request,
// and what follows is written for each response: framing and connection.
//
// The zero value is ready. An Encoder is used by one goroutine at a time, for any number
// of connections.
type Encoder struct {
	status  int
	date    []byte // the line that was given; kept, so that another one lies elsewhere
	fields  [encoderFields]gateway.Field
	count   int    // of fields
	start   []byte // what was made of them; empty: nothing is remembered
	upgrade bool
}

// What is longer is not remembered: it would cost an idle server memory.
const (
	encoderFields = 8
	encoderStart  = 512
)

// AppendHead is the function of that name. hot path
func (e *Encoder) AppendHead(dst []byte, h *Head) []byte {
	if e.repeats(h) {
		return appendEnd(append(dst, e.start...), h, e.upgrade)
	}
	begin := len(dst)
	dst, upgrade := appendStart(dst, h)
	e.remember(h, dst[begin:], upgrade)
	return appendEnd(dst, h, upgrade)
}

// repeats reports whether h begins like the head before.
func (e *Encoder) repeats(h *Head) bool {
	if h.Status != e.status || len(h.Header) != e.count || len(e.start) == 0 || !sameLine(h.Date, e.date) {
		return false
	}
	for i := range h.Header {
		f, g := &h.Header[i], &e.fields[i]
		if !octet.Same(f.Value, g.Value) || !octet.Same(f.Name, g.Name) {
			return false
		}
	}
	return true
}

func sameLine(a, b []byte) bool { return len(a) == len(b) && (len(a) == 0 || &a[0] == &b[0]) }

// remember keeps the beginning of h, unless it is long.
func (e *Encoder) remember(h *Head, start []byte, upgrade bool) {
	e.start = e.start[:0]
	if len(h.Header) > encoderFields || len(start) > encoderStart {
		return
	}
	if e.start == nil {
		e.start = make([]byte, 0, encoderStart)
	}
	e.status, e.date, e.upgrade = h.Status, h.Date, upgrade
	e.count = copy(e.fields[:], h.Header)
	e.start = append(e.start, start...)
}

// appendStart appends a head as far as it can be the next one's beginning: the status
// line, the fields and the Date. upgrade says that one of the fields is Upgrade.
func appendStart(dst []byte, h *Head) (_ []byte, upgrade bool) {
	dst = appendStatusLine(dst, h.Status)
	dated := false
	for i := range h.Header {
		f := &h.Header[i]
		switch len(f.Name) {
		case len("Date"):
			dated = dated || gateway.EqualFold(f.Name, "Date")
		case len("Upgrade"):
			upgrade = upgrade || gateway.EqualFold(f.Name, "Upgrade")
		case len("Connection"):
			if gateway.EqualFold(f.Name, "Connection") {
				continue
			}
		case len("Content-Length"):
			if gateway.EqualFold(f.Name, "Content-Length") {
				continue
			}
		case len("Transfer-Encoding"):
			if gateway.EqualFold(f.Name, "Transfer-Encoding") {
				continue
			}
		}
		dst = appendField(dst, f)
	}
	if !dated {
		dst = append(dst, h.Date...)
	}
	return dst, upgrade
}

// appendEnd appends the rest: framing, connection and the empty line.
func appendEnd(dst []byte, h *Head, upgrade bool) []byte {
	switch {
	case h.Status == 204:
	case h.Body == Fixed:
		dst = append(dst, "Content-Length: "...)
		dst = strconv.AppendInt(dst, h.Length, 10)
		dst = append(dst, "\r\n"...)
	case h.Body == Chunked && h.Status != 304:
		dst = append(dst, "Transfer-Encoding: chunked\r\n"...)
	}
	if upgrade || !h.KeepAlive || h.Minor == 0 || h.Body == ToClose {
		dst = appendConnection(dst, h, upgrade)
	}
	return append(dst, "\r\n"...)
}
