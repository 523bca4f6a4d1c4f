//go:build unix

package process_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/process"
	"github.com/dewar-go/dewar/gateway/server"
)

// The test's binary is also the process that is tested. Its environment says how:
// CHILD_DIR is a folder where it finds its address and leaves its PID file, and where a
// file "mode" tells a successor to fail.
func TestMain(m *testing.M) {
	if dir := os.Getenv("CHILD_DIR"); dir != "" {
		serve(dir)
		return
	}
	os.Exit(m.Run())
}

func serve(dir string) {
	address, _ := os.ReadFile(filepath.Join(dir, "address"))
	s := server.New(server.Config{Addr: string(address), Grace: 10 * time.Second})
	say := func(word string) func() error {
		return func() error { fmt.Println(word); return nil }
	}
	p := process.New(s, process.Config{
		Reload: []func() error{func() error { return errors.New("no such settings") }, say("reload"), func() error {
			if mode, _ := os.ReadFile(filepath.Join(dir, "mode")); string(mode) == "changed" {
				return fmt.Errorf("addr changed: %w", gateway.ErrReplaced)
			}
			return nil
		}},
		Reopen:         []func() error{say("reopen"), func() error { panic("boom") }},
		PIDFile:        filepath.Join(dir, "pid"),
		UpgradeTimeout: 4 * time.Second,
		Error:          func(_ *gateway.Request, err error) { fmt.Println("fault:", err) },
	})
	if err := p.Serve(context.Background(), &program{dir}); err != nil {
		fmt.Println("error:", err)
		os.Exit(3)
	}
	fmt.Println("ended", os.Getpid())
}

// A program is the application: it answers with its process, and is slow when asked.
type program struct{ dir string }

func (p *program) Startup(_ context.Context, s gateway.ServerInfo) error {
	switch mode, _ := os.ReadFile(filepath.Join(p.dir, "mode")); string(mode) {
	case "fail":
		return errors.New("cannot start")
	case "hang":
		fmt.Println("hanging")
		select {}
	}
	fmt.Println("serves", s.Addrs[0])
	return nil
}

func (p *program) Shutdown(context.Context) error { return nil }

func (p *program) Serve(x *gateway.Exchange) error {
	switch x.Request.Path {
	case "/slow":
		fmt.Println("running")
		_, _ = io.Copy(io.Discard, os.Stdin) // until the test closes it
	case "/context":
		fmt.Println("running")
		<-x.Context().Done()
	}
	_, err := fmt.Fprint(x, os.Getpid())
	return err
}

// A child is a running process.
type child struct {
	t     *testing.T
	dir   string
	cmd   *exec.Cmd
	stdin io.Closer
	lines *bufio.Reader
	addr  string
}

// run starts a child and waits until it serves.
func run(t *testing.T, address string, environment ...string) *child {
	t.Helper()
	return runWith(t, address, func(cmd *exec.Cmd) { cmd.Env = append(cmd.Env, environment...) })
}

// runWith is run with a command that is changed before it starts.
func runWith(t *testing.T, address string, change func(*exec.Cmd)) *child {
	t.Helper()
	c := &child{t: t, dir: t.TempDir()}
	c.write("address", address)
	c.cmd = exec.Command(os.Args[0])
	c.cmd.Env = append(os.Environ(), "CHILD_DIR="+c.dir)
	change(c.cmd)
	stdin, err := c.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.stdin = stdin
	output, input, err := os.Pipe() // and not StdoutPipe: successors write to it too
	if err != nil {
		t.Fatal(err)
	}
	c.cmd.Stdout, c.cmd.Stderr = input, input
	if err := c.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	input.Close()
	c.lines = bufio.NewReader(output)
	t.Cleanup(func() {
		_ = output.SetReadDeadline(time.Now().Add(30 * time.Second))
		c.cmd.Process.Kill()
		c.cmd.Wait()
		if text, err := os.ReadFile(filepath.Join(c.dir, "pid")); err == nil { // a successor lives
			pid, _ := strconv.Atoi(strings.TrimSpace(string(text)))
			syscall.Kill(pid, syscall.SIGKILL)
		}
		io.Copy(io.Discard, c.lines) // until all of them are gone
		output.Close()
	})
	c.addr = strings.TrimPrefix(c.expect("serves "), "serves ")
	return c
}

func (c *child) write(name, text string) {
	c.t.Helper()
	if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// expect reads the next line, and fails unless it begins so.
func (c *child) expect(prefix string) string {
	c.t.Helper()
	line, err := c.lines.ReadString('\n')
	if err != nil {
		c.t.Fatalf("the output ended after %q: %v; want %q", line, err, prefix)
	}
	if !strings.HasPrefix(line, prefix) {
		c.t.Fatalf("got %q, want %q", line, prefix)
	}
	return strings.TrimSpace(line)
}

func (c *child) signal(s syscall.Signal) {
	c.t.Helper()
	if err := c.cmd.Process.Signal(s); err != nil {
		c.t.Fatal(err)
	}
}

// asks requests a path on a connection of its own.
func (c *child) asks(path string) (string, error) {
	client := &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			network := "tcp"
			if strings.HasPrefix(c.addr, "/") {
				network = "unix"
			}
			return new(net.Dialer).DialContext(ctx, network, c.addr)
		},
	}}
	res, err := client.Get("http://x" + path)
	if err != nil {
		return "", err
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	return string(body), err
}

// answers fails unless that process answers.
func (c *child) answers(pid int) {
	c.t.Helper()
	if got, err := c.asks("/"); err != nil || got != strconv.Itoa(pid) {
		c.t.Fatalf("got %q, %v; want an answer of process %d", got, err, pid)
	}
}

// pid reads the PID file.
func (c *child) pid() int {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "pid"))
	if err != nil {
		c.t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSuffix(string(text), "\n"))
	if err != nil {
		c.t.Fatal(err)
	}
	return pid
}

// ended waits for the first process, which is to end in good order.
func (c *child) ended() {
	c.t.Helper()
	c.expect(fmt.Sprintf("ended %d", c.cmd.Process.Pid))
	if err := c.cmd.Wait(); err != nil {
		c.t.Error(err)
	}
}

// A manager is systemd's side of sd_notify.
type manager struct {
	t    *testing.T
	conn *net.UnixConn
}

func manage(t *testing.T) (m *manager, environment string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(20 * time.Second))
	return &manager{t, conn}, "NOTIFY_SOCKET=" + name
}

func (m *manager) expect(prefix string) string {
	m.t.Helper()
	message := make([]byte, 4096)
	n, err := m.conn.Read(message)
	if err != nil || !strings.HasPrefix(string(message[:n]), prefix) {
		m.t.Fatalf("systemd was told %q, %v; want %q", message[:n], err, prefix)
	}
	return string(message[:n])
}
