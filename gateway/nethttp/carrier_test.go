package nethttp

import (
	"net"
	"net/http"
	"reflect"
	"testing"
	"time"
	"unsafe"

	"github.com/dewar-go/dewar/gateway"
)

// Every field of what is pooled is cleared by reset or kept on purpose.
func TestResetIsComplete(t *testing.T) {
	kept := map[string]bool{"x": true, "remote": true, "fields": true, "names": true}
	c := &carrier{x: new(gateway.Exchange)}
	fillIn(t, reflect.ValueOf(c).Elem(), kept)
	c.x = new(gateway.Exchange)
	c.names = []string{"secret"}
	c.reset()
	if len(c.names) != 0 || c.names[:1][0] != "" {
		t.Error("strings of the last request are kept alive")
	}
	v := reflect.ValueOf(c).Elem()
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; !kept[name] && !v.Field(i).IsZero() {
			t.Errorf("field %s is neither reset nor kept", name)
		}
	}
}

// fillIn sets every field of a struct that a test can set, deep down, to something
// that is not zero.
func fillIn(t *testing.T, v reflect.Value, kept map[string]bool) {
	t.Helper()
	for i := range v.NumField() {
		name, f := v.Type().Field(i).Name, v.Field(i)
		if kept[name] || name == "_" {
			continue
		}
		f = reflect.NewAt(f.Type(), unsafe.Pointer(f.UnsafeAddr())).Elem()
		switch f.Kind() {
		case reflect.Bool:
			f.SetBool(true)
		case reflect.Int, reflect.Int64:
			f.SetInt(1)
		case reflect.Uint8, reflect.Uint32:
			f.SetUint(1)
		case reflect.Pointer:
			f.Set(reflect.New(f.Type().Elem()))
		case reflect.Func:
			f.Set(reflect.MakeFunc(f.Type(), nil))
		case reflect.Struct:
			if f.Type() == reflect.TypeFor[time.Time]() {
				f.Set(reflect.ValueOf(time.Now()))
				continue
			}
			fillIn(t, f, nil)
		case reflect.Interface, reflect.Array:
		default:
			t.Errorf("the test cannot fill field %s of kind %v", name, f.Kind())
		}
		if f.Kind() != reflect.Interface && f.Kind() != reflect.Array && f.IsZero() {
			t.Errorf("field %s could not be filled", name)
		}
	}
}

func TestPeer(t *testing.T) {
	unix := &net.UnixAddr{Net: "unix", Name: "/s"}
	for _, c := range []struct {
		text    string
		local   net.Addr
		network string
	}{
		{"192.0.2.1:1234", nil, "tcp"},
		{"[2001:db8::1]:1234", nil, "tcp"},
		{"[fe80::1%eth0]:1", nil, "tcp"},
		{"@", unix, "unix"},
		{"", unix, "unix"},
		{"somewhere", nil, "tcp"},
		{"", nil, "tcp"},
	} {
		var p peer
		a := p.of(c.text, c.local)
		if a.String() != c.text || a.Network() != c.network {
			t.Errorf("%q: %v over %s", c.text, a, a.Network())
		}
		if again := p.of(c.text, c.local); again != a {
			t.Errorf("%q: made anew", c.text)
		}
	}
	var p peer
	if a := p.of("192.0.2.1", nil).(*net.TCPAddr); a.Port != 0 || !a.IP.Equal(net.IPv4(192, 0, 2, 1)) {
		t.Errorf("address without port: %v", a)
	}
}

// The constant text path costs what it must: the memory of the response's values,
// and the address of a client that was not there before.
func TestPlainTextAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates, and exchanges are not reused under it")
	}
	body := []byte("Hello, World!")
	h := Handler(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/plain; charset=utf-8")
		x.Response.Body = body
		return nil
	}))
	r, err := http.NewRequest("GET", "http://h/plain?a=b", nil)
	if err != nil {
		t.Fatal(err)
	}
	r.RequestURI = "/plain?a=b"
	r.RemoteAddr = "192.0.2.1:1234"
	r.Header = http.Header{"Accept": {"*/*"}, "User-Agent": {"test"}}
	w := &deadWriter{header: make(http.Header)}
	allocs := testing.AllocsPerRun(200, func() { h.ServeHTTP(w, r) })
	if w.status != 200 || w.n != len(body) {
		t.Fatalf("status %d, %d bytes", w.status, w.n)
	}
	if allocs > 1 {
		t.Errorf("%v allocations, want 1", allocs)
	}
}

// A deadWriter is an http.ResponseWriter that costs nothing.
type deadWriter struct {
	header http.Header
	status int
	n      int
}

func (w *deadWriter) Header() http.Header { return w.header }
func (w *deadWriter) WriteHeader(s int)   { w.status = s; w.n = 0; clear(w.header) }
func (w *deadWriter) Write(p []byte) (int, error) {
	w.n += len(p)
	return len(p), nil
}
