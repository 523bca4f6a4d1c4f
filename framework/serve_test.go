package framework_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"sync"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// serve runs an application on a socket and returns its address. It is stopped, and
// its shutdown checked, when the test ends.
func serve(t *testing.T, app *framework.App) string {
	t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	bound := make(chan string, 1)
	app.Announce = func(s gateway.ServerInfo) { bound <- framework.AddressURL(s.Scheme, s.Addrs[0]) }
	ended := make(chan error, 1)
	go func() { ended <- app.RunContext(ctx, server.New(server.Config{Addr: "127.0.0.1:0"})) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Errorf("the server ended with %v", err)
		}
	})
	select {
	case address := <-bound:
		return address
	case err := <-ended:
		ended <- nil
		t.Fatal(err)
		return ""
	}
}

// Many visitors at once, each with a session, values and messages of its own: none
// sees another's.
func TestVisitorsDoNotMix(t *testing.T) {
	for name, store := range map[string]session.Store{"cookie": nil, "memory": &session.MemoryStore{}} {
		t.Run(name, func(t *testing.T) {
			app, _ := newApp(t)
			app.Session = session.Config{Keys: []string{secret}, Store: store}
			key := framework.NewKey[string]("name")
			app.BeforeRequest(func(c *framework.Context) error { key.Set(c, c.Query().Value("who")); return nil })
			app.Get("/<name>/<int:n>", func(c *framework.Context) error {
				s := c.Session()
				last := s.String("last")
				s.Set("last", c.Param("name"))
				if err := c.Background(func(ctx context.Context) { key.Value(ctx) }); err != nil {
					return err
				}
				return c.Text(fmt.Sprint(last, " ", key.Value(c), " ", c.Param("name"), " ", c.Int("n")))
			})
			address := serve(t, app)
			var visitors sync.WaitGroup
			for v := range 20 {
				visitors.Go(func() { visit(t, address, fmt.Sprint("visitor", v)) })
			}
			visitors.Wait()
		})
	}
}

func visit(t *testing.T, address, name string) {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Jar: jar, Transport: transport}
	last := ""
	for n := range 20 {
		r, err := client.Get(fmt.Sprintf("%s/%s/%d?who=%s", address, name, n, name))
		if err != nil {
			t.Error(err)
			return
		}
		body, err := io.ReadAll(r.Body)
		r.Body.Close()
		if want := fmt.Sprint(last, " ", name, " ", name, " ", n); err != nil || string(body) != want {
			t.Errorf("%s got %q, want %q (%v)", name, body, want, err)
		}
		last = name
	}
}
