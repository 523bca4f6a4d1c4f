package gatewaytest

import (
	"context"
	"errors"
	"net"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// patience is how long a test waits for what must come, before it fails. Only the
// tests of the suite itself, in which it does fail, have less.
var patience = client.DefaultPatience

// A Target is a server under test.
type Target struct {
	// Server does not serve yet. It will listen on a free port of the loopback
	// interface, or on a unix socket, and tell the application which, in Startup.
	Server gateway.Server

	// Dial connects to an address of the server; nil is net.Dial. A server with
	// TLS needs one, which speaks it.
	Dial func(a net.Addr) (net.Conn, error)

	// Connect makes the client once the server has bound its addresses. nil is
	// HTTP/1.1 over Dial, with a reader that holds every answer to RFC 9112.
	Connect func(s gateway.ServerInfo) Client
}

// Suite holds a server to the contract: every rule is a sub-test, on a server of
// its own from start, once as it is and once with the application under Lint.
//
//	func TestSuite(t *testing.T) {
//		gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
//			return gatewaytest.Target{Server: server.New(server.Config{Addr: "127.0.0.1:0"})}
//		})
//	}
//
// Rules that only HTTP/1 has are tested where the Client's Dial gives a
// connection.
func Suite(t *testing.T, start func(t *testing.T) Target) {
	for _, mode := range []struct {
		name   string
		linted bool
	}{{"plain", false}, {"linted", true}} {
		t.Run(mode.name, func(t *testing.T) {
			for _, r := range rules() {
				t.Run(r.name, func(t *testing.T) { r.run(t, start, mode.linted) })
			}
		})
	}
}

// A rule is one sentence of the contract and the test of it.
type rule struct {
	name   string
	test   func(s *subject)
	faulty bool // the application breaks the contract here, so Lint has to say so
}

func rules() (all []rule) {
	for _, chapter := range [][]rule{
		requestRules, bodyRules, responseRules, lengthRules, errorRules, fileRules, wrapRules,
		startRules, connectionRules, disconnectRules, finishRules, lifespanRules, loadRules,
	} {
		all = append(all, chapter...)
	}
	return all
}

func (r rule) run(t *testing.T, start func(t *testing.T) Target, linted bool) {
	s := &subject{T: t, target: start(t), linted: linted, faulty: r.faulty, outcomes: make(chan gateway.Outcome, 1000)}
	defer s.stop()
	r.test(s)
	s.stop()
	switch complaints := s.complaints(); {
	case !linted:
	case s.faulty && len(complaints) == 0:
		t.Error("Lint saw nothing wrong in an application that breaks the contract")
	case !s.faulty:
		for _, err := range complaints {
			t.Errorf("Lint: %v", err)
		}
	}
}

// A subject is the server of one sub-test with its client. Handlers run in other
// goroutines: they report with Errorf and never with Fatal.
type subject struct {
	*testing.T
	target Target
	linted bool
	faulty bool // as the rule's, unless the protocol makes the difference

	info   gateway.ServerInfo
	client Client
	conns  []net.Conn // raw ones
	cancel context.CancelFunc
	served chan error // what Serve returned, once

	outcomes chan gateway.Outcome // of the exchanges that registered note

	mu    sync.Mutex
	found []error // by Lint
}

// serve starts the server with h and returns when it has bound its addresses.
func (s *subject) serve(h gateway.Handler) {
	s.Helper()
	started := make(chan gateway.ServerInfo, 1)
	s.run(gateway.Chain(h, s.lint, announce(started)))
	select {
	case s.info = <-started:
	case err := <-s.served:
		s.Fatalf("Serve returned before Startup: %v", err)
	case <-time.After(patience):
		s.Fatal("Startup was not called")
	}
	s.client = s.connect()
}

// serveFunc is serve for a function.
func (s *subject) serveFunc(f func(x *gateway.Exchange) error) { s.serve(gateway.HandlerFunc(f)) }

// run calls Serve in a goroutine that ends with stop.
func (s *subject) run(h gateway.Handler) {
	ctx, cancel := context.WithCancel(context.Background())
	s.cancel = cancel
	s.served = make(chan error, 1)
	go func() { s.served <- s.target.Server.Serve(ctx, h) }()
}

// lint wraps h where this run is linted.
func (s *subject) lint(h gateway.Handler) gateway.Handler {
	if !s.linted {
		return h
	}
	return Lint(func(err error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.found = append(s.found, err)
	})(h)
}

func (s *subject) complaints() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.found
}

// connect makes the client that the target asks for.
func (s *subject) connect() Client {
	if s.target.Connect != nil {
		return s.target.Connect(s.info)
	}
	return s.target.connect(s.info)
}

// stop lets all connections go and drains. It may be called again.
func (s *subject) stop() {
	s.Helper()
	if s.client != nil {
		s.client.Close()
	}
	for _, conn := range s.conns {
		conn.Close()
	}
	s.drain()
}

// drain ends the server's context and waits for Serve. It may be called again.
func (s *subject) drain() {
	s.Helper()
	if s.cancel == nil {
		return
	}
	s.cancel()
	s.cancel = nil
	if err := wait(s, s.served); err != nil {
		s.Errorf("Serve returned %v", err)
	}
}

// start sends q.
func (s *subject) start(q Request) Call {
	s.Helper()
	call, err := s.client.Start(q)
	if err != nil {
		s.Fatalf("%s %s: %v", q.Method, q.Target, err)
	}
	s.Cleanup(func() { call.Close() })
	return call
}

// do sends q and reads the answer, which may be cut off.
func (s *subject) do(q Request) *Result {
	s.Helper()
	res, err := Finish(s.start(q))
	if err != nil {
		s.Fatalf("%s %s: %v", q.Method, q.Target, err)
	}
	return res
}

// get is do for a GET of target.
func (s *subject) get(target string) *Result {
	s.Helper()
	return s.do(Request{Target: target})
}

// dial opens a raw connection, or reports that the protocol has none.
func (s *subject) dial() (*client.Socket, bool) {
	s.Helper()
	conn, err := s.client.Dial()
	if errors.Is(err, errors.ErrUnsupported) {
		return nil, false
	}
	if err != nil {
		s.Fatal(err)
	}
	s.conns = append(s.conns, conn)
	return client.NewSocket(conn), true
}

// http1 reports whether the client speaks it on connections that can be seen.
func (s *subject) http1() bool {
	s.Helper()
	conn, ok := s.dial()
	if ok {
		conn.Close()
	}
	return ok
}

// note is a hook of OnFinish that tells outcome.
func (s *subject) note(o gateway.Outcome) { s.outcomes <- o }

// outcome is how the next exchange ended that registered note.
func (s *subject) outcome() gateway.Outcome {
	s.Helper()
	return wait(s, s.outcomes)
}

// equal compares what came with what was expected.
func equal[T comparable](s *subject, what string, got, want T) {
	s.Helper()
	if got != want {
		s.Errorf("%s: got %v, want %v", what, got, want)
	}
}

// wait receives from c, and ends the test if nothing comes.
func wait[T any](s *subject, c <-chan T) T {
	s.Helper()
	v, ok := await(s, c)
	if !ok {
		s.FailNow()
	}
	return v
}

// await is wait for handlers, which must not end the test from their goroutine.
func await[T any](s *subject, c <-chan T) (v T, ok bool) {
	s.Helper()
	select {
	case v = <-c:
		return v, true
	case <-time.After(patience):
		s.Error("waited in vain for what the contract promises")
		return v, false
	}
}

// give sends to a handler that waits, and ends the test if none does.
func give(s *subject, c chan<- struct{}) {
	s.Helper()
	select {
	case c <- struct{}{}:
	case <-time.After(patience):
		s.Fatal("the handler did not wait for what it has to")
	}
}

// announce tells on started when, and as what, the server has started. It is a
// Lifespan around h.
func announce(started chan<- gateway.ServerInfo) gateway.Middleware {
	return func(h gateway.Handler) gateway.Handler { return &announcer{h, started} }
}

type announcer struct {
	gateway.Handler
	started chan<- gateway.ServerInfo
}

func (a *announcer) Startup(_ context.Context, s gateway.ServerInfo) error {
	a.started <- s
	return nil
}

func (a *announcer) Shutdown(context.Context) error { return nil }
