package server_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// url answers with the whole URL, scheme included.
var url = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	_, err := x.WriteString(x.Request.URL())
	return err
})

// at is the same server at another of its addresses.
func (r *running) at(i int) *running { return &running{addr: r.info.Addrs[i]} }

// One server listens on several places; each has its own scheme.
func TestListeners(t *testing.T) {
	ours, theirs := adhoc(t)
	theirs.NextProtos = []string{"http/1.1"}
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{
			Addr: "127.0.0.1:0",
			Listeners: []server.Listener{
				{Addr: "127.0.0.1:0", TLS: ours},
				{Addr: "[::1]:0"},
				{Addr: "unix:" + filepath.Join(t.TempDir(), "s") + "|0600"},
			},
		}), url)
		for i, want := range []string{"http://x/", "https://x/", "http://x/", "http://x/"} {
			scheme, _, _ := strings.Cut(want, ":")
			if got := r.info.SchemeOf(i); got != scheme {
				t.Errorf("%v is announced as %s, want %s", r.info.Addrs[i], got, scheme)
			}
			c := r.at(i).dial(t)
			if scheme == "https" {
				c = wrap(t, tls.Client(c.Conn, theirs))
			}
			c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			if _, got := c.answer("GET"); got != want {
				t.Errorf("%v: got %q, want %q", r.info.Addrs[i], got, want)
			}
		}
	})
}

// Without Addr there are only Listeners, and not the default address beside them.
func TestListenersWithoutAddr(t *testing.T) {
	r := start(t, server.Config{Listeners: []server.Listener{{Addr: "127.0.0.1:0"}}}, url)
	if len(r.info.Addrs) != 1 {
		t.Errorf("listens on %v", r.info.Addrs)
	}
}

func TestAnAddressThatCannotBeBoundFreesTheOthers(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	free.Close()
	c := server.Config{Addr: free.Addr().String(), Listeners: []server.Listener{{Addr: busy.Addr().String()}}}
	if err := server.New(c).Serve(context.Background(), url); err == nil || !strings.Contains(err.Error(), busy.Addr().String()) {
		t.Errorf("got %v", err)
	}
	again, err := net.Listen("tcp", free.Addr().String())
	if err != nil {
		t.Fatalf("the first address is still bound: %v", err)
	}
	again.Close()
}

func TestImpossibleListenersAreToldTogether(t *testing.T) {
	err := server.New(server.Config{
		Addr: "8000", Lameduck: -1,
		Listeners: []server.Listener{{}, {Addr: "unix:/s|9"}, {Addr: ":0", TLS: new(tls.Config)}},
	}).Serve(context.Background(), url)
	for _, want := range []string{`"8000"`, `""`, "|9", "no certificate", "Lameduck"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not tell of %s", err, want)
		}
	}
}

// A busy port keeps no other from accepting, whatever the limit.
func TestMaxConnectionsOfOnePortLeavesRoomForAnother(t *testing.T) {
	leave := make(chan struct{})
	r := start(t, server.Config{MaxConnections: 1, Listeners: []server.Listener{{Addr: "127.0.0.1:0"}, {Addr: "127.0.0.1:0"}}},
		gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/wait" {
				<-leave
			}
			return nil
		}))
	busy := r.at(0).dial(t)
	busy.send("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n")
	c := r.at(1).dial(t)
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	c.answer("GET")
	close(leave)
	busy.answer("GET")
}

// A tap is a listener around another one.
type tap struct {
	net.Listener
	accepted *atomic.Int32
}

func (l tap) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err == nil {
		l.accepted.Add(1)
	}
	return conn, err
}

func TestWrap(t *testing.T) {
	var first, second atomic.Int32
	r := start(t, server.Config{
		Addr: "127.0.0.1:0", Wrap: func(l net.Listener) net.Listener { return tap{l, &first} },
		Listeners: []server.Listener{{Addr: "127.0.0.1:0", Wrap: func(l net.Listener) net.Listener { return tap{l, &second} }}},
	}, url)
	for i, n := range []int32{1, 2} {
		for range n {
			c := r.at(i).dial(t)
			c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
			c.answer("GET")
		}
	}
	if first.Load() != 1 || second.Load() != 2 {
		t.Errorf("%d and %d connections went through the wrappers", first.Load(), second.Load())
	}
}

// The application knows that the server stops before any connection is refused.
func TestLameduck(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		r := start(t, on.config(server.Config{Lameduck: time.Second}), url)
		kept := r.dial(t)
		kept.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		kept.answer("GET")
		r.end(nil)
		<-r.info.Stopping
		kept.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		if res, _ := kept.answer("GET"); res.Close {
			t.Error("a kept connection ended before its time")
		}
		c := r.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		c.answer("GET")
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// Told to be quick, the server does not wait for Lameduck or Grace.
func TestQuickEnd(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		entered := make(chan struct{})
		r := start(t, on.config(server.Config{Lameduck: time.Hour, Grace: time.Hour}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			close(entered)
			<-x.Context().Done()
			x.Response.Body = []byte("cut short")
			return nil
		}))
		c := r.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		<-entered
		r.end(gateway.ErrQuick)
		if _, body := c.answer("GET"); body != "cut short" {
			t.Errorf("got %q", body)
		}
		<-r.info.Stopping
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestQuickEndOfHTTP2(t *testing.T) {
	ours, theirs := adhoc(t)
	entered := make(chan struct{})
	r := start(t, server.Config{TLS: ours, Grace: time.Hour}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
		close(entered)
		<-x.Context().Done()
		x.Response.Body = []byte("cut short")
		return nil
	}))
	answered := make(chan string, 1)
	client := http2Client(t, theirs)
	go func() {
		res, err := client.Get("https://" + r.addr.String() + "/")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		answered <- string(body)
	}()
	<-entered
	r.end(gateway.ErrQuick)
	if got := <-answered; got != "cut short" {
		t.Errorf("got %q", got)
	}
	if err := r.stop(); err != nil {
		t.Error(err)
	}
}

// A server whose sockets have a new owner is not reported as stopping.
func TestReplaced(t *testing.T) {
	r := start(t, server.Config{Lameduck: time.Hour}, url)
	r.end(gateway.ErrReplaced)
	if err := r.stop(); err != nil {
		t.Error(err)
	}
	select {
	case <-r.info.Stopping:
		t.Error("the application was told that it stops")
	default:
	}
}

// A connection that was hijacked is waited for as long as its handler runs.
func TestDrainWaitsForHijackedConnections(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		entered := make(chan struct{})
		r := start(t, on.config(server.Config{}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			nc, _, err := x.Hijack()
			if err != nil {
				return err
			}
			defer nc.Close()
			close(entered)
			line := make([]byte, 4)
			if _, err := io.ReadFull(nc, line); err != nil {
				return err
			}
			_, err = nc.Write(line)
			return err
		}))
		c := r.dial(t)
		c.send("GET / HTTP/1.1\r\nHost: x\r\nUpgrade: ping\r\nConnection: upgrade\r\n\r\n")
		<-entered
		r.end(nil)
		<-r.info.Stopping
		c.send("ping")
		if got, err := io.ReadAll(c.Reader); err != nil || string(got) != "ping" {
			t.Errorf("got %q, %v", got, err)
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// HTTP/2 without TLS is for peers that are trusted with it; the others' preface is no
// request.
func TestUnencryptedHTTP2IsForTrustedPeers(t *testing.T) {
	elsewhere := []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
	r := start(t, server.Config{UnencryptedHTTP2: true, UnencryptedHTTP2From: elsewhere, Listeners: []server.Listener{
		{Addr: "127.0.0.1:0"}, {Addr: "unix:" + filepath.Join(t.TempDir(), "s")},
	}}, url)
	for i, allowed := range []bool{false, true} {
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		addr := r.info.Addrs[i]
		transport := &http.Transport{Protocols: protocols, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, addr.Network(), addr.String())
		}}
		res, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get("http://x/")
		if (err == nil) != allowed {
			t.Errorf("%v: %v, allowed is %v", addr, err, allowed)
		}
		if err == nil {
			res.Body.Close()
		}
		transport.CloseIdleConnections()
	}
	c := r.at(0).dial(t)
	c.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
	if res, _ := c.answer("GET"); res.StatusCode != 400 {
		t.Errorf("got %d", res.StatusCode)
	}
}

// A port that fails ends the server, which drains all the same.
func TestAListenerThatFailsEndsTheServer(t *testing.T) {
	failing := make(chan net.Listener, 1)
	l := &lifespan{Handler: url, started: make(chan gateway.ServerInfo, 1)}
	ended := make(chan error, 1)
	go func() {
		ended <- server.New(server.Config{Error: quiet, Listeners: []server.Listener{{Addr: "127.0.0.1:0"}, {
			Addr: "127.0.0.1:0", Wrap: func(l net.Listener) net.Listener { failing <- l; return l },
		}}}).Serve(context.Background(), l)
	}()
	info := <-l.started
	(<-failing).Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
	<-info.Stopping
}
