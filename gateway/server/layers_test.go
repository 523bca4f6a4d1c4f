package server_test

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/forwarded"
	"github.com/dewar-go/dewar/gateway/server"
)

func TestTrustedProxies(t *testing.T) {
	loopback := forwarded.Config{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}}
	for _, c := range []struct {
		trusted forwarded.Config
		fields  string
		status  int
		want    string
	}{
		{loopback, "X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https\r\n", 200, "192.0.2.1:0 https"},
		{loopback, "X-Forwarded-For: nonsense\r\n", 400, ""},
		{forwarded.Config{}, "X-Forwarded-For: nonsense\r\nX-Forwarded-Proto: https\r\n", 200, "127.0.0.1 http"},
	} {
		eachPath(t, func(t *testing.T, on path) {
			conn := start(t, on.config(server.Config{TrustedProxies: c.trusted}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
				remote := x.Request.Remote.String()
				if x.Request.Via == nil {
					remote = netip.MustParseAddrPort(remote).Addr().String()
				}
				_, err := fmt.Fprint(x, remote, " ", x.Request.Scheme)
				return err
			})).dial(t)
			for range 2 { // the connection is kept, whatever the answer
				conn.send("GET / HTTP/1.1\r\nHost: x\r\n" + c.fields + "\r\n")
				if res, got := conn.answer("GET"); res.StatusCode != c.status || c.status == 200 && got != c.want {
					t.Errorf("%q: got %d %q, want %d %q", c.fields, res.StatusCode, got, c.status, c.want)
				}
			}
		})
	}
	impossible := server.New(server.Config{TrustedProxies: forwarded.Config{Hops: -1}})
	if err := impossible.Serve(t.Context(), echo); err == nil {
		t.Error("Serve takes a negative number of hops")
	}
}
