package main

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/examples/internal/trial"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

// eachGateway runs a test against the program on each gateway.
func eachGateway(t *testing.T, test func(t *testing.T, url, gateway string), args ...string) {
	for _, gateway := range []string{"server", "nethttp"} {
		t.Run(gateway, func(t *testing.T) {
			test(t, trial.Start(t, append([]string{"-addr", "127.0.0.1:0", "-gateway", gateway}, args...)...).URL, gateway)
		})
	}
}

func ask(t *testing.T, method, url string, body io.Reader) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestAnswers(t *testing.T) {
	eachGateway(t, func(t *testing.T, url, _ string) {
		for _, test := range []struct {
			method, path string
			status       int
			body         string
		}{
			{"GET", "/plain", 200, "Hello, World!"},
			{"GET", "/stream?n=3&size=4&ms=1", 200, "xxxxxxxxxxxx"},
			{"GET", "/stream?n=0&size=4", 200, ""},
			{"GET", "/stream?n=some", 400, "*"},
			{"POST", "/ignore", 200, "ignored"},
			{"GET", "/status/204", 204, ""},
			{"DELETE", "/status/418", 418, "418 I'm a teapot\n"},
			{"GET", "/status/600", 404, "*"},
			{"GET", "/big?size=100000", 200, strings.Repeat("x", 100000)},
			{"GET", "/big?size=0", 200, ""},
			{"GET", "/slow?ms=1", 200, "slow"},
			{"GET", "/panic", 500, "*"},
			{"GET", "/plain", 200, "Hello, World!"}, // it lives on
			{"GET", "/setheader?k=X-A&v=b", 200, "set\n"},
			{"GET", "/setheader?k=X-A&v=b%0D%0AX-C:d", 500, "*"},
			{"GET", "/setheader?k=X%20A&v=b", 500, "*"},
			{"GET", "/setheader?k=Transfer-Encoding&v=chunked", 500, "*"},
			{"GET", "/nowhere", 404, "*"},
		} {
			res, body := ask(t, test.method, url+test.path, nil)
			if res.StatusCode != test.status || test.body != "*" && body != test.body {
				t.Errorf("%s %s: %d %.80q, want %d %.80q", test.method, test.path, res.StatusCode, body, test.status, test.body)
			}
			if res.Header.Get("X-C") != "" {
				t.Errorf("%s: the response was split", test.path)
			}
			if test.method == "GET" {
				sameHead(t, url+test.path, res)
			}
		}
		res, _ := ask(t, "PUT", url+"/plain", nil)
		if res.StatusCode != 405 || res.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
			t.Errorf("PUT /plain: %d, Allow %q", res.StatusCode, res.Header.Get("Allow"))
		}
	})
}

// HEAD has the headers that GET would give (RFC 9110 §9.3.2).
func sameHead(t *testing.T, url string, get *http.Response) {
	t.Helper()
	res, body := ask(t, "HEAD", url, nil)
	if res.StatusCode != get.StatusCode || body != "" {
		t.Errorf("HEAD %s: %d %q, GET gives %d", url, res.StatusCode, body, get.StatusCode)
	}
	for _, name := range []string{"Content-Type", "Content-Length", "X-A", "Allow"} {
		if got, want := res.Header.Get(name), get.Header.Get(name); got != want {
			t.Errorf("HEAD %s: %s is %q, GET gives %q", url, name, got, want)
		}
	}
}

func TestEcho(t *testing.T) {
	eachGateway(t, func(t *testing.T, url, gateway string) {
		content := bytes.Repeat([]byte("0123456789abcdef"), 1<<16)
		sum := sha256.Sum256(content)
		// A reader that is no bytes.Reader is sent in chunks.
		for _, body := range []io.Reader{bytes.NewReader(content), io.MultiReader(bytes.NewReader(content))} {
			_, answer := ask(t, "FROB", url+"/echo?q=%20", body)
			got := decode(t, answer)
			if got.Method != "FROB" || got.Target != "/echo?q=%20" || got.Path != "/echo" || got.Query != "q=%20" ||
				got.BodyLen != 1<<20 || got.BodySHA256 != hex.EncodeToString(sum[:]) || got.Host != strings.TrimPrefix(url, "http://") {
				t.Errorf("got %+v", got)
			}
		}
		got := decode(t, raw(t, url, "POST http://other.example/echo?a HTTP/1.1\r\nHost: other.example\r\nX-B: caf\xe9\r\nX-A: 1\r\n"+
			"Connection: close\r\nTransfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n3\r\nabc\r\n0\r\nX-T: end\r\n\r\n").body)
		if got.Target != "http://other.example/echo?a" || got.Host != "other.example" || got.BodyLen != 3 || len(got.Trailers) != 1 || got.Trailers[0] != [2]string{"X-T", "end"} {
			t.Errorf("got %+v", got)
		}
		order := ""
		for _, f := range got.Headers {
			order += f[0] + " "
			if f[0] == "X-B" && f[1] != "café" {
				t.Errorf("X-B: %q", f[1])
			}
		}
		if gateway == "server" && order != "Host X-B X-A Connection Transfer-Encoding Trailer " {
			t.Errorf("order of headers: %s", order)
		}
	})
}

func decode(t *testing.T, answer string) (r report) {
	t.Helper()
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		t.Fatalf("%v in %.200q", err, answer)
	}
	return r
}

// What cannot be read is answered with 400, and the connection closes.
func TestUnreadableBodies(t *testing.T) {
	eachGateway(t, func(t *testing.T, url, _ string) {
		for name, request := range map[string]string{
			"bad chunk":  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n",
			"cut off":    "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc",
			"cut chunk":  "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
			"bad length": "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\nabc",
		} {
			if got := raw(t, url, request); got.status != 400 {
				t.Errorf("%s: %+v, want 400", name, got)
			}
		}
	})
}

func TestBodiesUpTo64MiB(t *testing.T) {
	eachGateway(t, func(t *testing.T, url, _ string) {
		for size, status := range map[int64]int{maxBody: 200, maxBody + 1: 413} {
			got := raw(t, url, "POST /echo HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "+strconv.FormatInt(size, 10)+"\r\n\r\n", size)
			if got.status != status {
				t.Errorf("%d bytes: %d %.100q, want %d", size, got.status, got.body, status)
			}
		}
	})
}

func TestTimeoutFlags(t *testing.T) {
	eachGateway(t, func(t *testing.T, url, gateway string) {
		got := raw(t, url, "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc", keepOpen)
		if got.status != 408 {
			t.Errorf("half a body: %+v, want 408", got)
		}
		if got := raw(t, url, "GET /plain HT", keepOpen); got.status != 408 && gateway == "server" {
			t.Errorf("half a head: %+v, want 408", got)
		}
	}, "-header-timeout", "50ms", "-body-timeout", "50ms", "-idle-timeout", "50ms")
}

func TestTLSOffersHTTP2(t *testing.T) {
	for _, gateway := range []string{"server", "nethttp"} {
		p := trial.Start(t, "-addr", "127.0.0.1:0", "-gateway", gateway, "-tls", "127.0.0.1:0")
		second := p.ReadURL()
		for _, http2 := range []bool{true, false} {
			protocols := new(http.Protocols)
			protocols.SetHTTP2(http2)
			protocols.SetHTTP1(!http2)
			proto := get(t, &http.Transport{Protocols: protocols, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, second+"/plain")
			if (proto == "HTTP/2.0") != http2 {
				t.Errorf("%s answered over %s", gateway, proto)
			}
		}
	}
}

func TestHTTP2ByPriorKnowledge(t *testing.T) {
	eachGateway(t, func(t *testing.T, url, _ string) {
		protocols := new(http.Protocols)
		protocols.SetUnencryptedHTTP2(true)
		if proto := get(t, &http.Transport{Protocols: protocols}, url+"/plain"); proto != "HTTP/2.0" {
			t.Errorf("answered over %s", proto)
		}
		if proto := get(t, &http.Transport{}, url+"/plain"); proto != "HTTP/1.1" {
			t.Errorf("answered over %s", proto)
		}
	}, "-h2c")
}

// get asks for /plain and returns the protocol of the answer.
func get(t *testing.T, transport *http.Transport, url string) string {
	t.Helper()
	defer transport.CloseIdleConnections()
	res, err := (&http.Client{Transport: transport, Timeout: 20 * time.Second}).Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, _ := io.ReadAll(res.Body); string(body) != "Hello, World!" {
		t.Errorf("%s: %q", url, body)
	}
	return res.Proto
}

// An answer is what raw received.
type answer struct {
	status int
	body   string
}

// keepOpen, in place of a size, leaves the sending side open.
const keepOpen = -1

// raw sends bytes over a connection of its own, and size bytes of content behind
// them, ends its side, and reads one answer and the end of the connection.
func raw(t *testing.T, url, request string, size ...int64) answer {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	if _, err := io.WriteString(conn, request); err != nil {
		t.Fatal(err)
	}
	if len(size) > 0 && size[0] > 0 {
		_, _ = io.CopyN(conn, zeros{}, size[0]) // the server may refuse before the end
	}
	if len(size) == 0 || size[0] != keepOpen {
		_ = conn.(*net.TCPConn).CloseWrite()
	}
	r := bufio.NewReader(conn)
	res, err := http.ReadResponse(r, nil)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return answer{}
	}
	if err != nil {
		t.Fatalf("the answer to %.60q: %v", request, err)
	}
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatalf("the answer to %.60q: %v", request, err)
	}
	if rest, err := io.ReadAll(r); err != nil || len(rest) > 0 {
		t.Errorf("behind the answer to %.60q: %q, %v; want the end of the connection", request, rest, err)
	}
	return answer{res.StatusCode, string(body)}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }
