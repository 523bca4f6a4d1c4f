package framework

import (
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// A TestSocket is a WebSocket between a test and the application, or what it answered
// instead. The end of the test ends it.
type TestSocket struct {
	Status   int            // 101, or of Refusal
	Header   gateway.Header // owned
	Protocol string         // that the application chose of those offered; "" is none
	Refusal  *TestResponse  // the whole answer where there is no WebSocket, else nil

	r      *TestRequest
	socket *client.WebSocket
}

// WebSocket sends the request as one for a WebSocket, with GET, offering those
// subprotocols (RFC 6455 §4.1). The target may begin with ws:// or wss://, as
// Context.URL builds it; the field Origin is the client's own unless one was set, as
// browsers send it. Redirects are not followed.
//
//	s := c.Get("/chat").WebSocket()
//	s.Send("hello")
//	if got := s.Text(); got != "hello, too" { ... }
//	s.Close(1000, "")
func (r *TestRequest) WebSocket(protocols ...string) *TestSocket {
	c := r.client
	c.t.Helper()
	if rest, ok := strings.CutPrefix(r.target, "ws"); ok && (strings.HasPrefix(rest, "://") || strings.HasPrefix(rest, "s://")) {
		r.target = "http" + rest
	}
	to := r.compose()
	if !r.q.Header.Has("Origin") && !c.Header.Has("Origin") {
		r.Header("Origin", c.base.String())
	}
	r.q = client.ForWebSocket(r.q, protocols...)
	call, answer, err := c.start(r.q, to)
	if err != nil {
		c.t.Fatalf("framework: WebSocket %s: %v", to, err)
	}
	c.t.Cleanup(func() { call.Close() })
	socket, result, err := client.OpenWebSocket(call, r.q)
	if err != nil {
		c.t.Fatalf("framework: WebSocket %s: %v", to, err)
	}
	c.jar.store(to, result.Header)
	s := &TestSocket{Status: result.Status, Header: result.Header, r: r, socket: socket}
	if socket == nil {
		answer.take(result)
		answer.forget()
		c.failed(answer)
		s.Refusal = answer
		return s
	}
	s.Protocol = socket.Protocol
	if !c.memory {
		socket.Patience = client.DefaultPatience
	}
	c.t.Cleanup(socket.Abort)
	c.mu.Lock()
	c.streams = append(c.streams, answer) // its errors are known when the handler has ended
	c.mu.Unlock()
	return s
}

// open returns the WebSocket, or ends the test where there is none.
func (s *TestSocket) open() *client.WebSocket {
	s.r.client.t.Helper()
	if s.socket == nil {
		s.fatal(fmt.Errorf("the answer is %d and no WebSocket: %s", s.Status, excerpt(s.Refusal.Body)))
	}
	return s.socket
}

func (s *TestSocket) fatal(err error) {
	s.r.client.t.Helper()
	s.r.client.t.Fatalf("framework: WebSocket %s: %v", s.r.target, err)
}

// Is fails the test unless the status is that, such as 101, and returns s.
func (s *TestSocket) Is(status int) *TestSocket {
	s.r.client.t.Helper()
	if s.Refusal != nil {
		s.Refusal.Is(status)
	} else if s.Status != status {
		s.r.client.t.Errorf("framework: WebSocket %s: status %d, want %d", s.r.target, s.Status, status)
	}
	return s
}

// Send sends a text. It ends the test where the WebSocket is closed.
func (s *TestSocket) Send(text string) { s.r.client.t.Helper(); s.send(true, []byte(text)) }

// SendBytes sends a binary message, as Send does; data is borrowed until it returns.
func (s *TestSocket) SendBytes(data []byte) { s.r.client.t.Helper(); s.send(false, data) }

// SendJSON sends v as a text, as App.JSON encodes it.
func (s *TestSocket) SendJSON(v any) {
	s.r.client.t.Helper()
	text, err := s.r.client.app.live.Load().json.Marshal(v)
	if err != nil {
		s.fatal(fmt.Errorf("JSON of %T: %w", v, err))
	}
	s.send(true, text)
}

func (s *TestSocket) send(text bool, data []byte) {
	s.r.client.t.Helper()
	if err := s.open().Send(client.Message{Text: text, Data: data}); err != nil {
		s.fatal(err)
	}
}

// Receive waits for the next message. After the last one the error is a
// *client.ClosedError, or one that wraps client.ErrTruncated where the application
// ended the connection without a Close.
func (s *TestSocket) Receive() (client.Message, error) {
	s.r.client.t.Helper()
	return s.open().Receive()
}

// Text waits for the next message, and ends the test where it is no text.
func (s *TestSocket) Text() string { s.r.client.t.Helper(); return string(s.next(true)) }

// Bytes waits for the next message, and ends the test where it is not binary. The
// result is owned.
func (s *TestSocket) Bytes() []byte { s.r.client.t.Helper(); return s.next(false) }

// JSON waits for the next message, a text, and decodes it into what v points to, as
// encoding/json does. It ends the test where that cannot be.
func (s *TestSocket) JSON(v any) {
	s.r.client.t.Helper()
	data := s.next(true)
	if err := (StdJSON{}).Unmarshal(data, v); err != nil {
		s.fatal(fmt.Errorf("%w in %s", err, excerpt(data)))
	}
}

func (s *TestSocket) next(text bool) []byte {
	s.r.client.t.Helper()
	m, err := s.Receive()
	if err != nil {
		s.fatal(err)
	}
	if m.Text != text {
		s.fatal(fmt.Errorf("the message is a text: %v; %s", m.Text, excerpt(m.Data)))
	}
	return m.Data
}

// Ping sends a ping and waits for the answer; messages that come before it are kept.
func (s *TestSocket) Ping() {
	s.r.client.t.Helper()
	if err := s.open().Ping(); err != nil {
		s.fatal(err)
	}
}

// Close closes the WebSocket with a code, such as 1000, and a reason, and waits for the
// application's answer. It fails the test where that is no Close.
func (s *TestSocket) Close(code int, reason string) {
	s.r.client.t.Helper()
	if err := s.open().Close(code, reason); err != nil {
		s.r.client.t.Errorf("framework: WebSocket %s: %v", s.r.target, err)
	}
}

// Abort goes away without a word, as a visitor whose network breaks.
func (s *TestSocket) Abort() { s.r.client.t.Helper(); s.open().Abort() }
