package gatewaytest

import (
	"context"
	"errors"
	"io"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A client that goes away: an error value, no fault, and no harm to others.
var disconnectRules = []rule{
	//spec:server Context ends when the client goes away, with a context.Cause that wraps ErrGone. A handler that returns context.Canceled then is no fault and gets no answer sent.
	{name: "Context ends when the client goes away", test: func(s *subject) {
		running := make(chan struct{})
		cause := make(chan error, 1)
		s.serveFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/fine" {
				return text(x, "fine")
			}
			x.OnFinish(s.note)
			ctx := x.Context()
			close(running)
			<-ctx.Done() // patience is the test's
			cause <- context.Cause(ctx)
			return ctx.Err()
		})
		call := s.start(Request{})
		wait(s, running)
		call.Close()
		if err := wait(s, cause); !errors.Is(err, gateway.ErrGone) {
			s.Errorf("the cause is %v, want ErrGone", err)
		}
		if o := s.outcome(); !errors.Is(o.Err, context.Canceled) || !errors.Is(o.Err, gateway.ErrGone) || o.Fault() != nil || o.Status != 0 {
			s.Errorf("outcome %+v, want context.Canceled for ErrGone, and no answer", o)
		}
		equal(s, "next request", s.get("/fine").Status, 200)
	}},
	//spec:server Context ends with the exchange.
	{name: "Context ends with the handler", test: func(s *subject) {
		contexts := make(chan context.Context, 1)
		s.serveFunc(func(x *gateway.Exchange) error {
			if err := x.Context().Err(); err != nil {
				s.Errorf("Context has ended in the handler: %v", err)
			}
			if x.Context() != x.Context() {
				s.Errorf("Context changes from call to call")
			}
			contexts <- x.Context()
			return text(x, "ok")
		})
		for range 3 {
			s.get("/")
			wait(s, wait(s, contexts).Done())
		}
	}},
	//spec:server Writing to a client that has gone, or reading from it, fails with an error that wraps ErrGone, now and later. It is no fault.
	{name: "writing to a client that has gone fails with ErrGone", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			if x.Request.Path == "/fine" {
				return text(x, "fine")
			}
			x.OnFinish(s.note)
			if err := x.Flush(); err != nil {
				return err
			}
			p := make([]byte, 32<<10)
			for {
				if _, err := x.Write(p); err != nil {
					if _, again := x.Write(p); again == nil {
						s.Errorf("Write succeeded after it had failed with %v", err)
					}
					return err
				}
			}
		})
		call := s.start(Request{})
		if _, err := call.Head(); err != nil {
			s.Fatal(err)
		}
		call.Close()
		o := s.outcome()
		if !errors.Is(o.Err, gateway.ErrGone) || o.Fault() != nil {
			s.Errorf("outcome %+v, want ErrGone and no fault", o)
		}
		equal(s, "next request", s.get("/fine").Status, 200)
	}},
	{name: "reading from a client that has gone fails with ErrGone", test: func(s *subject) {
		read := make(chan struct{})
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(s.note)
			if _, err := io.ReadFull(x, make([]byte, 5)); err != nil {
				s.Errorf("Read: %v", err)
			}
			close(read)
			_, err := io.ReadAll(x)
			return err
		})
		from, to := io.Pipe()
		defer to.Close()
		call := s.start(Request{Method: "POST", Stream: from, Length: 10})
		if _, err := io.Copy(to, strings.NewReader("hello")); err != nil {
			s.Fatal(err)
		}
		wait(s, read)
		call.Close()
		if o := s.outcome(); !errors.Is(o.Err, gateway.ErrGone) || o.Fault() != nil {
			s.Errorf("outcome %+v, want ErrGone and no fault", o)
		}
	}},
	{name: "chunked content that is cut off fails with ErrGone", test: func(s *subject) {
		s.serveFunc(func(x *gateway.Exchange) error {
			x.OnFinish(s.note)
			_, err := io.ReadAll(x)
			return err
		})
		from, to := io.Pipe()
		s.start(Request{Method: "POST", Stream: from})
		if _, err := io.WriteString(to, "hello"); err != nil {
			s.Fatal(err)
		}
		to.CloseWithError(errors.New("the client loses interest"))
		if o := s.outcome(); !errors.Is(o.Err, gateway.ErrGone) {
			s.Errorf("outcome %+v, want ErrGone", o)
		}
	}},
}
