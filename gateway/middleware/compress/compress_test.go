package compress_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	"github.com/dewar-go/dewar/gateway/semantics"
)

func handler(f func(x *gateway.Exchange) error) gateway.Handler { return gateway.HandlerFunc(f) }

// page is HTML of n bytes that compress well.
func page(n int) gateway.Handler {
	body := []byte(strings.Repeat("<p>hello</p>", n/12+1)[:n])
	return handler(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/html; charset=utf-8")
		x.Response.Body = body
		return nil
	})
}

func accepting(coding string) gatewaytest.Request {
	return gatewaytest.Request{Header: gateway.Header{{Name: "Accept-Encoding", Value: coding}}}
}

func Example() {
	h := gateway.Chain(page(10_000), compress.New(compress.Config{}))
	res := gatewaytest.Do(h, accepting("gzip, br"))
	fmt.Println(res.Header.Value("Content-Encoding"), len(res.Body) < 200)
	// Output: gzip true
}

// decode returns the content without its coding.
func decode(t testing.TB, res *gatewaytest.Result) []byte {
	t.Helper()
	if res.Header.Value("Content-Encoding") == "" {
		return res.Body
	}
	r, err := gzip.NewReader(bytes.NewReader(res.Body))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func TestWhatIsCompressed(t *testing.T) {
	long := strings.Repeat("text ", 1000)
	answer := func(f func(r *gateway.Response)) gateway.Handler {
		return handler(func(x *gateway.Exchange) error {
			x.Response.Header = append(x.Response.Header, gateway.Field{Name: "Content-Type", Value: "text/plain"})
			x.Response.Body = []byte(long)
			f(&x.Response)
			return nil
		})
	}
	set := func(name, value string) gateway.Handler {
		return answer(func(r *gateway.Response) { r.Header.Set(name, value) })
	}
	for _, c := range []struct {
		name   string
		h      gateway.Handler
		accept string
		config compress.Config
		coding string
		vary   bool
	}{
		{"plain", set("X", "y"), "gzip", compress.Config{}, "gzip", true},
		{"any coding", set("X", "y"), "*", compress.Config{}, "gzip", true},
		{"not accepted", set("X", "y"), "br", compress.Config{}, "", true},
		{"refused", set("X", "y"), "gzip;q=0, *;q=0", compress.Config{}, "", true},
		{"less than identity", set("X", "y"), "gzip;q=0.1, identity;q=1", compress.Config{}, "", true},
		{"no field", set("X", "y"), "", compress.Config{}, "", true},
		// RFC 9110 §8.4, §14: what is coded already, or is a part.
		{"coded already", set("Content-Encoding", "br"), "gzip", compress.Config{}, "br", false},
		{"a part", answer(func(r *gateway.Response) { r.Status = 206; r.Header.Add("Content-Range", "bytes 0-4999/9999") }), "gzip", compress.Config{}, "", true},
		{"parts", answer(func(r *gateway.Response) {
			r.Status = 206
			r.Header.Set("Content-Type", "multipart/byteranges; boundary=b")
		}), "gzip", compress.Config{}, "", true},
		{"a part of an image", answer(func(r *gateway.Response) {
			r.Status = 206
			r.Header.Set("Content-Type", "image/png")
		}), "gzip", compress.Config{}, "", false},
		{"a digest", set("Content-Digest", "sha-256=:abc=:"), "gzip", compress.Config{}, "", false},
		{"no-transform", set("Cache-Control", "max-age=60, no-transform"), "gzip", compress.Config{}, "", false},
		// Types and sizes.
		{"an image", set("Content-Type", "image/png"), "gzip", compress.Config{}, "", false},
		{"a picture of text", set("Content-Type", "image/svg+xml"), "gzip", compress.Config{}, "gzip", true},
		{"upper case", set("Content-Type", "Application/JSON ; charset=utf-8"), "gzip", compress.Config{}, "gzip", true},
		{"a problem", set("Content-Type", "application/problem+json"), "gzip", compress.Config{}, "gzip", true},
		{"no type", answer(func(r *gateway.Response) { r.Header.Del("Content-Type") }), "gzip", compress.Config{}, "", false},
		{"other types", set("X", "y"), "gzip", compress.Config{Types: []string{"image/*"}}, "", false},
		{"types of one's own", set("Content-Type", "image/x-raw"), "gzip", compress.Config{Types: []string{"image/*"}}, "gzip", true},
		{"N-1", page(1023), "gzip", compress.Config{}, "", true},
		{"N", page(1024), "gzip", compress.Config{}, "gzip", true},
		{"another N", page(99), "gzip", compress.Config{MinSize: 100}, "", true},
		{"another N, reached", page(100), "gzip", compress.Config{MinSize: 100}, "gzip", true},
		// Secrets: BREACH.
		{"sets a cookie", set("Set-Cookie", "a=b"), "gzip", compress.Config{}, "", false},
		{"sets a cookie, allowed", set("Set-Cookie", "a=b"), "gzip", compress.Config{Secrets: true}, "gzip", true},
		{"no-store", set("Cache-Control", "no-store"), "gzip", compress.Config{}, "", false},
		{"skipped", handler(func(x *gateway.Exchange) error {
			compress.Skip(x)
			return page(9999).Serve(x)
		}), "gzip", compress.Config{}, "", true},
		// Statuses.
		{"404", answer(func(r *gateway.Response) { r.Status = 404 }), "gzip", compress.Config{}, "gzip", true},
		{"204", answer(func(r *gateway.Response) { r.Status, r.Body = 204, nil }), "gzip", compress.Config{}, "", false},
		{"304", answer(func(r *gateway.Response) {
			*r = gateway.Response{Status: 304, Header: gateway.Header{{Name: "ETag", Value: `"a"`}}}
		}), "gzip", compress.Config{}, "", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			q := gatewaytest.Request{}
			if c.accept != "" {
				q = accepting(c.accept)
			}
			lint := gatewaytest.Lint(func(err error) { t.Error(err) })
			res := gatewaytest.Do(gateway.Chain(c.h, lint, compress.New(c.config), lint), q)
			if got := res.Header.Value("Content-Encoding"); got != c.coding {
				t.Errorf("coding %q, want %q", got, c.coding)
			}
			if got := res.Header.HasToken("Vary", "Accept-Encoding"); got != c.vary {
				t.Errorf("Vary %v, want %v", got, c.vary)
			}
			if c.coding == "gzip" && res.Length != int64(len(res.Body)) {
				t.Errorf("Length %d of %d bytes", res.Length, len(res.Body))
			}
		})
	}
}

// A 304 has the fields that the 200 had (RFC 9110 §15.4.5): Vary, and the tag that the
// client got with the coding it took.
func TestNotModified(t *testing.T) {
	h := gateway.Chain(handler(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/plain")
		x.Response.Header.Add("ETag", `"v1"`)
		x.Response.Body = []byte(strings.Repeat("text ", 1000))
		semantics.Apply(&x.Request, &x.Response, true)
		return nil
	}), compress.New(compress.Config{}))
	for _, coding := range []string{"gzip", "identity"} {
		first := gatewaytest.Do(h, accepting(coding))
		q := accepting(coding)
		q.Header.Add("If-None-Match", `"other", `+first.Header.Value("ETag"))
		again := gatewaytest.Do(h, q)
		if again.Status != 304 || again.Header.Value("ETag") != first.Header.Value("ETag") || again.Header.Value("Vary") != first.Header.Value("Vary") {
			t.Errorf("%s: %d %v, after %v", coding, again.Status, again.Header, first.Header)
		}
	}
	q := accepting("gzip")
	q.Header.Add("Range", "bytes=0-9")
	if part := gatewaytest.Do(h, q); part.Status != 206 || !part.Header.HasToken("Vary", "Accept-Encoding") || part.Header.Value("ETag") != `"v1"` || string(part.Body) != "text text " {
		t.Errorf("%d %v %q", part.Status, part.Header, part.Body)
	}
}

// A compressed answer has other bytes: a weak tag, and no ranges (RFC 9110 §8.8.1, §14.3).
func TestHead(t *testing.T) {
	h := compress.New(compress.Config{})(handler(func(x *gateway.Exchange) error {
		x.Response.Header = gateway.Header{{Name: "ETag", Value: `"v1"`}, {Name: "Accept-Ranges", Value: "bytes"}, {Name: "Content-Length", Value: "5000"}, {Name: "Vary", Value: "Cookie"}}
		return page(5000).Serve(x)
	}))
	get := gatewaytest.Do(h, accepting("gzip"))
	for name, want := range map[string]string{"ETag": `W/"v1"`, "Accept-Ranges": "", "Vary": "Cookie, Accept-Encoding", "Content-Encoding": "gzip"} {
		if got := get.Header.Value(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	q := accepting("gzip")
	q.Method = "HEAD"
	head := gatewaytest.Do(h, q)
	if got := head.Header.Value("Content-Encoding"); got != "gzip" || len(head.Body) > 0 || head.Header.Value("ETag") != `W/"v1"` {
		t.Errorf("HEAD: %v", head.Header)
	}
	plain := gatewaytest.Do(h, gatewaytest.Request{})
	if plain.Header.Value("ETag") != `"v1"` || plain.Header.Value("Accept-Ranges") != "bytes" {
		t.Errorf("uncompressed: %v", plain.Header)
	}
}

// Whatever is written in whatever pieces, the client decodes just that.
func TestRandomBodies(t *testing.T) {
	const rounds = 10_000
	r := rand.New(rand.NewPCG(1, 2))
	accepts := []string{"gzip", "gzip;q=0.5, *;q=0", "br, gzip", "identity", "", "*", "gzip;q=0", "deflate", "x-gzip, gzip", "identity;q=0, gzip"}
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	content := make([]byte, 50_000)
	for i := range content {
		content[i] = byte("abcdefgh"[r.IntN(8)])
	}
	if _, err := file.Write(content); err != nil {
		t.Fatal(err)
	}
	var want []byte
	compressed := 0
	m := compress.New(compress.Config{})
	h := m(m(handler(func(x *gateway.Exchange) error { // twice: the second time it must do nothing
		want = want[:0]
		x.Response.Header.Add("Content-Type", "text/plain")
		if r.IntN(3) == 0 {
			want = append(want, content[:r.IntN(20_000)]...)
			x.Response.Body = bytes.Clone(want)
		}
		for range r.IntN(6) {
			from := r.IntN(len(content))
			piece := content[from:min(len(content), from+r.IntN(9000))]
			var err error
			switch r.IntN(4) {
			case 0:
				err = x.Flush()
				piece = nil
			case 1:
				if len(want) == 0 { // a file without a declared length ends the content
					return joined(&want, piece, x.SendFile(file, int64(from), int64(len(piece))))
				}
				fallthrough
			default:
				_, err = x.Write(piece)
			}
			want = append(want, piece...)
			if err != nil {
				return err
			}
		}
		return nil
	})))
	recorder := gatewaytest.Recorder{Handler: h}
	for i := range rounds {
		q := gatewaytest.Request{}
		if accept := accepts[r.IntN(len(accepts))]; accept != "" {
			q = accepting(accept)
		}
		res := recorder.Do(q)
		if res.Status != 200 || res.Aborted {
			t.Fatalf("round %d: %d, %v", i, res.Status, res.Outcome.Err)
		}
		if got := decode(t, res); !bytes.Equal(got, want) {
			t.Fatalf("round %d: %d bytes, want %d", i, len(got), len(want))
		}
		if n := len(slices.Collect(res.Header.Values("Content-Encoding"))); n > 0 {
			compressed++
			if n > 1 {
				t.Fatalf("round %d: compressed twice", i)
			}
		}
	}
	if compressed < rounds/5 {
		t.Errorf("only %d of %d were compressed", compressed, rounds)
	}
}

func joined(want *[]byte, piece []byte, err error) error {
	*want = append(*want, piece...)
	return err
}

// What is flushed can be read before the handler goes on.
func TestFlushedChunksArrive(t *testing.T) {
	next := make(chan struct{})
	h := compress.New(compress.Config{})(handler(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/event-stream")
		for i := range 3 {
			fmt.Fprintf(x, "data: %d\n\n", i)
			if err := x.Flush(); err != nil {
				return err
			}
			<-next
		}
		return nil
	}))
	call := (&gatewaytest.Recorder{Handler: h}).Start(accepting("gzip"))
	zr, err := gzip.NewReader(call)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		want := fmt.Sprintf("data: %d\n\n", i)
		got := make([]byte, len(want))
		if _, err := io.ReadFull(zr, got); err != nil || string(got) != want {
			t.Fatalf("chunk %d: %q, %v", i, got, err)
		}
		next <- struct{}{}
	}
	if rest, err := io.ReadAll(zr); err != nil || len(rest) > 0 {
		t.Errorf("%q, %v", rest, err)
	}
}

// A handler that fails half-way must not look as if it had ended.
func TestAbortIsSeen(t *testing.T) {
	h := compress.New(compress.Config{})(handler(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/plain")
		x.WriteString(strings.Repeat("x", 100_000))
		return errors.New("boom")
	}))
	if res := gatewaytest.Do(h, accepting("gzip")); !res.Aborted {
		t.Errorf("%d bytes that look whole", len(res.Body))
	}
}

// Files that are not compressed stay the server's.
func TestFilesPass(t *testing.T) {
	name := filepath.Join(t.TempDir(), "image.png")
	if err := os.WriteFile(name, bytes.Repeat([]byte("x"), 5000), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for contentType, want := range map[string]int64{"image/png": 5000, "text/plain": 0} {
		h := compress.New(compress.Config{})(handler(func(x *gateway.Exchange) error {
			x.Response.Header.Add("Content-Type", contentType)
			return x.SendFile(f, 0, -1)
		}))
		res := gatewaytest.Do(h, accepting("gzip"))
		if res.Files != want || len(decode(t, res)) != 5000 {
			t.Errorf("%s: %d bytes by sendfile, want %d", contentType, res.Files, want)
		}
	}
}

// Streams that last cost memory each: N are compressed, the next is sent as it is.
func TestStreamsAreBounded(t *testing.T) {
	hold, running := make(chan struct{}), make(chan struct{})
	m := compress.New(compress.Config{Streams: 1})
	stream := m(handler(func(x *gateway.Exchange) error {
		x.Response.Header.Add("Content-Type", "text/plain")
		if err := x.Flush(); err != nil {
			return err
		}
		running <- struct{}{}
		<-hold
		return nil
	}))
	call := (&gatewaytest.Recorder{Handler: stream}).Start(accepting("gzip"))
	<-running
	if res := gatewaytest.Do(m(page(5000)), accepting("gzip")); res.Header.Has("Content-Encoding") {
		t.Error("N+1 were compressed at once")
	}
	close(hold)
	if _, err := gatewaytest.Finish(call); err != nil {
		t.Fatal(err)
	}
	if res := gatewaytest.Do(m(page(5000)), accepting("gzip")); !res.Header.Has("Content-Encoding") {
		t.Error("the place was not given back")
	}
}

func TestNewPanicsAtMistakes(t *testing.T) {
	for name, f := range map[string]func(){
		"no function": func() { compress.New(compress.Config{Codings: []compress.Coding{{Name: "br"}}}) },
		"no name":     func() { compress.New(compress.Config{Codings: []compress.Coding{{New: compress.Gzip(1).New}}}) },
		"level":       func() { compress.Gzip(10) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s is taken", name)
				}
			}()
			f()
		}()
	}
}
