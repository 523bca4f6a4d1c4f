package workload

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// The requests of a session carry the cookie of the first answer.
func TestBeginTakesTheSession(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		visits := 0
		if c, err := r.Cookie(site.SessionName); err == nil {
			visits, _ = strconv.Atoi(strings.Trim(c.Value, "=-"))
		}
		http.SetCookie(w, &http.Cookie{Name: site.SessionName, Value: "-" + strconv.Itoa(visits+1) + "=="})
		w.Header().Set("Content-Type", "text/plain")
		_, _ = io.WriteString(w, strconv.Itoa(visits+1))
	}))
	defer s.Close()
	for _, w := range All([]int{64}, 100, 0) {
		if !w.Session {
			continue
		}
		begun, err := w.Begin(s.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if err := begun.Check(s.Listener.Addr().String()); err != nil {
			t.Error(err)
		}
		if strings.Contains(string(w.Requests[0]), "Cookie") {
			t.Error("the workload itself was changed")
		}
	}
}
