package accesslog

import (
	"encoding/base64"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// atoms are Gunicorn's (settings, access_log_format) and, with names in full, ours.
var atoms = map[string]atom{
	"h": func(b []byte, e *Entry, _ *piece) []byte { return appendHost(b, e.Request.Remote) },
	"l": func(b []byte, _ *Entry, _ *piece) []byte { return append(b, '-') },
	"u": user,
	"r": line,
	"m": text(func(e *Entry) string { return e.Request.Method }),
	"U": path,
	"q": text(func(e *Entry) string { return e.Request.Query }),
	"H": text(func(e *Entry) string { return e.Request.Proto }),
	"s": status,
	"B": func(b []byte, e *Entry, _ *piece) []byte { return strconv.AppendInt(b, e.Outcome.Bytes, 10) },
	"b": func(b []byte, e *Entry, _ *piece) []byte {
		if e.Outcome.Bytes == 0 {
			return append(b, '-')
		}
		return strconv.AppendInt(b, e.Outcome.Bytes, 10)
	},
	"f": text(func(e *Entry) string { return e.Request.Header.Value("Referer") }),
	"a": text(func(e *Entry) string { return e.Request.Header.Value("User-Agent") }),
	"T": number(func(e *Entry) int64 { return int64(e.Outcome.Duration / time.Second) }),
	"M": number(func(e *Entry) int64 { return e.Outcome.Duration.Milliseconds() }),
	"D": number(func(e *Entry) int64 { return e.Outcome.Duration.Microseconds() }),
	"L": func(b []byte, e *Entry, _ *piece) []byte { return appendSeconds(b, e.Outcome.Duration) },
	"p": func(b []byte, _ *Entry, _ *piece) []byte { return append(b, processID...) },

	"first":  func(b []byte, e *Entry, _ *piece) []byte { return appendSeconds(b, e.First) },
	"route":  text(func(e *Entry) string { return e.Route }),
	"host":   text(func(e *Entry) string { return e.Request.Host }),
	"scheme": text(func(e *Entry) string { return e.Request.Scheme }),
	"peer": func(b []byte, e *Entry, _ *piece) []byte {
		if v := e.Request.Via; v != nil {
			return appendHost(b, v.Remote)
		}
		return appendHost(b, e.Request.Remote)
	},
}

var processID = "<" + strconv.Itoa(os.Getpid()) + ">" // in brackets, as in Gunicorn

// named are the atoms with a name; e is found by variable.
var named = map[byte]atom{
	'i': func(b []byte, e *Entry, p *piece) []byte { return p.escape(b, e.Request.Header.Value(p.name)) },
	'o': func(b []byte, e *Entry, p *piece) []byte { return p.escape(b, e.Header.Value(p.name)) },
	'e': func(b []byte, _ *Entry, _ *piece) []byte { return b },
}

func text(of func(*Entry) string) atom {
	return func(b []byte, e *Entry, p *piece) []byte { return p.escape(b, of(e)) }
}

func number(of func(*Entry) int64) atom {
	return func(b []byte, e *Entry, _ *piece) []byte { return strconv.AppendInt(b, of(e), 10) }
}

// line is the request line, or what came in its place.
func line(b []byte, e *Entry, p *piece) []byte {
	r := e.Request
	if r.Method == "" || e.Line != "" {
		return p.escape(b, e.Line)
	}
	space := " "
	if !p.quoted {
		space = `\x20`
	}
	b = append(p.escape(b, r.Method), space...)
	b = append(p.escape(b, r.Target), space...)
	return p.escape(b, r.Proto)
}

// path is the whole path, with the root that the application is mounted at.
func path(b []byte, e *Entry, p *piece) []byte {
	if r := e.Request; r.Root != "" && r.Path != "" {
		return p.escape(p.escape(b, r.Root), r.Path)
	} else if r.Root != "" {
		return p.escape(b, r.Root)
	}
	return p.escape(b, e.Request.Path)
}

// status is "-" where no answer was sent: the client has gone, or the connection was
// taken over.
func status(b []byte, e *Entry, _ *piece) []byte {
	if e.Outcome.Status == 0 {
		return append(b, '-')
	}
	return strconv.AppendInt(b, int64(e.Outcome.Status), 10)
}

// user is the name that the client gave with Basic authentication (RFC 7617 §2).
// Nobody has checked it here. hot path
func user(b []byte, e *Entry, p *piece) []byte {
	v := e.Request.Header.Value("Authorization")
	const scheme = "Basic "
	if len(v) < len(scheme) || !gateway.EqualFold(v[:len(scheme)], scheme) {
		return append(b, '-')
	}
	v = strings.TrimLeft(v[len(scheme):], " ")
	var memory [192]byte
	if len(v) > base64.StdEncoding.EncodedLen(len(memory)) {
		return append(b, '-')
	}
	var encoded [256]byte
	n, err := base64.StdEncoding.Decode(memory[:], encoded[:copy(encoded[:], v)])
	if err != nil {
		return append(b, '-')
	}
	for i, c := range memory[:n] {
		if c == ':' {
			return p.escape(b, string(memory[:i])) // the one allocation of this package
		}
	}
	return append(b, '-')
}

// appendSeconds is Gunicorn's L: seconds with six digits.
func appendSeconds(b []byte, d time.Duration) []byte {
	b = strconv.AppendInt(b, int64(d/time.Second), 10)
	micro := int64(d%time.Second) / 1000
	b = append(b, '.')
	for unit := int64(100000); unit > 0; unit /= 10 {
		b = append(b, '0'+byte(micro/unit%10))
	}
	return b
}

// variable is a variable of PEP 3333's environ.
func variable(name string) atom {
	if strings.HasPrefix(name, "HTTP_") && len(name) > len("HTTP_") {
		return named['i']
	}
	switch name {
	case "REQUEST_METHOD":
		return atoms["m"]
	case "SCRIPT_NAME":
		return text(func(e *Entry) string { return e.Request.Root })
	case "PATH_INFO":
		return text(func(e *Entry) string { return e.Request.Path })
	case "RAW_URI":
		return text(func(e *Entry) string { return e.Request.Target })
	case "QUERY_STRING":
		return atoms["q"]
	case "SERVER_PROTOCOL":
		return atoms["H"]
	case "wsgi.url_scheme":
		return atoms["scheme"]
	case "REMOTE_ADDR":
		return atoms["h"]
	case "REMOTE_PORT":
		return port(func(e *Entry) net.Addr { return e.Request.Remote })
	case "SERVER_NAME":
		return func(b []byte, e *Entry, _ *piece) []byte { return appendHost(b, e.Request.Local) }
	case "SERVER_PORT":
		return port(func(e *Entry) net.Addr { return e.Request.Local })
	case "CONTENT_TYPE":
		return text(func(e *Entry) string { return e.Request.Header.Value("Content-Type") })
	case "CONTENT_LENGTH":
		return text(func(e *Entry) string { return e.Request.Header.Value("Content-Length") })
	}
	return nil
}

func port(of func(*Entry) net.Addr) atom {
	return func(b []byte, e *Entry, _ *piece) []byte {
		if a, ok := of(e).(*net.TCPAddr); ok {
			return strconv.AppendInt(b, int64(a.Port), 10)
		}
		return append(b, '-')
	}
}
