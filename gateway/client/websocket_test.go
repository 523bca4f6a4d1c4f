package client

import (
	"bufio"
	"bytes"
	"crypto/sha1"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A peer is the server's end of a WebSocket.
type peer struct {
	t    *testing.T
	conn net.Conn
	r    *bufio.Reader
}

func (p *peer) write(f frame) {
	if _, err := p.conn.Write(f.append(nil, nil)); err != nil {
		p.t.Errorf("the server's end: %v", err)
	}
}

// read returns a Close frame also where the connection ends without one.
func (p *peer) read() frame {
	f, err := readFrame(p.r, true, maxMessage)
	if err != nil {
		p.t.Errorf("the server's end: %v", err)
		return frame{true, opClose, nil}
	}
	return f
}

// answerKey is the head of a 101 to a request with that key.
func answerKey(key string) string {
	sum := sha1.Sum([]byte(key + acceptGUID))
	return "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " + base64.StdEncoding.EncodeToString(sum[:]) + "\r\n"
}

// upgrading is a handler that takes the connection and speaks as serve does; the
// connection ends with it.
func upgrading(t *testing.T, serve func(p *peer)) gateway.Handler {
	return gateway.HandlerFunc(func(x *gateway.Exchange) error {
		conn, early, err := x.Hijack()
		if err != nil || len(early) > 0 {
			return fmt.Errorf("%v, %q came early", err, early)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, answerKey(x.Request.Header.Value("Sec-WebSocket-Key"))+"\r\n"); err != nil {
			return err
		}
		serve(&peer{t, conn, bufio.NewReader(conn)})
		return nil
	})
}

// dial opens a WebSocket to a handler on a recorder. wait is for the handler's end.
func dial(t *testing.T, h gateway.Handler) (w *WebSocket, wait func()) {
	t.Helper()
	q := ForWebSocket(Request{Target: "/chat"})
	recording := (&Recorder{Handler: h}).Start(q)
	w, res, err := OpenWebSocket(recording, q)
	if err != nil || w == nil || res.Status != 101 {
		t.Fatalf("%+v, %v", res, err)
	}
	return w, func() {
		w.Abort()
		if err := recording.Result().Outcome.Err; err != nil {
			t.Errorf("the handler: %v", err)
		}
	}
}

func TestWebSocketConversation(t *testing.T) {
	long := bytes.Repeat([]byte("long "), 40_000)
	pongs := make(chan []string, 1)
	w, wait := dial(t, upgrading(t, func(p *peer) {
		var answered []string
		p.write(frame{true, opText, []byte("welcome")})
		for {
			switch f := p.read(); f.op {
			case opClose:
				p.write(f)
				pongs <- answered
				return
			case opPong:
				answered = append(answered, string(f.payload))
			case opPing:
				p.write(frame{true, opText, []byte("before the pong")})
				p.write(frame{true, opPong, f.payload})
			default:
				half := len(f.payload) / 2
				p.write(frame{false, f.op, f.payload[:half]})
				p.write(frame{true, opPing, []byte("in between")}) // RFC 6455 §5.4
				p.write(frame{true, opContinue, f.payload[half:]})
			}
		}
	}))
	defer wait()
	for _, m := range []Message{{true, []byte("hellö")}, {false, []byte{0xff, 0}}, {true, nil}, {true, long}} {
		if err := w.Send(m); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Ping(); err != nil {
		t.Error(err)
	}
	for _, want := range []Message{{true, []byte("welcome")}, {true, []byte("hellö")}, {false, []byte{0xff, 0}}, {true, nil}, {true, long}, {true, []byte("before the pong")}} {
		if m, err := w.Receive(); err != nil || m.Text != want.Text || !bytes.Equal(m.Data, want.Data) {
			t.Errorf("%.20q, %v; want %.20q", m.Data, err, want.Data)
		}
	}
	if err := w.Send(Message{true, []byte("\xff")}); err == nil {
		t.Error("a text that is not UTF-8 is sent")
	}
	if err := w.Close(1000, "bye"); err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(<-pongs); got != "[in between in between in between in between]" {
		t.Errorf("the server's pings are answered with %s", got)
	}
	if err := w.Send(Message{}); err == nil {
		t.Error("a message is sent after the Close")
	}
}

// RFC 6455 §5.5.1: the server's Close is answered with the same.
func TestWebSocketClosedByTheServer(t *testing.T) {
	answered := make(chan string, 1)
	w, wait := dial(t, upgrading(t, func(p *peer) {
		p.write(frame{true, opText, []byte("last words")})
		p.write(frame{true, opClose, []byte("\x03\xe9going")})
		f := p.read()
		answered <- fmt.Sprintf("%d %q", f.op, f.payload)
	}))
	defer wait()
	if m, err := w.Receive(); err != nil || string(m.Data) != "last words" {
		t.Errorf("%q, %v", m.Data, err)
	}
	for range 2 {
		_, err := w.Receive()
		if closed, ok := errors.AsType[*ClosedError](err); !ok || *closed != (ClosedError{1001, "going"}) {
			t.Errorf("%v", err)
		}
	}
	if got, want := <-answered, `8 "\x03\xe9going"`; got != want {
		t.Errorf("answered with %s, want %s", got, want)
	}
	if err := w.Close(1000, ""); err != nil {
		t.Errorf("Close after the server's: %v", err)
	}
}

// What a server must not send ends the WebSocket, after what came before.
func TestWebSocketViolations(t *testing.T) {
	for raw, want := range map[string]string{
		"\x80\x01x":             "§5.4", // goes on with nothing
		"\x01\x01a\x81\x01b":    "§5.4", // begins while another one is open
		"\x81\x02\xc3\x28":      "not UTF-8",
		"\x01\x01\xc3\x80\x01x": "not UTF-8", // in pieces, in the middle of a letter
		"\x81\x81abcdx":         "§5.1",
		"\x88\x01x":             "half a code",
		"\x88\x02\x03\xed":      "code 1005",
		"\x81\x05Hel":           "cut off",
		"":                      "cut off",
	} {
		w, wait := dial(t, upgrading(t, func(p *peer) {
			if _, err := io.WriteString(p.conn, "\x81\x02ok"+raw); err != nil {
				t.Error(err)
			}
			if strings.HasPrefix(want, "cut") {
				return
			}
			io.Copy(io.Discard, p.conn) // to the client's end
		}))
		if m, err := w.Receive(); err != nil || string(m.Data) != "ok" {
			t.Errorf("%q: %q, %v", raw, m.Data, err)
		}
		if _, err := w.Receive(); err == nil || !strings.Contains(err.Error(), want) || errors.Is(err, ErrTruncated) != (want == "cut off") {
			t.Errorf("%q: %v, want %q", raw, err, want)
		}
		wait()
	}
}

// RFC 6455 §4.1, §4.2.2: what a 101 has to have.
func TestWebSocketHandshake(t *testing.T) {
	for _, test := range []struct {
		change func(head string) string
		want   string
	}{
		{func(h string) string { return h }, ""},
		{func(h string) string { return h + "Sec-WebSocket-Protocol: b\r\n" }, ""},
		{func(h string) string { return strings.Replace(h, "websocket", "WebSocket", 1) }, ""},
		{func(h string) string { return strings.Replace(h, "Upgrade: websocket\r\n", "", 1) }, "101 without"},
		{func(h string) string { return strings.Replace(h, "Connection: Upgrade", "Connection: close", 1) }, "101 without"},
		{func(h string) string { return answerKey("another key") }, "does not answer the key"},
		{func(h string) string { return h + "Sec-WebSocket-Extensions: permessage-deflate\r\n" }, "extensions"},
		{func(h string) string { return h + "Sec-WebSocket-Protocol: c\r\n" }, `subprotocol "c"`},
		{func(h string) string { return "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n" }, "no Date"},
		{func(h string) string { return "" }, "status line"},
	} {
		q := ForWebSocket(Request{}, "a", "b")
		c := scripted(t, func(conn net.Conn, r *bufio.Reader) {
			head := readHead(r)
			if !strings.HasPrefix(head, "GET / HTTP/1.1\r\n") || !strings.Contains(head, "Sec-WebSocket-Protocol: a, b\r\n") {
				t.Errorf("asked %q", head)
			}
			io.WriteString(conn, test.change(answerKey(q.Header.Value("Sec-WebSocket-Key")))+"\r\n")
			if test.want == "" {
				io.Copy(io.Discard, r)
			}
		})
		call, err := c.Start(q)
		if err != nil {
			t.Fatal(err)
		}
		w, res, err := OpenWebSocket(call, q)
		if test.want == "" {
			if err != nil || w.Protocol != res.Header.Value("Sec-WebSocket-Protocol") {
				t.Errorf("%+v %v", w, err)
			} else {
				w.Abort()
			}
		} else if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v, want %q", err, test.want)
		}
		call.Close()
	}
}

// A server that refuses gives a whole answer, in memory and over a socket.
func TestWebSocketRefused(t *testing.T) {
	q := ForWebSocket(Request{})
	calls := map[string]Call{"recorder": (&Recorder{Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response = gateway.Response{Status: 403, Body: []byte("no")}
		return nil
	})}).Start(q)}
	c := scripted(t, func(conn net.Conn, r *bufio.Reader) {
		readHead(r)
		io.WriteString(conn, "HTTP/1.1 403 Forbidden\r\nDate: x\r\nContent-Length: 2\r\n\r\nno")
	})
	call, err := c.Start(q)
	if err != nil {
		t.Fatal(err)
	}
	calls["socket"] = call
	for name, call := range calls {
		if w, res, err := OpenWebSocket(call, q); err != nil || w != nil || res.Status != 403 || string(res.Body) != "no" {
			t.Errorf("%s: %+v %v", name, res, err)
		}
		call.Close()
	}
}

// The limit of a message, whole or in pieces, at N and N+1.
func TestWebSocketMessageLimit(t *testing.T) {
	const piece = 1 << 20
	for n, good := range map[int]bool{maxMessage: true, maxMessage + 1: false} {
		w, wait := dial(t, upgrading(t, func(p *peer) {
			rest := n
			for op := opBinary; rest > 0; op = opContinue {
				k := min(rest, piece)
				rest -= k
				if _, err := p.conn.Write(frame{rest == 0, op, make([]byte, k)}.append(nil, nil)); err != nil {
					return // the client has given up
				}
			}
			io.Copy(io.Discard, p.conn)
		}))
		m, err := w.Receive()
		if good && (err != nil || len(m.Data) != n) || !good && (err == nil || !strings.Contains(err.Error(), "longer than")) {
			t.Errorf("a message of %d bytes: %d came, %v", n, len(m.Data), err)
		}
		wait()
	}
}

func TestWebSocketCloseArguments(t *testing.T) {
	for code, reason := range map[int]string{1005: "", 999: "", 0: "no code", 1000: strings.Repeat("x", 124), 3000: "\xff"} {
		w, wait := dial(t, upgrading(t, func(p *peer) { io.Copy(io.Discard, p.conn) }))
		if err := w.Close(code, reason); err == nil || !strings.Contains(err.Error(), "no Close frame") {
			t.Errorf("%d %.20q: %v", code, reason, err)
		}
		w.Abort()
		wait()
	}
	got := make(chan int, 1)
	w, wait := dial(t, upgrading(t, func(p *peer) { f := p.read(); got <- len(f.payload); p.write(frame{true, opClose, nil}) }))
	defer wait()
	if err := w.Close(1000, strings.Repeat("x", 123)); err != nil || <-got != maxControl {
		t.Errorf("the longest reason: %v", err)
	}
}

// A test that does not receive makes the server wait, behind as much as a system's
// socket would take.
func TestWebSocketBackpressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const size, all = 1 << 10, 3 * window / (1 << 10)
		var sent atomic.Int64
		w, wait := dial(t, upgrading(t, func(p *peer) {
			for range all {
				p.write(frame{true, opBinary, make([]byte, size)})
				sent.Add(1)
			}
			p.write(p.read())
		}))
		synctest.Wait()
		if n := sent.Load(); n < window/size || n > window/size+8 { // 4 KiB of the reader's, and one on its way
			t.Errorf("%d messages of %d bytes were taken", n, size)
		}
		for range all {
			if m, err := w.Receive(); err != nil || len(m.Data) != size {
				t.Fatal(err)
			}
		}
		if err := w.Close(1000, ""); err != nil {
			t.Error(err)
		}
		wait()
	})
}

// Pongs that nobody asked for are kept up to a bound, the newest of them.
func TestWebSocketUnaskedPongs(t *testing.T) {
	for _, n := range []int{maxPongs, maxPongs + 1} {
		w, wait := dial(t, upgrading(t, func(p *peer) {
			for i := range n {
				p.write(frame{true, opPong, fmt.Append(nil, i)})
			}
			p.write(frame{true, opText, []byte("after them")})
			p.write(p.read())
		}))
		if m, err := w.Receive(); err != nil || string(m.Data) != "after them" {
			t.Fatal(m, err)
		}
		w.mu.Lock()
		first, kept := w.pongs[0], len(w.pongs)
		w.mu.Unlock()
		if kept != maxPongs || first != fmt.Sprint(n-maxPongs) {
			t.Errorf("of %d pongs %d are kept, from the one of %q on", n, kept, first)
		}
		if err := w.Close(1000, ""); err != nil {
			t.Error(err)
		}
		wait()
	}
}

// Patience ends what would wait for ever.
func TestWebSocketPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for name, do := range map[string]func(*WebSocket) error{
			"Receive": func(w *WebSocket) error { _, err := w.Receive(); return err },
			"Ping":    (*WebSocket).Ping,
			"Close":   func(w *WebSocket) error { return w.Close(1000, "") },
		} {
			w, wait := dial(t, upgrading(t, func(p *peer) { io.Copy(io.Discard, p.conn) }))
			w.Patience = time.Minute
			start := time.Now()
			if err := do(w); err == nil || !strings.Contains(err.Error(), "nothing came within 1m0s") || time.Since(start) != time.Minute {
				t.Errorf("%s: %v after %v", name, err, time.Since(start))
			}
			wait()
		}
	})
}
