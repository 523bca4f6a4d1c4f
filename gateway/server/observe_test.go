package server_test

import (
	"bytes"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/accesslog"
	"github.com/dewar-go/dewar/gateway/server"
)

func accessLog(t testing.TB, c accesslog.Config) *accesslog.Log {
	t.Helper()
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

// The log has the exchanges, in order, and what never became one. It is written when
// Serve has returned.
func TestAccessLog(t *testing.T) {
	eachPath(t, func(t *testing.T, on path) {
		var out bytes.Buffer
		log := accessLog(t, accesslog.Config{Writer: &out, Format: `%(h)s "%(r)s" %(s)s %(b)s %(route)s "%({X-Note}o)s"`, Interval: time.Hour})
		r := start(t, on.config(server.Config{AccessLog: log, HeaderTimeout: 100 * time.Millisecond}), gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.Route = "/<path>"
			x.Response.Header.Set("X-Note", "a\"b")
			if x.Request.Path == "/gone" {
				return gateway.ErrAbort
			}
			_, err := io.WriteString(x, "hello")
			return err
		}))
		c := r.dial(t)
		c.send("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nHEAD /2 HTTP/1.1\r\nHost: x\r\n\r\nGET /\"3 HTTP/1.1\r\nHost: x\r\n\r\nGET /gone HTTP/1.1\r\nHost: x\r\n\r\n")
		for _, method := range []string{"GET", "HEAD", "GET"} {
			c.answer(method)
		}
		_, _ = io.ReadAll(c)
		for _, request := range []string{"\x16\x03\x01 nonsense\r\n\r\n", "GET /slow HTTP/1.1\r\nHo"} {
			c := r.dial(t)
			c.send(request)
			_, _ = io.ReadAll(c)
		}
		if err := r.stop(); err != nil {
			t.Fatal(err)
		}
		got := strings.Split(strings.TrimSpace(out.String()), "\n")
		want := []string{
			`127.0.0.1 "GET /1 HTTP/1.1" 200 5 /<path> "a\"b"`,
			`127.0.0.1 "HEAD /2 HTTP/1.1" 200 5 /<path> "a\"b"`,
			`127.0.0.1 "GET /\"3 HTTP/1.1" 200 5 /<path> "a\"b"`,
			`127.0.0.1 "GET /gone HTTP/1.1" - - /<path> "a\"b"`,
			`127.0.0.1 "\x16\x03\x01 nonsense" 400 `,
			`127.0.0.1 "GET /slow HTTP/1.1" 408 `,
		}
		if !slices.EqualFunc(got, want, strings.HasPrefix) {
			t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
	})
}

func TestAccessLogOfHTTP2(t *testing.T) {
	ours, theirs := adhoc(t)
	var out bytes.Buffer
	log := accessLog(t, accesslog.Config{Writer: &out, Format: `%(r)s %(s)s %(b)s`, Interval: time.Hour})
	r := start(t, server.Config{TLS: ours, AccessLog: log}, gateway.HandlerFunc(func(x *gateway.Exchange) error {
		_, err := io.WriteString(x, "hello")
		return err
	}))
	client := http2Client(t, theirs)
	res, err := client.Get("https://" + r.addr.String() + "/2")
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if err := r.stop(); err != nil {
		t.Fatal(err)
	}
	if got := out.String(); got != `GET\x20/2\x20HTTP/2.0 200 5`+"\n" {
		t.Errorf("got %q", got)
	}
}

// A log on the disk, and one pipelined batch: neither splits the batch into writes, nor
// does looking allocate.
func TestWatchingDoesNotAllocate(t *testing.T) {
	log := accessLog(t, accesslog.Config{File: filepath.Join(t.TempDir(), "log")})
	measure := func(c server.Config) float64 {
		r := start(t, c, byStatus)
		conn := r.dial(t)
		request := []byte("GET /200 HTTP/1.1\r\nHost: x\r\nUser-Agent: test\r\n\r\n")
		answer := make([]byte, 4096)
		return testing.AllocsPerRun(2000, func() {
			if _, err := conn.Conn.Write(request); err != nil {
				t.Error(err)
			}
			if _, err := conn.Conn.Read(answer); err != nil {
				t.Error(err)
			}
		})
	}
	off := measure(server.Config{})
	if misuseIsDetected { // the pools forget some of what they are given
		off++
	}
	if on := measure(server.Config{AccessLog: log, Counters: new(server.Counters)}); on > off {
		t.Errorf("%v allocations with log and counters, %v without", on, off)
	}
}
