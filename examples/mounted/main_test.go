package main

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/examples/internal/trial"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

var client = &http.Client{Timeout: 20 * time.Second}

func get(t *testing.T, url string) (res *http.Response, body string) {
	t.Helper()
	res, err := client.Get(url)
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

// Each application is the same inside of the other as alone, and its links are right.
func TestBothWays(t *testing.T) {
	for outside, at := range map[string]struct{ new, old string }{
		"dewar":   {"", "/old"},
		"nethttp": {"/new", ""},
	} {
		t.Run(outside, func(t *testing.T) {
			url := trial.Start(t, "-addr", "127.0.0.1:0", "-outside", outside).URL
			for _, c := range []struct {
				path   string
				status int
				want   []string
			}{
				{at.new + "/", 200, []string{"<h1>The new application</h1>", `href="` + at.new + `/notes/7"`, `href="` + at.old + `/"`}},
				{at.new + "/notes/7", 200, []string{"<h1>Note 7</h1>", `href="` + at.new + `/"`}},
				{at.new + "/notes/seven", 404, []string{"There is nothing at this address."}},
				{at.old + "/", 200, []string{"asked for / on " + strings.TrimPrefix(url, "http://"), `href="` + at.new + `/"`}},
				{at.old + "/reports/2026", 200, []string{"The report of 2026"}},
				{at.old, 200, []string{"<h1>The old application</h1>"}},
				{at.old + "/reports", 404, []string{"404 page not found"}},
			} {
				res, body := get(t, url+c.path)
				if res.StatusCode != c.status {
					t.Errorf("%s: %s", c.path, res.Status)
				}
				for _, want := range c.want {
					if !strings.Contains(body, want) {
						t.Errorf("%s lacks %q:\n%s", c.path, want, body)
					}
				}
				old := at.old == "" && !strings.HasPrefix(c.path, "/new/") || at.old != "" && strings.HasPrefix(c.path, "/old")
				if signed := res.Header.Get("X-Served-By") != ""; signed != old {
					t.Errorf("%s: X-Served-By %q", c.path, res.Header.Get("X-Served-By"))
				}
				if policy := res.Header.Get("Content-Security-Policy") != ""; policy == old {
					t.Errorf("%s: Content-Security-Policy %q", c.path, res.Header.Get("Content-Security-Policy"))
				}
			}
			// net/http's own way to cut an answer off cuts it off on either server.
			if res, err := client.Post(url+at.old+"/broken", "text/plain", strings.NewReader("x")); err == nil {
				res.Body.Close()
				t.Errorf("a handler that aborts was answered with %s", res.Status)
			}
		})
	}
}

func TestUnknownOutsideIsAnError(t *testing.T) {
	if err := run("127.0.0.1:0", "both"); err == nil || !strings.Contains(err.Error(), "dewar or nethttp") {
		t.Errorf("got %v", err)
	}
}
