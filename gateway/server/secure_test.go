package server_test

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/server"
)

// adhoc is a server's side of TLS and a client's that trusts it.
func adhoc(t testing.TB) (ours, theirs *tls.Config) {
	t.Helper()
	certificate, err := server.AdHoc()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	return &tls.Config{Certificates: []tls.Certificate{certificate}}, &tls.Config{RootCAs: roots, ServerName: "localhost"}
}

func TestSuiteOverTLS(t *testing.T) {
	ours, theirs := adhoc(t)
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		return gatewaytest.Target{
			Server: server.New(server.Config{Addr: "127.0.0.1:0", TLS: ours, Error: quiet}),
			Dial:   func(a net.Addr) (net.Conn, error) { return tls.Dial(a.Network(), a.String(), theirs) },
		}
	})
}

func TestRequestTellsOfTLS(t *testing.T) {
	ours, theirs := adhoc(t)
	r := start(t, server.Config{TLS: ours}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if s := x.Request.TLS; s == nil || s.ServerName != "localhost" || s.Version < tls.VersionTLS12 {
			t.Errorf("TLS: %+v", s)
		}
		_, err := x.WriteString(x.Request.URL())
		return err
	}))
	theirs = theirs.Clone()
	theirs.NextProtos = []string{"http/1.1"}
	conn, err := tls.Dial(r.addr.Network(), r.addr.String(), theirs)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if got := conn.ConnectionState().NegotiatedProtocol; got != "http/1.1" {
		t.Errorf("ALPN: %q", got)
	}
	c := wrap(t, conn)
	c.send("GET /a?b HTTP/1.1\r\nHost: example.com\r\n\r\n")
	if _, got := c.answer("GET"); got != "https://example.com/a?b" {
		t.Errorf("got %q", got)
	}
}

// Who speaks plain HTTP to a port of TLS is told so.
func TestPlainHTTPOnATLSPort(t *testing.T) {
	ours, _ := adhoc(t)
	c := start(t, server.Config{TLS: ours}, text("")).dial(t)
	c.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n")
	res, body := c.answer("GET")
	if res.StatusCode != 400 || !strings.Contains(body, "https") {
		t.Errorf("got %d %q", res.StatusCode, body)
	}
	c.closed()
}

func TestHandshakeTimeout(t *testing.T) {
	ours, _ := adhoc(t)
	c := start(t, server.Config{TLS: ours, HandshakeTimeout: 50 * time.Millisecond}, text("")).dial(t)
	c.send("\x16\x03\x01") // the beginning of a record
	c.closed()
}
