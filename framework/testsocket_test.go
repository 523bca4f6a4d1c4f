package framework_test

import (
	"bufio"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// upgrade takes the connection for a WebSocket (RFC 6455 §4.2.2).
func upgrade(c *framework.Context, protocol string) (net.Conn, *bufio.Reader, error) {
	sum := sha1.Sum([]byte(c.Request().Header.Value("Sec-WebSocket-Key") + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	h := gateway.Header{{Name: "Upgrade", Value: "websocket"}, {Name: "Sec-WebSocket-Accept", Value: base64.StdEncoding.EncodeToString(sum[:])}}
	if protocol != "" {
		h.Add("Sec-WebSocket-Protocol", protocol)
	}
	c.AddHeader("Set-Cookie", "seen=socket")
	conn, early, err := c.Upgrade(h)
	return conn, bufio.NewReader(io.MultiReader(strings.NewReader(string(early)), conn)), err
}

// readMessage reads a frame of a client that is shorter than 64 KiB.
func readMessage(r *bufio.Reader) (op byte, payload []byte, err error) {
	head := make([]byte, 2)
	if _, err := io.ReadFull(r, head); err != nil {
		return 0, nil, err
	}
	n := int(head[1] & 0x7f)
	if n == 126 {
		var long [2]byte
		if _, err := io.ReadFull(r, long[:]); err != nil {
			return 0, nil, err
		}
		n = int(binary.BigEndian.Uint16(long[:]))
	}
	masked := make([]byte, 4+n)
	if _, err := io.ReadFull(r, masked); err != nil {
		return 0, nil, err
	}
	payload = masked[4:]
	for i := range payload {
		payload[i] ^= masked[i%4]
	}
	return head[0] & 0x0f, payload, nil
}

func writeMessage(w io.Writer, op byte, payload string) error {
	head := []byte{0x80 | op, byte(len(payload))}
	if len(payload) > 125 {
		head = binary.BigEndian.AppendUint16([]byte{0x80 | op, 126}, uint16(len(payload)))
	}
	_, err := io.WriteString(w, string(head)+payload)
	return err
}

// chatting is an application with WebSockets that greet, and send back what comes.
func chatting(t *testing.T) *framework.App {
	app := visited(t)
	app.Get("/chat/<room>", func(c *framework.Context) error {
		if c.Request().Header.Value("Origin") == "https://evil.example" {
			return framework.Abort(403, "not from there")
		}
		protocol := ""
		if strings.HasPrefix(c.Request().Header.Value("Sec-WebSocket-Protocol"), "echo") {
			protocol = "echo"
		}
		greeting := fmt.Sprint(c.Param("room"), " ", c.Session().Get("user"), " ", c.Request().Header.Value("Origin") != "")
		conn, r, err := upgrade(c, protocol)
		if err != nil {
			return err
		}
		defer conn.Close()
		if writeMessage(conn, 1, greeting) != nil {
			return nil // the visitor has gone already
		}
		return echo(conn, r)
	}).Name("chat").WebSocket()
	return app
}

// echo sends back what comes, until the client closes or asks for something else.
func echo(conn net.Conn, r *bufio.Reader) error {
	for {
		op, payload, err := readMessage(r)
		switch {
		case err != nil:
			return nil // the visitor has gone
		case op == 8:
			_ = writeMessage(conn, 8, string(payload))
			return nil
		case op == 9:
			op = 10
		case string(payload) == "go":
			_ = writeMessage(conn, 8, "\x03\xe9going")
			_, _, _ = readMessage(r) // the answer, before the connection ends (RFC 6455 §7.1.1)
			return nil
		case string(payload) == "break":
			return errors.New("the socket broke")
		case string(payload) == "vanish":
			return nil
		}
		if writeMessage(conn, op, string(payload)) != nil {
			return nil
		}
	}
}

// onEveryServerOf is onEveryServer for another application.
func onEveryServerOf(t *testing.T, make func(t *testing.T) *framework.App, test func(t *testing.T, c *framework.TestClient)) {
	for name, of := range map[string]func(app *framework.App, t *testing.T) *framework.TestClient{
		"memory": func(app *framework.App, t *testing.T) *framework.TestClient { return app.TestClient(t) },
		"server": func(app *framework.App, t *testing.T) *framework.TestClient {
			return app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0"}))
		},
		"nethttp": func(app *framework.App, t *testing.T) *framework.TestClient {
			return app.TestClientOn(t, nethttp.New(nethttp.Config{Addr: "127.0.0.1:0"}))
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, of(make(t), t)) })
	}
}

func TestClientSpeaksWebSocket(t *testing.T) {
	onEveryServerOf(t, chatting, func(t *testing.T, c *framework.TestClient) {
		c.Session(func(s *session.Session) { s.Set("user", "ada") })
		s := c.Get("/chat/tea").WebSocket("other", "echo").Is(101)
		if s.Refusal != nil {
			t.Fatal(s.Refusal.Text())
		}
		if got := s.Text(); got != "tea ada true" { // the cookie went with it, and the origin
			t.Errorf("greeted with %q", got)
		}
		s.Send("hello")
		s.SendBytes([]byte{0, 255})
		s.SendJSON(map[string]int{"n": 7})
		s.Ping()
		if got := s.Text(); got != "hello" {
			t.Errorf("text %q", got)
		}
		if got := s.Bytes(); string(got) != "\x00\xff" {
			t.Errorf("bytes %q", got)
		}
		var v struct{ N int }
		if s.JSON(&v); v.N != 7 {
			t.Errorf("JSON %v", v)
		}
		s.Close(1000, "bye")
		if _, err := s.Receive(); err == nil {
			t.Error("a message after the end")
		}
		if got, _ := c.Cookie("/chat/tea", "seen"); got != "socket" {
			t.Errorf("the cookie of the 101 is %q", got)
		}
		if s := c.Get("/chat/tea").WebSocket(); s.Protocol != "" || s.Status != 101 {
			t.Errorf("%+v", s)
		} else {
			s.Abort()
		}
	})
}

// The protocol is the one that the application chose.
func TestClientOffersSubprotocols(t *testing.T) {
	c := chatting(t).TestClient(t)
	if s := c.Get("/chat/tea").WebSocket("echo", "other"); s.Protocol != "echo" {
		t.Errorf("protocol %q", s.Protocol)
	}
}

func TestClientSeesTheEndOfAWebSocket(t *testing.T) {
	onEveryServerOf(t, chatting, func(t *testing.T, c *framework.TestClient) {
		s := c.Get("/chat/a").WebSocket()
		s.Text()
		s.Send("go")
		_, err := s.Receive()
		if closed, ok := errors.AsType[*client.ClosedError](err); !ok || closed.Code != 1001 || closed.Reason != "going" {
			t.Errorf("%v", err)
		}
		s = c.Get("/chat/a").WebSocket()
		s.Text()
		s.Send("vanish")
		if _, err := s.Receive(); !errors.Is(err, client.ErrTruncated) {
			t.Errorf("without a Close: %v", err)
		}
	})
}

// An application that refuses answers as ever.
func TestClientIsRefusedAWebSocket(t *testing.T) {
	onEveryServerOf(t, chatting, func(t *testing.T, c *framework.TestClient) {
		s := c.Get("/chat/tea").Header("Origin", "https://evil.example").WebSocket().Is(403)
		if !strings.Contains(s.Refusal.Text(), "not from there") {
			t.Errorf("%s", s.Refusal.Text())
		}
		if s := c.Get("/nothing").WebSocket(); s.Status != 404 {
			t.Errorf("%d", s.Status)
		}
		c.Get("/chat/tea").Do().Is(400) // the rule is for WebSockets alone
	})
}

// Addresses are those that the application builds.
func TestClientOpensTheURLOfAWebSocket(t *testing.T) {
	app := chatting(t)
	c := app.TestClient(t)
	ctx := app.TestContext(t, client.Request{Target: "https://localhost/"})
	u, err := ctx.URL("chat", "room", "tea")
	if err != nil || u != "wss://localhost/chat/tea" {
		t.Fatalf("%s %v", u, err)
	}
	for _, target := range []string{u, "ws://localhost/chat/tea"} {
		if got := c.Get(target).WebSocket().Text(); got != "tea <nil> true" {
			t.Errorf("%s: %s", target, got)
		}
	}
}

// The clock of a bubble goes on where nothing else does.
func TestWebSocketInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		app, _ := newApp(t)
		app.Get("/", func(c *framework.Context) error {
			conn, _, err := upgrade(c, "")
			if err != nil {
				return err
			}
			defer conn.Close()
			time.Sleep(time.Hour) // of the bubble: no time passes
			return writeMessage(conn, 1, "an hour later")
		})
		start := time.Now()
		if got := app.TestClient(t).Get("/").WebSocket().Text(); got != "an hour later" || time.Since(start) != time.Hour {
			t.Errorf("%q after %v", got, time.Since(start))
		}
	})
}

func TestWebSocketFailsTheTest(t *testing.T) {
	app := chatting(t)
	f := &failing{TB: t}
	c := app.TestClient(f)
	open := func() *framework.TestSocket { s := c.Get("/chat/a").WebSocket(); s.Text(); return s }
	var v int
	for name, test := range map[string]struct {
		do   func()
		want string
	}{
		"refused":  {func() { c.Get("/nothing").WebSocket().Send("x") }, "the answer is 404 and no WebSocket"},
		"status":   {func() { c.Get("/nothing").WebSocket().Is(101) }, "status 404, want 101"},
		"101":      {func() { open().Is(403) }, "status 101, want 403"},
		"no bytes": {func() { s := open(); s.Send("x"); s.Bytes() }, `the message is a text: true; "x"`},
		"no text":  {func() { s := open(); s.SendBytes([]byte("x")); s.Text() }, `the message is a text: false; "x"`},
		"no JSON":  {func() { s := open(); s.Send("x"); s.JSON(&v) }, `invalid character 'x'`},
		"bad JSON": {func() { open().SendJSON(func() {}) }, "JSON of func()"},
		"ended":    {func() { s := open(); s.Send("go"); s.Text() }, `closed the WebSocket with 1001 "going"`},
		"closed":   {func() { s := open(); s.Close(1000, ""); s.Send("x") }, "is closed"},
		"code":     {func() { open().Close(1005, "") }, "no Close frame has the code 1005"},
		"vanished": {func() { s := open(); s.Send("vanish"); s.Ping() }, "cut off"},
	} {
		f.during(test.do)
		if got := f.take(); !strings.Contains(got, test.want) {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

// What fails behind an upgrade fails the test when the server has ended.
func TestWebSocketErrorsOfTheApplication(t *testing.T) {
	f := &failing{}
	t.Run("inner", func(t *testing.T) {
		f.TB = t
		s := chatting(t).TestClient(f).Get("/chat/a").WebSocket()
		s.Text()
		s.Send("break")
		if _, err := s.Receive(); !errors.Is(err, client.ErrTruncated) {
			t.Errorf("%v", err)
		}
	})
	if got := f.take(); !strings.Contains(got, "GET http://localhost/chat/a failed in the application: the socket broke") {
		t.Errorf("%q", got)
	}
}

func ExampleTestRequest_WebSocket() {
	app := framework.New("chat")
	app.Get("/chat", func(c *framework.Context) error {
		conn, r, err := upgrade(c, "") // the matter of a WebSocket library
		if err != nil {
			return err
		}
		defer conn.Close()
		return echo(conn, r)
	}).WebSocket()

	test := func(t *testing.T) {
		s := app.TestClient(t).Get("/chat").WebSocket()
		s.Send("hello")
		if got := s.Text(); got != "hello" {
			t.Errorf("came %q", got)
		}
		s.Close(1000, "")
	}
	fmt.Println(passes("chat", test))
	// Output: true
}
