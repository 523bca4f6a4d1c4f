package server

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
)

// sink is a connection that takes everything.
type sink struct{ net.Conn }

func (sink) Write(p []byte) (int, error)      { return len(p), nil }
func (sink) SetWriteDeadline(time.Time) error { return nil }
func (sink) SetReadDeadline(time.Time) error  { return nil }
func (sink) RemoteAddr() net.Addr             { return nil }
func (sink) LocalAddr() net.Addr              { return nil }

// BenchmarkExchange is all that a request costs but for the system: parsing a head
// that repeats, the contract, encoding; then with those who look.
func BenchmarkExchange(b *testing.B) {
	log, err := accesslog.New(accesslog.Config{Writer: io.Discard})
	if err != nil {
		b.Fatal(err)
	}
	defer log.Close()
	b.Run("alone", func(b *testing.B) { benchmarkExchange(b, Config{}) })
	b.Run("counters", func(b *testing.B) { benchmarkExchange(b, Config{Counters: new(Counters)}) })
	b.Run("log", func(b *testing.B) { benchmarkExchange(b, Config{AccessLog: log}) })
}

func benchmarkExchange(b *testing.B, config Config) {
	body := []byte("Hello, World!")
	r := newRun(config.withDefaults(), gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Set("Content-Type", "text/plain; charset=utf-8")
		x.Response.Body = body
		return nil
	}), nil)
	c := newConn(r, &port{scheme: "http"}, sink{})
	request := []byte("GET / HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n\r\n")
	c.in.makeRoom()
	b.ReportAllocs()
	for b.Loop() {
		c.now = time.Now()
		c.in.w += copy(c.in.room(), request)
		if found, err := c.nextHead(); !found || err != nil || !c.exchange() || c.out.flush() != nil {
			b.Fatal(found, err)
		}
	}
}
