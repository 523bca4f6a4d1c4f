package gateway_test

import (
	"context"
	"errors"
	"os"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func handler(f func(x *gateway.Exchange) error) gateway.Handler { return gateway.HandlerFunc(f) }

// What an inner layer wrote stays as it is for the layer that replaces it.
func TestWriteKeepsWhatWasReplaced(t *testing.T) {
	rec := gatewaytest.Recorder{Handler: handler(func(x *gateway.Exchange) error {
		x.WriteString("inner text")
		inner := x.Response.Body
		x.Response.Body = nil
		x.WriteString("<")
		x.Write(inner)
		x.WriteString(">")
		x.Response.Body = x.Response.Body[:6] // cut, then continued: the rest is not overwritten
		rest := x.Response.Body[6:12]
		x.WriteString("!")
		x.WriteString(string(rest))
		return nil
	})}
	for range 2 {
		if got := string(rec.Do(gatewaytest.Request{}).Body); got != "<inner! text>" {
			t.Errorf("got %q", got)
		}
	}
}

func TestSendFileWantsARegularFile(t *testing.T) {
	dir, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer dir.Close()
	res := gatewaytest.Do(handler(func(x *gateway.Exchange) error { return x.SendFile(dir, 0, -1) }), gatewaytest.Request{})
	if res.Status != 500 || res.Outcome.Aborted {
		t.Errorf("%+v", res)
	}
}

func TestWriteBeyondTheLengthWritesNothing(t *testing.T) {
	gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		x.Response.Header.Set("Content-Length", "3")
		x.Flush()
		if n, err := x.WriteString("1234"); n != 0 || !errors.Is(err, gateway.ErrLength) {
			t.Errorf("Write = %d, %v", n, err)
		}
		return nil
	}), gatewaytest.Request{})
}

// deaf is a client that went away before anything could be written to it, and a
// count of what is asked of its transport.
type deaf struct {
	gateway.Transport
	aborts *int
}

func (deaf) WriteHead(*gateway.Head) error { return gateway.ErrGone }
func (d deaf) Abort()                      { *d.aborts++; d.Transport.Abort() }

func (deaf) Context() context.Context {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(gateway.ErrGone)
	return ctx
}

func TestOutcomeKeepsTheHandlersErrorWhenTheClientHasGone(t *testing.T) {
	boom := errors.New("boom")
	for _, c := range []struct {
		name  string
		fail  func() error
		fault bool
	}{
		{"error", func() error { return boom }, true},
		{"panic", func() error { panic(boom) }, true},
		{"gave up", func() error { return errors.Join(boom, context.Canceled) }, false},
	} {
		aborts := 0
		res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
			x.Wrap(func(t gateway.Transport) gateway.Transport { return deaf{Transport: t, aborts: &aborts} })
			return c.fail()
		}), gatewaytest.Request{})
		o := res.Outcome
		if !errors.Is(o.Err, boom) || (o.Fault() != nil) != c.fault || !o.Aborted || aborts != 1 {
			t.Errorf("%s: outcome %+v, fault %v, %d aborts", c.name, o, o.Fault(), aborts)
		}
	}
}

// flushing counts what comes after Close.
type flushing struct {
	gateway.Transport
	closed  bool
	flushes int
}

func (f *flushing) Close(trailer gateway.Header) error {
	f.closed = true
	return f.Transport.Close(trailer)
}

func (f *flushing) Flush() error {
	if f.closed {
		f.flushes++
	}
	return f.Transport.Flush()
}

func TestOnFinishWaitsForTheLastByteOfAnErrorToo(t *testing.T) {
	for name, err := range map[string]error{"answer": nil, "error": errors.New("boom")} {
		var wire *flushing
		gatewaytest.Do(handler(func(x *gateway.Exchange) error {
			x.OnFinish(func(gateway.Outcome) {
				if wire.flushes != 1 {
					t.Errorf("%s: %d flushes after Close before the hook", name, wire.flushes)
				}
			})
			x.Wrap(func(t gateway.Transport) gateway.Transport {
				wire = &flushing{Transport: t}
				return wire
			})
			return err
		}), gatewaytest.Request{})
	}
}

// faulty panics where a filter might.
type faulty struct {
	gateway.Transport
	in string
}

func (f faulty) WriteHead(h *gateway.Head) error {
	if f.in == "WriteHead" {
		panic("filter")
	}
	return f.Transport.WriteHead(h)
}

func (f faulty) Close(trailer gateway.Header) error {
	if f.in == "Close" {
		panic("filter")
	}
	return f.Transport.Close(trailer)
}

func TestRunContainsAPanicOfAFilter(t *testing.T) {
	for _, in := range []string{"WriteHead", "Close"} {
		hooks := 0
		res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
			x.OnFinish(func(o gateway.Outcome) { hooks++ })
			x.Response.Body = []byte("body")
			return x.Wrap(func(t gateway.Transport) gateway.Transport { return faulty{t, in} })
		}), gatewaytest.Request{})
		var p *gateway.PanicError
		if !errors.As(res.Outcome.Err, &p) || !res.Aborted || !res.Outcome.Aborted || hooks != 1 {
			t.Errorf("%s: %+v, %d hooks", in, res, hooks)
		}
	}
}

// BufferSize bytes are data; with one more the response has started.
func TestWriteStartsBeyondBufferSize(t *testing.T) {
	for _, pieces := range [][]int{{gateway.BufferSize}, {1, gateway.BufferSize - 1}, {gateway.BufferSize - 1, 0, 1}} {
		res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
			for _, n := range pieces {
				if m, err := x.Write(make([]byte, n)); m != n || err != nil {
					t.Errorf("%v: Write = %d, %v", pieces, m, err)
				}
			}
			if x.Started() || len(x.Response.Body) != gateway.BufferSize {
				t.Errorf("%v: started %v with %d bytes", pieces, x.Started(), len(x.Response.Body))
			}
			x.Write([]byte("x"))
			if !x.Started() {
				t.Errorf("%v: not started with one byte more", pieces)
			}
			return nil
		}), gatewaytest.Request{})
		if len(res.Body) != gateway.BufferSize+1 || res.Header.Has("Content-Length") {
			t.Errorf("%v: %d bytes, %v", pieces, len(res.Body), res.Header)
		}
	}
}

// A body that was set counts as written.
func TestWriteAfterABodyThatWasSet(t *testing.T) {
	body := make([]byte, gateway.BufferSize)
	res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		x.Response.Body = body
		_, err := x.WriteString("x")
		if !x.Started() {
			t.Error("not started")
		}
		return err
	}), gatewaytest.Request{})
	if len(res.Body) != gateway.BufferSize+1 {
		t.Errorf("%d bytes", len(res.Body))
	}
}

func TestRunWantsAFreshExchange(t *testing.T) {
	res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		gateway.Run(handler(func(*gateway.Exchange) error { return nil }), x, nil)
		return nil
	}), gatewaytest.Request{})
	var p *gateway.PanicError
	if !errors.As(res.Outcome.Err, &p) {
		t.Errorf("Run took an exchange that is running: %+v", res.Outcome)
	}
}

// In a running exchange the methods say why not.
func TestRefusals(t *testing.T) {
	gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		x.Flush()
		wrap := x.Wrap(func(gateway.Transport) gateway.Transport { t.Error("called"); return nil })
		_, _, hijack := x.Hijack()
		for name, err := range map[string]error{"Inform": x.Inform(103, nil), "Wrap": wrap, "Hijack": hijack} {
			if !errors.Is(err, gateway.ErrStarted) {
				t.Errorf("%s after the start: %v", name, err)
			}
		}
		return nil
	}), gatewaytest.Request{})
}

// The zero Exchange has no transport: it refuses everything and panics nowhere.
func TestZeroExchange(t *testing.T) {
	var x gateway.Exchange
	_, read := x.Read(nil)
	_, write := x.WriteString("a")
	for name, err := range map[string]error{"Read": read, "Write": write, "Flush": x.Flush(), "SendFile": x.SendFile(nil, 0, -1)} {
		if !errors.Is(err, gateway.ErrFinished) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if x.Started() || x.Context().Err() == nil {
		t.Error("the zero exchange runs")
	}
	x.OnFinish(func(gateway.Outcome) { t.Error("called") })
}

// Streaming costs nothing per write.
func TestStreamAllocations(t *testing.T) {
	gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		x.Wrap(func(t gateway.Transport) gateway.Transport { return sink{t} })
		x.Flush()
		p := make([]byte, 100)
		if n := testing.AllocsPerRun(100, func() { x.Write(p); x.WriteString("text"); x.Flush() }); n != 0 {
			t.Errorf("%v allocations", n)
		}
		return nil
	}), gatewaytest.Request{})
}

// sink takes content and keeps none.
type sink struct{ gateway.Transport }

func (sink) Write(p []byte) (int, error) { return len(p), nil }
func (sink) Flush() error                { return nil }

// A 2xx to CONNECT has no content that could be framed: only Hijack serves it.
func TestConnectNeedsHijack(t *testing.T) { // RFC 9110 §9.3.6
	for status, want := range map[int]int{200: 500, 204: 500, 299: 500, 300: 300, 405: 405} {
		h := handler(func(x *gateway.Exchange) error { x.Response.Status = status; return nil })
		if res := gatewaytest.Do(h, gatewaytest.Request{Method: "CONNECT"}); res.Status != want {
			t.Errorf("%d to CONNECT: %d, want %d", status, res.Status, want)
		}
		if res := gatewaytest.Do(h, gatewaytest.Request{Method: "CONNECT", Proto: "HTTP/2.0"}); res.Status != status {
			t.Errorf("%d to CONNECT on HTTP/2: %d", status, res.Status)
		}
	}
}

func TestErrorAnswerKeepsTheWishToClose(t *testing.T) {
	res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
		x.Response.Close = true
		return errors.New("boom")
	}), gatewaytest.Request{})
	if res.Status != 500 || !res.Close {
		t.Errorf("%+v", res)
	}
}

// On HEAD nobody reads the file, with a filter or without.
func TestSendFileOnHeadReadsNothing(t *testing.T) {
	f, err := os.Create(t.TempDir() + "/large")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(1 << 40); err != nil { // reading it would not end in time
		t.Fatal(err)
	}
	for _, wrapped := range []bool{false, true} {
		res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
			if wrapped {
				x.Wrap(func(t gateway.Transport) gateway.Transport { return t })
			}
			return x.SendFile(f, 0, -1)
		}), gatewaytest.Request{Method: "HEAD"})
		if res.Length != 1<<40 || res.Outcome.Bytes != 1<<40 || len(res.Body) != 0 || res.Aborted {
			t.Errorf("wrapped %v: %+v", wrapped, res)
		}
	}
}

// What was written is memory of its own: a layer that keeps a response's content,
// such as a cache, sees it unchanged when the connection serves other requests.
func TestWrittenContentIsNeverOverwritten(t *testing.T) {
	var kept [][]byte
	rec := gatewaytest.Recorder{Handler: handler(func(x *gateway.Exchange) error {
		_, err := x.WriteString("for " + x.Request.Path)
		kept = append(kept, x.Response.Body)
		return err
	})}
	for _, path := range []string{"/a", "/b", "/c"} {
		rec.Do(gatewaytest.Request{Target: path})
	}
	for i, want := range []string{"for /a", "for /b", "for /c"} {
		if got := string(kept[i]); got != want {
			t.Errorf("content %d became %q, want %q", i, got, want)
		}
	}
}

// left is a client that has gone: the context says so.
type left struct {
	gateway.Transport
	ctx context.Context
}

func (l left) Context() context.Context { return l.ctx }

// A handler that gives up because its client has gone is no fault, whether or not the
// response had started; one that gives up for a reason of its own is.
func TestGivingUpBecauseTheClientHasGoneIsNoFault(t *testing.T) {
	for _, started := range []bool{false, true} {
		for cause, fault := range map[error]bool{gateway.ErrGone: false, errors.New("another reason"): true} {
			ctx, cancel := context.WithCancelCause(context.Background())
			cancel(cause)
			res := gatewaytest.Do(handler(func(x *gateway.Exchange) error {
				x.Wrap(func(t gateway.Transport) gateway.Transport { return left{t, ctx} })
				if started {
					x.Flush()
				}
				return x.Context().Err()
			}), gatewaytest.Request{})
			if o := res.Outcome; (o.Fault() != nil) != fault || o.Aborted != (started || !fault) {
				t.Errorf("started %v, cause %v: %+v", started, cause, o)
			}
		}
	}
}
