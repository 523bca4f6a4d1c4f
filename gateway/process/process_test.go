//go:build unix

package process_test

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/process"
)

const anyPort = "127.0.0.1:0"

// TERM and INT let the exchange that runs finish, and the process ends well.
func TestStop(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			m, environment := manage(t)
			c := run(t, anyPort, environment)
			m.expect("READY=1")
			pid := c.cmd.Process.Pid
			if got := c.pid(); got != pid {
				t.Errorf("the PID file says %d, want %d", got, pid)
			}
			answer := make(chan string, 1)
			go func() {
				got, err := c.asks("/slow")
				answer <- fmt.Sprintln(got, err)
			}()
			c.expect("running")
			c.signal(s)
			m.expect("STOPPING=1")
			c.stdin.Close() // the exchange may go on
			if got, want := <-answer, fmt.Sprintln(pid, nil); got != want {
				t.Errorf("got %s, want %s", got, want)
			}
			c.ended()
			if _, err := os.Stat(filepath.Join(c.dir, "pid")); !os.IsNotExist(err) {
				t.Errorf("the PID file is left: %v", err)
			}
		})
	}
}

// An idler is a server with nothing to do: it ends as soon as it is told to stop, while
// signals are obeyed.
type idler struct{ stop context.CancelFunc }

func (i idler) Serve(context.Context, gateway.Handler) error {
	err := syscall.Kill(os.Getpid(), syscall.SIGUSR1)
	i.stop()
	return err
}

// systemd is told of every order to stop, also where the server has ended before anybody
// looks.
func TestStopOfAnIdleServerIsTold(t *testing.T) {
	m, environment := manage(t)
	name, value, _ := strings.Cut(environment, "=")
	t.Setenv(name, value)
	signal.Notify(make(chan os.Signal, 1), syscall.SIGUSR1) // for ever: one that comes late ends no test
	for range 300 {
		ctx, stop := context.WithCancel(t.Context())
		if err := process.New(idler{stop}, process.Config{}).Serve(ctx, nil); err != nil {
			t.Fatal(err)
		}
		m.expect("STOPPING=1")
	}
}

// QUIT ends the contexts at once.
func TestQuickStop(t *testing.T) {
	c := run(t, anyPort)
	answer := make(chan error, 1)
	go func() {
		_, err := c.asks("/context")
		answer <- err
	}()
	c.expect("running")
	c.signal(syscall.SIGQUIT)
	if err := <-answer; err != nil {
		t.Errorf("a handler that heeds its context could not answer: %v", err)
	}
	c.ended()
}

// The second order to stop ends the process, whatever runs.
func TestSecondSignal(t *testing.T) {
	m, environment := manage(t)
	c := run(t, anyPort, environment)
	m.expect("READY=1")
	go c.asks("/slow")
	c.expect("running")
	c.signal(syscall.SIGINT)
	m.expect("STOPPING=1")
	c.signal(syscall.SIGINT)
	var exit *exec.ExitError
	if err := c.cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGINT {
		t.Errorf("ended with %v", err)
	}
}

// HUP runs all hooks, whether others fail or not, and tells systemd.
func TestReload(t *testing.T) {
	m, environment := manage(t)
	c := run(t, anyPort, environment)
	m.expect("READY=1")
	c.signal(syscall.SIGHUP)
	c.expect("fault: process: reload: no such settings")
	c.expect("reload")
	c.expect("reopen")
	c.expect("fault: process: reopen: gateway: handler panicked: boom")
	if message := m.expect("RELOADING=1\n"); !strings.Contains(message, "MONOTONIC_USEC=") {
		t.Errorf("got %q", message) // systemd.service(5), Type=notify-reload
	}
	m.expect("READY=1")
	c.answers(c.cmd.Process.Pid)
}

// A hook that has found new settings has the process replaced by one that begins with them.
func TestReloadThatNeedsASuccessor(t *testing.T) {
	m, environment := manage(t)
	c := run(t, anyPort, environment)
	m.expect("READY=1")
	c.write("mode", "changed")
	c.signal(syscall.SIGHUP)
	for _, line := range []string{"fault: process: reload: no such settings", "reload", "reopen", "fault: process: reopen:", "serves "} {
		c.expect(line)
	}
	m.expect("RELOADING=1\n")
	m.expect("READY=1")
	pid, _ := strconv.Atoi(strings.TrimPrefix(m.expect("MAINPID="), "MAINPID="))
	c.ended()
	c.answers(pid)
}

func TestReopen(t *testing.T) {
	c := run(t, anyPort)
	c.signal(syscall.SIGUSR1)
	c.expect("reopen")
	c.expect("fault: process: reopen: gateway: handler panicked: boom")
	c.answers(c.cmd.Process.Pid)
}

// The watchdog hears twice in its time.
func TestWatchdog(t *testing.T) {
	m, environment := manage(t)
	run(t, anyPort, environment, "WATCHDOG_USEC=100000")
	m.expect("READY=1")
	m.expect("WATCHDOG=1")
	m.expect("WATCHDOG=1")
}

func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	for name, address := range map[string]string{"TCP": anyPort, "unix": "unix:" + path} {
		t.Run(name, func(t *testing.T) {
			m, environment := manage(t)
			c := run(t, address, environment)
			m.expect("READY=1")
			old := c.cmd.Process.Pid
			slow := make(chan string, 1)
			go func() {
				got, err := c.asks("/slow")
				slow <- fmt.Sprintln(got, err)
			}()
			c.expect("running")
			c.signal(syscall.SIGUSR2)
			if got := strings.TrimPrefix(c.expect("serves "), "serves "); got != c.addr {
				t.Errorf("the successor serves %s, want %s", got, c.addr)
			}
			pid, _ := strconv.Atoi(strings.TrimPrefix(m.expect("MAINPID="), "MAINPID="))
			if pid == old || c.pid() != pid {
				t.Errorf("systemd was told %d, the PID file says %d, the old process is %d", pid, c.pid(), old)
			}
			c.stdin.Close()
			if got, want := <-slow, fmt.Sprintln(old, nil); got != want {
				t.Errorf("the exchange that ran got %s, want %s", got, want)
			}
			c.ended()
			c.answers(pid)
			if got := c.pid(); got != pid {
				t.Errorf("the PID file says %d, want %d", got, pid)
			}
			// The successor ends as its predecessor would have.
			if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			m.expect("STOPPING=1")
			c.expect(fmt.Sprintf("ended %d", pid))
			if _, err := os.Stat(path); !os.IsNotExist(err) {
				t.Errorf("the socket file is left: %v", err)
			}
		})
	}
}

// A successor that cannot start, or does not get ready, changes nothing; the next may.
func TestFailedUpgrades(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	c := run(t, "unix:"+path)
	old := c.cmd.Process.Pid
	c.write("mode", "fail")
	c.signal(syscall.SIGUSR2)
	c.expect("error: cannot start")
	c.expect("fault: process: upgrade: the successor ended before it was ready: exit status 3")
	c.answers(old)

	c.write("mode", "hang")
	c.signal(syscall.SIGUSR2)
	c.expect("hanging")
	c.signal(syscall.SIGUSR2)
	c.expect("fault: process: an upgrade is under way already")
	c.answers(old)
	c.expect("fault: process: upgrade: the successor was not ready within 4s and was killed")
	c.answers(old)

	c.write("mode", "")
	c.signal(syscall.SIGUSR2)
	c.expect("serves ")
	c.ended()
	c.answers(c.pid())
}

// An order to stop is not kept waiting by an upgrade, which is given up.
func TestStopDuringAnUpgrade(t *testing.T) {
	c := run(t, anyPort)
	c.write("mode", "hang")
	c.signal(syscall.SIGUSR2)
	c.expect("hanging")
	c.signal(syscall.SIGTERM)
	c.expect("fault: process: upgrade: given up, since this process was told to stop")
	c.ended()
}

// A process that has been told to stop starts no successor.
func TestNoUpgradeOfAProcessThatStops(t *testing.T) {
	m, environment := manage(t)
	c := run(t, anyPort, environment)
	m.expect("READY=1")
	go c.asks("/slow")
	c.expect("running")
	c.signal(syscall.SIGTERM)
	m.expect("STOPPING=1")
	c.signal(syscall.SIGUSR2)
	c.expect("fault: process: upgrade: this process has been told to stop")
	c.stdin.Close()
	c.ended()
}

// No new upgrade begins while the predecessor of this process still serves.
func TestUpgradeWaitsForThePredecessor(t *testing.T) {
	c := run(t, anyPort)
	go c.asks("/slow")
	c.expect("running")
	c.signal(syscall.SIGUSR2)
	c.expect("serves ")
	for c.pid() == c.cmd.Process.Pid {
		time.Sleep(time.Millisecond) // it is written a moment later
	}
	successor := c.pid()
	for got := ""; got != strconv.Itoa(successor); { // the predecessor may still take some
		var err error
		if got, err = c.asks("/"); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Kill(successor, syscall.SIGUSR2); err != nil {
		t.Fatal(err)
	}
	c.expect(fmt.Sprintf("fault: process: upgrade: the predecessor, process %d, has not finished yet", c.cmd.Process.Pid))
	c.stdin.Close()
	c.ended()
}

// A PID file that cannot be written is a start-up error, and the application shuts down.
func TestPIDFileThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "address"), []byte(anyPort), 0o600),
		os.Mkdir(filepath.Join(dir, "pid"), 0o700),
		os.WriteFile(filepath.Join(dir, "pid", "file"), nil, 0o600),
	); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "CHILD_DIR="+dir)
	out, err := cmd.Output()
	if err == nil || !strings.Contains(string(out), "error: process: PID file:") {
		t.Errorf("got %q, %v", out, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, ".pid-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// Whatever is not there to be told is told nothing.
func TestWithoutSystemd(t *testing.T) {
	c := run(t, anyPort, "NOTIFY_SOCKET=", "WATCHDOG_USEC=1000")
	c.signal(syscall.SIGTERM)
	c.ended()
}

func TestSystemdThatIsGone(t *testing.T) {
	c := run(t, anyPort, "NOTIFY_SOCKET="+filepath.Join(t.TempDir(), "gone"))
	c.expect("fault: process: cannot reach systemd")
	c.answers(c.cmd.Process.Pid)
}

// A socket that systemd passed is handed on, though the successor is not the process that
// systemd has passed it to.
func TestUpgradeWithASocketOfSystemd(t *testing.T) {
	l, err := net.Listen("tcp", anyPort)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	f, err := l.(*net.TCPListener).File()
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	c := runWith(t, "systemd:web", func(cmd *exec.Cmd) {
		cmd.Path, cmd.Args = "/bin/sh", []string{"sh", "-c", `LISTEN_PID=$$ exec "$0"`, os.Args[0]}
		cmd.Env = append(cmd.Env, "LISTEN_FDS=1", "LISTEN_FDNAMES=web")
		cmd.ExtraFiles = []*os.File{f}
	})
	if c.addr != l.Addr().String() {
		t.Errorf("serves %s, want %s", c.addr, l.Addr())
	}
	c.upgrade(c.cmd.Process.Pid)
	c.ended()
	c.answers(c.pid())
}
