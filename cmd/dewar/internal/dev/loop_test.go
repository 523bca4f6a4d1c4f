//go:build unix

package dev_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/dewar-go/dewar/cmd/dewar/internal/dev"
)

// A project is an application in a folder of its own, with the loop running in it.
type project struct {
	t      *testing.T
	dir    string
	url    string
	events chan dev.Event
	output *output
	stop   func() error
	built  atomic.Int64 // when the last build was done, in nanoseconds
}

// output is what loop and programs print, also of several goroutines.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

// copyShop makes testdata/shop a module of its own that is built with this repository.
func copyShop(t testing.TB) (dir string) {
	t.Helper()
	dir = filepath.Join(t.TempDir(), "shop")
	if err := os.CopyFS(dir, os.DirFS("testdata/shop")); err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs("../../../..")
	if err != nil {
		t.Fatal(err)
	}
	mod, err := os.ReadFile(filepath.Join(root, "examples/go.mod"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module github.com/dewar-go/dewar/examples", "module shop", 1)
	text = strings.Replace(text, "=> ../", "=> "+root, 1)
	sum, err := os.ReadFile(filepath.Join(root, "go.sum"))
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string]string{"go.mod": text, "go.sum": string(sum)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// start runs the loop on a copy of the shop and waits until it serves.
func start(t *testing.T, change func(*dev.Config)) *project {
	t.Helper()
	t.Setenv("GOWORK", "off")
	p := &project{t: t, dir: copyShop(t), events: make(chan dev.Event, 1024), output: &output{}}
	c := dev.Config{
		Dir: p.dir, Addr: "127.0.0.1:0", Out: p.output, Grace: 20 * time.Second,
		Observe: func(e dev.Event) {
			if e.Kind == "built" {
				p.built.Store(time.Now().UnixNano())
			}
			p.events <- e
		},
	}
	if change != nil {
		change(&c)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- dev.New(c).Run(ctx) }()
	var once sync.Once
	var err error
	p.stop = func() error {
		once.Do(func() { cancel(); err = <-ended })
		return err
	}
	t.Cleanup(func() {
		if err := p.stop(); err != nil {
			t.Error(err)
		}
		if t.Failed() {
			t.Log(p.output)
		}
	})
	p.url = p.await("ready").URL
	return p
}

// patience is how long a step may take on a busy machine: a build, for one.
const patience = 3 * time.Minute

// await waits for an event of that kind.
func (p *project) await(kind string) dev.Event {
	p.t.Helper()
	limit := time.After(patience)
	for {
		select {
		case e := <-p.events:
			if e.Kind == kind {
				return e
			}
		case <-limit:
			p.t.Fatalf("no %s within %v; the output is\n%s", kind, patience, p.output)
		}
	}
}

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) version(v string) {
	p.t.Helper()
	p.write("version.go", fmt.Sprintf("package main\n\nconst version = %q\n", v))
}

// ask asks as a browser does, over a connection of its own.
func (p *project) ask(path string) (status int, body string) {
	p.t.Helper()
	req, err := http.NewRequest("GET", p.url+path, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Accept", "text/html")
	client := &http.Client{Timeout: patience, Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Do(req)
	if err != nil {
		p.t.Fatalf("%s: %v; the output is\n%s", path, err, p.output)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func (p *project) expect(path string, status int, wanted ...string) {
	p.t.Helper()
	got, body := p.ask(path)
	if got != status {
		p.t.Errorf("%s: status %d, want %d", path, got, status)
	}
	for _, w := range wanted {
		if !strings.Contains(body, w) {
			p.t.Errorf("%s lacks %q: %.3000s", path, w, body)
		}
	}
}

// waited asks, from the beginning of a build on, until the program of another version
// answers, and fails unless that was asked while the build ran. The old program answers until it has
// heard that it is to end.
func (p *project) waited(version string) {
	p.t.Helper()
	for {
		asked := time.Now().UnixNano()
		status, body := p.ask("/version")
		switch {
		case status != 200:
			p.t.Fatalf("status %d: %s", status, body)
		case body != version:
			continue
		case asked > p.built.Load():
			p.t.Errorf("no request was asked while %s was built, and waited", version)
		}
		return
	}
}

// A request that is made while the program is built waits, and the new one answers.
func TestChangeOfSource(t *testing.T) {
	p := start(t, nil)
	p.expect("/version", 200, "one")
	p.version("two")
	p.await("building")
	p.waited("two")
	p.await("ready")
	// One that runs is finished by the program that it was asked of.
	slow := make(chan string, 1)
	go func() {
		_, body := p.ask("/slow")
		slow <- body
	}()
	p.saw("/slow")
	p.version("three")
	p.await("building")
	p.waited("three")
	if got := <-slow; got != "slow two" {
		t.Errorf("the request that ran got %q", got)
	}
}

// saw waits until the timeline knows of a request.
func (p *project) saw(path string) {
	p.t.Helper()
	for limit := time.Now().Add(patience); time.Now().Before(limit); {
		if _, body := p.ask("/_dewar/"); strings.Contains(body, path) {
			return
		}
	}
	p.t.Fatalf("%s never came", path)
}

// A mistake is shown where somebody looks, and is gone when it is mended.
func TestBuildError(t *testing.T) {
	p := start(t, nil)
	p.write("version.go", "package main\n\nconst version = missing + `<b>`\n\nvar number int = \"text\"\n")
	p.await("broken")
	p.expect("/", 503, "The program does not build", "undefined: missing", "version.go:3:17", "&lt;b&gt;", "version.go:5:", `class="here"`)
	if out := p.output.String(); !strings.Contains(out, "undefined: missing") || !strings.Contains(out, ">    3  const version") {
		t.Errorf("the terminal shows %s", out)
	}
	// A connection that the loop has itself stays of use.
	conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p.version("mended")
	p.await("ready")
	p.expect("/version", 200, "mended")
	if _, err := io.WriteString(conn, "GET /version HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(patience))
	if answer, err := io.ReadAll(conn); err != nil || !strings.HasPrefix(string(answer), "HTTP/1.1 200") || !strings.HasSuffix(string(answer), "mended") {
		t.Errorf("on a connection of the loop: %q, %v", answer, err)
	}
}

// Nobody else learns from the page of a mistake.
func TestBuildErrorIsForThisMachineAlone(t *testing.T) {
	p := start(t, nil)
	p.write("version.go", "package main\n\nconst version = missing\n")
	p.await("broken")
	for name, change := range map[string]func(*http.Request){
		"a rebound name": func(r *http.Request) { r.Host = "evil.example" },
		"a proxy":        func(r *http.Request) { r.Header.Set("X-Forwarded-For", "192.0.2.7") },
	} {
		req, err := http.NewRequest("GET", p.url, nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Accept", "text/html")
		change(req)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 503 || string(body) != "The program does not build\n" {
			t.Errorf("%s: %d %q, %v", name, res.StatusCode, body, err)
		}
	}
}

// A program that ends is explained by what it said.
func TestProgramThatEnds(t *testing.T) {
	p := start(t, nil)
	p.write("start.go", "package main\n\nfunc init() { panic(\"no \\x1b[31mdatabase\\x1b[0m\") }\n")
	p.await("broken")
	p.expect("/", 503, "The program has ended: exit status 2", "panic: no", "start.go:3")
	_, report, _ := strings.Cut(p.output.String(), "The program has ended: exit status 2\n")
	if !strings.HasPrefix(report, "\npanic: no database\n  ") || !strings.HasSuffix(report, "\n\nChange a file to start it anew.\n") || strings.Contains(report, "goroutine") {
		t.Errorf("the terminal, which has what the program said, shows %q", report)
	}
	if _, body := p.ask("/"); strings.Contains(body, "\x1b") {
		t.Error("the page has a control sequence")
	}
	if err := os.Remove(filepath.Join(p.dir, "start.go")); err != nil {
		t.Fatal(err)
	}
	p.await("ready")
	p.expect("/version", 200, "one")
	// Also one that ended while it served.
	go http.Get(p.url + "/exit")
	p.await("broken")
	p.expect("/", 503, "exit status 7")
	p.version("again")
	p.await("ready")
	p.expect("/version", 200, "again")
}

// Templates and styles need no build; settings need a start.
func TestChangeOfContent(t *testing.T) {
	p := start(t, nil)
	p.write("templates/page.html", "{% extends \"base.html\" %}\n{% block content %}<h1>Coffee</h1>{% endblock %}\n")
	p.await("told")
	p.expect("/", 200, "Coffee")
	if out := p.output.String(); strings.Count(out, "built in") != 1 {
		t.Errorf("it was built anew: %s", out)
	}
	t.Setenv("SHOP_NAME", "")
	p.write(".env", "A=b\n")
	p.await("ready")
	if out := p.output.String(); strings.Count(out, "shop one") != 2 || strings.Count(out, "built in") != 1 {
		t.Errorf("it was not started anew: %s", out)
	}
}

// Only what is on this machine's port counts: whoever asks is never refused, while the
// program changes under load, and nothing is lost. DEWAR_LOAD says how many builds.
func TestNothingIsLostUnderLoad(t *testing.T) {
	rounds := 3
	if text := os.Getenv("DEWAR_LOAD"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		rounds = n
	}
	p := start(t, nil)
	c := &crowd{project: p, done: make(chan struct{})}
	for _, kept := range []bool{true, false, false} {
		c.all.Go(func() { c.client(kept) })
	}
	for i := range rounds {
		v := fmt.Sprintf("v%d", i)
		p.version(v)
		p.await("building")
		p.waited(v)
		p.await("ready")
		if t.Failed() {
			break
		}
	}
	close(c.done)
	c.all.Wait()
	t.Logf("%d builds, %d requests on %d connections, %d refused, %d lost", rounds, c.served.Load(), c.connections.Load(), c.refused.Load(), c.lost.Load())
	if c.served.Load() < int64(rounds) || c.refused.Load() > 0 || c.lost.Load() > 0 {
		t.Error("want none refused and none lost")
	}
}

// idle is after how long an unused connection may be closed without a word: less than what
// a server that stops waits for one more request (250 ms), as a client cannot know when
// that wait began.
const idle = 100 * time.Millisecond

// A crowd posts, which no client repeats by itself: what is lost is seen.
type crowd struct {
	project *project
	done    chan struct{}
	all     sync.WaitGroup

	served, connections, refused, lost atomic.Int64
}

func (c *crowd) client(kept bool) {
	count := func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, addr)
		if err != nil {
			c.refused.Add(1)
		}
		c.connections.Add(1)
		return conn, err
	}
	transport := &http.Transport{DisableKeepAlives: !kept, DialContext: count}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: patience}
	answered := time.Now()
	for {
		select {
		case <-c.done:
			return
		default:
		}
		pause := time.Since(answered)
		res, err := client.Post(c.project.url+"/version", "text/plain", strings.NewReader(strings.Repeat("x", 100)))
		if err != nil && kept && pause > idle {
			answered = time.Now() // this client was too slow for the connection that it kept
			continue
		}
		if err != nil {
			c.lost.Add(1)
			c.project.t.Error(err)
			return
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != 200 || len(body) == 0 {
			c.lost.Add(1)
			c.project.t.Errorf("%d %q, %v", res.StatusCode, body, err)
			return
		}
		c.served.Add(1)
		answered = time.Now()
	}
}

// The end of the loop is the end of everything that it has started.
func TestNoOrphans(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	p := start(t, func(c *dev.Config) { c.Args = []string{"--marked-" + strconv.Itoa(os.Getpid())} })
	marked := func() []string {
		var found []string
		entries, _ := os.ReadDir("/proc")
		for _, e := range entries {
			if line, err := os.ReadFile("/proc/" + e.Name() + "/cmdline"); err == nil && strings.Contains(string(line), "--marked-"+strconv.Itoa(os.Getpid())) {
				found = append(found, e.Name())
			}
		}
		return found
	}
	if _, err := os.Stat("/proc/self/cmdline"); err == nil && len(marked()) != 1 {
		t.Fatalf("%v are programs of the loop, want one", marked())
	}
	if err := p.stop(); err != nil {
		t.Error(err)
	}
	if left := marked(); len(left) != 0 {
		t.Errorf("%v are left", left)
	}
	if conn, err := net.Dial("tcp", strings.TrimPrefix(p.url, "http://")); err == nil {
		conn.Close()
		t.Error("somebody still listens")
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "*")); len(left) != 0 {
		t.Errorf("%v are left", left)
	}
}

// The test's binary is also a loop of its own process, which can be killed.
func TestMain(m *testing.M) {
	if dir := os.Getenv("DEV_TEST_LOOP"); dir != "" {
		c := dev.Config{Dir: dir, Addr: "127.0.0.1:0", Out: os.Stdout, Observe: func(e dev.Event) { fmt.Println("event", e.Kind, e.URL) }}
		fmt.Println(dev.New(c).Run(context.Background()))
		return
	}
	os.Exit(m.Run())
}

// Also a loop that is killed leaves nothing.
func TestKilledLoopLeavesNoOrphan(t *testing.T) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DEV_TEST_LOOP="+copyShop(t), "GOWORK=off", "TMPDIR="+t.TempDir()) // it cannot tidy up
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	var heard bytes.Buffer
	var url string
	buffer := make([]byte, 4096)
	for url == "" {
		n, err := out.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %s", err, heard.String())
		}
		heard.Write(buffer[:n])
		if _, after, ok := strings.Cut(heard.String(), "event ready "); ok && strings.Contains(after, "\n") {
			url, _, _ = strings.Cut(after, "\n")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	for limit := time.Now().Add(patience); ; {
		conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
		if err != nil {
			return
		}
		conn.Close()
		if time.Now().After(limit) {
			t.Fatal("somebody still listens")
		}
		time.Sleep(time.Millisecond) // the program ends by itself, and nobody is left to tell
	}
}
