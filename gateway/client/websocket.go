package client

import (
	"bufio"
	"crypto/rand"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/dewar-go/dewar/gateway"
)

// ForWebSocket returns q as the request that opens a WebSocket, offering those
// subprotocols (RFC 6455 §4.1). Send it with Client.Start, and give its Call to
// OpenWebSocket.
func ForWebSocket(q Request, protocols ...string) Request {
	var nonce [16]byte
	_, _ = rand.Read(nonce[:]) // never fails, as of Go 1.24
	q.Method, q.Header = "GET", q.Header.Clone()
	q.Header.Set("Connection", "Upgrade")
	q.Header.Set("Upgrade", "websocket")
	q.Header.Set("Sec-WebSocket-Version", "13")
	q.Header.Set("Sec-WebSocket-Key", base64.StdEncoding.EncodeToString(nonce[:]))
	if len(protocols) > 0 {
		q.Header.Set("Sec-WebSocket-Protocol", strings.Join(protocols, ", "))
	}
	return q
}

// OpenWebSocket waits for the answer to a request of ForWebSocket. Where the server
// refuses, the WebSocket is nil and the Result the whole answer; otherwise it has the
// head alone, and an answer that RFC 6455 §4.2.2 does not allow is an error.
func OpenWebSocket(call Call, q Request) (*WebSocket, *Result, error) {
	conn, err := call.Conn()
	if err != nil { // a recorder whose handler has answered instead
		res, err := Finish(call)
		return nil, res, err
	}
	s, ok := conn.(*Socket)
	if !ok {
		s = NewSocket(conn)
	}
	res, err := s.Receive("GET")
	if err == nil && res.Status == 101 {
		err = accepted(q.Header, res.Header)
	}
	if err != nil || res.Status != 101 {
		return nil, res, errors.Join(err, s.Close())
	}
	if err := s.SetDeadline(time.Time{}); err != nil {
		return nil, nil, err
	}
	w := &WebSocket{Protocol: res.Header.Value("Sec-WebSocket-Protocol"), conn: s.Conn, r: s.r}
	w.changed.L = &w.mu
	w.running.Go(w.pump)
	w.running.Go(w.drain)
	return w, res, nil
}

// acceptGUID is what makes of a key its answer (RFC 6455 §1.3).
const acceptGUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

// accepted returns what is wrong with the head of a 101 (RFC 6455 §4.1).
func accepted(asked, answer gateway.Header) error {
	sum := sha1.Sum([]byte(asked.Value("Sec-WebSocket-Key") + acceptGUID))
	protocol, chosen := answer.Lookup("Sec-WebSocket-Protocol")
	switch {
	case !gateway.EqualFold(answer.Value("Upgrade"), "websocket") || !answer.HasToken("Connection", "upgrade"):
		return errors.New("client: 101 without Upgrade: websocket and Connection: Upgrade (RFC 6455 §4.2.2)")
	case answer.Value("Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(sum[:]):
		return fmt.Errorf("client: Sec-WebSocket-Accept %q does not answer the key (RFC 6455 §4.2.2)", answer.Value("Sec-WebSocket-Accept"))
	case answer.Has("Sec-WebSocket-Extensions"):
		return fmt.Errorf("client: the extensions %q, for which nobody has asked (RFC 6455 §4.1)", answer.Value("Sec-WebSocket-Extensions"))
	case chosen && !slices.Contains(slices.Collect(asked.List("Sec-WebSocket-Protocol")), protocol):
		return fmt.Errorf("client: the subprotocol %q, for which nobody has asked (RFC 6455 §4.1)", protocol)
	}
	return nil
}

// A WebSocket is the client's end of a WebSocket, for tests: what a server must not
// send ends it with an error. Pings are answered. It may be used by several
// goroutines.
//
// Its own two goroutines, one for each direction, keep a server that writes from
// waiting for a test that writes, as the system's buffers do; they end with Close and
// Abort, and with the server's end.
type WebSocket struct {
	Protocol string        // that the server has chosen; "" is none
	Patience time.Duration // how long Receive and Ping wait; 0: for ever

	conn    net.Conn // owned
	r       *bufio.Reader
	running sync.WaitGroup

	mu      sync.Mutex // guards what follows
	changed sync.Cond
	came    []Message
	held    int // bytes of came
	pings   int // that wait for their pongs
	pongs   []string
	failed  error    // why nothing more comes
	out     [][]byte // frames that are to be written
	unsent  int      // bytes of out
	closing bool     // a Close frame is in out, or was
	over    bool     // no more of out is written
}

// A Message is one of a WebSocket.
type Message struct {
	Text bool // else binary
	Data []byte
}

// window is how many bytes may wait in either direction, as in a system's socket; a
// test that does not receive makes the server wait.
const window = 64 << 10

// Send sends a message. Data is borrowed until it returns.
func (w *WebSocket) Send(m Message) error {
	op := opBinary
	if m.Text {
		op = opText
		if !utf8.Valid(m.Data) {
			return errors.New("client: a text that is not UTF-8 (RFC 6455 §5.6)")
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for w.unsent > window && !w.over && w.failed == nil {
		w.changed.Wait()
	}
	return w.queue(frame{true, op, m.Data})
}

// queue puts a frame on its way; it is called with mu held and does not wait.
func (w *WebSocket) queue(f frame) error {
	if w.closing || w.over {
		if w.failed != nil {
			return fmt.Errorf("client: the WebSocket is closed: %w", w.failed)
		}
		return errors.New("client: the WebSocket is closed")
	}
	w.closing = f.op == opClose
	var key [4]byte
	_, _ = rand.Read(key[:]) // never fails, as of Go 1.24
	b := f.append(nil, &key)
	w.out = append(w.out, b)
	w.unsent += len(b)
	w.changed.Broadcast()
	return nil
}

// drain writes what is queued.
func (w *WebSocket) drain() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for {
		for len(w.out) == 0 && !w.over && !w.closing {
			w.changed.Wait()
		}
		if w.over || len(w.out) == 0 {
			return
		}
		b := w.out[0]
		w.mu.Unlock()
		_, err := w.conn.Write(b)
		w.mu.Lock()
		w.out, w.unsent = w.out[1:], w.unsent-len(b)
		w.over = w.over || err != nil
		w.changed.Broadcast()
	}
}

// pump reads what the server sends, to its end.
func (w *WebSocket) pump() {
	var m Message // whose pieces have come so far
	open := false // it waits for more
	for {
		f, err := readFrame(w.r, false, maxMessage-len(m.Data))
		if err != nil {
			w.fail(err)
			return
		}
		switch {
		case f.op.control():
			if !w.control(f) {
				return
			}
			continue
		case open != (f.op == opContinue):
			w.fail(fmt.Errorf("client: frame with the opcode %d where a message is open: %v (RFC 6455 §5.4)", f.op, open))
			return
		case !open:
			m = Message{Text: f.op == opText}
		}
		m.Data = append(m.Data, f.payload...)
		if open = !f.last; open {
			continue
		}
		if m.Text && !utf8.Valid(m.Data) {
			w.fail(errors.New("client: a text that is not UTF-8 (RFC 6455 §5.6)"))
			return
		}
		if !w.take(m) {
			return
		}
		m = Message{}
	}
}

// control heeds a control frame; it is false after the last one.
func (w *WebSocket) control(f frame) bool {
	if f.op == opClose {
		closed, err := parseClose(f.payload)
		w.mu.Lock()
		if err == nil {
			err = closed
			_ = w.queue(f) // unless this is the answer to ours
		}
		w.mu.Unlock()
		w.fail(err)
		return false
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if f.op == opPing {
		_ = w.queue(frame{true, opPong, f.payload}) // after our Close nobody waits for it
		return true
	}
	w.pongs = append(w.pongs, string(f.payload))
	w.pongs = w.pongs[max(0, len(w.pongs)-maxPongs):] // a server may send them unasked (RFC 6455 §5.5.3)
	w.changed.Broadcast()
	return true
}

// maxPongs is how many pongs are kept for Pings that look for theirs.
const maxPongs = 100

// take keeps a message for Receive, and waits where many are kept already.
func (w *WebSocket) take(m Message) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.came = append(w.came, m)
	w.held += len(m.Data)
	w.changed.Broadcast()
	for w.held > window && w.pings == 0 && w.failed == nil && !w.closing {
		w.changed.Wait()
	}
	return w.failed == nil
}

// fail ends the WebSocket: err is why. What came before can still be received. A Close
// frame of the server's is answered before the connection ends.
func (w *WebSocket) fail(err error) {
	w.mu.Lock()
	if w.failed == nil {
		w.failed = err
	}
	if !errors.As(err, new(*ClosedError)) {
		w.over = true
		w.conn.Close()
	}
	w.changed.Broadcast()
	w.mu.Unlock()
}

// Receive waits for the next message. After the last one the error is a *ClosedError,
// or one that wraps ErrTruncated where the server ended the connection without a word.
func (w *WebSocket) Receive() (Message, error) {
	defer w.limit()()
	w.mu.Lock()
	defer w.mu.Unlock()
	for len(w.came) == 0 && w.failed == nil {
		w.changed.Wait()
	}
	if len(w.came) == 0 {
		return Message{}, w.failed
	}
	m := w.came[0]
	w.came, w.held = w.came[1:], w.held-len(m.Data)
	w.changed.Broadcast()
	return m, nil
}

// limit ends the WebSocket after Patience, unless it is stopped before.
func (w *WebSocket) limit() (stop func()) {
	if w.Patience == 0 {
		return func() {}
	}
	timer := time.AfterFunc(w.Patience, func() { w.fail(fmt.Errorf("client: nothing came within %v", w.Patience)) })
	return func() { timer.Stop() }
}

// Ping sends a ping and waits for its pong; messages that come before it are kept.
func (w *WebSocket) Ping() error {
	defer w.limit()()
	w.mu.Lock()
	defer w.mu.Unlock()
	name := rand.Text()
	if err := w.queue(frame{true, opPing, []byte(name)}); err != nil {
		return err
	}
	w.pings++
	w.changed.Broadcast()
	defer func() { w.pings-- }()
	for !slices.Contains(w.pongs, name) {
		if w.failed != nil {
			return w.failed
		}
		w.changed.Wait()
	}
	return nil
}

// Close sends a Close frame, unless one is on its way, and waits until the server has
// answered with its own (RFC 6455 §7.1.2); messages that come before it are lost. It
// returns nil then, and after a Close of the server's. A code of 0 sends none.
func (w *WebSocket) Close(code int, reason string) error {
	if code != 0 && !sendable(code) || len(reason) > maxControl-2 || !utf8.ValidString(reason) || code == 0 && reason != "" {
		return fmt.Errorf("client: no Close frame has the code %d and the reason %.130q (RFC 6455 §5.5.1, §7.4)", code, reason)
	}
	defer w.Abort()
	stop := w.limit()
	defer stop()
	w.mu.Lock()
	defer w.mu.Unlock()
	var payload []byte
	if code != 0 {
		payload = append(binary.BigEndian.AppendUint16(nil, uint16(code)), reason...)
	}
	if !w.closing {
		if err := w.queue(frame{true, opClose, payload}); err != nil {
			return err
		}
	}
	for w.failed == nil || len(w.out) > 0 && !w.over {
		w.changed.Wait()
	}
	if errors.As(w.failed, new(*ClosedError)) {
		return nil
	}
	return w.failed
}

// Abort ends the connection without a word, as a client that crashes.
func (w *WebSocket) Abort() {
	w.fail(errAborted)
	w.running.Wait()
}

var errAborted = errors.New("client: the WebSocket was ended here")
