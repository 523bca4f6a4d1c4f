package client

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// DefaultPatience is how long Sockets wait for what must come. It is no measure of
// speed.
const DefaultPatience = 20 * time.Second

// SmallBody is what every server drains to keep a connection whose request was
// left unread, in bytes; more it may refuse to.
const SmallBody = 4 << 10

// Sockets is the Client of HTTP/1.1 servers. It keeps connections as a browser
// does, so that one exchange can suffer from what the one before it left, and holds
// every answer to RFC 9112.
type Sockets struct {
	Open     func() (net.Conn, error) // connects to the server
	Patience time.Duration            // how long a request may take in all; 0 means DefaultPatience

	mu   sync.Mutex
	idle []*Socket
}

// A Socket is one connection with its reader.
type Socket struct {
	net.Conn
	r *bufio.Reader
}

// NewSocket reads from conn (owned) as a client does.
func NewSocket(conn net.Conn) *Socket { return &Socket{conn, bufio.NewReader(conn)} }

// Read reads what the checker has read ahead first: the connection after Hijack.
func (s *Socket) Read(p []byte) (int, error) { return s.r.Read(p) }

// Receive reads one answer to a request of that method, with the interim ones before
// it, and leaves the connection open.
func (s *Socket) Receive(method string) (*Result, error) {
	call := &socketCall{client: &Sockets{}, socket: s, q: Request{Method: method}, go100: make(chan bool, 1)}
	res, err := call.Head()
	if err != nil {
		return nil, err
	}
	res.Body, err = io.ReadAll(&call.answer.content)
	res.Trailer = call.answer.content.trailer
	if errors.Is(err, ErrTruncated) {
		res.Aborted, err = true, nil
	}
	return res, err
}

// Dial implements Client.
func (c *Sockets) Dial() (net.Conn, error) {
	conn, err := c.Open()
	if err != nil {
		return nil, err
	}
	return conn, conn.SetDeadline(c.deadline())
}

func (c *Sockets) deadline() time.Time {
	return time.Now().Add(cmp.Or(c.Patience, DefaultPatience))
}

func (c *Sockets) take() (*Socket, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.idle); n > 0 {
		s := c.idle[n-1]
		c.idle = c.idle[:n-1]
		return s, s.SetDeadline(c.deadline())
	}
	conn, err := c.Dial()
	if err != nil {
		return nil, err
	}
	return NewSocket(conn), nil
}

func (c *Sockets) keep(s *Socket) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.idle = append(c.idle, s)
}

// Close implements Client.
func (c *Sockets) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range c.idle {
		s.Close()
	}
	c.idle = nil
}

// Start implements Client.
func (c *Sockets) Start(q Request) (Call, error) {
	s, err := c.take()
	if err != nil {
		return nil, err
	}
	call := &socketCall{
		client: c,
		socket: s,
		q:      q,
		go100:  make(chan bool, 1),
		sent:   make(chan error, 1),
	}
	go call.send()
	return call, nil
}

type socketCall struct {
	client *Sockets
	socket *Socket
	q      Request
	go100  chan bool  // whether the body shall be sent that waits for 100 Continue
	sent   chan error // the end of send

	result  Result
	interim int     // how many Interim has returned
	answer  *answer // the final one, once read
	ended   error   // of Read, sticky
}

// send writes the request beside the reading of the answer, as both may be longer
// than what buffers hold. It ends with the request or with the connection.
func (c *socketCall) send() {
	err := c.write()
	if errors.Is(err, errBroken) {
		c.socket.Close()
	}
	c.sent <- err
}

func (c *socketCall) write() error {
	w := bufio.NewWriter(c.socket.Conn)
	c.q.writeHead(w)
	if c.q.Stream != nil || c.q.expects() { // what follows may be long in coming
		if err := w.Flush(); err != nil {
			return err
		}
	}
	if c.q.expects() && !<-c.go100 {
		return errors.New("client: the final answer came before 100 Continue")
	}
	if err := c.q.writeContent(w); err != nil {
		return err
	}
	return w.Flush()
}

// writeHead writes the request line and the header section.
func (q *Request) writeHead(w *bufio.Writer) {
	var r gateway.Request
	q.fill(&r)
	fmt.Fprintf(w, "%s %s %s\r\n", r.Method, r.Target, r.Proto)
	if r.Host != "" {
		fmt.Fprintf(w, "Host: %s\r\n", r.Host)
	}
	for _, f := range q.Header {
		fmt.Fprintf(w, "%s: %s\r\n", f.Name, f.Value)
	}
	switch {
	case r.Length < 0:
		w.WriteString("Transfer-Encoding: chunked\r\n")
	case r.Length > 0 || r.Method == "POST" || r.Method == "PUT":
		fmt.Fprintf(w, "Content-Length: %d\r\n", r.Length)
	}
	w.WriteString("\r\n")
}

// errBroken is a Stream that failed or was too short: the client goes away.
var errBroken = errors.New("client: the stream broke")

// streaming is a Stream with its errors marked as such.
type streaming struct{ r io.Reader }

func (s streaming) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	if err != nil && err != io.EOF {
		err = fmt.Errorf("%w: %w", errBroken, err)
	}
	return n, err
}

// writeContent writes the content with its coding.
func (q *Request) writeContent(w *bufio.Writer) error {
	from := io.Reader(bytes.NewReader(q.Body))
	if q.Stream != nil {
		from = streaming{q.Stream}
	}
	if q.length() >= 0 {
		n, err := io.Copy(unbuffered{w}, io.LimitReader(from, q.length()))
		if err == nil && n < q.length() {
			err = errBroken
		}
		return err
	}
	if _, err := io.Copy(chunking{w}, from); err != nil {
		return err
	}
	w.WriteString("0\r\n")
	for _, f := range q.Trailer {
		fmt.Fprintf(w, "%s: %s\r\n", f.Name, f.Value)
	}
	_, err := w.WriteString("\r\n")
	return err
}

// unbuffered hands every piece to the system, so that a stream arrives as it
// comes.
type unbuffered struct{ w *bufio.Writer }

func (u unbuffered) Write(p []byte) (int, error) {
	n, err := u.w.Write(p)
	return n, errors.Join(err, u.w.Flush())
}

// chunking writes every piece as a chunk.
type chunking struct{ w *bufio.Writer }

func (c chunking) Write(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c.w.WriteString(strconv.FormatInt(int64(len(p)), 16) + "\r\n")
	c.w.Write(p)
	c.w.WriteString("\r\n")
	return len(p), c.w.Flush()
}

// next reads one head and sorts it.
func (c *socketCall) next() error {
	a, err := wire{c.socket.r}.answer(or(c.q.Method, "GET"), or(c.q.Proto, "HTTP/1.1"))
	if err != nil {
		return err
	}
	if a.Status < 200 && a.Status != 101 {
		c.result.Interim = append(c.result.Interim, Interim{a.Status, a.Header})
		if a.Status == 100 && c.q.expects() {
			c.proceed(true)
		}
		return nil
	}
	c.proceed(false)
	c.answer = a
	c.result.Status, c.result.Header, c.result.Close = a.Status, a.Header, a.close
	return nil
}

// proceed lets the body go, or not, if that was not yet decided.
func (c *socketCall) proceed(send bool) {
	select {
	case c.go100 <- send:
	default:
	}
}

// Interim implements Call.
func (c *socketCall) Interim() (Interim, error) {
	for len(c.result.Interim) <= c.interim {
		if c.answer != nil {
			return Interim{}, errors.New("client: no further interim response came")
		}
		if err := c.next(); err != nil {
			return Interim{}, err
		}
	}
	c.interim++
	return c.result.Interim[c.interim-1], nil
}

// Head implements Call.
func (c *socketCall) Head() (*Result, error) {
	for c.answer == nil {
		if err := c.next(); err != nil {
			c.Close()
			return nil, err
		}
	}
	return &c.result, nil
}

// Read implements Call. At the end of the answer it makes sure that nothing
// follows, and keeps the connection if the server does.
func (c *socketCall) Read(p []byte) (int, error) {
	if c.ended != nil {
		return 0, c.ended
	}
	if _, err := c.Head(); err != nil {
		return 0, err
	}
	n, err := c.answer.content.Read(p)
	if err == io.EOF {
		c.result.Trailer = c.answer.content.trailer
		err = c.settle()
	}
	if err != nil && err != io.EOF {
		c.Close()
	}
	c.ended = err
	return n, err
}

// settle decides about the connection after a whole answer. It returns io.EOF, or
// what is wrong.
func (c *socketCall) settle() error {
	if !c.result.Close && c.socket.r.Buffered() > 0 {
		rest, _ := c.socket.r.Peek(min(c.socket.r.Buffered(), 40))
		return fmt.Errorf("client: bytes after the answer: %q", rest)
	}
	if c.result.Close {
		return c.awaitClose()
	}
	// A small request fits into the system's buffers: the end of its sending can be
	// awaited, which may come after the answer's. A larger one may never end.
	if c.q.Stream == nil && len(c.q.Body) <= SmallBody && <-c.sent == nil {
		c.client.keep(c.socket)
		return io.EOF
	}
	c.Close()
	return io.EOF
}

// awaitClose holds the server to its announcement. How the connection ends does
// not matter, since nothing can be lost any more.
func (c *socketCall) awaitClose() error {
	defer c.Close()
	b, err := c.socket.r.ReadByte()
	switch {
	case err == nil:
		return fmt.Errorf("client: byte %q after the last answer of a connection", b)
	case isTimeout(err):
		return errors.New("client: the server announced to close and did not (RFC 9112 §9.6)")
	}
	return io.EOF
}

func isTimeout(err error) bool { return errors.Is(err, os.ErrDeadlineExceeded) }

// Conn implements Call.
func (c *socketCall) Conn() (net.Conn, error) { return c.socket, <-c.sent }

// Close implements Call. After the end of the answer the connection is no longer the
// call's.
func (c *socketCall) Close() error {
	if c.ended != nil {
		return nil
	}
	c.proceed(false)
	return c.socket.Close()
}
