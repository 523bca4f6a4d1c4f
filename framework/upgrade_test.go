package framework_test

import (
	"bytes"
	"errors"
	"net"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

var toWebSocket = gateway.Header{{Name: "Upgrade", Value: "websocket"}}

// What hooks and handler have changed of the session goes with the 101.
func TestUpgradeKeepsTheSession(t *testing.T) {
	for name, store := range map[string]session.Store{"cookie": nil, "store": &session.MemoryStore{}} {
		t.Run(name, func(t *testing.T) {
			app, log := newApp(t)
			app.Session.Keys = []string{"0123456789abcdef"}
			app.Session.Store = store
			app.BeforeRequest(func(c *framework.Context) error {
				c.Session().Set("visits", c.Session().Int("visits")+1)
				return nil
			})
			app.Get("/socket", func(c *framework.Context) error {
				conn, _, err := upgrade(c, "")
				if err != nil {
					return err
				}
				defer conn.Close()
				if c.Session().Modified() {
					t.Error("the session that was kept is still modified")
				}
				return writeMessage(conn, 1, "hello")
			}).WebSocket()
			app.Get("/visits", func(c *framework.Context) error { return c.JSON(c.Session().Int("visits")) })
			c := app.TestClient(t)
			for range 3 {
				c.Get("/socket").WebSocket().Text()
			}
			if got := c.Get("/visits").Do().Text(); got != "4" {
				t.Errorf("%s visits", got)
			}
			if log.Len() > 0 {
				t.Error(log)
			}
		})
	}
}

// What is changed afterwards does not: the log says so.
func TestUpgradeTellsOfALateSession(t *testing.T) {
	app, log := newApp(t)
	app.Session.Keys = []string{"0123456789abcdef"}
	app.Get("/", func(c *framework.Context) error {
		c.Session().Set("user", "ada")
		conn, _, err := upgrade(c, "")
		if err != nil {
			return err
		}
		defer conn.Close()
		if got := c.Session().String("user"); got != "ada" {
			t.Errorf("the user is %q", got)
		}
		c.Session().Set("user", "eve")
		return writeMessage(conn, 1, "hello")
	})
	over := make(chan struct{})
	app.TeardownRequest(func(*framework.Context, error) { close(over) })
	c := app.TestClient(t)
	c.ExpectErrors = true
	c.Get("/").WebSocket().Text()
	<-over
	if !strings.Contains(log.String(), "too late for its cookie") {
		t.Error(log)
	}
}

// Where there is no connection to be had, the handler answers otherwise, and with the
// session.
func TestUpgradeIsRefused(t *testing.T) {
	for name, test := range map[string]struct {
		header gateway.Header
		before func(c *framework.Context) error
		want   error
		text   string
	}{
		"no connection": {header: toWebSocket, want: errors.ErrUnsupported},
		"started":       {header: toWebSocket, before: func(c *framework.Context) error { return c.Exchange().Flush() }, want: gateway.ErrStarted},
		"a bad field":   {header: gateway.Header{{Name: "Upgrade", Value: "a\r\nb"}}, text: "cannot be sent"},
		"a bad name":    {header: gateway.Header{{Name: "Up grade", Value: "a"}}, text: "cannot be sent"},
	} {
		t.Run(name, func(t *testing.T) {
			app, _ := newApp(t)
			app.Session.Keys = []string{"0123456789abcdef"}
			app.Get("/", func(c *framework.Context) error {
				c.Session().Set("user", "ada")
				if test.before != nil {
					if err := test.before(c); err != nil {
						return err
					}
				}
				_, _, err := c.Upgrade(test.header)
				if err == nil || test.want != nil && !errors.Is(err, test.want) || !strings.Contains(err.Error(), test.text) {
					t.Errorf("%v", err)
				}
				if c.Exchange().Started() {
					return nil
				}
				return c.Text("over HTTP then")
			})
			bare := gateway.HandlerFunc(func(x *gateway.Exchange) error {
				if err := x.Wrap(func(t gateway.Transport) gateway.Transport { return unhijackable{t} }); err != nil {
					return err
				}
				return app.Serve(x)
			})
			res := gatewaytest.Do(bare, gatewaytest.Request{Target: "/"})
			if test.before == nil && (!bytes.Equal(res.Body, []byte("over HTTP then")) || len(cookies(res)) != 1) {
				t.Errorf("%d %s %v", res.Status, res.Body, res.Header)
			}
		})
	}
}

// unhijackable is a connection that is not the exchange's own.
type unhijackable struct{ gateway.Transport }

func (unhijackable) Hijack() (net.Conn, []byte, error) { return nil, nil, errors.ErrUnsupported }

// cookies are those that an answer sets.
func cookies(res *gatewaytest.Result) (list []string) {
	for v := range res.Header.Values("Set-Cookie") {
		list = append(list, v)
	}
	return list
}
