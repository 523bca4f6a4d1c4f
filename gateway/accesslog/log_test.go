package accesslog_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// A sink is a destination that tests look into.
type sink struct {
	mu   sync.Mutex
	buf  bytes.Buffer
	fail error
}

func (s *sink) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fail != nil {
		return 0, s.fail
	}
	return s.buf.Write(p)
}

func (s *sink) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

func open(t testing.TB, c accesslog.Config) *accesslog.Log {
	t.Helper()
	if c.Error == nil {
		c.Error = func(err error) { t.Errorf("log: %v", err) }
	}
	log, err := accesslog.New(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}

func flush(t *testing.T, log *accesslog.Log) {
	t.Helper()
	if err := log.Flush(); err != nil {
		t.Error(err)
	}
}

var app = gateway.HandlerFunc(func(x *gateway.Exchange) error {
	x.Route = "/route"
	switch x.Request.Path {
	case "/error":
		return errors.New("on purpose")
	case "/panic":
		panic("on purpose")
	case "/missing":
		return &gateway.StatusError{Status: 404}
	case "/abort":
		return gateway.ErrAbort
	}
	_, err := x.WriteString("hello")
	return err
})

func TestMiddlewareTellsWhatTheClientGot(t *testing.T) {
	var out sink
	log := open(t, accesslog.Config{Writer: &out, Format: `%(r)s %(s)s %(b)s %(route)s`})
	h := gateway.Chain(app, log.Middleware())
	for _, path := range []string{"/", "/error", "/panic", "/missing", "/abort"} {
		gatewaytest.Do(h, gatewaytest.Request{Target: path})
	}
	flush(t, log)
	want := `GET\x20/\x20HTTP/1.1 200 5 /route
GET\x20/error\x20HTTP/1.1 500 26 /route
GET\x20/panic\x20HTTP/1.1 500 26 /route
GET\x20/missing\x20HTTP/1.1 404 14 /route
GET\x20/abort\x20HTTP/1.1 - - /route
`
	if out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// The first byte comes when the answer starts, not when it ends.
func TestTimeToTheFirstByte(t *testing.T) {
	entries := make(chan accesslog.Entry, 1)
	log := open(t, accesslog.Config{Writer: io.Discard, Format: "%(first)s", Skip: func(e *accesslog.Entry) bool {
		entries <- *e
		return true
	}})
	h := log.Middleware()(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		if err := x.Flush(); err != nil {
			return err
		}
		for began := time.Now(); time.Since(began) < 2*time.Millisecond; {
		}
		return nil
	}))
	gatewaytest.Do(h, gatewaytest.Request{})
	if e := <-entries; e.First <= 0 || e.Outcome.Duration-e.First < 2*time.Millisecond {
		t.Errorf("first byte after %v of %v", e.First, e.Outcome.Duration)
	}
}

func TestSamplingKeepsErrors(t *testing.T) {
	var out sink
	log := open(t, accesslog.Config{Writer: &out, Format: "%(s)s", OneIn: 10})
	h := log.Middleware()(app)
	for range 30 {
		gatewaytest.Do(h, gatewaytest.Request{})
		gatewaytest.Do(h, gatewaytest.Request{Target: "/error"})
	}
	flush(t, log)
	if ok, failed := strings.Count(out.String(), "200"), strings.Count(out.String(), "500"); ok != 3 || failed != 30 {
		t.Errorf("%d of 30 that went well and %d of 30 that failed, want 3 and 30", ok, failed)
	}
}

func TestSkip(t *testing.T) {
	var out sink
	log := open(t, accesslog.Config{Writer: &out, Format: "%(U)s", Skip: func(e *accesslog.Entry) bool { return e.Request.Path == "/livez" }})
	h := log.Middleware()(app)
	for _, path := range []string{"/livez", "/", "/livez"} {
		gatewaytest.Do(h, gatewaytest.Request{Target: path})
	}
	flush(t, log)
	if out.String() != "/\n" {
		t.Errorf("got %q", out.String())
	}
}

func TestSlogHandler(t *testing.T) {
	var out bytes.Buffer
	log := open(t, accesslog.Config{Handler: slog.NewTextHandler(&out, nil)})
	gatewaytest.Do(log.Middleware()(app), gatewaytest.Request{Target: "/missing?a=\nb"})
	if got := out.String(); !strings.Contains(got, `msg=request remote=127.0.0.1 method=GET`) || !strings.Contains(got, "status=404") || strings.Count(got, "\n") != 1 {
		t.Errorf("got %q", got)
	}
}

// A rotated file: lines before Reopen are in the old one, those after it in the new.
func TestReopen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "access.log")
	log := open(t, accesslog.Config{File: name, Format: "%(U)s"})
	h := log.Middleware()(app)
	gatewaytest.Do(h, gatewaytest.Request{Target: "/before"})
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	if err := log.Reopen(); err != nil {
		t.Fatal(err)
	}
	gatewaytest.Do(h, gatewaytest.Request{Target: "/after"})
	flush(t, log)
	for file, want := range map[string]string{name + ".1": "/before\n", name: "/after\n"} {
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v; want %q", filepath.Base(file), got, err, want)
		}
	}
	if info, err := os.Stat(name); err != nil || info.Mode().Perm()&0o007 != 0 {
		t.Errorf("mode %v, %v: others may read it", info.Mode(), err)
	}
}

func TestReopenKeepsTheOldFileIfItMust(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "logs")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "access.log")
	log := open(t, accesslog.Config{File: name, Format: "%(U)s"})
	if err := os.Rename(dir, dir+".moved"); err != nil {
		t.Fatal(err)
	}
	if err := log.Reopen(); err == nil {
		t.Error("Reopen finds a file in a folder that is not there")
	}
	gatewaytest.Do(log.Middleware()(app), gatewaytest.Request{Target: "/still"})
	flush(t, log)
	if got, err := os.ReadFile(filepath.Join(dir+".moved", "access.log")); err != nil || string(got) != "/still\n" {
		t.Errorf("%q, %v", got, err)
	}
}

// Nobody asks for a flush, and the line still comes.
func TestLinesWaitForTheIntervalAtMost(t *testing.T) {
	written := make(chan string, 1)
	log := open(t, accesslog.Config{Format: "%(U)s", Interval: time.Millisecond, Writer: writerFunc(func(p []byte) (int, error) {
		written <- string(p)
		return len(p), nil
	})})
	for _, path := range []string{"/a", "/b"} {
		gatewaytest.Do(log.Middleware()(app), gatewaytest.Request{Target: path})
		if got := <-written; got != path+"\n" {
			t.Errorf("got %q", got)
		}
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

func TestShutdownFlushes(t *testing.T) {
	var out sink
	log := open(t, accesslog.Config{Writer: &out, Format: "%(U)s", Interval: time.Hour})
	h := gateway.Chain(app, log.Middleware())
	gatewaytest.Do(h, gatewaytest.Request{Target: "/last"})
	if err := gateway.Shutdown(context.Background(), h); err != nil {
		t.Fatal(err)
	}
	if out.String() != "/last\n" {
		t.Errorf("got %q", out.String())
	}
}

// A destination that blocks costs lines, not the service; when it goes on it is told
// how many. The buffer holds N bytes and not N+1.
func TestBlockedDestinationLosesLines(t *testing.T) {
	var mu sync.Mutex
	var told []error
	entered, release := make(chan struct{}, 100), make(chan struct{})
	var out sink
	log := open(t, accesslog.Config{
		Format: "%(U)s", Buffer: 8, Interval: time.Hour, Patience: time.Millisecond,
		Writer: writerFunc(func(p []byte) (int, error) {
			entered <- struct{}{}
			<-release
			return out.Write(p)
		}),
		Error: func(err error) {
			mu.Lock()
			told = append(told, err)
			mu.Unlock()
		},
	})
	h := log.Middleware()(app)
	ask := func(path string) { gatewaytest.Do(h, gatewaytest.Request{Target: path}) }
	ask("/1234") // more than half of the buffer: written, which blocks
	<-entered
	ask("/a2") // 4 bytes each: two fill the buffer
	ask("/a3")
	if log.Lost() != 0 {
		t.Errorf("lost %d lines that fit", log.Lost())
	}
	for range 5 {
		ask("/no")
	}
	if log.Lost() != 5 {
		t.Errorf("lost %d, want 5", log.Lost())
	}
	close(release)
	flush(t, log)
	ask("/again")
	flush(t, log)
	if want := "/1234\n/a2\n/a3\n/again\n"; out.String() != want {
		t.Errorf("got %q, want %q", out.String(), want)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(told) != 1 || !strings.Contains(told[0].Error(), "5 lines were lost") {
		t.Errorf("told %v", told)
	}
}

// An end does not wait for ever for a destination that blocks.
func TestEndsDespiteABlockedDestination(t *testing.T) {
	release := make(chan struct{})
	log, err := accesslog.New(accesslog.Config{Format: "%(U)s", Patience: time.Millisecond, Writer: writerFunc(func(p []byte) (int, error) {
		<-release
		return len(p), nil
	})})
	if err != nil {
		t.Fatal(err)
	}
	h := gateway.Chain(app, log.Middleware())
	gatewaytest.Do(h, gatewaytest.Request{})
	if log.Flush() == nil || gateway.Shutdown(t.Context(), h) == nil || log.Close() == nil {
		t.Error("told to be written, which it is not")
	}
	close(release)
	if err := log.Close(); err != nil {
		t.Error(err)
	}
}

// A failing destination is reported once, and again when it is well.
func TestFailingDestination(t *testing.T) {
	var told []string
	out := &sink{fail: errors.New("no space")}
	log := open(t, accesslog.Config{Writer: out, Format: "%(U)s", Interval: time.Hour, Error: func(err error) { told = append(told, err.Error()) }})
	h := log.Middleware()(app)
	for range 2 {
		gatewaytest.Do(h, gatewaytest.Request{})
		flush(t, log)
	}
	out.fail = nil
	gatewaytest.Do(h, gatewaytest.Request{})
	flush(t, log)
	want := []string{"accesslog: lines are lost: no space", "accesslog: 2 lines were lost while they could not be written"}
	if fmt.Sprint(told) != fmt.Sprint(want) || log.Lost() != 2 || out.String() != "/\n" {
		t.Errorf("told %q, lost %d, wrote %q", told, log.Lost(), out.String())
	}
}

// Lines of many goroutines stay whole, and none is lost.
func TestConcurrentLines(t *testing.T) {
	var out sink
	log := open(t, accesslog.Config{Writer: &out, Format: "<%(U)s>", Buffer: 256, Patience: time.Minute})
	h := log.Middleware()(app)
	var all sync.WaitGroup
	for g := range 16 {
		all.Go(func() {
			for i := range 200 {
				gatewaytest.Do(h, gatewaytest.Request{Target: fmt.Sprintf("/%d/%d", g, i)})
			}
		})
	}
	all.Wait()
	flush(t, log)
	seen := make(map[string]bool)
	for line := range strings.SplitSeq(strings.TrimSpace(out.String()), "\n") {
		if !strings.HasPrefix(line, "</") || !strings.HasSuffix(line, ">") || seen[line] {
			t.Fatalf("line %q is broken or repeated", line)
		}
		seen[line] = true
	}
	if len(seen) != 16*200 || log.Lost() != 0 {
		t.Errorf("%d lines, lost %d", len(seen), log.Lost())
	}
}

func TestLinesBehindClose(t *testing.T) {
	var out sink
	log := open(t, accesslog.Config{Writer: &out, Format: "%(U)s"})
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	gatewaytest.Do(log.Middleware()(app), gatewaytest.Request{Target: "/late"})
	if out.String() != "/late\n" {
		t.Errorf("got %q", out.String())
	}
}

func TestMistakes(t *testing.T) {
	for _, c := range []accesslog.Config{
		{Format: "%h"}, {OneIn: -1}, {Buffer: -1}, {Interval: -1}, {Patience: -1},
		{File: "x", Writer: io.Discard}, {Handler: slog.DiscardHandler, Writer: io.Discard},
		{File: filepath.Join(t.TempDir(), "missing", "log")},
	} {
		if _, err := accesslog.New(c); err == nil {
			t.Errorf("%+v is taken", c)
		}
	}
}

// On a warm connection the middleware allocates nothing.
func TestMiddlewareDoesNotAllocate(t *testing.T) {
	log := open(t, accesslog.Config{Writer: io.Discard, Format: accesslog.Combined + " %(first)s"})
	body := []byte("hello")
	plain := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Body = body
		return nil
	})
	measure := func(h gateway.Handler) float64 {
		r := gatewaytest.Recorder{Handler: h}
		return testing.AllocsPerRun(1000, func() { r.Do(gatewaytest.Request{}) })
	}
	with, without := measure(log.Middleware()(plain)), measure(plain)
	if raceEnabled { // the pools forget some of what they are given, and hooks find no memory
		without += 8
	}
	if with > without {
		t.Errorf("%v allocations with the log, %v without", with, without)
	}
}

// logged is a server whose applications stand behind the log.
type logged struct {
	gateway.Server
	log *accesslog.Log
}

func (s logged) Serve(ctx context.Context, h gateway.Handler) error {
	return s.Server.Serve(ctx, gateway.Chain(h, s.log.Middleware()))
}

func TestSuite(t *testing.T) {
	log := open(t, accesslog.Config{Writer: io.Discard, Format: accesslog.JSON})
	gatewaytest.Suite(t, func(t *testing.T) gatewaytest.Target {
		m := new(gatewaytest.Memory)
		target := m.Target()
		target.Server = logged{m, log}
		return target
	})
}

func Example() {
	log, err := accesslog.New(accesslog.Config{Format: `%(h)s "%(r)s" %(s)s %(b)s`})
	if err != nil {
		panic(err)
	}
	h := gateway.Chain(app, log.Middleware())
	gatewaytest.Do(h, gatewaytest.Request{Target: "/hello"})
	if err := log.Close(); err != nil {
		panic(err)
	}
	// Output: 127.0.0.1 "GET /hello HTTP/1.1" 200 5
}
