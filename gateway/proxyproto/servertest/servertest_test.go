package servertest

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"io"
	"net"
	"net/http"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/proxyproto"
	"github.com/dewar-go/dewar/gateway/server"
)

var (
	here      = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	elsewhere = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}
)

// addresses answers with the client's address and the server's.
type addresses struct{ started chan net.Addr }

func (a addresses) Startup(_ context.Context, s gateway.ServerInfo) error {
	a.started <- s.Addrs[0]
	return nil
}
func (addresses) Shutdown(context.Context) error { return nil }

func (addresses) Serve(x *gateway.Exchange) error {
	_, err := x.WriteString(x.Request.Remote.String() + " " + x.Request.Local.String())
	return err
}

// start serves behind p and returns the address.
func start(t *testing.T, p proxyproto.Config, c server.Config) net.Addr {
	t.Helper()
	if c.Addr == "" {
		c.Addr = "127.0.0.1:0"
	}
	c.Wrap = p.Wrap
	c.Error = func(_ *gateway.Request, err error) { t.Errorf("fault: %v", err) }
	ctx, stop := context.WithCancel(context.Background())
	app := addresses{make(chan net.Addr, 1)}
	ended := make(chan error, 1)
	go func() { ended <- server.New(c).Serve(ctx, app) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	select {
	case addr := <-app.started:
		return addr
	case err := <-ended:
		ended <- err
		t.Fatal(err)
		return nil
	}
}

func dial(t *testing.T, addr net.Addr) net.Conn {
	t.Helper()
	conn, err := net.Dial(addr.Network(), addr.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
	return conn
}

const request = "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"

// ask sends text and returns the answer's body, or "closed" where there is none.
func ask(t *testing.T, conn net.Conn, text string) string {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		return "closed"
	}
	res, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		return "closed"
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 {
		return res.Status
	}
	return string(body)
}

// v2 is a header of version 2 (§2.2 of the protocol).
func v2(command, family byte, payload ...byte) string {
	head := append([]byte("\r\n\r\n\x00\r\nQUIT\n"), 0x20|command, family)
	return string(append(binary.BigEndian.AppendUint16(head, uint16(len(payload))), payload...))
}

const (
	local, proxy         = 0, 1
	unspecified          = 0x00
	tcp4, udp4           = 0x11, 0x12
	v1Text               = "PROXY TCP4 192.0.2.7 198.51.100.9 4711 80\r\n"
	v1Client             = "192.0.2.7:4711 198.51.100.9:80"
	sourceAndDestination = "\xc0\x00\x02\x07\xc6\x33\x64\x09\x12\x67\x00\x50" // the same in binary
)

func TestHeaders(t *testing.T) {
	both, first, second := proxyproto.Config{From: here}, proxyproto.Config{From: here, Version: 1}, proxyproto.Config{From: here, Version: 2}
	padding := strings.Repeat("\x04\x00\xff"+strings.Repeat("x", 255), 8) // TLVs of no use
	for _, test := range []struct {
		name   string
		config proxyproto.Config
		header string
		want   string // "peer": the real addresses
	}{
		{"version 1, TCP4", both, v1Text, v1Client},
		{"version 1, TCP6", both, "PROXY TCP6 2001:db8::7 2001:db8::9 4711 80\r\n", "[2001:db8::7]:4711 [2001:db8::9]:80"},
		{"version 1, UNKNOWN", both, "PROXY UNKNOWN\r\n", "peer"},
		{"version 1, UNKNOWN with more", both, "PROXY UNKNOWN ::1 ::1 1 2\r\n", "peer"},
		{"version 2, TCP4", both, v2(proxy, tcp4, []byte(sourceAndDestination)...), v1Client},
		{"version 2, with TLVs", both, v2(proxy, tcp4, []byte(sourceAndDestination+padding)...), v1Client},
		{"version 2, LOCAL", both, v2(local, unspecified), "peer"},
		{"version 2, unspecified", both, v2(proxy, unspecified), "closed"}, // which §2.2 leaves to the receiver,
		{"version 2, datagrams", both, v2(proxy, udp4, []byte(sourceAndDestination)...), "closed"},
		{"none", both, "", "closed"},
		{"two", both, v1Text + v1Text, "400 Bad Request"},
		{"version 1, no addresses", both, "PROXY TCP4\r\n", "closed"},
		{"version 1, of another family", both, "PROXY TCP4 2001:db8::7 2001:db8::9 4711 80\r\n", "closed"},
		{"version 1, a port too high", both, "PROXY TCP4 192.0.2.7 192.0.2.9 65536 80\r\n", "closed"},
		{"version 1, too long", both, "PROXY UNKNOWN " + strings.Repeat("x", 107) + "\r\n", "closed"},
		{"version 1, bare LF", both, "PROXY UNKNOWN\n", "closed"},
		{"version 2, cut addresses", both, v2(proxy, tcp4, 1, 2, 3), "closed"},
		{"version 3", both, "\r\n\r\n\x00\r\nQUIT\n\x31\x11\x00\x00", "closed"},
		{"only 1", first, v1Text, v1Client},
		{"only 1, but 2 comes", first, v2(local, unspecified), "closed"},
		{"only 2", second, v2(proxy, tcp4, []byte(sourceAndDestination)...), v1Client},
		{"only 2, but 1 comes", second, v1Text, "closed"},
		{"another peer", proxyproto.Config{From: elsewhere}, v1Text, "closed"},
		{"another peer, no header", proxyproto.Config{From: elsewhere}, "", "closed"},
		{"another peer may pass", proxyproto.Config{From: elsewhere, Pass: true}, "", "peer"},
		{"another peer may pass, without a header", proxyproto.Config{From: elsewhere, Pass: true}, v1Text, "400 Bad Request"},
		{"nobody configured", proxyproto.Config{}, v1Text, "closed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			conn := dial(t, start(t, test.config, server.Config{}))
			want := test.want
			if want == "peer" {
				want = conn.LocalAddr().String() + " " + conn.RemoteAddr().String()
			}
			_, _ = io.WriteString(conn, test.header) // apart from the request, which may meet a closed connection
			if got := ask(t, conn, request); got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

func TestUnixPeers(t *testing.T) {
	addr := start(t, proxyproto.Config{Unix: true}, server.Config{Addr: "unix:" + filepath.Join(t.TempDir(), "s")})
	if got := ask(t, dial(t, addr), v1Text+request); got != v1Client {
		t.Errorf("got %q", got)
	}
}

// A client that is slow with its header keeps nobody from being served, and is given up.
func TestSlowHeaderKeepsNobodyWaiting(t *testing.T) {
	addr := start(t, proxyproto.Config{From: here, Timeout: 300 * time.Millisecond}, server.Config{})
	silent, half := dial(t, addr), dial(t, addr)
	if _, err := io.WriteString(half, v2(proxy, tcp4, []byte(sourceAndDestination)...)[:20]); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if got := ask(t, dial(t, addr), v1Text+request); got != v1Client {
			t.Errorf("got %q", got)
		}
	}
	for _, conn := range []net.Conn{silent, half} {
		if rest, err := io.ReadAll(conn); len(rest) > 0 || err != nil && !strings.Contains(err.Error(), "reset") {
			t.Errorf("got %q, %v; want the end of the connection", rest, err)
		}
	}
}

// The header comes once; the connection is kept like any other.
func TestKeptConnection(t *testing.T) {
	conn := dial(t, start(t, proxyproto.Config{From: here}, server.Config{}))
	text := v1Text + "GET / HTTP/1.1\r\nHost: x\r\n\r\n" + "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n"
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
	r := bufio.NewReader(conn)
	for range 2 {
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || string(body) != v1Client {
			t.Errorf("got %q, %v", body, err)
		}
	}
	if got := ask(t, conn, "abc"+request); got != v1Client {
		t.Errorf("got %q", got)
	}
}

// TLS begins behind the header (§2 of the protocol), with HTTP/1.1 and HTTP/2.
func TestTLSBehindTheHeader(t *testing.T) {
	certificate, err := server.AdHoc()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	addr := start(t, proxyproto.Config{From: here}, server.Config{TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}})
	for _, version := range []int{1, 2} {
		protocols := new(http.Protocols)
		protocols.SetHTTP1(version == 1)
		protocols.SetHTTP2(version == 2)
		transport := &http.Transport{
			Protocols:       protocols,
			TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"},
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, addr.Network(), addr.String())
				if err == nil {
					_, err = io.WriteString(conn, v1Text)
				}
				return conn, err
			},
		}
		res, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get("https://localhost/")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		transport.CloseIdleConnections()
		client, _, _ := strings.Cut(v1Client, " ")
		if err != nil || res.ProtoMajor != version || !strings.HasPrefix(string(body), client) {
			t.Errorf("HTTP/%d: got %q over %s, %v", version, body, res.Proto, err)
		}
	}
}

// A connection that waits for its header does not keep the server from ending.
func TestStopWhileAHeaderIsAwaited(t *testing.T) {
	addr := start(t, proxyproto.Config{From: here, Timeout: time.Hour}, server.Config{HeaderTimeout: time.Hour, Grace: time.Hour})
	dial(t, addr)
	if got := ask(t, dial(t, addr), v1Text+request); got != v1Client { // the other was accepted before
		t.Errorf("got %q", got)
	}
}
