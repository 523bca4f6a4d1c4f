package debug_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/nethttp"
	"github.com/dewar-go/dewar/gateway/server"
)

func gunzip(t *testing.T, b []byte) string {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// serve runs an application on a real server and returns its URL and what stops it.
func serve(t *testing.T, app *framework.App, s gateway.Server) (url string, stop func() error) {
	t.Helper()
	bound := make(chan string, 1)
	app.Announce = func(i gateway.ServerInfo) { bound <- framework.AddressURL("http", i.Addrs[0]) }
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- app.RunContext(ctx, s) }()
	t.Cleanup(cancel)
	select {
	case url = <-bound:
	case err := <-ended:
		t.Fatal(err)
	}
	return url, func() error { cancel(); return <-ended }
}

// A stream tells its page the state, and ends with the server without keeping it waiting.
func TestStreamEndsWithTheServer(t *testing.T) {
	for name, s := range map[string]gateway.Server{
		"server":  server.New(server.Config{Addr: "127.0.0.1:0", Grace: time.Hour}),
		"nethttp": nethttp.New(nethttp.Config{Addr: "127.0.0.1:0", Grace: time.Hour}),
	} {
		t.Run(name, func(t *testing.T) {
			app := shop(t, debug.Config{})
			_, stop := serve(t, app, s)
			if err := stop(); err != nil {
				t.Fatal(err)
			}
			url, stop := serve(t, app, s) // once more, as any application may be
			res, err := http.Get(url + "/_dewar/live")
			if err != nil {
				t.Fatal(err)
			}
			defer res.Body.Close()
			lines := bufio.NewReader(res.Body)
			var got []string
			for range 3 {
				line, err := lines.ReadString('\n')
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, strings.TrimSpace(line))
			}
			if got[0] != "retry: 200" || got[1] != "event: state" || !strings.HasSuffix(got[2], ".0") {
				t.Errorf("got %q", got)
			}
			page, err := http.NewRequest("GET", url+"/page", nil)
			if err != nil {
				t.Fatal(err)
			}
			page.Header.Set("Accept", "text/html")
			shown, err := http.DefaultClient.Do(page)
			if err != nil {
				t.Fatal(err)
			}
			body, err := io.ReadAll(shown.Body)
			shown.Body.Close()
			if state := strings.TrimPrefix(got[2], "data: "); err != nil || !strings.Contains(string(body), `data-state="`+state+`"`) {
				t.Errorf("the page has another state than %s: %s, %v", state, body, err)
			}
			if err := stop(); err != nil {
				t.Error(err)
			}
			if rest, err := io.ReadAll(lines); err != nil || strings.Contains(string(rest), "event:") {
				t.Errorf("after the end: %q, %v", rest, err)
			}
		})
	}
}

// Of a connection's first request the timeline knows when the connection was accepted.
func TestTimelineBeginsAtAccept(t *testing.T) {
	for name, s := range map[string]gateway.Server{
		"server":  server.New(server.Config{Addr: "127.0.0.1:0"}),
		"nethttp": nethttp.New(nethttp.Config{Addr: "127.0.0.1:0"}),
	} {
		t.Run(name, func(t *testing.T) {
			url, _ := serve(t, shop(t, debug.Config{}), s)
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			read := func(path string) string {
				res, err := client.Get(url + path)
				if err != nil {
					t.Fatal(err)
				}
				defer res.Body.Close()
				body, err := io.ReadAll(res.Body)
				if err != nil {
					t.Fatal(err)
				}
				return string(body)
			}
			read("/text")
			read("/text")
			contains(t, "the first", read("/_dewar/timeline/1"), []string{"connection accepted, head awaited and read", `class="accept"`})
			contains(t, "the second", read("/_dewar/timeline/2"), []string{"on a connection that was there already"})
		})
	}
}

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a"), []byte("folder"), 0o600); err != nil {
		t.Fatal(err)
	}
	embedded := fstest.MapFS{"a": {Data: []byte("embedded")}}
	for _, test := range []struct{ variable, dir, want string }{
		{"", dir, "embedded"}, {"0", dir, "embedded"}, {"1", dir, "folder"}, {"true", filepath.Join(dir, "none"), "embedded"}, {"1", filepath.Join(dir, "a"), "embedded"},
	} {
		t.Setenv(debug.Variable, test.variable)
		f, err := debug.Files(embedded, test.dir).Open("a")
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(f)
		f.Close()
		if string(text) != test.want || err != nil {
			t.Errorf("%q, %s: %q, %v; want %q", test.variable, test.dir, text, err, test.want)
		}
	}
}

// The script is JavaScript that a browser understands; node, where there is one, says so
// earlier than the tests in a browser do.
func TestScriptIsServed(t *testing.T) {
	r := get(t, shop(t, debug.Config{}), "/_dewar/live.js")
	if r.Header.Value("Content-Type") != "text/javascript; charset=utf-8" || !bytes.Equal(r.Body, debug.LiveScript()) {
		t.Errorf("%v %.40q", r.Header, r.Body)
	}
	node, err := exec.LookPath("node")
	if err != nil {
		return
	}
	cmd := exec.Command(node, "--check", "-")
	cmd.Stdin = bytes.NewReader(r.Body)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s", out)
	}
}
