package gatewaytest

import (
	"context"
	"errors"
	"io"
	"net"
	"sync/atomic"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// Start, drain and end of a server.
var lifespanRules = []rule{
	//spec:server A server binds its addresses, calls Startup with them, real ports included, and accepts when that has returned. Connections wait meanwhile.
	{name: "Startup knows the bound addresses", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, "ok") })
		if s.info.Name == "" || s.info.Scheme == "" || len(s.info.Addrs) == 0 {
			s.Errorf("ServerInfo %+v", s.info)
		}
		for _, a := range s.info.Addrs {
			if tcp, ok := a.(*net.TCPAddr); ok && tcp.Port == 0 {
				s.Errorf("address %v has no port", a)
			}
		}
	}},
	{name: "Startup ends before the first exchange begins", test: func(s *subject) {
		var up atomic.Bool
		started, release := make(chan gateway.ServerInfo, 1), make(chan struct{})
		s.run(&life{
			Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
				equal(s, "started up", up.Load(), true)
				return text(x, "ok")
			}),
			startup: func(info gateway.ServerInfo) error {
				started <- info
				await(s, release)
				up.Store(true)
				return nil
			},
		})
		s.info = wait(s, started)
		s.client = s.connect()
		answered := make(chan *Result, 1)
		go func() { // ends with the answer
			call, err := s.client.Start(Request{})
			if err != nil {
				s.Errorf("a connection was refused before Startup had ended: %v", err)
				close(answered)
				return
			}
			res, err := Finish(call)
			if err != nil {
				s.Error(err)
			}
			answered <- res
		}()
		close(release)
		if res := wait(s, answered); res != nil {
			equal(s, "status", res.Status, 200)
		}
	}},
	//spec:server A Startup that fails stops the server: Serve returns its error, and Shutdown is not called.
	{name: "a Startup that fails stops the server", test: func(s *subject) {
		s.run(&life{
			Handler:  gateway.HandlerFunc(func(x *gateway.Exchange) error { return nil }),
			startup:  func(gateway.ServerInfo) error { return errBoom },
			shutdown: func(context.Context) error { s.Errorf("Shutdown was called"); return nil },
		})
		if err := wait(s, s.served); !errors.Is(err, errBoom) {
			s.Errorf("Serve returned %v, want the error of Startup", err)
		}
		s.cancel()
		s.cancel = nil
	}},
	//spec:server When its context ends, a server stops accepting, lets the exchanges that run finish, and calls Shutdown after the last of them, with a context that has not ended.
	{name: "a running exchange finishes, then Shutdown runs", test: func(s *subject) {
		var finished atomic.Bool
		running, release := make(chan struct{}), make(chan struct{})
		down := make(chan error, 1)
		s.serve(&life{
			Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
				x.OnFinish(func(gateway.Outcome) { finished.Store(true) })
				x.WriteString("begun, ")
				if err := x.Flush(); err != nil {
					return err
				}
				close(running)
				await(s, release)
				return joinError(x.WriteString("done"))
			}),
			shutdown: func(ctx context.Context) error {
				equal(s, "exchange finished before Shutdown", finished.Load(), true)
				down <- ctx.Err()
				return nil
			},
		})
		call := s.start(Request{})
		wait(s, running)
		s.cancel()
		close(release)
		res, err := Finish(call)
		if err != nil {
			s.Fatal(err)
		}
		equal(s, "body", string(res.Body), "begun, done")
		if err := wait(s, down); err != nil {
			s.Errorf("the context of Shutdown has ended: %v", err)
		}
	}},
	//spec:server A server that tells that it stops (`ServerInfo.Stopping` is not nil) closes the channel when its context has ended, while the exchanges that run finish, and not before; where another process has taken over (`ErrReplaced`) it does not.
	{name: "Stopping is told while exchanges run", test: func(s *subject) {
		running := make(chan struct{})
		stopping := make(chan (<-chan struct{}), 1)
		s.serveFunc(func(x *gateway.Exchange) error {
			close(running)
			await(s, <-stopping)
			return text(x, "told")
		})
		if s.info.Stopping == nil {
			return
		}
		stopping <- s.info.Stopping
		call := s.start(Request{})
		wait(s, running)
		select {
		case <-s.info.Stopping:
			s.Errorf("the server tells that it stops before its context has ended")
		default:
		}
		s.cancel()
		res, err := Finish(call)
		if err != nil {
			s.Fatal(err)
		}
		equal(s, "body", string(res.Body), "told")
	}},
	//spec:server Serve returns nil after an orderly end, else an error: that of Shutdown, too.
	{name: "an error of Shutdown is Serve's", test: func(s *subject) {
		s.serve(&life{
			Handler:  gateway.HandlerFunc(func(x *gateway.Exchange) error { return text(x, "ok") }),
			shutdown: func(context.Context) error { return errBoom },
		})
		s.get("/")
		s.client.Close()
		s.cancel()
		s.cancel = nil
		if err := wait(s, s.served); !errors.Is(err, errBoom) {
			s.Errorf("Serve returned %v, want the error of Shutdown", err)
		}
	}},
	//spec:server Connections without an exchange do not hold the end.
	{name: "idle connections do not hold the end", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error { return text(x, "ok") })
		used, ok := s.dial()
		if !ok {
			return
		}
		s.send(used, "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		equal(s, "status", s.receive(used, "GET").Status, 200)
		fresh, _ := s.dial()
		s.drain()
		for _, conn := range []*client.Socket{used, fresh} {
			if rest, _ := io.ReadAll(conn); len(rest) > 0 {
				s.Errorf("an idle connection got %q", rest)
			}
		}
	}},
}

// A life is a Lifespan of functions; nil ones do nothing.
type life struct {
	gateway.Handler
	startup  func(gateway.ServerInfo) error
	shutdown func(context.Context) error
}

func (l *life) Startup(_ context.Context, info gateway.ServerInfo) error {
	if l.startup == nil {
		return nil
	}
	return l.startup(info)
}

func (l *life) Shutdown(ctx context.Context) error {
	if l.shutdown == nil {
		return nil
	}
	return l.shutdown(ctx)
}
