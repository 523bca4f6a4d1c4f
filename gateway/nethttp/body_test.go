package nethttp_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
)

// http.MaxBytesHandler's limit reaches the application as 413, at N and one more.
func TestBodyTooLarge(t *testing.T) {
	each(t, func(t *testing.T) http.Handler {
		return http.MaxBytesHandler(handle(t, func(x *gateway.Exchange) error {
			body, err := io.ReadAll(x)
			if tooLarge, ok := errors.AsType[*http.MaxBytesError](err); err != nil && (!ok || tooLarge.Limit != 1000) {
				t.Errorf("Read: %v", err)
			}
			if err == nil {
				_, err = x.WriteString(strconv.Itoa(len(body)))
			}
			return err
		}), 1000)
	}, func(t *testing.T, s *httptest.Server) {
		for n, status := range map[int]int{1000: 200, 1001: 413} {
			for _, body := range []io.Reader{bytes.NewReader(make([]byte, n)), io.MultiReader(bytes.NewReader(make([]byte, n)))} {
				r, _ := http.NewRequest("POST", s.URL, body)
				if res, text := do(t, s.Client(), r); res.StatusCode != status || !strings.HasPrefix(text, map[int]string{200: "1000", 413: "413 the request body is too large"}[status]) {
					t.Errorf("%d bytes: %d %q", n, res.StatusCode, text)
				}
			}
		}
	})
}

// A connection whose request body is broken is not used again, even where the
// response had begun: what follows could be anything (RFC 9112 §9.2).
func TestBrokenBodySmugglesNothing(t *testing.T) {
	var requests atomic.Int32
	s := serve(t, &nethttp.Adapter{Error: quiet, Handler: gateway.HandlerFunc(func(x *gateway.Exchange) error {
		requests.Add(1)
		if x.Request.Path == "/streaming" {
			if err := x.Flush(); err != nil {
				return err
			}
		}
		_, err := io.ReadAll(x)
		status, ok := errors.AsType[*gateway.StatusError](err)
		if !ok || status.Status != 400 {
			t.Errorf("Read: %v", err)
		}
		if x.Request.Path == "/answering" {
			return err
		}
		return nil // as if nothing had happened
	})}, false)
	for _, path := range []string{"/streaming", "/answering", "/silent"} {
		requests.Store(0)
		answer := exchange(t, s.Listener.Addr(), "POST "+path+" HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"+
			"5\r\nhelloX\r\n0\r\n\r\nGET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
		if n := strings.Count(answer, "HTTP/1.1 "); n != 1 || requests.Load() != 1 {
			t.Errorf("%s: %d answers to %d requests: %q", path, n, requests.Load(), answer)
		}
	}
}

// A stream that leaves part of the body unread ends the connection too.
func TestStreamWithUnreadBodyClosesTheConnection(t *testing.T) {
	s := serve(t, handle(t, func(x *gateway.Exchange) error {
		if _, err := x.Read(make([]byte, 2)); err != nil {
			return err
		}
		return x.Flush()
	}), false)
	answer := exchange(t, s.Listener.Addr(), "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 30\r\n\r\nab")
	if !strings.HasPrefix(answer, "HTTP/1.1 200 OK\r\n") || !strings.HasSuffix(answer, "\r\n\r\n0\r\n\r\n") {
		t.Errorf("got %q", answer)
	}
}

func TestForbiddenTrailer(t *testing.T) {
	s := serve(t, handle(t, func(x *gateway.Exchange) error {
		_, err := io.ReadAll(x)
		return err
	}), false)
	answer := exchange(t, s.Listener.Addr(), "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\nContent-Type: a/b\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 400 ") || !strings.Contains(answer, "RFC 9110 §6.5.1") {
		t.Errorf("got %q", answer)
	}
}

// A client that holds its body back gets the final status and the end, without 100
// (RFC 9110 §10.1.1).
func TestExpectationThatIsNotMet(t *testing.T) {
	server, addr := start(t, nethttp.Config{BodyTimeout: time.Hour}, handlerFunc(func(x *gateway.Exchange) error {
		return &gateway.StatusError{Status: 403, Reason: "no"}
	}))
	answer := exchange(t, addr, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n\r\n")
	if !strings.HasPrefix(answer, "HTTP/1.1 403 ") || !strings.Contains(answer, "\r\nConnection: close\r\n") {
		t.Errorf("got %q", answer)
	}
	server.stop()
}

// BodyTimeout bounds a wait for more of the body: 408 (RFC 9110 §15.5.9).
func TestBodyTimeout(t *testing.T) {
	late := make(chan error, 1)
	_, addr := start(t, nethttp.Config{BodyTimeout: 50 * time.Millisecond}, handlerFunc(func(x *gateway.Exchange) error {
		_, err := io.ReadAll(x)
		late <- err
		return err
	}))
	conn, r := dial(t, addr)
	if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nab"); err != nil {
		t.Fatal(err)
	}
	answer, err := io.ReadAll(r)
	if err != nil || !bytes.HasPrefix(answer, []byte("HTTP/1.1 408 ")) {
		t.Errorf("got %q, %v", answer, err)
	}
	if err := wait(t, late); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("Read: %v", err)
	}
}

// WriteTimeout bounds a wait for the client to take more: the client has gone.
func TestWriteTimeout(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		late := make(chan error, 1)
		config := nethttp.Config{WriteTimeout: 500 * time.Millisecond, UnencryptedHTTP2: h2} // the head must be out by then
		_, addr := start(t, config, handlerFunc(func(x *gateway.Exchange) error {
			block := make([]byte, 1<<20)
			for {
				if _, err := x.Write(block); err != nil {
					late <- err
					return err
				}
			}
		}))
		if !h2 {
			conn, _ := dial(t, addr)
			if _, err := io.WriteString(conn, "GET / HTTP/1.1\r\nHost: h\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
		} else {
			c := clientOverHTTP2(t)
			res, err := c.Get("http://" + addr.String())
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close() // which is not read: its window fills
		}
		if err := wait(t, late); !errors.Is(err, gateway.ErrGone) {
			t.Errorf("HTTP/2 %v: Write: %v", h2, err)
		}
	}
}

// Between two writes the application takes its time.
func TestWriteTimeoutLetsTheApplicationWait(t *testing.T) {
	const timeout = 250 * time.Millisecond // in which a busy machine, too, sends a few bytes
	for _, h2 := range []bool{false, true} {
		config := nethttp.Config{WriteTimeout: timeout, UnencryptedHTTP2: h2}
		_, addr := start(t, config, handlerFunc(func(x *gateway.Exchange) error {
			for range 2 {
				x.WriteString("part")
				if err := x.Flush(); err != nil {
					t.Errorf("Flush: %v", err)
				}
				select { // an application that has nothing to say for a while
				case <-time.After(2 * timeout):
				case <-x.Context().Done():
					t.Errorf("HTTP/2 %v: the context ended: %v", h2, x.Context().Err())
				}
			}
			return nil
		}))
		c := http.DefaultClient
		if h2 {
			c = clientOverHTTP2(t)
		}
		r, _ := http.NewRequest("GET", "http://"+addr.String(), nil)
		if _, body := do(t, c, r); body != "partpart" {
			t.Errorf("HTTP/2 %v: body %q", h2, body)
		}
	}
}

// clientOverHTTP2 speaks HTTP/2 without TLS.
func clientOverHTTP2(t testing.TB) *http.Client {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	transport := &http.Transport{Protocols: protocols}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}
