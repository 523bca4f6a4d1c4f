// Package ratelimit bounds how many requests a client may send in a time.
//
//	h := gateway.Chain(app, ratelimit.New(ratelimit.Config{Policy: ratelimit.Policy{Requests: 100, Window: time.Minute}}))
//
// There are two ways to count. A token bucket has room for Requests and fills within
// Window: a client may use all of it at once, and then goes on at the even rate. A
// sliding window looks back over a Window at any moment, so that there is no second
// burst at its edge: of what fell into the previous one, the part that still lies
// within reach counts, as if it had come evenly.
//
// Every answer says what is left, in RateLimit and RateLimit-Policy
// (draft-ietf-httpapi-ratelimit-headers-10); those that are too many get 429 with
// Retry-After.
//
// Counters are in the memory of the process, bounded. Where several processes must
// count together, they share a Store: gateway/middleware/ratelimit/redis has one on
// Redis or Valkey.
package ratelimit

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/internal/paths"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// A Policy is how much is allowed.
type Policy struct {
	Name     string // for clients, and to keep counters apart in a store; "" is default
	Requests int
	Window   time.Duration // from a microsecond a request on
	Sliding  bool          // a sliding window instead of a token bucket
}

// A Decision is what a Store says about one request.
type Decision struct {
	OK        bool
	Remaining int           // requests that would be admitted now
	Reset     time.Duration // until all of them would
	Retry     time.Duration // until one would be, where it was not
}

// A Store counts. It may be used by any number of goroutines.
type Store interface {
	// Take counts one request of key, unless it is too many. An error is one of the
	// store and says nothing about the request.
	Take(ctx context.Context, key string, p Policy) (Decision, error)
}

// Config says who is counted together and how much is allowed. Policy's Requests and
// Window must be set.
type Config struct {
	Policy

	// Key names who sends a request: all with one key share a counter, "" is not
	// counted. nil is ClientAddress.
	Key func(x *gateway.Exchange) string
	// Store counts; nil is a NewMemory(0) of its own.
	Store Store
	// Except are requests that are not counted: "/livez", "/static/" for all below it.
	Except []string

	// Closed answers 503 where the store fails. Otherwise requests pass: that a
	// counter is away should not take the application with it.
	Closed bool
	// Error hears of a store that fails; nil: nobody does.
	Error func(r *gateway.Request, err error)
}

// New returns the middleware. It panics at a Policy without Requests or Window.
func New(c Config) gateway.Middleware {
	except, err := paths.Parse(c.Except)
	if err != nil {
		panic("ratelimit: Config.Except: " + err.Error())
	}
	if c.Name == "" {
		c.Name = "default"
	}
	if err := c.Policy.check(); err != nil {
		panic("ratelimit: " + err.Error())
	}
	if c.Key == nil {
		c.Key = ClientAddress
	}
	if c.Store == nil {
		c.Store = NewMemory(0)
	}
	_, quick := c.Store.(*Memory) // does not wait, so that the server need not watch the client
	l := &limiter{Config: c, except: except}
	l.policy = fmt.Sprintf(`"%s";q=%d;w=%d`, c.Name, c.Requests, int64((c.Window+time.Second-1)/time.Second))
	tell := l.tell // once, so that no request allocates it
	return func(next gateway.Handler) gateway.Handler {
		return gateway.HandlerFunc(func(x *gateway.Exchange) error {
			if l.except.Match(&x.Request) {
				return next.Serve(x)
			}
			key := l.Key(x)
			if key == "" {
				return next.Serve(x)
			}
			ctx := context.Background()
			if !quick {
				ctx = x.Context()
			}
			d, err := l.Store.Take(ctx, key, l.Policy)
			if err != nil {
				if err := l.failed(x, err); err != nil {
					return err
				}
				return next.Serve(x)
			}
			x.SetValue(l, d)
			x.OnStart(tell)
			if !d.OK {
				return errTooMany
			}
			return next.Serve(x)
		})
	}
}

var errTooMany = &gateway.StatusError{Status: 429, Reason: "too many requests in too short a time", Section: "RFC 6585 §4"}

// check reports a policy that admits nothing, or counts finer than the clock.
func (p *Policy) check() error {
	switch {
	case p.Requests <= 0 || p.Window <= 0:
		return fmt.Errorf("Config.Policy needs Requests and Window, such as 100 and time.Minute; it has %d and %v", p.Requests, p.Window)
	case p.interval() < time.Microsecond:
		return fmt.Errorf("%d requests in %v are more than one in a microsecond", p.Requests, p.Window)
	case strings.ContainsAny(p.Name, `"\`) || !gateway.ValidValue(p.Name):
		return fmt.Errorf("Config.Policy.Name cannot be %q: it stands in a field between quotes", p.Name)
	}
	return nil
}

// interval is the time that one request takes of a token bucket.
func (p *Policy) interval() time.Duration { return p.Window / time.Duration(p.Requests) }

type limiter struct {
	Config
	except paths.Set
	policy string // the value of RateLimit-Policy
}

// failed decides about a request that could not be counted.
func (l *limiter) failed(x *gateway.Exchange, err error) error {
	if l.Error != nil {
		l.Error(&x.Request, err)
	}
	if l.Closed {
		return &gateway.StatusError{Status: 503, Reason: "requests cannot be counted just now", Err: err}
	}
	return nil
}

// tell writes what is left, also on the answers to errors.
func (l *limiter) tell(x *gateway.Exchange) {
	d := x.Value(l).(Decision)
	h := &x.Response.Header
	h.Add("RateLimit-Policy", l.policy)
	h.Add("RateLimit", `"`+l.Name+`";r=`+strconv.Itoa(d.Remaining)+`;t=`+semantics.RetryAfter(d.Reset))
	if !d.OK && !h.Has("Retry-After") {
		h.Set("Retry-After", semantics.RetryAfter(max(d.Retry, time.Second)))
	}
}

// ClientAddress is the connection's address without its port, of IPv6 the network of
// 64 bits, since one client has all of that; "unix" for a unix socket. Behind a proxy
// that is the proxy's: let the server or package forwarded put the client's in its
// place.
func ClientAddress(x *gateway.Exchange) string {
	t, ok := x.Request.Remote.(*net.TCPAddr)
	if !ok {
		return "unix"
	}
	addr, ok := netip.AddrFromSlice(t.IP)
	if !ok {
		return "unknown"
	}
	addr = addr.Unmap()
	if addr.Is6() {
		prefix, _ := addr.Prefix(64)
		return prefix.String()
	}
	return addr.String()
}
