package framework_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/server"
)

// The child process of TestRunStopsAtSignals: an application whose handler says
// that it runs, and answers once its standard input is closed.
func runChild() {
	app := framework.New("child")
	app.Get("/slow", func(c *framework.Context) error {
		os.Stdout.WriteString("running\n")
		io.Copy(io.Discard, os.Stdin)
		return c.Text("done")
	})
	if err := app.Run(server.New(server.Config{Addr: "127.0.0.1:0"})); err != nil {
		os.Stdout.WriteString("error: " + err.Error() + "\n")
		os.Exit(3)
	}
	os.Stdout.WriteString("drained\n")
}

func TestMain(m *testing.M) {
	if os.Getenv("DEWAR_RUN_CHILD") != "" {
		runChild()
		return
	}
	os.Exit(m.Run())
}

type child struct {
	cmd            *exec.Cmd
	stdin          io.Closer
	stdout, stderr lines
	address        string
}

// lines reads a pipe line by line.
type lines struct{ r io.Reader }

func (l lines) next(t *testing.T) string {
	t.Helper()
	var line []byte
	for b := make([]byte, 1); ; {
		if _, err := l.r.Read(b); err != nil {
			t.Fatalf("the child's output ended after %q: %v", line, err)
		}
		if b[0] == '\n' {
			return string(line)
		}
		line = append(line, b[0])
	}
}

func startChild(t *testing.T) *child {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "DEWAR_RUN_CHILD=1")
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	stderr, err3 := cmd.StderrPipe()
	if err := errors.Join(err1, err2, err3, cmd.Start()); err != nil {
		t.Fatal(err)
	}
	c := &child{cmd: cmd, stdin: stdin, stdout: lines{stdout}, stderr: lines{stderr}}
	t.Cleanup(func() { cmd.Process.Kill() })
	line := c.stderr.next(t)
	address, ok := strings.CutPrefix(line, " * child is served on ")
	if !ok || !strings.HasSuffix(address, " (Press CTRL+C to quit)") {
		t.Fatalf("announced as %q", line)
	}
	c.address = strings.TrimSuffix(address, " (Press CTRL+C to quit)")
	return c
}

func TestRunStopsAtSignals(t *testing.T) {
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM} {
		c := startChild(t)
		answer := make(chan string, 1)
		go func() {
			r, err := http.Get(c.address + "/slow")
			if err != nil {
				answer <- err.Error()
				return
			}
			body, _ := io.ReadAll(r.Body)
			answer <- string(body)
		}()
		c.stdout.next(t) // running
		c.cmd.Process.Signal(s)
		c.stdin.Close() // the handler may go on
		if got := <-answer; got != "done" {
			t.Errorf("%v: the request that ran got %q", s, got)
		}
		if line := c.stdout.next(t); line != "drained" {
			t.Errorf("%v: %q", s, line)
		}
		if err := c.cmd.Wait(); err != nil {
			t.Errorf("%v: %v", s, err)
		}
	}
}

func TestRunEndsAtTheSecondSignal(t *testing.T) {
	c := startChild(t)
	go http.Get(c.address + "/slow")
	c.stdout.next(t) // running, and it will not end by itself
	c.cmd.Process.Signal(syscall.SIGTERM)
	for {
		// The first signal has arrived once the address refuses connections.
		conn, err := net.Dial("tcp", strings.TrimPrefix(c.address, "http://"))
		if err != nil {
			break
		}
		conn.Close()
	}
	c.cmd.Process.Signal(syscall.SIGTERM)
	var exit *exec.ExitError
	if err := c.cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGTERM {
		t.Errorf("ended with %v", err)
	}
}

func TestRunReportsMistakesBeforeItBinds(t *testing.T) {
	app := framework.New("broken")
	app.Get("oops", hello)
	err := app.Run(neverServer{t})
	var setup *framework.SetupError
	if !errors.As(err, &setup) {
		t.Errorf("Run gave %v", err)
	}
}

type neverServer struct{ t *testing.T }

func (s neverServer) Serve(context.Context, gateway.Handler) error {
	s.t.Error("a broken application was served")
	return nil
}

func TestAddressURL(t *testing.T) {
	for _, test := range []struct {
		scheme string
		addr   net.Addr
		want   string
	}{
		{"http", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 5000}, "http://127.0.0.1:5000"},
		{"http", &net.TCPAddr{IP: net.IPv6zero, Port: 5000}, "http://127.0.0.1:5000"},
		{"http", &net.TCPAddr{Port: 80}, "http://127.0.0.1"},
		{"https", &net.TCPAddr{IP: net.IPv6loopback, Port: 443}, "https://[::1]"},
		{"https", &net.TCPAddr{IP: net.IPv6loopback, Port: 8443}, "https://[::1]:8443"},
		{"http", &net.UnixAddr{Name: "/run/app.sock", Net: "unix"}, "unix:/run/app.sock"},
	} {
		if got := framework.AddressURL(test.scheme, test.addr); got != test.want {
			t.Errorf("%v: %s, want %s", test.addr, got, test.want)
		}
	}
}
