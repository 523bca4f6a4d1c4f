package nethttp_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"expvar"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/http/pprof"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

func itoa(n int) string { return strconv.Itoa(n) }

// The handlers of the round trip: what real ones do, and what the documentation of
// net/http promises them.
func standardHandlers(t testing.TB) http.Handler {
	mux := http.NewServeMux()
	at := func(pattern string, f http.HandlerFunc) { mux.HandleFunc(pattern, f) }
	at("/nothing", func(http.ResponseWriter, *http.Request) {})
	at("/text", func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "hello") })
	at("/html", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "<!doct")
		io.WriteString(w, "ype html><p>guessed from two writes")
	})
	at("/typed", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/x-own")
		io.WriteString(w, "<html>")
	})
	at("/untyped", func(w http.ResponseWriter, r *http.Request) {
		w.Header()["Content-Type"] = nil
		io.WriteString(w, "<html>")
	})
	at("/encoded", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		io.WriteString(z, "<html>")
		z.Close()
	})
	at("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
		_, err := io.WriteString(w, "body")
		if bodyless := code == 204 || code == 304; bodyless != errors.Is(err, http.ErrBodyNotAllowed) {
			t.Errorf("status %d: Write: %v", code, err)
		}
	})
	at("/frozen", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Before", "1")
		w.WriteHeader(201)
		w.Header().Set("X-After", "1")
		w.Header().Set("X-Before", "2")
	})
	at("/frozen/write", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "x")
		w.Header().Set("X-After", "1")
	})
	at("/error", func(w http.ResponseWriter, r *http.Request) { http.Error(w, "no", http.StatusTeapot) })
	at("/redirect", func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, "elsewhere?a=b", http.StatusFound) })
	at("/cookies", func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "a", Value: "1"})
		http.SetCookie(w, &http.Cookie{Name: "b", Value: "2", HttpOnly: true})
	})
	at("/dirty", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Lines", "a\r\nSet-Cookie: evil=1\nb")
		w.Header().Set("X-Space", "  padded \t")
		w.Header().Set("X Bad", "not a name")
		w.Header()["x-lower"] = []string{"as it is"}
		w.Header().Set("X-Text", "grüße")
	})
	at("/close", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Connection", "close")
		io.WriteString(w, "bye")
	})
	at("/declared", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "5")
		io.WriteString(w, "hel")
		io.WriteString(w, "lo")
		if n, err := io.WriteString(w, "!"); n != 0 || !errors.Is(err, http.ErrContentLength) {
			t.Errorf("Write beyond the length: %d, %v", n, err)
		}
	})
	at("/head", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "12345")
		if r.Method != "HEAD" {
			w.Write(make([]byte, 12345))
		}
	})
	at("/hints", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Link", "</a.css>; rel=preload")
		w.WriteHeader(103)
		w.Header().Add("Link", "</b.css>; rel=preload")
		w.WriteHeader(103)
		io.WriteString(w, "hinted")
	})
	at("/stream", func(w http.ResponseWriter, r *http.Request) {
		for i := range 3 {
			fmt.Fprintf(w, "part %d\n", i)
			if err := http.NewResponseController(w).Flush(); err != nil {
				t.Errorf("Flush: %v", err)
			}
		}
	})
	at("/large", func(w http.ResponseWriter, r *http.Request) {
		for range 100 {
			w.Write(bytes.Repeat([]byte("0123456789"), 1000))
		}
	})
	at("/trailers", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Trailer", "X-Announced, X-Never")
		w.Header().Add("Trailer", "X-Second")
		io.WriteString(w, "body")
		w.Header().Set("X-Announced", "1")
		w.Header().Add("X-Second", "2")
		w.Header().Add("X-Second", "3")
	})
	at("/trailers/late", func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "body")
		w.(http.Flusher).Flush()
		w.Header().Set(http.TrailerPrefix+"X-Late", "1")
	})
	at("/form", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(10); err != nil && !errors.Is(err, http.ErrNotMultipart) {
			t.Errorf("form: %v", err)
		}
		fmt.Fprintln(w, r.PostForm.Encode(), r.Form.Encode())
		if r.MultipartForm != nil {
			for name, files := range r.MultipartForm.File {
				fmt.Fprintln(w, name, files[0].Filename, files[0].Size)
			}
		}
	})
	at("/limit", func(w http.ResponseWriter, r *http.Request) {
		r.Body = http.MaxBytesReader(w, r.Body, 3)
		_, err := io.ReadAll(r.Body)
		_, tooLarge := errors.AsType[*http.MaxBytesError](err)
		fmt.Fprintln(w, tooLarge)
	})
	at("/deadlines", func(w http.ResponseWriter, r *http.Request) {
		c := http.NewResponseController(w)
		fmt.Fprintln(w, c.SetReadDeadline(time.Now().Add(time.Hour)), c.SetWriteDeadline(time.Now().Add(time.Hour)), c.EnableFullDuplex())
	})
	at("/timeout", http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.ReadAll(r.Body)
		<-r.Context().Done()
	}), time.Millisecond, "too late").ServeHTTP)
	at("/fast", http.TimeoutHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-In", "time")
		io.Copy(w, r.Body)
	}), time.Hour, "too late").ServeHTTP)
	at("/echo/", echo)
	at("/escaped/{name}", func(w http.ResponseWriter, r *http.Request) { fmt.Fprintf(w, "%q", r.PathValue("name")) })
	at("/debug/pprof/", pprof.Index)
	at("/debug/pprof/cmdline", pprof.Cmdline)
	at("/debug/vars", func(w http.ResponseWriter, r *http.Request) {
		expvar.Handler().ServeHTTP(httptest.NewRecorder(), r) // its figures change
		io.WriteString(w, "vars")
	})
	files := fstest.MapFS{"a.txt": {Data: []byte("file a"), ModTime: time.Unix(1e9, 0)}, "d/index.html": {Data: []byte("<p>index"), ModTime: time.Unix(1e9, 0)}}
	mux.Handle("/fs/", http.StripPrefix("/fs", http.FileServerFS(files)))
	dir := t.TempDir()
	name := filepath.Join(dir, "big.bin")
	if err := os.WriteFile(name, random(200<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chtimes(name, time.Unix(1e9, 0), time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	mux.Handle("/dir/", http.StripPrefix("/dir/", http.FileServer(http.Dir(dir))))
	backend := httptest.NewServer(http.HandlerFunc(echo))
	if t, ok := t.(interface{ Cleanup(func()) }); ok {
		t.Cleanup(backend.Close)
	}
	to, _ := url.Parse(backend.URL)
	mux.Handle("/proxy/", &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.Out.Host = "backend" }})
	return mux
}

// echo answers with everything that a handler can ask of its request.
func echo(w http.ResponseWriter, r *http.Request) {
	fmt.Fprintf(w, "%s %s %d.%d\nURI %s\nURL %s path %q raw %q query %q force %v\nhost %s length %d coding %q close %v\n",
		r.Method, r.Proto, r.ProtoMajor, r.ProtoMinor, r.RequestURI,
		r.URL, r.URL.Path, r.URL.RawPath, r.URL.RawQuery, r.URL.ForceQuery,
		r.Host, r.ContentLength, r.TransferEncoding, r.Close)
	fmt.Fprintf(w, "header %v\ntrailer before %v\n", r.Header, r.Trailer)
	body, err := io.ReadAll(r.Body)
	fmt.Fprintf(w, "body %q %v\ntrailer after %v\n", body, err, r.Trailer)
	n, err := r.Body.Read(make([]byte, 1))
	fmt.Fprintf(w, "and then %d %v\n", n, err)
	fmt.Fprintf(w, "TLS %v, local %v, server %v, remote %v\n", r.TLS != nil,
		r.Context().Value(http.LocalAddrContextKey) != nil, r.Context().Value(http.ServerContextKey) != nil, r.RemoteAddr != "")
}

var multipartBody = func() string {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.SetBoundary("BOUNDARY")
	w.WriteField("a", "1")
	f, _ := w.CreateFormFile("file", "name.txt")
	io.WriteString(f, strings.Repeat("content", 100))
	w.Close()
	return b.String()
}()

var roundTrips = []string{
	"GET /nothing", "HEAD /nothing", "GET /text", "HEAD /text", "GET /html", "HEAD /html", "GET /typed", "GET /untyped", "GET /encoded",
	"GET /status/200", "GET /status/201", "GET /status/204", "GET /status/304", "GET /status/404", "GET /status/500", "GET /status/599",
	"HEAD /status/404", "GET /frozen", "GET /frozen/write", "GET /error", "GET /redirect", "HEAD /redirect", "GET /cookies", "GET /dirty",
	"GET /close", "GET /declared", "GET /head", "HEAD /head", "GET /hints", "GET /stream", "HEAD /stream", "GET /large", "HEAD /large",
	"GET /trailers", "GET /trailers/late", "GET /deadlines", "GET /timeout", "GET /nowhere",
	"GET /echo/a%2Fb%20c/%C3%A9?q=%20&r", "GET /echo/?", "GET /echo/a/../b", "GET //echo//x", "GET /echo/;p=1!$&'()*+,:@", "OPTIONS /echo/", "DELETE /echo/x", "PURGE /echo/x",
	"GET http://other.example:81/echo/x?y", "GET /escaped/a%2Fb", "GET /echo",
	"GET /debug/pprof/cmdline", "GET /debug/vars", "GET /fs/a.txt", "HEAD /fs/a.txt", "GET /fs/d/", "GET /fs/d", "GET /fs/d/index.html", "GET /fs/", "GET /fs/none",
	"GET /dir/big.bin", "HEAD /dir/big.bin", "GET /dir/", "GET /proxy/x?y=%2F", "HEAD /proxy/x",
	"GET /fs/a.txt\r\nRange: bytes=2-4", "GET /dir/big.bin\r\nRange: bytes=100-150000", "GET /dir/big.bin\r\nRange: bytes=0-9,100-109", "GET /fs/a.txt\r\nRange: bytes=99-",
	"GET /fs/a.txt\r\nIf-Modified-Since: Sun, 09 Sep 2001 01:46:40 GMT",
	"GET /echo/\r\nCookie: a=b; c=d\r\nX-A: 1\r\nx-a: 2\r\nConnection: close\r\nAccept: */*",
	"POST /echo/\r\nContent-Length: 5\r\n\r\nhello", "POST /echo/\r\nContent-Length: 0", "POST /echo/\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
	"POST /echo/\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, X-None\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n",
	"POST /echo/\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\nhello", "POST /text\r\nExpect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
	"POST /text\r\nContent-Length: 5\r\n\r\nhello", "POST /proxy/\r\nContent-Length: 5\r\n\r\nhello", "POST /fast\r\nContent-Length: 5\r\n\r\nhello",
	"POST /form\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 9\r\n\r\na=1&b=%20",
	"POST /form?x=y\r\nContent-Type: multipart/form-data; boundary=BOUNDARY\r\nContent-Length: " + itoa(len(multipartBody)) + "\r\n\r\n" + multipartBody,
	"POST /limit\r\nContent-Length: 3\r\n\r\nabc", "POST /limit\r\nContent-Length: 4\r\nConnection: close\r\n\r\nabcd",
}

// A standard handler answers through both borders, and mounted on the own server,
// what it answers on net/http alone. Where the contract knows better than net/http,
// TestMountKnowsBetter says so.
func TestRoundTrip(t *testing.T) {
	handlers := standardHandlers(t)
	mounted := &nethttp.Mounted{Handler: handlers, Error: func(r *gateway.Request, err error) {
		t.Errorf("%s: reported %v", r.Target, err)
	}}
	alone := serve(t, handlers, false).Listener.Addr()
	through := serve(t, handle(t, mounted.Serve), false).Listener.Addr()
	_, own := startGateway(t, func(addr string) gateway.Server { return server.New(server.Config{Addr: addr, Error: quiet}) }, mounted)
	for _, q := range roundTrips {
		head, rest, _ := strings.Cut(q, "\r\n\r\n")
		line, fields, _ := strings.Cut(head, "\r\n")
		if fields != "" {
			fields += "\r\n"
		}
		for _, proto := range []string{"HTTP/1.1", "HTTP/1.0"} {
			if proto == "HTTP/1.0" && newer.MatchString(q) {
				continue
			}
			raw := line + " " + proto + "\r\nHost: example.com\r\n" + fields + "\r\n" + rest
			method, _, _ := strings.Cut(line, " ")
			want := converse(t, alone, method, raw)
			if got := converse(t, through, method, raw); got != want {
				t.Errorf("%q\n--- alone\n%s\n--- through both borders\n%s", raw, want, got)
			}
			if got := converse(t, own, method, raw); got != want {
				t.Errorf("%q\n--- alone\n%s\n--- on the own server\n%s", raw, want, got)
			}
		}
	}
}

// newer is what HTTP/1.0 does not have (RFC 9112 §6.1, RFC 9110 §6.5, §15.2). net/http
// sends some of it all the same.
var newer = regexp.MustCompile("Transfer-Encoding|/trailers|/hints")

// converse sends one request and puts the answers down: interim ones, head sorted,
// body decoded, trailer. Of framing it keeps what a client can rely on: whether a
// body shorter than net/http's buffer got its length.
func converse(t *testing.T, a interface {
	Network() string
	String() string
}, method, raw string) string {
	t.Helper()
	conn, r := dial(t, a)
	if _, err := io.WriteString(conn, raw); err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for {
		res, err := http.ReadResponse(r, &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%q: %v after %s", raw, err, b.String())
		}
		if res.StatusCode == 100 {
			continue // may be left out where the body is on its way (RFC 9110 §10.1.1)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatalf("%q: body: %v after %q", raw, err, body)
		}
		fmt.Fprintf(&b, "%d\n", res.StatusCode)
		describeHeader(&b, "", res, len(body))
		if len(body) > 1000 {
			body = fmt.Appendf(nil, "%d bytes, %x", len(body), checksum(body))
		}
		fmt.Fprintf(&b, "%s\n", body)
		describeFields(&b, "trailer ", res.Trailer)
		if res.StatusCode >= 200 {
			return boundary.ReplaceAllString(b.String(), "BOUNDARY")
		}
	}
}

// boundary is what mime/multipart throws the dice for.
var boundary = regexp.MustCompile("[0-9a-f]{60}")

func describeHeader(b *strings.Builder, prefix string, res *http.Response, body int) {
	h := res.Header.Clone()
	h.Del("Date")
	h.Del("Connection") // Close tells what it says
	if body >= 2048 && !strings.Contains(fmt.Sprint(h["Accept-Ranges"]), "bytes") {
		h.Del("Content-Length") // the contract holds back more than net/http before it streams
	}
	describeFields(b, prefix, h)
	fmt.Fprintf(b, "close %v\n", res.Close)
}

func describeFields(b *strings.Builder, prefix string, h http.Header) {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		fmt.Fprintf(b, "%s%s: %q\n", prefix, name, h[name])
	}
}

func checksum(p []byte) (sum uint64) {
	for _, c := range p {
		sum = sum*1099511628211 + uint64(c)
	}
	return sum
}
