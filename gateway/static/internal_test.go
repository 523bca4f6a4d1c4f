package static

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

var old = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)

// folder makes a folder of n files of that size, which have not changed for long.
func folder(t testing.TB, n, size int) string {
	dir := t.TempDir()
	for i := range n {
		name := filepath.Join(dir, fmt.Sprint(i, ".bin"))
		if err := os.WriteFile(name, make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, old, old); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestMaxFiles(t *testing.T) {
	const most = 3
	h := New(os.DirFS(folder(t, most+1, smallFile+1)), Config{MaxFiles: most})
	var forms []*representation
	for i := range most + 1 {
		gatewaytest.Do(h, gatewaytest.Request{Target: fmt.Sprint("/", i, ".bin")})
		if want := min(i+1, most); len(h.cache.paths) != want {
			t.Errorf("after %d files %d are open, want %d", i+1, len(h.cache.paths), want)
		}
		forms = append(forms, h.cache.paths[fmt.Sprint("/", i, ".bin")].plain)
	}
	if err := h.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, f := range forms {
		if _, err := f.file.Stat(); err == nil {
			t.Errorf("file %d is open after all", i)
		}
	}
	none := New(os.DirFS(folder(t, 1, 10)), Config{MaxFiles: -1})
	if gatewaytest.Do(none, gatewaytest.Request{Target: "/0.bin"}); len(none.cache.paths) != 0 {
		t.Error("a file is kept though none may be")
	}
}

func TestMaxMemory(t *testing.T) {
	h := New(os.DirFS(folder(t, 4, 1000)), Config{MaxMemory: 3000})
	for i := range 4 {
		gatewaytest.Do(h, gatewaytest.Request{Target: fmt.Sprint("/", i, ".bin")})
		if h.cache.memory > 3000 {
			t.Errorf("%d bytes are kept", h.cache.memory)
		}
	}
	if h.cache.memory != 3000 {
		t.Errorf("%d bytes are kept, want 3000", h.cache.memory)
	}
	lean := New(os.DirFS(folder(t, 1, 1000)), Config{MaxMemory: -1})
	r := gatewaytest.Do(lean, gatewaytest.Request{Target: "/0.bin"})
	if lean.cache.memory != 0 || len(lean.cache.paths) != 1 || r.Files != 1000 {
		t.Errorf("%d bytes of %d files are kept, %d were sent as a file", lean.cache.memory, len(lean.cache.paths), r.Files)
	}
}

// A file that goes out of the cache while it is sent is closed afterwards.
func TestEvictedWhileSent(t *testing.T) {
	h := New(os.DirFS(folder(t, 1, smallFile+1)), Config{})
	now := time.Now()
	if gatewaytest.Do(h, gatewaytest.Request{Target: "/0.bin"}); h.cache.paths["/0.bin"] == nil {
		t.Fatal("the file is not kept")
	}
	e := h.cached("/0.bin", now)
	h.cache.clear()
	if _, err := e.plain.file.Stat(); err != nil {
		t.Errorf("closed under a request: %v", err)
	}
	e.release()
	if _, err := e.plain.file.Stat(); err == nil {
		t.Error("open though nobody holds it")
	}
}

// What nobody asks for is closed when another file needs a place.
func TestIdleFilesGo(t *testing.T) {
	h := New(os.DirFS(folder(t, 3, smallFile+1)), Config{MaxFiles: 2})
	for i := range 2 {
		gatewaytest.Do(h, gatewaytest.Request{Target: fmt.Sprint("/", i, ".bin")})
	}
	for _, e := range h.cache.paths {
		e.used.Store(time.Now().Add(-2 * idle).Unix())
	}
	if gatewaytest.Do(h, gatewaytest.Request{Target: "/2.bin"}); len(h.cache.paths) != 1 {
		t.Errorf("%d files are open", len(h.cache.paths))
	}
}

func TestHashed(t *testing.T) {
	for name, want := range map[string]bool{
		"main.5d41402a.js": true, "assets/index-DiwrgTda.css": true, "a.5d41402abc4b2a76.chunk.js": false, "logo-a1B2_c3d.svg": true,
		"main.5d41402a.js.map": true, "main.js": false, "jquery-3.7.1.min.js": false, "bootstrap-bundle.js": false, "5d41402a.js": false,
		"some-component.js": false, "noextension-5d41402a": false, "x-Component.js": false,
	} {
		if Hashed(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}

func TestMediaType(t *testing.T) {
	for name, want := range map[string]string{
		"a.HTML": "text/html; charset=utf-8", "a.js": "text/javascript; charset=utf-8", "a.tar.gz": "application/gzip",
		"a": unknownType, ".js/a": unknownType, "a.nosuchthing": unknownType,
	} {
		if got := MediaType(name); got != want {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// FuzzName: what is asked for is a name of io/fs without hidden parts, whatever the
// path, and as many segments as the path has.
func FuzzName(f *testing.F) {
	for _, s := range []string{"/", "/a/b", "/a%2Fb", "/..", "/%2e%2e/a", "/a//b", "/a/", "/.well-known/x", "/\\", "/%00", "/%FF", "a"} {
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, path string, hidden bool) {
		name, folder, ok := nameOf(path, hidden)
		if !ok {
			return
		}
		if !fs.ValidPath(name) || strings.ContainsAny(name, "\\:\x00") {
			t.Fatalf("%q names %q", path, name)
		}
		for i, segment := range strings.Split(name, "/") {
			if name != "." && !hidden && segment[0] == '.' && !(i == 0 && segment == ".well-known") {
				t.Fatalf("%q names the hidden %q", path, name)
			}
		}
		if name != "." && strings.Count(name, "/") != strings.Count(strings.TrimSuffix(path[1:], "/"), "/") {
			t.Fatalf("%q names %q, of other depth", path, name)
		}
		if folder != strings.HasSuffix(path, "/") {
			t.Fatalf("%q: folder is %v", path, folder)
		}
	})
}

func TestHotPathAllocations(t *testing.T) {
	frozen := New(fstest.MapFS{"a.js": {Data: []byte("x")}, "a.js.br": {Data: []byte("y")}}, Config{})
	for _, c := range []struct {
		name string
		h    *Handler
		path string
		most float64
	}{
		{"frozen", frozen, "/a.js", 0},
		{"file", New(os.DirFS(folder(t, 1, 10)), Config{}), "/0.bin", 5}, // of os.Stat, which finds changes
	} {
		x := &gateway.Exchange{}
		x.Request = gateway.Request{Method: "GET", Path: c.path, Time: time.Now(), Header: gateway.Header{{Name: "Accept-Encoding", Value: "gzip, br"}}}
		var room [8]gateway.Field
		n := testing.AllocsPerRun(100, func() {
			x.Response = gateway.Response{Header: room[:0]}
			if err := c.h.Send(x, c.path); err != nil || x.Response.Status != 200 {
				t.Fatal(err, x.Response.Status)
			}
		})
		if n > c.most && !raced { // the race detector's own count too
			t.Errorf("%s: %v allocations, want at most %v", c.name, n, c.most)
		}
	}
}

func BenchmarkSend(b *testing.B) {
	for _, size := range []int{100, 30 << 10} {
		b.Run(fmt.Sprint(size), func(b *testing.B) {
			h := New(os.DirFS(folder(b, 1, size)), Config{})
			x := &gateway.Exchange{}
			x.Request = gateway.Request{Method: "GET", Path: "/0.bin", Time: time.Now()}
			var room [8]gateway.Field
			b.ReportAllocs()
			for b.Loop() {
				x.Response = gateway.Response{Header: room[:0]}
				if err := h.Send(x, "/0.bin"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
