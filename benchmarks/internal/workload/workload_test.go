package workload

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/benchmarks/internal/order"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

func TestRequestsAreWellFormed(t *testing.T) {
	seen := make(map[string]bool)
	for _, w := range All([]int{64, 512}, 10000, 20000) {
		if seen[w.ID] {
			t.Errorf("two workloads are called %s", w.ID)
		}
		seen[w.ID] = true
		requests := w.Requests
		for _, refused := range w.Refused {
			requests = append(requests, refused.Request)
		}
		for _, request := range requests {
			r := bufio.NewReader(bytes.NewReader(request))
			parsed, err := http.ReadRequest(r)
			if err == nil {
				_, err = io.Copy(io.Discard, parsed.Body)
			}
			if err != nil {
				t.Errorf("%s: %v", w.ID, err)
			}
			if r.Buffered() > 0 {
				t.Errorf("%s: %d bytes after the request", w.ID, r.Buffered())
			}
		}
	}
}

func TestBrowserSendsTwelveFieldsIn700Bytes(t *testing.T) {
	request := browser()[0]
	if n := bytes.Count(request, []byte("\r\n")) - 2; n != 12 {
		t.Errorf("%d fields, want 12", n)
	}
	if n := len(request); n < 670 || n > 730 {
		t.Errorf("%d bytes, want about 700", n)
	}
}

func TestVaryingNeverRepeats(t *testing.T) {
	seen := make(map[string]bool)
	for _, request := range varying() {
		line, fields, _ := strings.Cut(string(request), "\r\n")
		if seen[line] || seen[fields] {
			t.Fatalf("repeated: %s", line)
		}
		seen[line], seen[fields] = true, true
	}
}

func TestCheckTakesTheRightAnswerAlone(t *testing.T) {
	var status int
	var media, body string
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", media)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}))
	defer s.Close()
	w := All([]int{64}, 100, 0)[1] // pipelined
	for _, c := range []struct {
		name        string
		status      int
		media, body string
		right       bool
	}{
		{"right", 200, "text/plain; charset=UTF-8", site.Plaintext, true},
		{"status", 404, "text/plain", site.Plaintext, false},
		{"media type", 200, "text/html", site.Plaintext, false},
		{"body", 200, "text/plain", "Hello", false},
	} {
		status, media, body = c.status, c.media, c.body
		if err := w.Check(s.Listener.Addr().String()); (err == nil) != c.right {
			t.Errorf("%s: Check = %v, want an error: %v", c.name, err, !c.right)
		}
	}
}

// A server that takes whatever comes is found out.
func TestCheckInsistsOnRefusals(t *testing.T) {
	var status int
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", jsonMedia)
		if !bytes.Equal(body, order.JSON()) {
			w.WriteHeader(status)
		}
		_ = json.NewEncoder(w).Encode(order.Right().Receipt())
	}))
	defer s.Close()
	all := All([]int{64}, 100, 0)
	w := all[slices.IndexFunc(all, func(w Workload) bool { return w.ID == "W6" })]
	for _, status = range []int{400, 422, 200, 500} {
		right := status == 400 || status == 422
		if err := w.Check(s.Listener.Addr().String()); (err == nil) != right {
			t.Errorf("%d for what is wrong: Check = %v", status, err)
		}
	}
}

// Over TLS the check insists on the protocol that is measured.
func TestCheckOverTLS(t *testing.T) {
	for _, second := range []bool{true, false} {
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(w, site.Plaintext)
		}))
		s.EnableHTTP2 = second
		s.StartTLS()
		for _, w := range All([]int{64}, 100, 0) {
			if !w.TLS {
				continue
			}
			right := second || w.Streams == 0
			if err := w.Check(s.Listener.Addr().String()); (err == nil) != right {
				t.Errorf("%s, server with HTTP/2 %v: %v", w.ID, second, err)
			}
		}
		s.Close()
	}
}
