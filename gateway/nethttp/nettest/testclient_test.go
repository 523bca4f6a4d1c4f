package nettest

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/coder/websocket"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

// The test client of package framework speaks with a WebSocket library that a route
// mounts, in memory and on both servers.
func TestClientSpeaksWithALibrary(t *testing.T) {
	chat := &nethttp.Mounted{
		Error: func(r *gateway.Request, err error) { t.Errorf("fault: %v", err) },
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c, err := websocket.Accept(w, r, &websocket.AcceptOptions{Subprotocols: []string{"echo"}})
			if err != nil {
				return // it has answered
			}
			defer c.CloseNow()
			c.SetReadLimit(1 << 20)
			for {
				kind, message, err := c.Read(r.Context())
				if err != nil {
					return // the client has closed it, or gone
				}
				if string(message) == "go" {
					c.Close(websocket.StatusPolicyViolation, "as you say")
					return
				}
				if c.Write(r.Context(), kind, message) != nil {
					return
				}
			}
		}),
	}
	for name, open := range map[string]func(app *framework.App) *framework.TestClient{
		"memory": func(app *framework.App) *framework.TestClient { return app.TestClient(t) },
		"server": func(app *framework.App) *framework.TestClient {
			return app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0"}))
		},
		"nethttp": func(app *framework.App) *framework.TestClient {
			return app.TestClientOn(t, nethttp.New(nethttp.Config{Addr: "127.0.0.1:0"}))
		},
	} {
		app := framework.New("chat")
		app.Get("/chat", func(c *framework.Context) error { return chat.Serve(c.Exchange()) }).WebSocket()
		converse(t, name, open(app))
	}
}

func converse(t *testing.T, name string, c *framework.TestClient) {
	s := c.Get("/chat").WebSocket("echo").Is(101)
	if s.Refusal != nil || s.Protocol != "echo" {
		t.Fatalf("%s: %+v", name, s)
	}
	for _, text := range []string{"hello", "", strings.Repeat("long ", 50_000)} {
		if s.Send(text); s.Text() != text {
			t.Errorf("%s: %.20q did not come back", name, text)
		}
	}
	s.SendBytes([]byte{0xff})
	if got := s.Bytes(); string(got) != "\xff" {
		t.Errorf("%s: bytes %q", name, got)
	}
	s.Ping()
	s.Close(1000, "bye")

	s = c.Get("/chat").WebSocket()
	s.Send("go")
	_, err := s.Receive()
	if closed, ok := errors.AsType[*client.ClosedError](err); !ok || closed.Code != 1008 || closed.Reason != "as you say" {
		t.Errorf("%s: %v", name, err)
	}
	// The library compares Origin with the host, as browsers need it.
	if s := c.Get("/chat").Header("Origin", "https://evil.example").WebSocket(); s.Status != 403 {
		t.Errorf("%s: another origin: %d", name, s.Status)
	}
}
