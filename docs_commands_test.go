//go:build unix

package dewar

import (
	"context"
	"io"
	"io/fs"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

var (
	inline   = regexp.MustCompile("`([^`\n]+)`")
	goDoc    = regexp.MustCompile(`^go doc (\S+)$`)
	goTest   = regexp.MustCompile(`^(?:[A-Z_]+=\S+ )*go test(?: -v)? -run (\S+) (\./\S+)$`)
	script   = regexp.MustCompile(`^\.ci/(\S+)(?: (\S+))?`)
	indented = regexp.MustCompile(`(?m)^(?:    |\t)(?:go|git|curl|cd|mkdir|\.ci/\w+) .*$`)
)

// TestDocsInlineCommands checks the commands within sentences: that the package is
// there, that the tests are, that the script has the step.
func TestDocsInlineCommands(t *testing.T) {
	for _, page := range pages(t) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		outside := fenced.ReplaceAllString(string(text), "")
		for _, command := range indented.FindAllString(outside, -1) {
			t.Errorf("%s: %q belongs into a block of sh, which is run", page, strings.TrimSpace(command))
		}
		for _, m := range inline.FindAllStringSubmatch(outside, -1) {
			command := m[1]
			switch {
			case goDoc.MatchString(command):
				if out, err := exec.Command("go", "doc", goDoc.FindStringSubmatch(command)[1]).CombinedOutput(); err != nil {
					t.Errorf("%s: %s: %v\n%s", page, command, err, out)
				}
			case goTest.MatchString(command):
				part := goTest.FindStringSubmatch(command)
				out, err := exec.Command("go", "test", "-list", part[1], part[2]).CombinedOutput()
				if err != nil || !strings.HasPrefix(string(out), "Test") {
					t.Errorf("%s: %s: %v\n%s", page, command, err, out)
				}
			case script.MatchString(command):
				part := script.FindStringSubmatch(command)
				source, err := os.ReadFile(filepath.Join(".ci", part[1]))
				if err != nil || part[2] != "" && !strings.Contains(string(source), part[2]) {
					t.Errorf("%s: %s: %v", page, command, err)
				}
			case strings.HasPrefix(command, "go ") && strings.Count(command, " ") > 1:
				t.Errorf("%s: `%s` is of no kind that this test knows; put it into a block of sh", page, command)
			}
		}
	}
}

// TestDocsCommands follows the pages: see docs_blocks_test.go. Those of the tutorial are
// followed from one to the next by examples/blog, which has the drivers that they need.
func TestDocsCommands(t *testing.T) {
	for _, tool := range []string{"bash", "git", "curl"} { // what a reader has
		if _, err := exec.LookPath(tool); err != nil && os.Getenv("CI") == "" {
			t.Skipf("%s is not installed", tool)
		}
	}
	var origin sync.Once
	var clone string
	for _, page := range pages(t) {
		blocks := blocksOf(t, page)
		if strings.HasPrefix(page, "docs/tutorial/") {
			continue
		}
		if !slices.ContainsFunc(blocks, func(b block) bool { return b.language == "sh" && b.marker != "not run" }) {
			continue
		}
		origin.Do(func() { clone = checkout(t) })
		t.Run(page, func(t *testing.T) {
			r := newReader(t, clone)
			defer r.stop()
			for i, b := range blocks {
				want := ""
				if i+1 < len(blocks) && blocks[i+1].language == "output" {
					want = blocks[i+1].text
				}
				if !r.follow(b, want) {
					return
				}
			}
			r.leavesNothing()
		})
	}
}

// checkout copies the repository as it lies here, and makes a repository of git of it
// that can be cloned.
func checkout(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dewar")
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".git" && d.IsDir(), name == "bin", name == "out":
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(dir, name), 0o755)
		case name == ".git" || !d.Type().IsRegular():
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		content, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name), content, info.Mode().Perm())
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "-A"},
		{"-c", "user.name=test", "-c", "user.email=test@example.org", "commit", "-q", "-m", "all"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	return dir
}

// A reader follows one page.
type reader struct {
	*testing.T
	home    string
	dir     string // where the next block is run
	env     []string
	address *strings.Replacer // of the servers, so that two readers do not meet
	serving *exec.Cmd
	ended   chan error // of what serves
	told    *told      // by what serves
}

// patience is how long a block may take: the first ones compile everything.
const patience = 5 * time.Minute

// newReader has nothing but the Go command's caches, so that nothing is fetched twice.
// A clone of the published repository is one of this one.
func newReader(t *testing.T, clone string) *reader {
	t.Helper()
	home := t.TempDir()
	caches, err := exec.Command("go", "env", "GOMODCACHE", "GOCACHE", "GOFLAGS").Output()
	if err != nil {
		t.Fatal(err)
	}
	known := strings.Split(string(caches), "\n")
	r := &reader{T: t, home: home, dir: home, address: strings.NewReplacer("127.0.0.1:5000", freeAddress(t), "127.0.0.1:8000", freeAddress(t))}
	r.env = append(os.Environ(), "GOWORK=", "HOME="+home, "GOMODCACHE="+known[0], "GOCACHE="+known[1],
		"GOFLAGS="+known[2]+" -trimpath", // what was compiled for one folder serves all
		"GIT_CONFIG_COUNT=1", "GIT_CONFIG_KEY_0=url."+clone+".insteadOf", "GIT_CONFIG_VALUE_0=https://"+module)
	return r
}

// leavesNothing looks that a clone has nothing in it that git would ask about, but for the
// application that the page made there.
func (r *reader) leavesNothing() {
	r.Helper()
	cmd := exec.Command("git", "-C", filepath.Join(r.home, "dewar"), "status", "--porcelain")
	out, err := cmd.Output()
	if err != nil {
		return // nothing was cloned
	}
	for line := range strings.Lines(string(out)) {
		if strings.HasPrefix(line, "??") && line != "?? shop/\n" {
			r.Errorf("the clone of who follows the page has %s", line)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// follow does what a block says, and reports whether it could be done.
func (r *reader) follow(b block, want string) bool {
	r.Helper()
	text := r.address.Replace(b.text)
	switch {
	case b.marker == "file":
		name := filepath.Join(r.dir, filepath.FromSlash(b.argument))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			r.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			r.Fatal(err)
		}
	case b.language != "sh" || b.marker == "not run":
	case b.marker == "serves":
		return r.serve(b, text)
	default:
		return r.run(b, text, want)
	}
	return true
}

// run runs a block to its end; where it has gone the next one begins.
func (r *reader) run(b block, text, want string) bool {
	r.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	where := filepath.Join(r.TempDir(), "where")
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", text+"\npwd >"+where)
	var out, all strings.Builder
	var mu sync.Mutex
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.Stdout, cmd.Stderr = printer{&mu, []io.Writer{&out, &all}}, printer{&mu, []io.Writer{&all}}
	cmd.WaitDelay = time.Second
	if err := cmd.Run(); err != nil {
		r.Errorf("%s: %v\n%s%s", b.place, err, text, all.String())
		return false
	}
	dir, err := os.ReadFile(where)
	if err != nil {
		r.Fatal(err)
	}
	r.dir = strings.TrimSpace(string(dir))
	if _, err := os.Stat(filepath.Join(r.dir, "go.work")); err == nil && cloned.MatchString(text) {
		r.move()
	}
	if got := strings.TrimSpace(out.String()); want != "" && got != strings.TrimSpace(r.address.Replace(want)) {
		r.Errorf("%s printed\n%s\nand the page says\n%s", b.place, got, want)
	}
	return true
}

var cloned = regexp.MustCompile(`\bgit clone\b`)

// move gives the examples in a fresh clone, and the programs of package cli, the reader's
// addresses.
func (r *reader) move() {
	r.Helper()
	mains, err := filepath.Glob(filepath.Join(r.dir, "examples", "*", "main.go"))
	if err != nil {
		r.Fatal(err)
	}
	mains = append(mains, filepath.Join(r.dir, "framework", "cli", "run.go"))
	for _, name := range mains {
		source, err := os.ReadFile(name)
		if err == nil {
			err = os.WriteFile(name, []byte(r.address.Replace(string(source))), 0o644)
		}
		if err != nil {
			r.Fatal(err)
		}
	}
}

// A printer writes to several places, and not while another printer of its lock does.
type printer struct {
	mu *sync.Mutex
	to []io.Writer
}

func (p printer) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return io.MultiWriter(p.to...).Write(b)
}

// A told collects what a server prints, and tells when there is an address in it.
type told struct {
	mu    sync.Mutex
	text  strings.Builder
	ready chan struct{}
	once  sync.Once
}

var address = regexp.MustCompile(`https?://[0-9a-z.\[\]:]+:\d+`)

func (t *told) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.text.Write(p)
	if address.MatchString(t.text.String()) {
		t.once.Do(func() { close(t.ready) })
	}
	return len(p), nil
}

func (t *told) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.text.String()
}

// serve starts a block in a process group of its own and waits until it says where it
// serves.
func (r *reader) serve(b block, text string) bool {
	r.Helper()
	r.stop()
	r.told = &told{ready: make(chan struct{})}
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", text)
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.Stdout, cmd.Stderr = r.told, r.told
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		r.Fatal(err)
	}
	r.serving, r.ended = cmd, make(chan error, 1)
	go func() { r.ended <- cmd.Wait() }() // ends with the process, which stop ends
	select {
	case <-r.told.ready:
		return true
	case err := <-r.ended:
		r.serving = nil
		r.Errorf("%s ended with %v\n%s", b.place, err, r.told)
	case <-time.After(patience):
		r.Errorf("%s does not say where it serves\n%s", b.place, r.told)
	}
	return false
}

// stop is Control-C in the window of what serves.
func (r *reader) stop() {
	if r.serving == nil {
		return
	}
	group := -r.serving.Process.Pid
	r.serving = nil
	_ = syscall.Kill(group, syscall.SIGINT)
	select {
	case <-r.ended:
	case <-time.After(20 * time.Second):
		_ = syscall.Kill(group, syscall.SIGKILL)
		<-r.ended
		r.Errorf("what serves does not end with SIGINT\n%s", r.told)
	}
}
