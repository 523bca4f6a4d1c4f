package debug

import (
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// CSP Level 3 §6.1: what a policy is changed to for the script of the loop.
func TestPolicyAdmitsTheScript(t *testing.T) {
	for policy, want := range map[string]string{
		"":                                      "",
		"default-src 'self'":                    "default-src 'self'",
		"default-src 'none'":                    "default-src 'none'; script-src-elem 'self'; connect-src 'self'",
		"script-src 'self'; object-src 'none'":  "script-src 'self'; object-src 'none'",
		"script-src 'nonce-a' 'strict-dynamic'": "script-src 'nonce-a' 'strict-dynamic'; script-src-elem 'nonce-a' 'strict-dynamic' 'nonce-N'",
		"script-src 'nonce-a'; connect-src 'none'": "script-src 'nonce-a'; connect-src 'self'; script-src-elem 'nonce-a' 'nonce-N'",
		"script-src 'none'":                        "script-src 'none'; script-src-elem 'self'",
		"script-src 'unsafe-inline' 'self'":        "script-src 'unsafe-inline' 'self'", // a nonce would switch it off
		"script-src 'unsafe-inline'":               "script-src 'unsafe-inline'; script-src-elem 'unsafe-inline' 'self'",
		"script-src *":                             "script-src *",
		"script-src-elem 'sha256-abc'":             "script-src-elem 'sha256-abc' 'nonce-N'",
		"SCRIPT-SRC-ELEM 'nonce-a';;":              "script-src-elem 'nonce-a' 'nonce-N'",
		"connect-src api.example":                  "connect-src api.example 'self'",
		"frame-ancestors 'none'":                   "frame-ancestors 'none'",
	} {
		h := gateway.Header{{Name: "content-security-policy", Value: policy}, {Name: "Content-Security-Policy-Report-Only", Value: "default-src 'none'"}}
		admit(&h, "N")
		if h[0].Value != want || h[1].Value != "default-src 'none'" {
			t.Errorf("%q becomes %q, want %q", policy, h[0].Value, want)
		}
	}
	h := gateway.Header{{Name: "Content-Security-Policy", Value: "script-src 'none', connect-src 'none'"}}
	if admit(&h, "N"); h[0].Value != "script-src 'none'; script-src-elem 'self', connect-src 'self'" {
		t.Errorf("of two policies: %q", h[0].Value)
	}
}

func TestSecretNames(t *testing.T) {
	for name, want := range map[string]bool{
		"Password": true, "user_passwd": true, "new-pwd": true, "csrf_token": true, "X-API-Key": true, "apikey": true, "Cookie": true, "Set-Cookie": true,
		"Proxy-Authorization": true, "card_number": true, "cvc": true, "pin": true, "client_secret": true, "keys": true, "database.dsn": true, "_session": true,
		"name": false, "page": false, "monkeys_count": false, "keyboard": false, "spinner": false, "Accept": false, "Host": false, "zip": false,
	} {
		if got := secret(name); got != want {
			t.Errorf("%s is secret: %v, want %v", name, got, want)
		}
	}
	if got := display(map[string]any{"user": map[string]any{"name": "ada", "password": "x"}, "list": []any{map[string]any{"api_key": "y"}, 1}}, 0); got !=
		"{list: [{api_key: [redacted]}, 1], user: {name: ada, password: [redacted]}}" {
		t.Error(got)
	}
	if got := maskQuery("a=1&token=x&token&b=%20"); got != "?a=1&token=[redacted]&token&b=%20" {
		t.Error(got)
	}
}

const panicked = `goroutine 34 [running]:
runtime/debug.Stack()
	/usr/local/go/src/runtime/debug/stack.go:26 +0x5e
github.com/dewar-go/dewar/framework.panicError({0x8a, 0xc0})
	/go/pkg/mod/github.com/dewar-go/dewar@v1.0.0/framework/dispatch.go:199 +0xf0
panic({0x8a1f20?, 0xc000124018?})
	/usr/local/go/src/runtime/panic.go:859 +0x132
main.(*shelf).take.func1(...)
	/home/ada/shop/shelf.go:9
panic({0x8a1f20?, 0xc000124018?})
	/usr/local/go/src/runtime/panic.go:859 +0x132
runtime.goPanicIndex(0x3, 0x0)
	/usr/local/go/src/runtime/panic.go:115 +0x7a
main.(*shelf).take(0xc0000b2000, {0x3, 0x4})
	/home/ada/shop/shelf.go:12 +0x1d
github.com/dewar-go/dewar/framework.(*Context).attempt(0xc00010)
	/go/pkg/mod/github.com/dewar-go/dewar@v1.0.0/framework/dispatch.go:100 +0x22
created by main.main in goroutine 1
	/home/ada/shop/main.go:31 +0x99
`

// The first panic counts: a second one, of a deferred function, only passes it on.
func TestStackBeginsWhereItPanicked(t *testing.T) {
	var got []string
	for _, f := range parseStack([]byte(panicked)) {
		got = append(got, fmt.Sprintf("%s %s:%d %v", f.Short, f.Name, f.Line, f.Own))
	}
	want := []string{
		"main.(*shelf).take /home/ada/shop/shelf.go:12 true",
		"framework.(*Context).attempt github.com/dewar-go/dewar@v1.0.0/framework/dispatch.go:100 false",
		"main.main /home/ada/shop/main.go:31 true",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, text := range []string{"", "goroutine 1 [running]:", "a\nb", "goroutine 1 [running]:\nmain.f()\nno place", "goroutine 1 [running]:\nmain.f()\n\tfile:x"} {
		if frames := parseStack([]byte(text)); len(frames) != 0 {
			t.Errorf("%q: %v", text, frames)
		}
	}
}

type traced struct {
	error
	pcs []uintptr
}

func (t traced) StackTrace() []uintptr { return t.pcs }

// An error may know where it was made, as those of github.com/pkg/errors do.
func TestErrorsThatRememberTheirPlace(t *testing.T) {
	pcs := make([]uintptr, 8)
	pcs = pcs[:runtime.Callers(1, pcs)]
	err := fmt.Errorf("outer: %w", errors.Join(errors.New("first"), traced{errors.New("second"), pcs}))
	frames := rememberedStack(err)
	if len(frames) == 0 || !strings.HasSuffix(frames[0].Short, "TestErrorsThatRememberTheirPlace") || !frames[0].Own {
		t.Errorf("got %+v", frames)
	}
	if rememberedStack(errors.New("plain")) != nil {
		t.Error("an error without a memory has frames")
	}
}

type rude struct{}

func (rude) Error() string { panic("no") }

func TestChainIsBounded(t *testing.T) {
	err := errors.New("root")
	for range 2 * maxLinks {
		err = fmt.Errorf("more: %w", err)
	}
	if n := len(chainOf(err)); n != maxLinks {
		t.Errorf("%d links, want %d", n, maxLinks)
	}
	for _, l := range chainOf(errors.Join(io.EOF)) {
		if l.Joined {
			t.Errorf("the only one is one of several: %+v", l)
		}
	}
	if links := chainOf(rude{}); !strings.Contains(links[0].Message, "its Error method panicked: no") {
		t.Errorf("got %+v", links)
	}
}

func TestSourceAround(t *testing.T) {
	text := []byte("one\ntwo\r\n\tthree\nfour")
	got := linesAround(text, 3, around, around)
	if len(got) != 4 || got[1].Text != "two" || got[2].Text != "    three" || !got[2].Here || got[3].Number != 4 {
		t.Errorf("got %+v", got)
	}
	if linesAround(text, 5, 1, 1) != nil || linesAround(nil, 1, 1, 1) != nil {
		t.Error("there are lines around one that is not there")
	}
	// What is missing at the end of a file is missing in the line after the last.
	if got := linesAround([]byte("one\ntwo\n"), 3, 5, 5); len(got) != 3 || got[2] != (Line{3, "", true}) {
		t.Errorf("at the end: %+v", got)
	}
	if got := linesAround([]byte("one\ntwo\n"), 2, 5, 5); len(got) != 2 {
		t.Errorf("before the end: %+v", got)
	}
	if linesAround([]byte("one\ntwo\n"), 4, 5, 5) != nil {
		t.Error("there are lines around one behind the end")
	}
}

// Files are named as somebody says them.
func TestNamesOfFiles(t *testing.T) {
	f := runtime.FuncForPC(reflect.ValueOf(strings.Cut).Pointer())
	library, _ := f.FileLine(f.Entry())
	for file, want := range map[string]string{
		library:                                  "strings/strings.go",
		"/go/pkg/mod/example.org/x@v1.2.3/a.go":  "example.org/x@v1.2.3/a.go",
		filepath.Join(workingFolder, "b/c.go"):   "b/c.go",
		filepath.Join(workingFolder, "../up.go"): filepath.ToSlash(filepath.Join(workingFolder, "../up.go")),
	} {
		if got := friendly(file); got != want {
			t.Errorf("%s is called %s, want %s", file, got, want)
		}
	}
}

func TestSpansAreBounded(t *testing.T) {
	r := &trace{}
	r.data.HeadRead = time.Now()
	for range maxSpans + 1 {
		r.begin("template", "a", "")(false)
	}
	if v := r.view(); len(v.Spans) != maxSpans || v.Cut != 1 {
		t.Errorf("%d spans and %d cut", len(v.Spans), v.Cut)
	}
}

func TestConnectionsAreBounded(t *testing.T) {
	var i inlet
	for port := range maxConnections + 1 {
		i.accepted(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: port})
	}
	if len(i.since) != maxConnections || !i.take(&net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 0}).IsZero() {
		t.Errorf("%d are kept, or the oldest is", len(i.since))
	}
	newest := &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: maxConnections}
	if i.take(newest).IsZero() || !i.take(newest).IsZero() {
		t.Error("the newest is not there once")
	}
}

// Server-Timing gives every stage without what is inside, so that they add up.
func TestServerTimingAddsUp(t *testing.T) {
	ms := time.Millisecond
	d := &Trace{Spans: []Span{
		{Kind: "middleware", Name: "a.New", Depth: 0, Start: 0, End: 10 * ms},
		{Kind: "handler", Name: "show \"x\"", Depth: 1, Start: 2 * ms, End: 9 * ms},
		{Kind: "template", Name: "é.html", Depth: 2, Start: 3 * ms, End: -1},
	}}
	want := `middleware;dur=3.000;desc="a.New", handler;dur=-;desc="show ?x?", template;dur=9.000;desc="??.html", total;dur=12.000;desc="until the answer began"`
	want = strings.Replace(want, "dur=-", "dur=0.000", 1) // what is inside of it still runs
	if got := serverTiming(d, 12*ms); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
