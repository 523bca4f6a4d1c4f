package http1

import (
	"strconv"

	"github.com/dewar-go/dewar/gateway"
)

// A Head is what AppendHead writes: the application's status and fields, and the
// server's decisions about message and connection.
type Head struct {
	Status int            // 200 to 999; for others see AppendInterim
	Header gateway.Header // borrowed; valid names and values (the Exchange has seen to it)

	Body   Framing // None writes no framing field; a Fixed body of 0 bytes says so
	Length int64   // of a Fixed body

	Minor     int    // of the request: HTTP/1.0 clients have to be told that the connection stays
	KeepAlive bool   // the connection stays open behind this response (RFC 9112 §9.3)
	Date      []byte // borrowed; a whole line, "Date: ...\r\n", or nil; a Date in Header replaces it
}

// AppendHead appends the head of a final response, up to and with its empty line.
//
// Framing and connection are the server's (RFC 9112 §6, §9): Content-Length,
// Transfer-Encoding and Connection are written from Body, Length and KeepAlive, and
// left out where Header has them; an Upgrade field gets its option in Connection. 204 has
// neither framing field (RFC 9110 §8.6, RFC 9112 §6.1), 304 a Content-Length at
// most. HEAD is answered with what GET would get: give it the same Head.
//
// The status line always says HTTP/1.1, our version, whatever the request's (RFC
// 9110 §6.2).
func AppendHead(dst []byte, h *Head) []byte {
	dst, upgrade := appendStart(dst, h)
	return appendEnd(dst, h, upgrade)
}

// appendConnection says what becomes of the connection, and that an Upgrade field is
// meant for it (RFC 9110 §7.8).
func appendConnection(dst []byte, h *Head, upgrade bool) []byte {
	option := ""
	switch {
	case !h.KeepAlive || h.Body == ToClose:
		option = "close"
	case h.Minor == 0:
		option = "keep-alive"
	case !upgrade:
		return dst
	}
	dst = append(append(dst, "Connection: "...), option...)
	if upgrade && option != "" {
		dst = append(dst, ", "...)
	}
	if upgrade {
		dst = append(dst, "upgrade"...)
	}
	return append(dst, "\r\n"...)
}

// Continue is the whole interim response that asks for the body (RFC 9110 §15.2.1).
const Continue = "HTTP/1.1 100 Continue\r\n\r\n"

// AppendInterim appends a whole interim response, such as 103, or the head of a
// 101: status and fields, nothing of its own. h is borrowed until it returns.
// HTTP/1.0 clients get none (RFC 9110 §15.2): that is for the caller to heed.
func AppendInterim(dst []byte, status int, h gateway.Header) []byte {
	dst = appendStatusLine(dst, status)
	return append(appendFields(dst, h), "\r\n"...)
}

// AppendChunk appends data as one chunk; nothing where it is empty, since an empty
// chunk is the last. data is borrowed until it returns.
func AppendChunk(dst, data []byte) []byte {
	if len(data) == 0 {
		return dst
	}
	dst = AppendChunkHead(dst, int64(len(data)))
	return append(append(dst, data...), "\r\n"...)
}

// AppendChunkHead appends the size line of a chunk of n > 0 bytes, for data that is
// sent from elsewhere. The data has to be followed by CRLF.
func AppendChunkHead(dst []byte, n int64) []byte {
	return append(strconv.AppendInt(dst, n, 16), "\r\n"...)
}

// AppendLastChunk appends the end of a chunked body: last chunk, trailer section,
// empty line. trailer is borrowed until it returns; its fields are valid and none
// of those that RFC 9110 §6.5.1 forbids (the Exchange has seen to it).
func AppendLastChunk(dst []byte, trailer gateway.Header) []byte {
	dst = append(dst, "0\r\n"...)
	return append(appendFields(dst, trailer), "\r\n"...)
}

func appendFields(dst []byte, h gateway.Header) []byte {
	for i := range h {
		dst = appendField(dst, &h[i])
	}
	return dst
}

func appendField(dst []byte, f *gateway.Field) []byte {
	dst = append(dst, f.Name...)
	dst = append(dst, ": "...)
	dst = append(dst, f.Value...)
	return append(dst, "\r\n"...)
}

// statusLines holds a line for each registered status.
var statusLines = func() (t [600]string) {
	for status := range t {
		if phrase := gateway.StatusText(status); phrase != "" {
			t[status] = "HTTP/1.1 " + strconv.Itoa(status) + " " + phrase + "\r\n"
		}
	}
	return t
}()

// appendStatusLine writes no phrase for a status that is not registered; the space
// before it stays (RFC 9112 §4).
func appendStatusLine(dst []byte, status int) []byte {
	if uint(status) < uint(len(statusLines)) && statusLines[status] != "" {
		return append(dst, statusLines[status]...)
	}
	dst = append(dst, "HTTP/1.1 "...)
	dst = strconv.AppendInt(dst, int64(status), 10)
	return append(dst, " \r\n"...)
}
