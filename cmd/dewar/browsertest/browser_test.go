//go:build unix

package browsertest

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// patience is how long a step may take on a busy machine: a build, for one.
const patience = 2 * time.Minute

var command string // dewar, built once

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "dewar-browsertest-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		command = filepath.Join(dir, "dewar")
		build := exec.Command("go", "build", "-o", command, ".")
		build.Dir = ".."
		if out, err := build.CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "dewar does not build: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// A project is dewar run in a folder of its own.
type project struct {
	t   *testing.T
	dir string
	url string

	mu     sync.Mutex
	output bytes.Buffer
}

// run copies the application that the loop's own tests have, and runs it.
func run(t *testing.T) *project {
	t.Helper()
	p := &project{t: t, dir: filepath.Join(t.TempDir(), "shop")}
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(p.dir, os.DirFS("../internal/dev/testdata/shop")); err != nil {
		t.Fatal(err)
	}
	mod, err1 := os.ReadFile(filepath.Join(root, "examples/go.mod"))
	sum, err2 := os.ReadFile(filepath.Join(root, "go.sum"))
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	text := strings.Replace(string(mod), "module github.com/dewar-go/dewar/examples", "module shop", 1)
	p.write("go.mod", strings.Replace(text, "=> ../", "=> "+root, 1))
	p.write("go.sum", string(sum))

	cmd := exec.Command(command, "run", "--addr", "127.0.0.1:0")
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "SHOP_NAME=tested", "DEWAR_EDITOR=vscode://file/{file}:{line}")
	pipe, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = input, input
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	input.Close()
	ready := make(chan string, 100)
	read := make(chan struct{})
	go func() { // ends with the command, which the test's end tells to
		defer close(read)
		lines := bufio.NewScanner(pipe)
		for lines.Scan() {
			p.mu.Lock()
			fmt.Fprintln(&p.output, lines.Text())
			p.mu.Unlock()
			if _, url, ok := strings.Cut(lines.Text(), "ready at "); ok {
				ready <- url
			}
		}
	}()
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("dewar run ended with %v", err)
		}
		<-read
		pipe.Close()
		if t.Failed() {
			t.Log(p.output.String())
		}
	})
	select {
	case p.url = <-ready:
	case <-read:
		t.Fatal("dewar run ended")
	case <-time.After(patience):
		t.Fatal("it never served")
	}
	return p
}

func (p *project) write(name, text string) {
	p.t.Helper()
	if err := os.WriteFile(filepath.Join(p.dir, name), []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// A browser is one tab of Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context
}

func open(t *testing.T) *browser {
	t.Helper()
	path, err := exec.LookPath("chromium")
	if err != nil {
		t.Fatalf("these tests need chromium: %v", err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.WSURLReadTimeout(patience),
		chromedp.WindowSize(1280, 900))
	ctx, stop := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, closeTab := chromedp.NewContext(ctx)
	b := &browser{t: t, ctx: ctx}
	b.do(chromedp.Navigate("about:blank")) // starts the browser
	errs, entries := chromedp.Events(ctx, runtime.ExceptionThrown), chromedp.Events(ctx, cdplog.EntryAdded)
	if _, err := chromedp.Call(ctx, cdplog.Enable, cdp.Empty{}); err != nil {
		t.Fatal(err)
	}
	var listeners sync.WaitGroup // end with the tab
	listeners.Go(func() {
		for e, err := range errs {
			if err == nil {
				b.complain(fmt.Sprintf("%+v", e.ExceptionDetails))
			}
		}
	})
	listeners.Go(func() {
		for e, err := range entries {
			if err == nil && (e.Entry.Source == "security" || strings.Contains(e.Entry.Text, "Content Security Policy")) {
				b.complain(e.Entry.Text)
			}
		}
	})
	t.Cleanup(func() {
		closeTab()
		stop()
		listeners.Wait()
	})
	return b
}

func (b *browser) complain(text string) { b.t.Errorf("the browser complains: %s", text) }

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, actions...); err != nil {
		b.t.Fatal(err)
	}
}

// visit loads an address, whatever its status.
func (b *browser) visit(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
}

// shows waits until the page has a text.
func (b *browser) shows(text string) {
	b.t.Helper()
	limit := time.Now().Add(patience)
	var got string
	for time.Now().Before(limit) {
		// A page that is being replaced cannot be asked: then it is asked again.
		shown, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](`document.body ? document.body.innerText : ""`))
		if err == nil && strings.Contains(shown, text) {
			return
		}
		got = shown
		time.Sleep(5 * time.Millisecond) // nobody tells of what another page is about to be
	}
	b.t.Fatalf("the page never shows %q, but\n%s", text, got)
}

func evaluate[T any](b *browser, script string) T {
	b.t.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		b.t.Fatalf("%s: %v", script, err)
	}
	return v
}

// await waits until an expression is true on the page, which stays.
func (b *browser) await(expression string) {
	b.t.Helper()
	if _, err := chromedp.Run(b.ctx, chromedp.Poll[bool](expression, chromedp.WithPollingTimeout(patience))); err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
}

// look takes pictures of the page, in light and dark, on a phone and on a desk, and
// fails where a page is wider than the screen.
func (b *browser) look(name string) {
	b.t.Helper()
	folder := os.Getenv("DEWAR_SCREENSHOTS")
	for _, scheme := range []string{"light", "dark"} {
		for _, screen := range []struct {
			name          string
			width, height int64
			mobile        bool
		}{{"phone", 390, 844, true}, {"desktop", 1280, 900, false}} {
			_, err := chromedp.Call(b.ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			if err != nil {
				b.t.Fatal(err)
			}
			b.screen(screen.width, screen.height, screen.mobile)
			if wide := evaluate[int64](b, `document.documentElement.scrollWidth`); wide > screen.width {
				b.t.Errorf("%s on a %s is %d pixels wide, the screen has %d", name, screen.name, wide, screen.width)
			}
			if folder == "" {
				continue
			}
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err := errors.Join(err, os.MkdirAll(folder, 0o755), os.WriteFile(filepath.Join(folder, name+"-"+scheme+"-"+screen.name+".png"), picture, 0o644)); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	b.screen(1280, 900, false)
}

func (b *browser) screen(width, height int64, mobile bool) {
	b.t.Helper()
	if mobile {
		b.do(chromedp.EmulateViewport(width, height, chromedp.EmulateMobile))
	} else {
		b.do(chromedp.EmulateViewport(width, height))
	}
}
