package dev

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/dewar-go/dewar/framework/debug"
)

// A front is the loop's own server on the socket that the programs listen on. It accepts
// only while there is no program and will be none; connections that it has then stay its
// own, and what they ask later it passes on.
type front struct {
	listener *net.TCPListener
	url      string
	server   *http.Server
	gate     *gate
	proxy    *httputil.ReverseProxy

	gone chan struct{} // closed at the end

	mu      sync.Mutex
	outlook outlook
}

// An outlook is what somebody may expect who asks now. It is replaced as a whole.
type outlook struct {
	state  state
	report *debug.Report // where it is broken
	over   chan struct{} // closed when there is another
}

type state uint8

const (
	waiting state = iota // a program is built or about to be started
	serves               // a program has the socket
	fails                // there is none
)

func newFront(l *net.TCPListener) *front {
	f := &front{listener: l, url: address(l.Addr()), gate: newGate(l), gone: make(chan struct{})}
	f.outlook.over = make(chan struct{})
	target, _ := url.Parse(f.url) // made of an address
	f.proxy = &httputil.ReverseProxy{
		Rewrite:   func(r *httputil.ProxyRequest) { r.SetURL(target); r.Out.Host = r.In.Host },
		Transport: &http.Transport{DisableKeepAlives: true, DisableCompression: true}, // a kept connection would be to a program that has ended
	}
	// Clients that go, and programs that end half-way, are told of by those who see it.
	silent := log.New(io.Discard, "", 0)
	f.server, f.proxy.ErrorLog = &http.Server{Handler: f, ErrorLog: silent}, silent
	go f.server.Serve(f.gate) // ends with close
	return f
}

// address is the URL for a browser on this machine.
func address(a net.Addr) string {
	t := a.(*net.TCPAddr)
	host := t.IP.String()
	if t.IP.IsUnspecified() {
		host = "127.0.0.1"
	}
	return "http://" + net.JoinHostPort(host, fmt.Sprint(t.Port))
}

func (f *front) change(s state, r *debug.Report) {
	f.mu.Lock()
	defer f.mu.Unlock()
	close(f.outlook.over)
	f.outlook = outlook{s, r, make(chan struct{})}
	f.gate.set(s == fails)
}

func (f *front) wait()    { f.change(waiting, nil) }
func (f *front) serving() { f.change(serves, nil) }

func (f *front) broken(r *debug.Report) {
	shown := *r
	shown.State = fmt.Sprintf("broken.%p", r)
	f.change(fails, &shown)
}

func (f *front) close() {
	close(f.gone)
	_ = f.server.Close()
	_ = f.listener.Close()
}

// expect waits while nobody knows what will be.
func (f *front) expect(ctx context.Context) (outlook, error) {
	for {
		f.mu.Lock()
		o := f.outlook
		f.mu.Unlock()
		if o.state != waiting {
			return o, nil
		}
		select {
		case <-o.over:
		case <-ctx.Done():
			return o, ctx.Err()
		}
	}
}

// ServeHTTP answers for a program that is not there, or passes on to one that is there
// again. Every answer ends its connection, so that the next one is the program's.
func (f *front) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Connection", "close")
	o, err := f.expect(r.Context())
	switch {
	case err != nil: // the client has gone
	case o.state == serves:
		f.proxy.ServeHTTP(w, r)
	case strings.HasSuffix(r.URL.Path, debug.Prefix+"live"):
		stream(w, r, o)
	case strings.HasSuffix(r.URL.Path, debug.Prefix+"live.js"):
		w.Header().Set("Content-Type", "text/javascript; charset=utf-8")
		w.Header().Set("Cache-Control", "no-store")
		_, _ = w.Write(debug.LiveScript())
	default:
		show(w, r, o.report)
	}
}

// stream keeps a page informed until there is another outlook; then the page asks again,
// and is answered by whoever is there.
func stream(w http.ResponseWriter, r *http.Request, o outlook) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	fmt.Fprintf(w, "retry: 100\nevent: state\ndata: %s\n\n", o.report.State)
	_ = http.NewResponseController(w).Flush()
	select {
	case <-o.over:
	case <-r.Context().Done():
	}
}

// show answers with the report: as a page to browsers, as text to others, and to those on
// other machines without any of the source.
func show(w http.ResponseWriter, r *http.Request, report *debug.Report) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Content-Type", "text/plain; charset=utf-8")
	if !local(r) {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprintln(w, report.Title)
		return
	}
	if !strings.Contains(r.Header.Get("Accept"), "text/html") {
		w.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(w, report.Text())
		return
	}
	var page bytes.Buffer
	policy, err := report.WriteHTML(&page, "")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = page.WriteTo(w)
}

// local is debug.Config.Permits for net/http.
func local(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip != nil && ip.IsLoopback() && debug.LocalHost(r.Host) &&
		r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == ""
}

// Deadlines of the gate: none, and one that is over.
var never, past = time.Time{}, time.Unix(1, 0)

// A gate is a listener that accepts only while it is open. Closed, it leaves connections
// in the system's queue, for whoever else has the socket.
type gate struct {
	*net.TCPListener
	mu     sync.Mutex
	change *sync.Cond
	open   bool
	over   bool
}

func newGate(l *net.TCPListener) *gate {
	g := &gate{TCPListener: l}
	g.change = sync.NewCond(&g.mu)
	return g
}

func (g *gate) set(open bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.open = open
	if open {
		_ = g.SetDeadline(never)
		g.change.Broadcast()
	} else {
		_ = g.SetDeadline(past)
	}
}

// Accept waits until the gate is open and somebody comes.
func (g *gate) Accept() (net.Conn, error) {
	for {
		g.mu.Lock()
		for !g.open && !g.over {
			g.change.Wait()
		}
		over := g.over
		g.mu.Unlock()
		if over {
			return nil, net.ErrClosed
		}
		conn, err := g.TCPListener.Accept()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		return conn, err
	}
}

// Close ends the waiting, and the listener.
func (g *gate) Close() error {
	g.mu.Lock()
	g.over = true
	g.change.Broadcast()
	g.mu.Unlock()
	return g.TCPListener.Close()
}
