package static_test

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/static"
)

func TestSendFile(t *testing.T) {
	dir := os.DirFS(write(t))
	for _, c := range []struct {
		name string
		o    static.Options
		want []string
	}{
		{"app.js", static.Options{}, []string{"Content-Type", "text/javascript; charset=utf-8", "Content-Disposition", "", "Cache-Control", "no-cache", "Expires", ""}},
		{"app.js", static.Options{Attachment: true}, []string{"Content-Disposition", "attachment; filename=app.js"}},
		{"app.js", static.Options{Name: "naïve.txt"}, []string{"Content-Disposition", "inline; filename=na_ve.txt; filename*=UTF-8''na%C3%AFve.txt", "Content-Type", "text/plain; charset=utf-8"}},
		{"app.js.gz", static.Options{}, []string{"Content-Type", "text/javascript; charset=utf-8", "Content-Encoding", "gzip"}},
		{"app.js.gz", static.Options{Attachment: true}, []string{"Content-Type", "application/gzip", "Content-Encoding", ""}},
		{"large.bin", static.Options{MediaType: "x/y", MaxAge: time.Hour, ETag: `"v1"`}, []string{"Content-Type", "x/y", "Cache-Control", "public, max-age=3600", "ETag", `"v1"`}},
	} {
		h := gateway.HandlerFunc(func(x *gateway.Exchange) error { return static.SendFile(x, dir, c.name, c.o) })
		r := ask(t, h, get("/"))
		if r.Status != 200 || !bytes.Equal(r.Body, site[c.name].Data) {
			t.Errorf("%s: %d with %d bytes", c.name, r.Status, len(r.Body))
		}
		for i := 0; i < len(c.want); i += 2 {
			if got := r.Header.Value(c.want[i]); got != c.want[i+1] {
				t.Errorf("%s: %s is %q, want %q", c.name, c.want[i], got, c.want[i+1])
			}
		}
		if c.o.MaxAge > 0 && !r.Header.Has("Expires") {
			t.Errorf("%s: no Expires beside max-age", c.name)
		}
		if again := ask(t, h, get("/", "If-None-Match", r.Header.Value("ETag"))); again.Status != 304 {
			t.Errorf("%s: %d for its tag", c.name, again.Status)
		}
		if part := ask(t, h, get("/", "Range", "bytes=1-2")); part.Status != 206 || !bytes.Equal(part.Body, site[c.name].Data[1:3]) {
			t.Errorf("%s: part %d %q", c.name, part.Status, part.Body)
		}
	}
	for _, name := range []string{"none", "docs", "../x"} {
		h := gateway.HandlerFunc(func(x *gateway.Exchange) error { return static.SendFile(x, dir, name, static.Options{}) })
		if r := ask(t, h, get("/")); r.Status != 404 {
			t.Errorf("%s: %d", name, r.Status)
		}
	}
}

// The server in front sends the file, and only it knows what parts are asked for.
func TestSentByTheServerInFront(t *testing.T) {
	h := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		return static.SendFile(x, site, "app.js", static.Options{Attachment: true, Front: gateway.Field{Name: "X-Accel-Redirect", Value: "/internal/app.js"}})
	})
	r := ask(t, h, get("/", "Range", "bytes=0-1"))
	if r.Status != 200 || len(r.Body) > 0 || r.Header.Value("X-Accel-Redirect") != "/internal/app.js" || r.Header.Has("ETag") || r.Header.Has("Accept-Ranges") ||
		r.Header.Value("Content-Disposition") != "attachment; filename=app.js" || r.Header.Value("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("%d %q %v", r.Status, r.Body, r.Header)
	}
}

func TestSendContent(t *testing.T) {
	for name, source := range map[string]func() io.Reader{
		"seeker": func() io.Reader { return strings.NewReader("0123456789") },
		"stream": func() io.Reader { return io.LimitReader(strings.NewReader("0123456789"), 10) },
	} {
		h := gateway.HandlerFunc(func(x *gateway.Exchange) error {
			return static.SendContent(x, source(), 10, static.Options{Name: "a.txt", Modified: day})
		})
		if r := ask(t, h, get("/")); string(r.Body) != "0123456789" || r.Header.Value("Last-Modified") == "" {
			t.Errorf("%s: %q %v", name, r.Body, r.Header)
		}
		if r := ask(t, h, get("/", "Range", "bytes=4-5")); string(r.Body) != "45" {
			t.Errorf("%s: %q", name, r.Body)
		}
	}
	short := gateway.HandlerFunc(func(x *gateway.Exchange) error {
		return static.SendContent(x, strings.NewReader(string(large)), int64(len(large)+1), static.Options{})
	})
	if r := gatewaytest.Do(short, get("/")); !r.Aborted {
		t.Errorf("content that is too short: %d, not aborted", r.Status)
	}
}
