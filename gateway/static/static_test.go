package static_test

import (
	"archive/zip"
	"bytes"
	"context"
	"io"
	"io/fs"
	"mime"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
	"github.com/dewar-go/dewar/gateway/semantics"
	"github.com/dewar-go/dewar/gateway/server"
	"github.com/dewar-go/dewar/gateway/static"
)

var (
	day   = time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)
	large = bytes.Repeat([]byte("0123456789abcdef"), 10<<10) // beyond what is kept in memory
)

var site = fstest.MapFS{
	"index.html":                {Data: []byte("<h1>home</h1>"), ModTime: day},
	"app.js":                    {Data: []byte("plain script"), ModTime: day},
	"app.js.gz":                 {Data: []byte("gzip script"), ModTime: day},
	"app.js.br":                 {Data: []byte("brotli script"), ModTime: day.Add(time.Hour)},
	"old.css":                   {Data: []byte("new style"), ModTime: day},
	"old.css.gz":                {Data: []byte("old style"), ModTime: day.Add(-time.Second)},
	"large.bin":                 {Data: large, ModTime: day},
	"empty.txt":                 {Data: nil, ModTime: day},
	"docs/index.html":           {Data: []byte("docs"), ModTime: day},
	"bare/a.txt":                {Data: []byte("a"), ModTime: day},
	"a b/ü.txt":                 {Data: []byte("spelled"), ModTime: day},
	".env":                      {Data: []byte("secret"), ModTime: day},
	".git/config":               {Data: []byte("secret"), ModTime: day},
	".well-known/security.txt":  {Data: []byte("known"), ModTime: day},
	"assets/index-DiwrgTda.css": {Data: []byte("hashed"), ModTime: day},
}

// write puts the site into a folder.
func write(t testing.TB) string {
	dir := t.TempDir()
	for name, f := range site {
		to := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(to, f.ModTime, f.ModTime); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// eachFS runs a test over all kinds of file systems: they answer alike.
func eachFS(t *testing.T, test func(t *testing.T, files fs.FS)) {
	dir := write(t)
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	t.Run("root", func(t *testing.T) { test(t, root.FS()) })
	t.Run("dir", func(t *testing.T) { test(t, os.DirFS(dir)) })
	t.Run("map", func(t *testing.T) { test(t, site) })
	t.Run("zip", func(t *testing.T) { test(t, zipped(t)) })
	t.Run("frozen", func(t *testing.T) { // as embed.FS: no times
		frozen := fstest.MapFS{}
		for name, f := range site {
			if name != "old.css.gz" { // which is old by its time
				frozen[name] = &fstest.MapFile{Data: f.Data}
			}
		}
		test(t, frozen)
	})
}

// zipped is a file system whose files cannot seek.
func zipped(t *testing.T) fs.FS {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, f := range site {
		to, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: f.ModTime})
		if err == nil {
			_, err = to.Write(f.Data)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := zip.NewReader(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ask asks twice: the first request fills the cache that the second one finds.
func ask(t *testing.T, h gateway.Handler, q gatewaytest.Request) *gatewaytest.Result {
	t.Helper()
	linted := gatewaytest.Lint(func(err error) { t.Errorf("%s %s: %v", q.Method, q.Target, err) })(h)
	first := gatewaytest.Do(linted, q)
	second := gatewaytest.Do(linted, q)
	if first.Status != second.Status || !bytes.Equal(first.Body, second.Body) && !strings.HasPrefix(first.Header.Value("Content-Type"), "multipart") {
		t.Errorf("%s: first %d %.40q, then %d %.40q", q.Target, first.Status, first.Body, second.Status, second.Body)
	}
	return second
}

func get(target string, fields ...string) gatewaytest.Request {
	q := gatewaytest.Request{Method: "GET", Target: target}
	for i := 0; i < len(fields); i += 2 {
		q.Header.Add(fields[i], fields[i+1])
	}
	return q
}

func TestPaths(t *testing.T) {
	eachFS(t, func(t *testing.T, files fs.FS) {
		h := static.New(files, static.Config{})
		defer h.Shutdown(context.Background())
		for target, want := range map[string]struct {
			status int
			body   string
		}{
			"/":                             {200, "<h1>home</h1>"},
			"/index.html":                   {200, "<h1>home</h1>"},
			"/app.js":                       {200, "plain script"},
			"/large.bin":                    {200, string(large)},
			"/empty.txt":                    {200, ""},
			"/docs/":                        {200, "docs"},
			"/docs":                         {308, "/docs/"},
			"/docs?a=b":                     {308, "/docs/?a=b"},
			"/bare/a.txt":                   {200, "a"},
			"/bare/":                        {404, ""}, // never listed
			"/bare":                         {404, ""},
			"/a%20b/%C3%BC.txt":             {200, "spelled"},
			"/.well-known/security.txt":     {200, "known"},
			"/none":                         {404, ""},
			"/index.html/":                  {404, ""},
			"/index.html/x":                 {404, ""},
			"/.env":                         {404, ""},
			"/%2eenv":                       {404, ""},
			"/.git/config":                  {404, ""},
			"/bare/../.env":                 {404, ""},
			"/docs/../index.html":           {404, ""},
			"/docs/%2e%2e/index.html":       {404, ""},
			"/docs%2Findex.html":            {404, ""}, // an escaped slash separates nothing
			"/..%2f..%2fetc/passwd":         {404, ""},
			"/docs%5Cindex.html":            {404, ""},
			"/index.html%00.png":            {404, ""},
			"/index.html::$DATA":            {404, ""},
			"//index.html":                  {404, ""},
			"/docs//index.html":             {404, ""},
			"/./index.html":                 {404, ""},
			"/%FF":                          {404, ""},
			"/" + strings.Repeat("a", 9000): {404, ""},
		} {
			r := ask(t, h, get(target))
			got := string(r.Body)
			switch r.Status {
			case 308:
				got = r.Header.Value("Location")
			case 404:
				got = ""
			}
			if r.Status != want.status || got != want.body {
				t.Errorf("%.60s: %d %.40q, want %d %.40q", target, r.Status, got, want.status, want.body)
			}
		}
	})
}

func TestMethods(t *testing.T) {
	h := static.New(site, static.Config{})
	if r := ask(t, h, gatewaytest.Request{Method: "POST", Target: "/app.js"}); r.Status != 405 || r.Header.Value("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("POST: %d %v", r.Status, r.Header)
	}
	if r := ask(t, h, gatewaytest.Request{Method: "OPTIONS", Target: "/app.js"}); r.Status != 204 || r.Header.Value("Allow") == "" {
		t.Errorf("OPTIONS: %d %v", r.Status, r.Header)
	}
	if r := ask(t, h, gatewaytest.Request{Method: "HEAD", Target: "/large.bin"}); r.Status != 200 || len(r.Body) != 0 || r.Header.Value("Content-Length") != "163840" {
		t.Errorf("HEAD: %d %v", r.Status, r.Header)
	}
}

func TestHeader(t *testing.T) {
	h := static.New(site, static.Config{Immutable: static.Hashed, Types: map[string]string{".bin": "x/y"}})
	for target, want := range map[string][]string{
		"/":                          {"Content-Type", "text/html; charset=utf-8", "Cache-Control", "no-cache", "Last-Modified", "Mon, 06 May 2024 07:08:09 GMT", "Accept-Ranges", "bytes", "X-Content-Type-Options", "nosniff"},
		"/large.bin":                 {"Content-Type", "x/y"},
		"/assets/index-DiwrgTda.css": {"Cache-Control", "public, max-age=31536000, immutable", "Content-Type", "text/css; charset=utf-8"},
	} {
		r := ask(t, h, get(target))
		for i := 0; i < len(want); i += 2 {
			if got := r.Header.Value(want[i]); got != want[i+1] {
				t.Errorf("%s: %s is %q, want %q", target, want[i], got, want[i+1])
			}
		}
	}
	aged := static.New(site, static.Config{MaxAge: time.Hour})
	if r := ask(t, aged, get("/")); r.Header.Value("Cache-Control") != "public, max-age=3600" {
		t.Errorf("%v", r.Header)
	}
}

func TestCompressedSiblings(t *testing.T) {
	eachFS(t, func(t *testing.T, files fs.FS) {
		h := static.New(files, static.Config{})
		defer h.Shutdown(context.Background())
		tags := map[string]bool{}
		for _, c := range []struct{ accept, body, coding string }{
			{"gzip, br", "brotli script", "br"},
			{"gzip", "gzip script", "gzip"},
			{"gzip;q=0", "plain script", ""},
			{"identity;q=0, zstd", "plain script", ""}, // rather than 406
			{"", "plain script", ""},
		} {
			r := ask(t, h, get("/app.js", "Accept-Encoding", c.accept))
			if string(r.Body) != c.body || r.Header.Value("Content-Encoding") != c.coding || r.Header.Value("Vary") != "Accept-Encoding" ||
				r.Header.Value("Content-Type") != "text/javascript; charset=utf-8" {
				t.Errorf("%q: %q %v", c.accept, r.Body, r.Header)
			}
			tags[r.Header.Value("ETag")] = true
			if again := ask(t, h, get("/app.js", "Accept-Encoding", c.accept, "If-None-Match", r.Header.Value("ETag"))); again.Status != 304 || again.Header.Value("Vary") == "" {
				t.Errorf("%q: %d %v", c.accept, again.Status, again.Header)
			}
		}
		if len(tags) != 3 {
			t.Errorf("three forms have %d tags", len(tags))
		}
		if r := ask(t, h, get("/old.css", "Accept-Encoding", "gzip")); string(r.Body) != "new style" {
			t.Errorf("a sibling older than the file was sent: %q", r.Body)
		}
		if r := ask(t, h, get("/app.js", "Accept-Encoding", "gzip", "Range", "bytes=0-3")); r.Status != 206 || string(r.Body) != "gzip" || r.Header.Value("Content-Encoding") != "gzip" {
			t.Errorf("a part of a sibling: %d %q", r.Status, r.Body)
		}
	})
}

func TestConditionsAndRanges(t *testing.T) {
	eachFS(t, func(t *testing.T, files fs.FS) {
		h := static.New(files, static.Config{})
		defer h.Shutdown(context.Background())
		tag := ask(t, h, get("/large.bin")).Header.Value("ETag")
		for _, c := range []struct {
			status int
			body   string
			fields []string
		}{
			{304, "", []string{"If-None-Match", tag}},
			{304, "", []string{"If-None-Match", "*"}},
			{200, string(large), []string{"If-None-Match", `"other"`}},
			{412, "", []string{"If-Match", `"other"`}},
			{206, "0123", []string{"Range", "bytes=0-3"}},
			{206, "cdef", []string{"Range", "bytes=-4"}},
			{206, string(large[5:]), []string{"Range", "bytes=5-"}},
			{416, "", []string{"Range", "bytes=163840-"}},
			{206, "0", []string{"Range", "bytes=0-0", "If-Range", tag}},
			{200, string(large), []string{"Range", "bytes=0-0", "If-Range", `"other"`}},
			{200, string(large), []string{"Range", "lines=0-0"}},
		} {
			r := ask(t, h, get("/large.bin", c.fields...))
			body := string(r.Body)
			if r.Status >= 400 {
				body = ""
			}
			if r.Status != c.status || body != c.body {
				t.Errorf("%v: %d with %d bytes, want %d with %d", c.fields, r.Status, len(body), c.status, len(c.body))
			}
			if r.Status == 416 && r.Header.Value("Content-Range") != "bytes */163840" {
				t.Errorf("416 says %q", r.Header.Value("Content-Range"))
			}
		}
		severalParts(t, h, "/large.bin", "01", "ef")
		severalParts(t, h, "/index.html", "<h", "1>")
	})
	h := static.New(site, static.Config{})
	if r := ask(t, h, get("/large.bin", "If-Modified-Since", semantics.FormatDate(day))); r.Status != 304 {
		t.Errorf("If-Modified-Since: %d", r.Status)
	}
}

func severalParts(t *testing.T, h gateway.Handler, target, first, last string) {
	t.Helper()
	r := ask(t, h, get(target, "Range", "bytes=0-1,-2"))
	_, params, err := mime.ParseMediaType(r.Header.Value("Content-Type"))
	if err != nil || r.Status != 206 {
		t.Fatalf("%s: %d %v", target, r.Status, r.Header)
	}
	parts := multipart.NewReader(bytes.NewReader(r.Body), params["boundary"])
	for _, want := range []string{first, last} {
		part, err := parts.NextPart()
		if err != nil {
			t.Fatal(err)
		}
		got, _ := io.ReadAll(part)
		if string(got) != want || !strings.HasPrefix(part.Header.Get("Content-Range"), "bytes ") {
			t.Errorf("%s: part %q %v, want %q", target, got, part.Header, want)
		}
	}
	if _, err := parts.NextPart(); err != io.EOF {
		t.Errorf("%s: after the last part: %v", target, err)
	}
}

func TestFallback(t *testing.T) {
	h := static.New(site, static.Config{Fallback: "index.html"})
	for _, c := range []struct {
		target, accept string
		status         int
	}{
		{"/users/7", "text/html,*/*;q=0.8", 200},
		{"/users/7", "application/json", 404},
		{"/missing.js", "text/html", 404},
		{"/.env", "text/html", 404},
		{"/app.js", "text/html", 200},
	} {
		r := ask(t, h, get(c.target, "Accept", c.accept))
		if r.Status != c.status || c.status == 200 && c.target != "/app.js" && string(r.Body) != "<h1>home</h1>" {
			t.Errorf("%s, %s: %d %q", c.target, c.accept, r.Status, r.Body)
		}
	}
}

func TestHidden(t *testing.T) {
	h := static.New(site, static.Config{Hidden: true})
	for target, status := range map[string]int{"/.env": 200, "/..": 404, "/.": 404, "/.git/../.env": 404} {
		if r := ask(t, h, get(target)); r.Status != status {
			t.Errorf("%s: %d", target, r.Status)
		}
	}
}

// A symbolic link does not lead out of an os.Root.
func TestLinksStayInside(t *testing.T) {
	dir := write(t)
	if err := os.Symlink("/etc/hostname", filepath.Join(dir, "out.txt")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("index.html", filepath.Join(dir, "in.html")); err != nil {
		t.Fatal(err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	h := static.New(root.FS(), static.Config{})
	defer h.Shutdown(context.Background())
	if r := ask(t, h, get("/out.txt")); r.Status != 404 {
		t.Errorf("a link leads out: %d %q", r.Status, r.Body)
	}
	if r := ask(t, h, get("/in.html")); string(r.Body) != "<h1>home</h1>" {
		t.Errorf("a link inside: %d %q", r.Status, r.Body)
	}
}

// A change is seen by the next request, however it was made.
func TestChangesAreSeen(t *testing.T) {
	dir := write(t)
	h := static.New(os.DirFS(dir), static.Config{})
	defer h.Shutdown(context.Background())
	name := filepath.Join(dir, "app.js")
	expect := func(step, want string) {
		t.Helper()
		r := gatewaytest.Do(h, get("/app.js"))
		got := string(r.Body)
		if r.Status == 404 {
			got = "404"
		}
		if got != want {
			t.Errorf("%s: %q, want %q", step, got, want)
		}
	}
	expect("at first", "plain script")
	expect("again", "plain script")
	must(t, os.WriteFile(name, []byte("other script"), 0o644)) // of the same size
	expect("written in place", "other script")
	must(t, os.WriteFile(name, []byte("third script"), 0o644)) // perhaps within the clock's tick
	expect("written at once again", "third script")
	must(t, os.WriteFile(name+".new", []byte("moved script"), 0o644))
	must(t, os.Rename(name+".new", name))
	must(t, os.Chtimes(name, day, day)) // with the old file's time and size
	expect("replaced", "moved script")
	must(t, os.Remove(name))
	expect("removed", "404")
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Siblings that come and go are seen a second later.
func TestSiblingsComeAndGo(t *testing.T) {
	dir := write(t)
	h := static.New(os.DirFS(dir), static.Config{})
	defer h.Shutdown(context.Background())
	at := time.Now()
	expect := func(step, want string) {
		t.Helper()
		at = at.Add(2 * time.Second)
		q := get("/app.js", "Accept-Encoding", "gzip, br")
		later := gateway.HandlerFunc(func(x *gateway.Exchange) error {
			x.Request.Time = at
			return h.Serve(x)
		})
		if r := gatewaytest.Do(later, q); string(r.Body) != want {
			t.Errorf("%s: %q, want %q", step, r.Body, want)
		}
	}
	expect("at first", "brotli script")
	must(t, os.Remove(filepath.Join(dir, "app.js.br")))
	expect("after it went", "gzip script")
	must(t, os.WriteFile(filepath.Join(dir, "app.js.br"), []byte("new brotli"), 0o644))
	expect("after it came", "new brotli")
}

func TestRealServer(t *testing.T) {
	dir := write(t)
	h := static.New(os.DirFS(dir), static.Config{})
	ctx, stop := context.WithCancel(context.Background())
	bound := make(chan string, 1)
	ended := make(chan error, 1)
	go func() {
		ended <- server.New(server.Config{Addr: "127.0.0.1:0"}).Serve(ctx, &announcing{h, bound})
	}()
	url := "http://" + <-bound
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	for target, want := range map[string]string{"/large.bin": string(large), "/app.js": "plain script"} {
		for range 3 {
			r, err := client.Get(url + target)
			must(t, err)
			got, err := io.ReadAll(r.Body)
			must(t, err)
			r.Body.Close()
			if string(got) != want || r.ContentLength != int64(len(want)) {
				t.Errorf("%s: %d bytes of %d", target, len(got), r.ContentLength)
			}
		}
	}
	client.CloseIdleConnections()
	stop()
	must(t, <-ended)
}

type announcing struct {
	*static.Handler
	bound chan string
}

func (a *announcing) Startup(_ context.Context, s gateway.ServerInfo) error {
	a.bound <- s.Addrs[0].String()
	return nil
}

// What net/http's file server says of conditions and ranges is said here too.
func TestAgreesWithNetHTTP(t *testing.T) {
	dir := write(t)
	theirs := http.FileServerFS(os.DirFS(dir))
	ours := static.New(os.DirFS(dir), static.Config{})
	defer ours.Shutdown(context.Background())
	date := semantics.FormatDate(day)
	for _, fields := range [][]string{
		{}, {"Range", "bytes=0-3"}, {"Range", "bytes=-4"}, {"Range", "bytes=200000-"}, {"Range", "bytes=3-1"}, {"Range", "bytes=0-3", "If-Range", date},
		{"If-Modified-Since", date}, {"If-Unmodified-Since", semantics.FormatDate(day.Add(-time.Hour))}, {"Range", "bytes=0-99999999"}, {"Range", "bytes=0-0,-1"},
	} {
		for _, method := range []string{"GET", "HEAD"} {
			q := httptest.NewRequest(method, "/large.bin", nil)
			for i := 0; i < len(fields); i += 2 {
				q.Header.Add(fields[i], fields[i+1])
			}
			w := httptest.NewRecorder()
			theirs.ServeHTTP(w, q)
			mine := get("/large.bin", fields...)
			mine.Method = method
			r := gatewaytest.Do(ours, mine)
			status := w.Code
			if method == "HEAD" && status/100 == 2 || method == "HEAD" && status == 416 || len(fields) > 0 && fields[1] == "bytes=3-1" {
				status = 200 // only GET has ranges, and a malformed one is passed over (RFC 9110 §14.2)
			}
			if r.Status != status || method == "GET" && status == w.Code && r.Header.Value("Content-Range") != w.Header().Get("Content-Range") {
				t.Errorf("%s %v: %d %q, net/http %d %q", method, fields, r.Status, r.Header.Value("Content-Range"), w.Code, w.Header().Get("Content-Range"))
			}
		}
	}
}
