package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/examples/internal/trial"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

// A listener reads a stream of events.
type listener struct {
	t     *testing.T
	body  io.ReadCloser
	lines *bufio.Scanner
}

func listen(t *testing.T, url, last string) *listener {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, "GET", url+"/samples", nil)
	if err != nil {
		t.Fatal(err)
	}
	if last != "" {
		req.Header.Set("Last-Event-ID", last)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { res.Body.Close() })
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%s %v", res.Status, res.Header)
	}
	return &listener{t, res.Body, bufio.NewScanner(res.Body)}
}

// next returns the next sample and its ID.
func (l *listener) next() (s sample, id string) {
	l.t.Helper()
	for l.lines.Scan() {
		line := l.lines.Text()
		if value, ok := strings.CutPrefix(line, "id: "); ok {
			id = value
		}
		if value, ok := strings.CutPrefix(line, "data: "); ok {
			if err := json.Unmarshal([]byte(value), &s); err != nil {
				l.t.Fatal(err)
			}
			return s, id
		}
	}
	l.t.Fatalf("the stream ended: %v", l.lines.Err())
	return s, id
}

func TestPage(t *testing.T) {
	url := trial.Start(t, "-addr", "127.0.0.1:0").URL
	for path, want := range map[string][2]string{
		"/":                  {"text/html; charset=utf-8", `data-samples="/samples"`},
		"/assets/stream.js":  {"text/javascript; charset=utf-8", "new EventSource("},
		"/assets/stream.css": {"text/css; charset=utf-8", "prefers-color-scheme: dark"},
	} {
		res, err := http.Get(url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || res.Header.Get("Content-Type") != want[0] || !strings.Contains(string(body), want[1]) {
			t.Errorf("%s: %v %v %v\n%s", path, res.Status, res.Header, err, body)
		}
		if csp := res.Header.Get("Content-Security-Policy"); !strings.HasPrefix(csp, "default-src 'none'; script-src 'self'") {
			t.Errorf("%s: the policy is %q", path, csp)
		}
	}
}

func TestSamplesComeAndResume(t *testing.T) {
	url := trial.Start(t, "-addr", "127.0.0.1:0", "-every", "10ms").URL
	first := listen(t, url, "")
	before, _ := first.next()
	now, id := first.next()
	if now.ID <= before.ID || now.Memory <= 0 || now.Goroutines <= 0 {
		t.Errorf("%+v, then %+v", before, now)
	}
	for now.Watchers != 1 { // the stream itself is counted
		now, id = first.next()
	}
	again := listen(t, url, id)
	if resumed, _ := again.next(); resumed.ID <= now.ID {
		t.Errorf("resumed at %d, after %d", resumed.ID, now.ID)
	}
	for now.Watchers != 2 {
		now, _ = first.next()
	}
	again.body.Close()
	for now.Watchers != 1 { // the server has noticed that the visitor went
		now, _ = first.next()
	}
}

// The program ends in good order though a visitor still listens: trial sees to the
// first, and the stream has an end and no cut.
func TestStreamEndsWithTheServer(t *testing.T) {
	p := trial.Start(t, "-addr", "127.0.0.1:0", "-every", "10ms")
	l := listen(t, p.URL, "")
	l.next()
	p.Stop()
	for l.lines.Scan() {
	}
	if err := l.lines.Err(); err != nil {
		t.Errorf("the stream was cut off: %v", err)
	}
}

func TestEveryIsBounded(t *testing.T) {
	if err := run("127.0.0.1:0", time.Millisecond); err == nil || !strings.Contains(err.Error(), "less than 10ms") {
		t.Errorf("got %v", err)
	}
}

// Who watches slowly misses samples and costs nothing; who comes late gets what is kept.
func TestFeedKeepsAFewSamples(t *testing.T) {
	f := newFeed()
	_, more, _ := f.after(0)
	for i := range int64(keep + 5) {
		f.add(sample{ID: i + 1})
	}
	<-more
	samples, _, _ := f.after(0)
	if len(samples) != keep || samples[0].ID != 6 || samples[keep-1].ID != keep+5 {
		t.Errorf("%d samples, from %d to %d", len(samples), samples[0].ID, samples[len(samples)-1].ID)
	}
	if samples, more, ended := f.after(keep + 5); len(samples) != 0 || ended {
		t.Errorf("%v %v", samples, ended)
	} else {
		f.end()
		<-more
	}
	if _, _, ended := f.after(0); !ended {
		t.Error("the end was not told")
	}
}

func TestWatchersAreBounded(t *testing.T) {
	f := newFeed()
	for i := range maxWatchers {
		if !f.enter() {
			t.Fatalf("watcher %d was refused", i+1)
		}
	}
	if f.enter() {
		t.Error("one watcher too many")
	}
	f.leave()
	if !f.enter() {
		t.Error("a place that is free again was refused")
	}
}
