package nethttp_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/internal/http2client"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"golang.org/x/net/http2"
	"golang.org/x/net/http2/hpack"
)

func TestSuiteOverHTTP2(t *testing.T) {
	certificate, roots := certify(t)
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		return gatewaytest.Target{
			Server: nethttp.New(nethttp.Config{
				Addr:  "127.0.0.1:0",
				Error: quiet,
				TLS:   &tls.Config{Certificates: []tls.Certificate{certificate}},
			}),
			Connect: func(s gateway.ServerInfo) gatewaytest.Client { return http2client.New(s, roots) },
		}
	})
}

// An :authority that is none is refused as a Host field is, before the application
// sees it: net/http hands it on.
func TestHostOverHTTP2(t *testing.T) {
	certificate, roots := certify(t)
	s := httptest.NewUnstartedServer(&nethttp.Adapter{Error: quiet, Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := x.WriteString(x.Request.Host)
		return err
	})})
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	s.StartTLS()
	defer s.Close()
	authority := func(host string) []hpack.HeaderField { return []hpack.HeaderField{{Name: ":authority", Value: host}} }
	field := func(host string) hpack.HeaderField { return hpack.HeaderField{Name: "host", Value: host} }
	for _, c := range []struct {
		fields []hpack.HeaderField
		want   string
	}{
		{authority("a.example.org"), "200"},
		{authority("[::1]:80"), "200"},
		{authority("evil.example/.example.org"), "400"},
		{authority("evil.example#.example.org"), "400"},
		{authority("a b"), "400"},
		{[]hpack.HeaderField{field("a.example.org")}, "200"},
		{[]hpack.HeaderField{field("a/b")}, "400"},
		// RFC 9113 §8.3.1
		{append(authority("a.example.org"), field("a.example.org")), "200"},
		{append(authority("a.example.org"), field("b.example.org")), "400"},
		{append(authority("a.example.org"), field("a.example.org"), field("a.example.org")), "400"},
	} {
		conn, err := tls.Dial("tcp", s.Listener.Addr().String(), &tls.Config{RootCAs: roots, NextProtos: []string{"h2"}})
		if err != nil {
			t.Fatal(err)
		}
		if got, err := statusOverHTTP2(conn, c.fields); got != c.want || err != nil {
			t.Errorf("%v: %s, %v; want %s", c.fields, got, err, c.want)
		}
		conn.Close()
	}
}

// statusOverHTTP2 asks frame by frame, since clients refuse such hosts themselves.
func statusOverHTTP2(conn net.Conn, fields []hpack.HeaderField) (string, error) {
	if _, err := io.WriteString(conn, http2.ClientPreface); err != nil {
		return "", err
	}
	f := http2.NewFramer(conn, conn)
	f.ReadMetaHeaders = hpack.NewDecoder(4096, nil)
	var block bytes.Buffer
	e := hpack.NewEncoder(&block)
	for _, field := range append([]hpack.HeaderField{{Name: ":method", Value: "GET"}, {Name: ":scheme", Value: "https"}, {Name: ":path", Value: "/"}}, fields...) {
		if err := e.WriteField(field); err != nil {
			return "", err
		}
	}
	if err := errors.Join(f.WriteSettings(), f.WriteHeaders(http2.HeadersFrameParam{StreamID: 1, BlockFragment: block.Bytes(), EndStream: true, EndHeaders: true})); err != nil {
		return "", err
	}
	for {
		frame, err := f.ReadFrame()
		if err != nil {
			return "", err
		}
		switch frame := frame.(type) {
		case *http2.MetaHeadersFrame:
			return frame.PseudoValue("status"), nil
		case *http2.RSTStreamFrame:
			return frame.ErrCode.String(), nil
		}
	}
}
