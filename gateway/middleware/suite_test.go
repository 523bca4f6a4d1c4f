package middleware_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"flag"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/forwarded"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/internal/http2client"
	"github.com/dewar-go/dewar/gateway/middleware/basicauth"
	"github.com/dewar-go/dewar/gateway/middleware/bodylimit"
	"github.com/dewar-go/dewar/gateway/middleware/cache"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/middleware/cors"
	"github.com/dewar-go/dewar/gateway/middleware/crossorigin"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
	"github.com/dewar-go/dewar/gateway/middleware/etag"
	"github.com/dewar-go/dewar/gateway/middleware/health"
	"github.com/dewar-go/dewar/gateway/middleware/hosts"
	"github.com/dewar-go/dewar/gateway/middleware/inflight"
	"github.com/dewar-go/dewar/gateway/middleware/methodoverride"
	"github.com/dewar-go/dewar/gateway/middleware/ratelimit"
	"github.com/dewar-go/dewar/gateway/middleware/recovery"
	"github.com/dewar-go/dewar/gateway/middleware/redirect"
	"github.com/dewar-go/dewar/gateway/middleware/requestid"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/middleware/timeout"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
	"github.com/dewar-go/dewar/gateway/static"
)

// A layer is a middleware under test.
type layer struct {
	name string
	make func() gateway.Middleware
}

// inTheWay are the layers that content passes: they have a transport of their own. To
// the others an exchange is the same whatever carries it.
var inTheWay = []string{"csrf", "methodoverride", "compress", "bodylimit", "timeout", "cache"}

// layers are all of them, outermost first, as docs/middleware/README.md orders them.
var layers = []layer{
	{"accesslog", func() gateway.Middleware {
		log, err := accesslog.New(accesslog.Config{Writer: io.Discard, Format: accesslog.JSON})
		if err != nil {
			panic(err)
		}
		return log.Middleware()
	}},
	{"forwarded", func() gateway.Middleware {
		return forwarded.Middleware(forwarded.Config{Proxies: []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}, Host: true, Prefix: true})
	}},
	// HEAD is held to the fields of GET, so that both have one name.
	{"requestid", func() gateway.Middleware {
		return requestid.New(requestid.Config{Generate: func() string { return "n" }})
	}},
	{"health", func() gateway.Middleware { return health.New(health.Config{}).Middleware() }},
	{"hosts", func() gateway.Middleware {
		return unless(foreign, hosts.New("localhost"))
	}},
	{"redirect", func() gateway.Middleware { return redirect.WithoutWWW(redirect.Config{}) }},
	{"secure", func() gateway.Middleware { return secure.New(secure.Config{}) }},
	{"cors", func() gateway.Middleware { return cors.New(cors.Config{Origins: []string{"https://a.example"}}) }},
	{"ratelimit", func() gateway.Middleware {
		return ratelimit.New(ratelimit.Config{Policy: ratelimit.Policy{Requests: 100, Window: time.Hour}, Key: each()})
	}},
	{"inflight", func() gateway.Middleware { return inflight.New(inflight.Config{Limit: 1000}) }},
	{"basicauth", func() gateway.Middleware {
		return signedIn(basicauth.New(basicauth.Config{Users: map[string]string{"ada": "secret"}}))
	}},
	{"crossorigin", func() gateway.Middleware { return crossorigin.New(crossorigin.Config{}) }},
	{"csrf", func() gateway.Middleware { return unless(unsafe, csrf.New(csrf.Config{})) }},
	{"methodoverride", func() gateway.Middleware { return methodoverride.New(methodoverride.Config{}) }},
	{"compress", func() gateway.Middleware { return compress.New(compress.Config{}) }},
	{"bodylimit", func() gateway.Middleware { return bodylimit.New(1 << 41) }},
	{"timeout", func() gateway.Middleware { return timeout.New(timeout.Config{After: time.Minute}) }},
	{"cache", func() gateway.Middleware { return cache.New(cache.Config{}).Middleware() }},
	{"etag", func() gateway.Middleware { return etag.New(etag.Config{}) }},
	{"recovery", func() gateway.Middleware { return recovery.New(recovery.Config{}) }},
	// Not middleware, but what stands beside an application: files, behind a dispatcher.
	{"static", func() gateway.Middleware {
		return func(next gateway.Handler) gateway.Handler {
			return gateway.HandlerFunc(gateway.Dispatch(next, map[string]gateway.Handler{"/static": files()}).Serve)
		}
	}},
}

// servers are those that the whole stack is put on.
var servers = []struct {
	name   string
	target func() gatewaytest.Target
}{
	{"recorder", func() gatewaytest.Target { return new(gatewaytest.Memory).Target() }},
	{"server", func() gatewaytest.Target {
		return gatewaytest.Target{Server: server.New(server.Config{Addr: "127.0.0.1:0", Error: quiet})}
	}},
	{"nethttp", func() gatewaytest.Target {
		return gatewaytest.Target{Server: nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", Error: quiet})}
	}},
}

// TestMain lets suites run beside each other: they wait more than they work.
func TestMain(m *testing.M) {
	flag.Parse()
	flag.Set("test.parallel", "16")
	os.Exit(m.Run())
}

func quiet(*gateway.Request, error) {}

// A server with a middleware is a server: the suite holds for each of them and for
// all together, and the checker on both sides of each has nothing to say.
func TestSuite(t *testing.T) {
	for _, s := range servers {
		t.Run(s.name, func(t *testing.T) {
			for _, l := range layers {
				t.Run(l.name, func(t *testing.T) { suite(t, s.target, l.make) })
			}
			t.Run("all", func(t *testing.T) { suite(t, s.target, makers()...) })
		})
	}
}

// Over HTTP/2, where an exchange is a stream among others: each layer that content
// passes, and all together.
func TestSuiteOverHTTP2(t *testing.T) {
	certificate, err := server.AdHoc()
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(certificate.Leaf)
	target := func() gatewaytest.Target {
		return gatewaytest.Target{
			Server:  server.New(server.Config{Addr: "127.0.0.1:0", TLS: &tls.Config{Certificates: []tls.Certificate{certificate}}, Error: quiet}),
			Connect: func(s gateway.ServerInfo) gatewaytest.Client { return http2client.New(s, roots) },
		}
	}
	for _, l := range layers {
		if slices.Contains(inTheWay, l.name) {
			t.Run(l.name, func(t *testing.T) { suite(t, target, l.make) })
		}
	}
	t.Run("all", func(t *testing.T) { suite(t, target, makers()...) })
}

// makers make all layers.
func makers() (all []func() gateway.Middleware) {
	for _, l := range layers {
		all = append(all, l.make)
	}
	return all
}

// unless leaves a middleware out for requests of the suite that it is there to refuse.
func unless(refused func(r *gateway.Request) bool, m gateway.Middleware) gateway.Middleware {
	return func(next gateway.Handler) gateway.Handler {
		inside := m(next)
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if refused(&x.Request) {
				return next.Serve(x)
			}
			return inside.Serve(x)
		})
	}
}

// foreign are requests for other hosts, or for none with HTTP/1.0.
func foreign(r *gateway.Request) bool { return r.Host != "localhost" }

// signedIn has requests carry a password from before a middleware to behind it, so
// that the suite sees them as it sent them.
func signedIn(m gateway.Middleware) gateway.Middleware {
	return func(next gateway.Handler) gateway.Handler {
		inside := m(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.Request.Header = x.Request.Header[:len(x.Request.Header)-1]
			return next.Serve(x)
		}))
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.Request.Header = append(x.Request.Header.Clone(), gateway.Field{Name: "Authorization", Value: "Basic YWRhOnNlY3JldA=="})
			return inside.Serve(x)
		})
	}
}

// files are what static has for the tests.
func files() gateway.Handler {
	return static.New(fstest.MapFS{"a.js": {Data: bytes.Repeat([]byte("let a;\n"), 1000), ModTime: time.Unix(1e9, 0)}}, static.Config{MaxAge: time.Hour})
}

// unsafe are requests without a token.
func unsafe(r *gateway.Request) bool { return r.Method != "GET" && r.Method != "HEAD" }

// each gives every request a counter of its own, so that HEAD is told the same as GET.
func each() func(*gateway.Exchange) string {
	var n atomic.Int64
	return func(*gateway.Exchange) string { return strconv.FormatInt(n.Add(1), 10) }
}

func suite(t *testing.T, target func() gatewaytest.Target, layers ...func() gateway.Middleware) {
	t.Parallel()
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		at := target()
		var watch watch
		stack := []gateway.Middleware{gatewaytest.Lint(watch.outside)}
		for _, l := range layers {
			stack = append(stack, l())
		}
		stack = append(stack, gatewaytest.Lint(watch.inside))
		t.Cleanup(func() { watch.judge(t) })
		at.Server = &layered{at.Server, stack}
		return at
	})
}

// layered is a server that puts middleware around whatever it serves.
type layered struct {
	gateway.Server
	stack []gateway.Middleware
}

func (l *layered) Serve(ctx context.Context, h gateway.Handler) error {
	return l.Server.Serve(ctx, gateway.Chain(h, l.stack...))
}

// watch tells the suite's applications, some of which break the contract on purpose,
// from the middleware around them: what was right inside has to be right outside.
type watch struct {
	mu      sync.Mutex
	within  map[string]bool // exchanges of which the inner side complained
	without []*gatewaytest.Violation
}

func (w *watch) inside(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.within == nil {
		w.within = map[string]bool{}
	}
	var v *gatewaytest.Violation
	if errors.As(err, &v) {
		w.within[v.Exchange] = true
	}
}

func (w *watch) outside(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var v *gatewaytest.Violation
	if errors.As(err, &v) {
		w.without = append(w.without, v)
	}
}

func (w *watch) judge(t *testing.T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, v := range w.without {
		if !w.within[v.Exchange] {
			t.Error(v)
		}
	}
}
