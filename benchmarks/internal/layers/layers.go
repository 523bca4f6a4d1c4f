// Package layers measures what a middleware adds to a request: Dewar's, and those of
// Echo and Fiber that are for the same.
//
// Its law: each is put around one handler, which answers with a page of 4 KiB, and is
// asked without a socket, as in package micro; what is told is the difference to the
// handler alone, the least of several measurements. The middleware does what it is for
// (the compressed page is compressed, the answer comes from the cache), which is
// checked before it is measured. They are not equal: a field more here, a check there.
package layers

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/gofiber/fiber/v3"
	"github.com/labstack/echo/v5"
	"github.com/valyala/fasthttp"

	"github.com/dewar-go/dewar/gateway"
)

// A Cost is what one request takes, or takes more.
type Cost struct{ Nanoseconds, Allocations float64 }

// A Row is one middleware by all peers; nil where a peer has none.
type Row struct {
	Name               string
	Dewar, Echo, Fiber *Cost
}

// page is what the handler answers with.
var page = []byte("<!doctype html>" + strings.Repeat("<p>All work and no play makes Jack a dull boy.</p>\n", 81))

// A layer is a middleware, and the request that it is asked with.
type layer struct {
	name    string
	method  string
	header  gateway.Header
	dewar   func() []gateway.Middleware
	echo    func() []echo.MiddlewareFunc
	fiber   func() []fiber.Handler
	changed func(h gateway.Header) bool // tells that Dewar's did its work; nil: nothing shows
}

// Measure returns all rows, measuring each for about d, several times.
func Measure(d time.Duration) ([]Row, error) {
	testing.Init()
	if err := flag.Set("test.benchtime", d.String()); err != nil {
		return nil, err
	}
	var rows []Row
	for _, l := range layers() {
		row := Row{Name: l.name}
		for _, p := range []struct {
			to    **Cost
			build func(around bool) (func(), error)
		}{{&row.Dewar, l.askDewar}, {&row.Echo, l.askEcho}, {&row.Fiber, l.askFiber}} {
			cost, err := difference(p.build)
			if err != nil {
				return nil, fmt.Errorf("layers: %s: %w", l.name, err)
			}
			*p.to = cost
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// difference measures with and without, in turn. nil is a peer that has no such thing.
func difference(build func(around bool) (func(), error)) (*Cost, error) {
	plain, err := build(false)
	if err != nil {
		return nil, err
	}
	with, err := build(true)
	if with == nil || err != nil {
		return nil, err
	}
	var least [2]Cost
	for i := range 6 {
		ask := plain
		if i%2 == 1 {
			ask = with
		}
		r := testing.Benchmark(func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				ask()
			}
		})
		if r.N == 0 {
			return nil, errors.New("nothing was measured")
		}
		c := Cost{float64(r.T.Nanoseconds()) / float64(r.N), float64(r.MemAllocs) / float64(r.N)}
		if at := &least[i%2]; i < 2 || c.Nanoseconds < at.Nanoseconds {
			*at = c
		}
	}
	return &Cost{least[1].Nanoseconds - least[0].Nanoseconds, least[1].Allocations - least[0].Allocations}, nil
}

func (l *layer) askDewar(around bool) (func(), error) {
	var h gateway.Handler = gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header = append(x.Response.Header, gateway.Field{Name: "Content-Type", Value: "text/html; charset=utf-8"}, gateway.Field{Name: "Cache-Control", Value: "public, max-age=3600"})
		x.Response.Body = page
		return nil
	})
	if around {
		h = gateway.Chain(h, l.dewar()...)
	}
	request := gateway.Request{
		Method: l.method, Target: "/", Path: "/", Proto: "HTTP/1.1", Scheme: "http", Host: "localhost",
		Header: append(gateway.Header{{Name: "Host", Value: "localhost"}, {Name: "User-Agent", Value: "Mozilla/5.0"}, {Name: "Accept", Value: "text/html"}}, l.header...),
		Remote: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 1234}, Local: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 80},
	}
	t := &nowhere{}
	x := new(gateway.Exchange)
	ask := func() {
		x = x.Renew()
		x.Request = request
		x.Request.Time = time.Now()
		gateway.Run(h, x, t)
	}
	ask()
	ask()
	if t.status != 200 || around && l.changed != nil && !l.changed(t.header) {
		return nil, fmt.Errorf("dewar answered %d %v", t.status, t.header)
	}
	return ask, nil
}

// nowhere is a gateway.Transport that keeps the last head alone.
type nowhere struct {
	status int
	header gateway.Header
}

func (*nowhere) Read([]byte) (int, error)         { return 0, io.EOF }
func (*nowhere) Inform(int, gateway.Header) error { return nil }
func (n *nowhere) WriteHead(h *gateway.Head) error {
	n.status, n.header = h.Status, append(n.header[:0], h.Header...)
	return nil
}
func (*nowhere) Write(p []byte) (int, error)              { return len(p), nil }
func (*nowhere) WriteFile(*os.File, int64, int64) error   { return nil }
func (*nowhere) Flush() error                             { return nil }
func (*nowhere) Close(gateway.Header) error               { return nil }
func (*nowhere) Abort()                                   {}
func (*nowhere) Hijack() (net.Conn, []byte, error)        { return nil, nil, errors.ErrUnsupported }
func (*nowhere) Context() context.Context                 { return context.Background() }
func (*nowhere) SetDeadlines(read, write time.Time) error { return nil }

func (l *layer) askEcho(around bool) (func(), error) {
	if l.echo == nil {
		return nil, nil
	}
	e := echo.New()
	if around {
		e.Use(l.echo()...)
	}
	e.Any("/", func(c *echo.Context) error {
		c.Response().Header().Set("Cache-Control", "public, max-age=3600")
		return c.HTMLBlob(http.StatusOK, page)
	})
	request, err := http.NewRequest(l.method, "/", nil)
	if err != nil {
		return nil, err
	}
	request.Host, request.RemoteAddr = "localhost", "127.0.0.1:1234"
	for _, f := range l.header {
		request.Header.Set(f.Name, f.Value)
	}
	w := &discard{header: make(http.Header)}
	ask := func() {
		clear(w.header)
		w.status = 0
		e.ServeHTTP(w, request)
	}
	ask()
	if w.status != 200 {
		return nil, fmt.Errorf("echo answered %d", w.status)
	}
	return ask, nil
}

// discard is an http.ResponseWriter that keeps nothing but the status.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

func (l *layer) askFiber(around bool) (func(), error) {
	if l.fiber == nil {
		return nil, nil
	}
	app := fiber.New()
	if around {
		for _, h := range l.fiber() {
			app.Use(h)
		}
	}
	app.All("/", func(c fiber.Ctx) error {
		c.Set("Cache-Control", "public, max-age=3600")
		c.Set("Content-Type", "text/html; charset=utf-8")
		return c.Send(page)
	})
	h := app.Handler()
	c := new(fasthttp.RequestCtx)
	c.Request.Header.SetMethod(l.method)
	c.Request.SetRequestURI("/")
	c.Request.Header.SetHost("localhost")
	for _, f := range l.header {
		c.Request.Header.Set(f.Name, f.Value)
	}
	ask := func() {
		c.ResetUserValues()
		c.Response.Reset()
		h(c)
	}
	ask()
	if c.Response.StatusCode() != 200 {
		return nil, fmt.Errorf("fiber answered %d", c.Response.StatusCode())
	}
	return ask, nil
}
