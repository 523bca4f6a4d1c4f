package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/internal/listen"
)

// # Upgrade
//
// The sockets are one object in the kernel that two processes hold for a while, so that
// its queue outlives either of them, and no connection is refused:
//
//	old: serves ─ USR2 ─ starts new ────────── waits ───── stops accepting ─ drains ─ ends
//	new:                 └ takes the sockets ─ Startup ─ "ready" ─ serves ───────────────►
//
// A successor that ends, or is not ready in time, leaves the old process as it was.
// Once the new one is ready the old accepts nothing more: no request meets old code.

// firstFile is the number of the first of exec.Cmd's ExtraFiles in the child. It is the
// pipe to report on; the sockets follow.
const firstFile = 3

// upgrade starts a successor, and ends this process's server when it is ready.
func (p *Process) upgrade(ctx context.Context) {
	pid, err := p.succeed(ctx)
	if err != nil {
		p.fault(fmt.Errorf("upgrade: %w", err))
		return
	}
	listen.Leave()
	p.tell(fmt.Sprintf("MAINPID=%d", pid))
	p.cease(gateway.ErrReplaced)
}

// succeed returns when the successor is ready, or has failed and is gone.
func (p *Process) succeed(ctx context.Context) (pid int, err error) {
	if ctx.Err() != nil {
		return 0, errors.New("this process has been told to stop")
	}
	if predecessor.drains() {
		return 0, fmt.Errorf("the predecessor, process %d, has not finished yet", predecessor.pid)
	}
	ready, report, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer ready.Close()
	cmd, err := start(report)
	_ = report.Close() // or the end of the successor would not be seen
	if err != nil {
		return 0, err
	}
	stopWaiting := context.AfterFunc(ctx, func() { _ = ready.SetReadDeadline(time.Unix(1, 0)) })
	defer stopWaiting()
	_ = ready.SetReadDeadline(time.Now().Add(p.config.UpgradeTimeout))
	word := make([]byte, len(readyWord))
	if _, err := io.ReadFull(ready, word); err != nil || string(word) != readyWord || ctx.Err() != nil {
		_ = cmd.Process.Kill()
		return 0, p.failure(ctx, err, cmd.Wait())
	}
	pid = cmd.Process.Pid
	return pid, cmd.Process.Release() // it outlives this process
}

// failure says why a successor was none.
func (p *Process) failure(ctx context.Context, err, end error) error {
	switch {
	case ctx.Err() != nil:
		return errors.New("given up, since this process was told to stop")
	case errors.Is(err, os.ErrDeadlineExceeded):
		return fmt.Errorf("the successor was not ready within %v and was killed", p.config.UpgradeTimeout)
	}
	return fmt.Errorf("the successor ended before it was ready: %w", end)
}

// start starts the program anew, with copies of the sockets.
func start(report *os.File) (*exec.Cmd, error) {
	sockets, environment, err := listen.Hand(firstFile + 1)
	if err != nil {
		return nil, err
	}
	defer func() {
		for _, f := range sockets {
			_ = f.Close()
		}
	}()
	path, err := program(os.Args[0])
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(path, os.Args[1:]...)
	cmd.Args[0] = os.Args[0]
	cmd.Dir = directory
	cmd.Env = append(slices.DeleteFunc(os.Environ(), ours),
		environment, fmt.Sprintf("%s=%d %d", variable, firstFile, os.Getpid()))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = append([]*os.File{report}, sockets...)
	return cmd, cmd.Start()
}

// ours reports whether a variable of the environment speaks of this process alone:
// systemd addresses its sockets and its watchdog to one number.
func ours(assignment string) bool {
	name, _, _ := strings.Cut(assignment, "=")
	return slices.Contains([]string{"LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID"}, name)
}

// directory is where the program was started. os.Getwd keeps symbolic links that the
// shell went through, such as that to the current release.
var directory, _ = os.Getwd()

// program finds what a new start of the program would run: the name that it was called
// by, not the file behind it, which may be last week's.
func program(name string) (string, error) {
	if !strings.ContainsRune(name, filepath.Separator) {
		return exec.LookPath(name)
	}
	if !filepath.IsAbs(name) {
		name = filepath.Join(directory, name)
	}
	return name, nil
}
