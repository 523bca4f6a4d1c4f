package nethttp_test

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

// A sendfileListener counts the bytes that reach its connections as a file, from
// where the kernel can send them by itself.
type sendfileListener struct {
	net.Listener
	bytes *atomic.Int64
}

func (l sendfileListener) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &sendfileConn{conn.(*net.TCPConn), l.bytes}, nil
}

type sendfileConn struct {
	*net.TCPConn
	bytes *atomic.Int64
}

func (c *sendfileConn) ReadFrom(r io.Reader) (int64, error) {
	n, err := c.TCPConn.ReadFrom(r)
	for {
		limited, ok := r.(*io.LimitedReader)
		if !ok {
			break
		}
		r = limited.R
	}
	if _, ok := r.(*os.File); ok {
		c.bytes.Add(n)
	}
	return n, err
}

func countFiles(t *testing.T, h http.Handler) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	s := httptest.NewUnstartedServer(h)
	sent := new(atomic.Int64)
	s.Listener = sendfileListener{s.Listener, sent}
	s.Start()
	t.Cleanup(s.Close)
	return s, sent
}

func tempFile(t testing.TB, content []byte) *os.File {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file.txt")
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// random is n bytes in which every lost or moved block shows.
func random(n int) []byte {
	p := make([]byte, n)
	state := uint32(1)
	for i := range p {
		state = state*1664525 + 1013904223
		p[i] = byte(state >> 24)
	}
	return p
}

func TestSendFileReachesTheKernel(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux can open a file again by its descriptor")
	}
	content := random(1 << 20)
	f := tempFile(t, content)
	s, sent := countFiles(t, handle(t, func(x *gateway.Exchange) error { return x.SendFile(f, 1000, -1) }))
	_, body := get(t, s, "/")
	if body != string(content[1000:]) {
		t.Errorf("%d bytes came, not those of the file", len(body))
	}
	if n := sent.Load(); n < int64(len(body))-512 { // net/http looks at the first 512 bytes
		t.Errorf("%d of %d bytes were sent as a file", n, len(body))
	}
	if at, err := f.Seek(0, io.SeekCurrent); at != 0 || err != nil {
		t.Errorf("the file's offset is %d, %v", at, err)
	}
}

// One open file serves many exchanges at once.
func TestSendFileShares(t *testing.T) {
	content := random(300 << 10)
	f := tempFile(t, content)
	s := serve(t, handle(t, func(x *gateway.Exchange) error { return x.SendFile(f, 0, -1) }), false)
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			for range 4 {
				res, err := s.Client().Get(s.URL)
				if err != nil {
					t.Error(err)
					return
				}
				body, err := io.ReadAll(res.Body)
				res.Body.Close()
				if err != nil || !bytes.Equal(body, content) {
					t.Errorf("%d bytes, %v", len(body), err)
				}
			}
		})
	}
	clients.Wait()
}

// A mounted file server reaches the kernel too, through both borders.
func TestMountedFileServerReachesTheKernel(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux can open a file again by its descriptor")
	}
	content := bytes.Repeat([]byte("text, more text. "), 1<<16)
	dir := filepath.Dir(tempFile(t, content).Name())
	app := gateway.Mount("/files", nethttp.Mount(http.FileServer(http.Dir(dir))))
	s, sent := countFiles(t, nethttp.Handler(app))
	res, body := get(t, s, "/files/file.txt")
	if body != string(content) || res.ContentLength != int64(len(content)) || res.Header.Get("Content-Type") != "text/plain; charset=utf-8" {
		t.Errorf("%d bytes, header %v", len(body), res.Header)
	}
	if n := sent.Load(); n < int64(len(body))-1024 {
		t.Errorf("%d of %d bytes were sent as a file", n, len(body))
	}
	r, _ := http.NewRequest("GET", s.URL+"/files/file.txt", nil)
	r.Header.Set("Range", "bytes=100-199")
	if res, body := do(t, s.Client(), r); res.StatusCode != 206 || body != string(content[100:200]) {
		t.Errorf("range: %d %q", res.StatusCode, body)
	}
	r.Method = "HEAD"
	r.Header.Del("Range")
	if res, _ := do(t, s.Client(), r); res.ContentLength != int64(len(content)) {
		t.Errorf("HEAD: length %d", res.ContentLength)
	}
}

// io.Copy to a mounted handler's writer behaves as io.Copy does, for a file in all
// its forms.
func TestMountedReadFrom(t *testing.T) {
	content := []byte(strings.Repeat("0123456789", 10<<10))
	f := tempFile(t, content)
	cases := map[string]struct {
		copy func(w io.Writer, f *os.File) (int64, error)
		want string
		at   int64 // of the file afterwards
	}{
		"all":     {func(w io.Writer, f *os.File) (int64, error) { return io.Copy(w, f) }, string(content), int64(len(content))},
		"rest":    {func(w io.Writer, f *os.File) (int64, error) { f.Seek(7, io.SeekStart); return io.Copy(w, f) }, string(content[7:]), int64(len(content))},
		"part":    {func(w io.Writer, f *os.File) (int64, error) { return io.CopyN(w, f, 50_003) }, string(content[:50_003]), 50_003},
		"little":  {func(w io.Writer, f *os.File) (int64, error) { return io.CopyN(w, f, 10) }, "0123456789", 10},
		"nothing": {func(w io.Writer, f *os.File) (int64, error) { return io.CopyN(w, f, 0) }, "", 0},
		"too much": {func(w io.Writer, f *os.File) (int64, error) {
			n, err := io.CopyN(w, f, 1<<40)
			if err == io.EOF {
				err = nil
			}
			return n, err
		}, string(content), int64(len(content))},
		"twice": {func(w io.Writer, f *os.File) (int64, error) {
			a, err := io.CopyN(w, f, 30_000)
			if err != nil {
				return a, err
			}
			b, err := io.CopyN(w, f, 30_000)
			return a + b, err
		}, string(content[:60_000]), 60_000},
		"reader": {func(w io.Writer, f *os.File) (int64, error) { return io.Copy(w, strings.NewReader("abc")) }, "abc", 0},
	}
	for _, declared := range []bool{false, true} {
		s := serve(t, nethttp.Handler(nethttp.Mount(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			c := cases[r.URL.Query().Get("case")]
			if declared {
				w.Header().Set("Content-Length", itoa(len(c.want)))
			}
			f.Seek(0, io.SeekStart)
			n, err := c.copy(w.(io.ReaderFrom).(io.Writer), f)
			if err != nil || n != int64(len(c.want)) {
				t.Errorf("copied %d bytes, %v", n, err)
			}
			if at, _ := f.Seek(0, io.SeekCurrent); at != c.at {
				t.Errorf("the file stands at %d, want %d", at, c.at)
			}
		}))), false)
		for name, c := range cases {
			res, body := get(t, s, "/?case="+strings.ReplaceAll(name, " ", "+"))
			if body != c.want {
				t.Errorf("%s: %d bytes, want %d", name, len(body), len(c.want))
			}
			if ct := res.Header.Get("Content-Type"); ct != "text/plain; charset=utf-8" && c.want != "" {
				t.Errorf("%s: Content-Type %q", name, ct)
			}
		}
	}
}
