package scaffold

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Every template with every gateway, as its user does: written, tested, built, started,
// asked for its pages, and stopped.
func TestApplicationsRun(t *testing.T) {
	asks := map[string]func(*testing.T, *program){"minimal": askMinimal, "web": askWeb, "api": askAPI}
	for _, template := range Templates() {
		for _, o := range []Options{
			{Dir: "shop", Gateway: "server"},
			{Dir: "my-shop", Gateway: "nethttp", Module: "example.com/me/my-shop"},
		} {
			t.Run(template+" on "+o.Gateway, func(t *testing.T) {
				o.Template, o.Dir = template, filepath.Join(t.TempDir(), o.Dir)
				dir := write(t, o)
				checks(t, dir)
				tool(t, dir, "build")
				p := start(t, dir, o.Gateway == "server")
				asks[template](t, p)
				p.showsTimeline()
				p.stop()
				refuses(t, dir, o.Gateway)
			})
		}
	}
}

// checks runs what the application's own workflow does, its tests among it.
func checks(t *testing.T, dir string) {
	t.Helper()
	steps := regexp.MustCompile(`(?m)^      - run: (.*)$`).FindAllStringSubmatch(text(t, dir, ".github/workflows/test.yml"), -1)
	tested := false
	for _, step := range steps {
		cmd := exec.Command("sh", "-c", step[1])
		cmd.Dir, cmd.Env = dir, toolEnv()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", step[1], err, out)
		}
		tested = tested || step[1] == "go test ./..."
	}
	if !tested {
		t.Errorf("the workflow does not test: %q", steps)
	}
}

// showsTimeline looks that the tools of package debug are there in debugging alone.
func (p *program) showsTimeline() {
	p.t.Helper()
	res, err := p.client.Get(p.url + "/_dewar/")
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	if want := map[bool]int{true: 200, false: 404}[p.debug]; res.StatusCode != want {
		p.t.Errorf("in debugging %v the timeline is answered with %d, want %d", p.debug, res.StatusCode, want)
	}
}

// refuses asks the program for a setting that only one of the gateways has: so it is known
// which one serves.
func refuses(t *testing.T, dir, gateway string) {
	t.Helper()
	cmd := exec.Command(filepath.Join(dir, filepath.Base(dir)), "run", "--queue", "3", "--addr", "nowhere")
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	exit, ok := errors.AsType[*exec.ExitError](err)
	if !ok || exit.ExitCode() != 1 || strings.Contains(string(out), "gateway nethttp does not have --queue") != (gateway == "nethttp") {
		t.Errorf("with --queue the application for %s ends with %v:\n%s", gateway, err, out)
	}
}

// A program is an application that runs, in debugging as its .env has it, or as in
// production, with a log for machines.
type program struct {
	t      *testing.T
	debug  bool
	dir    string
	url    string
	cmd    *exec.Cmd
	log    *bufio.Reader
	client *http.Client
}

var address = regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+`)

// start runs the program on a free port, which it tells.
func start(t *testing.T, dir string, debug bool) *program {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, dir: dir, debug: debug, cmd: exec.Command(filepath.Join(dir, filepath.Base(dir)), "--addr", "127.0.0.1:0")}
	p.client = &http.Client{Jar: jar, Timeout: time.Minute, Transport: &http.Transport{}}
	p.cmd.Dir = dir
	if !debug {
		p.cmd.Env = append(os.Environ(), "DEWAR_DEBUG=0")
	}
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.log = bufio.NewReader(stderr)
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = p.cmd.Process.Kill() }) // nothing where it was stopped
	for p.url == "" {
		line, err := p.log.ReadString('\n')
		if err != nil {
			t.Fatalf("the program told no address: %q, %v", line, err)
		}
		p.check(line)
		p.url = address.FindString(line)
	}
	return p
}

// check looks at a line of the log.
func (p *program) check(line string) {
	p.t.Helper()
	if isJSON := json.Valid([]byte(line)); isJSON == p.debug {
		p.t.Errorf("in debugging %v the log has the line %q", p.debug, line)
	}
}

// stop tells it to stop, which is no failure.
func (p *program) stop() {
	p.t.Helper()
	p.client.CloseIdleConnections()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	log, _ := io.ReadAll(p.log) // until it has ended
	for line := range strings.Lines(string(log)) {
		p.check(line)
	}
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the program ended with %v after\n%s", err, log)
	}
}

// ask sends a request and returns the answer, which has that status.
func (p *program) ask(r *http.Request, err error, status int) (*http.Response, string) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
	res, err := p.client.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != status {
		p.t.Fatalf("%s %s: %s, %v, want %d\n%s", r.Method, r.URL, res.Status, err, status, body)
	}
	return res, string(body)
}

func (p *program) get(path string, status int) (*http.Response, string) {
	p.t.Helper()
	r, err := http.NewRequest("GET", p.url+path, nil)
	return p.ask(r, err, status)
}

func askMinimal(t *testing.T, p *program) {
	if _, text := p.get("/", 200); text != "Hello, world!\n" { // redirected
		t.Errorf("/ is %q", text)
	}
	p.get("/livez", 200)
	p.get("/readyz", 200)
	p.get("/nothing", 404)
}

// find returns what an expression finds in a page.
func find(t *testing.T, page, expression string) string {
	t.Helper()
	found := regexp.MustCompile(expression).FindStringSubmatch(page)
	if found == nil {
		t.Fatalf("no %s in\n%s", expression, page)
	}
	return found[1]
}

func askWeb(t *testing.T, p *program) {
	_, page := p.get("/", 200)
	style, _ := p.get(find(t, page, `href="(/static/app\.[0-9a-f]{12}\.css)"`), 200)
	if got := style.Header.Get("Cache-Control"); !strings.Contains(got, "immutable") {
		t.Errorf("the stylesheet is kept: %q", got)
	}
	_, page = p.get("/signup", 200)
	form := url.Values{"email": {"ada@example.com"}, "password": {"correct horse"}, "csrf_token": {find(t, page, `name="csrf_token" value="([^"]+)"`)}}
	r, err := http.NewRequest("POST", p.url+"/signup", strings.NewReader(form.Encode()))
	if err == nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	if _, page = p.ask(r, err, 200); !strings.Contains(page, "Hello, ada@example.com.") { // redirected
		t.Errorf("behind signing up there is\n%s", page)
	}
	p.get("/notes/", 200)
	if _, page = p.get("/nothing", 404); !strings.Contains(page, "Log out") {
		t.Errorf("the error page is\n%s", page)
	}
	p.get("/readyz", 200)
	if _, err := os.Stat(filepath.Join(p.dir, filepath.Base(p.dir)+".db")); err != nil {
		t.Error(err)
	}
}

func askAPI(t *testing.T, p *program) {
	token := find(t, text(t, p.dir, ".env"), `_TOKEN=([0-9a-f]{64})`)
	request := func(method, path, body string) (*http.Request, error) {
		r, err := http.NewRequest(method, p.url+path, bytes.NewReader([]byte(body)))
		if err == nil {
			r.Header.Set("Authorization", "Bearer "+token)
			r.Header.Set("Content-Type", "application/json")
		}
		return r, err
	}
	r, err := request("POST", "/notes", `{"title": "Tea"}`)
	res, _ := p.ask(r, err, 201)
	if got := res.Header.Get("Location"); got != "/notes/1" {
		t.Errorf("the note is at %q", got)
	}
	r, err = request("GET", "/notes", "")
	if _, body := p.ask(r, err, 200); !strings.Contains(body, `"title":"Tea"`) {
		t.Errorf("the list is %s", body)
	}
	r, err = request("POST", "/notes", `{}`)
	if res, body := p.ask(r, err, 422); res.Header.Get("Content-Type") != "application/problem+json" || !strings.Contains(body, `"/title"`) {
		t.Errorf("the problem is %s", body)
	}
	p.get("/notes", 401)
	p.get("/readyz", 200)
}
