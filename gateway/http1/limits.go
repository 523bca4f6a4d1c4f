package http1

// Limits bound what a peer can make the codec keep or look at. A zero stands for
// the default; no limit can be switched off, and none reaches beyond 1 GiB. Each is
// the largest value that still passes.
type Limits struct {
	// Line is the length of a request line in bytes without its CRLF: 414, or 501
	// where the method alone fills it (RFC 9112 §3). Default 8190, as in Apache
	// (LimitRequestLine) and Gunicorn (limit_request_line, 4094); RFC 9112 §3 asks
	// for at least 8000.
	Line int

	// Field is the length of one field line in bytes without its CRLF, in a header
	// or a trailer section: 431. Default 8190, as in Apache (LimitRequestFieldSize)
	// and Gunicorn (limit_request_field_size).
	Field int

	// Fields is the number of field lines of a header section: 431. Default 100, as
	// in Apache (LimitRequestFields) and Gunicorn (limit_request_fields).
	Fields int

	// Header is the length of a header section in bytes, with the CRLF of each line
	// but without the empty line: 431. Default 64 KiB; nginx comes to 32 KiB
	// (large_client_header_buffers), net/http to 1 MiB (MaxHeaderBytes).
	Header int

	// Trailers is the number of field lines of a trailer section: 431. Default 32;
	// a request's trailers are a checksum or two.
	Trailers int

	// Trailer is the length of a trailer section in bytes, counted as Header is:
	// 431. Default 16 KiB, as in hyper (TRAILER_LIMIT).
	Trailer int

	// ChunkLine is the length of a chunk's size line in bytes, extensions included,
	// without its CRLF: 400. Default 4096, as in net/http (maxLineLength of its
	// chunked reader).
	ChunkLine int

	// Extensions is the length of all chunk extensions of one message in bytes,
	// each counted from its semicolon: 400. Default 16 KiB, as in hyper
	// (CHUNKED_EXTENSIONS_LIMIT), Node (CVE-2024-22019) and net/http
	// (CVE-2023-39326). RFC 9112 §7.1.1 asks for such a bound.
	Extensions int
}

// mostBytes is as far as a limit reaches, so that sums of limits do not overflow.
const mostBytes = 1 << 30

// withDefaults returns l with every zero (or negative, which would be no limit at
// all) replaced.
func (l Limits) withDefaults() Limits {
	or := func(n, standard int) int {
		if n <= 0 {
			return standard
		}
		return min(n, mostBytes)
	}
	return Limits{
		Line:       or(l.Line, 8190),
		Field:      or(l.Field, 8190),
		Fields:     or(l.Fields, 100),
		Header:     or(l.Header, 64<<10),
		Trailers:   or(l.Trailers, 32),
		Trailer:    or(l.Trailer, 16<<10),
		ChunkLine:  or(l.ChunkLine, 4096),
		Extensions: or(l.Extensions, 16<<10),
	}
}
