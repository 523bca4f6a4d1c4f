package codings

import (
	"bytes"
	"compress/gzip"
	"io"
	"math/rand/v2"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/middleware/compress"
	br "github.com/dewar-go/dewar/gateway/middleware/compress/codings/brotli"
	zs "github.com/dewar-go/dewar/gateway/middleware/compress/codings/zstd"
)

// reader decodes with the libraries' own readers.
func reader(t testing.TB, coding string, r io.Reader) io.Reader {
	t.Helper()
	switch coding {
	case "":
		return r
	case "gzip":
		z, err := gzip.NewReader(r)
		if err != nil {
			t.Fatal(err)
		}
		return z
	case "br":
		return brotli.NewReader(r)
	case "zstd":
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20)) // what browsers take
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(z.Close)
		return z
	}
	t.Fatalf("coding %q", coding)
	return nil
}

func config() compress.Config {
	return compress.Config{Codings: []compress.Coding{zs.Coding(0), br.Coding(0), compress.Gzip(0)}}
}

func accepting(coding string) gatewaytest.Request {
	return gatewaytest.Request{Header: gateway.Header{{Name: "Accept-Encoding", Value: coding}}}
}

// Whatever is written in whatever pieces, the client decodes just that.
func TestRandomBodies(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	accepts := []string{"zstd", "br", "gzip", "br, zstd;q=0.5", "gzip, deflate, br, zstd", "*", "identity", "zstd;q=0, br;q=0, *"}
	content := make([]byte, 50_000)
	for i := range content {
		content[i] = byte("abcdefgh"[r.IntN(8)])
	}
	var want []byte
	seen := map[string]int{}
	recorder := gatewaytest.Recorder{Handler: compress.New(config())(gateway.HandlerFunc(func(x *gateway.Exchange) error {
		want = want[:0]
		x.Response.Header.Add("Content-Type", "text/plain")
		for range r.IntN(6) {
			if r.IntN(4) == 0 {
				if err := x.Flush(); err != nil {
					return err
				}
				continue
			}
			from := r.IntN(len(content))
			piece := content[from:min(len(content), from+r.IntN(9000))]
			want = append(want, piece...)
			if _, err := x.Write(piece); err != nil {
				return err
			}
		}
		return nil
	}))}
	for i := range 10_000 {
		res := recorder.Do(accepting(accepts[r.IntN(len(accepts))]))
		coding := res.Header.Value("Content-Encoding")
		seen[coding]++
		got, err := io.ReadAll(reader(t, coding, bytes.NewReader(res.Body)))
		if err != nil || res.Status != 200 || !bytes.Equal(got, want) {
			t.Fatalf("round %d, %q: %d bytes, want %d, %v", i, coding, len(got), len(want), err)
		}
	}
	for _, coding := range []string{"", "gzip", "br", "zstd"} {
		if seen[coding] < 500 {
			t.Errorf("%q was used %d times", coding, seen[coding])
		}
	}
}

// What is flushed can be read before the handler goes on.
func TestFlushedChunksArrive(t *testing.T) {
	for _, coding := range []string{"zstd", "br", "gzip"} {
		next := make(chan struct{})
		h := compress.New(config())(gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.Response.Header.Add("Content-Type", "text/event-stream")
			for range 3 {
				x.WriteString("data: one\n\n")
				if err := x.Flush(); err != nil {
					return err
				}
				<-next
			}
			return nil
		}))
		call := (&gatewaytest.Recorder{Handler: h}).Start(accepting(coding))
		res, err := call.Head()
		if err != nil || res.Header.Value("Content-Encoding") != coding {
			t.Fatalf("%s: %v, %v", coding, res, err)
		}
		z := reader(t, coding, call)
		for range 3 {
			got := make([]byte, len("data: one\n\n"))
			if _, err := io.ReadFull(z, got); err != nil || string(got) != "data: one\n\n" {
				t.Fatalf("%s: %q, %v", coding, got, err)
			}
			next <- struct{}{}
		}
		if rest, err := io.ReadAll(z); err != nil || len(rest) > 0 {
			t.Errorf("%s: %q, %v", coding, rest, err)
		}
	}
}

func TestLevels(t *testing.T) {
	for name, f := range map[string]func(){"br": func() { br.Coding(12) }, "zstd": func() { zs.Coding(5) }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s takes a level that there is not", name)
				}
			}()
			f()
		}()
	}
}
