package client

import (
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// DrainLimit is how many bytes of a body that the handler left unread a recorder
// reads to keep the connection. A Stream left unread always closes it, since
// nobody knows when it would end.
const DrainLimit = 64 << 10

// A Recorder is a server in memory that serves one connection: request after
// request, never two at once. Set its fields before the first request.
//
// A test that has to act while the handler runs (read a flushed chunk, go away,
// talk to a handler that took the connection) uses Start instead of Do.
type Recorder struct {
	Handler       gateway.Handler
	Scheme        string   // "" is http
	Remote, Local net.Addr // nil is 127.0.0.1, port 1234 and 80

	x    *gateway.Exchange
	line line
}

// Do runs one request through h and returns its answer, which the caller owns.
func Do(h gateway.Handler, q Request) *Result {
	return (&Recorder{Handler: h}).Do(q)
}

// Do runs one request to its end. The Result is borrowed until the next one.
//
// A handler that takes the connection gets one end of a net.Pipe, on which every
// Write waits for a Read of the other end, Result.Conn: it returns before it
// talks, or the test uses Start. hot path
func (r *Recorder) Do(q Request) *Result {
	r.begin(&q)
	r.run()
	return &r.line.result
}

// Start runs the request in a goroutine of its own, which ends with the handler,
// and returns the client's side of it. The recorder serves nothing else until
// the handler has returned.
func (r *Recorder) Start(q Request) *Recording {
	r.begin(&q)
	go r.run()
	return &Recording{line: &r.line}
}

func (r *Recorder) run() {
	r.line.end(gateway.Run(r.Handler, r.x, &r.line))
}

// begin readies exchange and line for q, and fills the request.
func (r *Recorder) begin(q *Request) {
	if r.x == nil {
		r.x = new(gateway.Exchange)
	} else {
		r.x = r.x.Renew()
	}
	q.fill(&r.x.Request)
	req := &r.x.Request
	if req.Scheme == "" {
		req.Scheme = or(r.Scheme, "http")
	}
	req.Remote, req.Local = r.Remote, r.Local
	if req.Remote == nil {
		req.Remote = remoteAddr
	}
	if req.Local == nil {
		req.Local = localAddr
	}
	r.line.begin(q, r.x)
}

// Shared by all recorders; nothing writes to them.
var (
	remoteAddr net.Addr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1).To4(), Port: 1234}
	localAddr  net.Addr = &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1).To4(), Port: 80}
)

// fill writes q down as a server would have read it.
func (q *Request) fill(r *gateway.Request) {
	r.Method = or(q.Method, "GET")
	r.Target = or(q.Target, "/")
	r.Proto = or(q.Proto, "HTTP/1.1")
	r.Host = q.Host
	if r.Host == "" && r.Proto != "HTTP/1.0" {
		r.Host = "localhost"
	}
	path := r.Target
	for _, scheme := range [...]string{"http", "https"} {
		if rest, ok := strings.CutPrefix(path, scheme+"://"); ok {
			slash := strings.IndexAny(rest+"/", "/?")
			r.Scheme, r.Host, path = scheme, rest[:slash], rest[slash:]
			break
		}
	}
	r.Path, r.Query, _ = strings.Cut(path, "?")
	if r.Path == "" {
		r.Path = "/"
	}
	r.Header = q.Header
	r.Length = q.length()
	r.Time = time.Now()
}

// length is what a server knows of the content's length when it has read the head.
func (q *Request) length() int64 {
	switch {
	case len(q.Trailer) > 0:
		return -1
	case q.Stream == nil:
		return int64(len(q.Body))
	case q.Length > 0:
		return q.Length
	}
	return -1
}

// expects reports whether the client waits for 100 Continue (RFC 9110 §10.1.1).
func (q *Request) expects() bool {
	return q.Proto != "HTTP/1.0" && q.length() != 0 && gateway.EqualFold(q.Header.Value("Expect"), "100-continue")
}

func or(s, instead string) string {
	if s == "" {
		return instead
	}
	return s
}

// lengthText is strconv.FormatInt with a memory for one value: a connection that
// gives the same answer again does not allocate again.
type lengthText struct {
	n    int64
	text string
}

func (l *lengthText) of(n int64) string {
	if l.text == "" || l.n != n {
		l.n, l.text = n, strconv.FormatInt(n, 10)
	}
	return l.text
}
