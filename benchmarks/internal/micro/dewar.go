package micro

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

func dewarRouter(p *probe, routes []route) (func(int), error) {
	a := framework.New("micro")
	for _, r := range allRoutes {
		a.Get(site.Angle(r.pattern), func(c *framework.Context) error {
			n := 0
			for _, name := range r.names {
				n += len(c.Param(name))
			}
			p.saw(n)
			return c.NoContent()
		}).Name(r.pattern)
	}
	if err := a.Freeze(); err != nil {
		return nil, err
	}
	// The application is asked as its server would: what gateway.Run does around it,
	// net/http's server does around the peers' ServeHTTP, which is not measured either.
	exchanges := make([]gateway.Exchange, len(routes))
	for i, r := range routes {
		exchanges[i].Request = gateway.Request{
			Method: "GET", Target: r.path, Proto: "HTTP/1.1", Scheme: "http", Host: "localhost", Path: r.path,
			Header: gateway.Header{{Name: "Host", Value: "localhost"}},
		}
	}
	header := make(gateway.Header, 0, 8)
	return func(i int) {
		x := &exchanges[i]
		x.Response = gateway.Response{Header: header}
		a.Serve(x)
	}, nil
}

// nowhere is a gateway.Transport that keeps nothing: a server would be measured
// with it.
type nowhere struct{}

var _ gateway.Transport = nowhere{}

func (nowhere) Read([]byte) (int, error)                 { return 0, io.EOF }
func (nowhere) Inform(int, gateway.Header) error         { return nil }
func (nowhere) WriteHead(*gateway.Head) error            { return nil }
func (nowhere) Write(p []byte) (int, error)              { return len(p), nil }
func (nowhere) WriteFile(*os.File, int64, int64) error   { return nil }
func (nowhere) Flush() error                             { return nil }
func (nowhere) Close(gateway.Header) error               { return nil }
func (nowhere) Abort()                                   {}
func (nowhere) Hijack() (net.Conn, []byte, error)        { return nil, nil, errors.ErrUnsupported }
func (nowhere) Context() context.Context                 { return context.Background() }
func (nowhere) SetDeadlines(read, write time.Time) error { return nil }
