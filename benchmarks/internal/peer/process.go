package peer

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/proc"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// A Place is where processes run and find their files.
type Place struct {
	Binaries string    // folder of Build
	Static   string    // folder served below site.StaticPath
	Database string    // file of the fortunes
	Sources  string    // the suite's folder of peers
	Core     proc.Core // of the server

	// Certificate is the folder of site.CertificateFiles where the server is to
	// speak TLS, else "".
	Certificate string
}

// environment is what every server is told.
func (at Place) environment() []string {
	return []string{
		"GOMAXPROCS=1",
		site.StaticVariable + "=" + at.Static,
		fortune.Variable + "=" + at.Database,
		site.CertificateVariable + "=" + at.Certificate,
	}
}

// A Process is a peer that runs.
type Process struct {
	Address string // host:port
	PID     int
	Begun   time.Time // when it was started

	cmd       *exec.Cmd
	exited    chan struct{}
	complaint *excerpt
	folder    string
	stdin     io.Closer
}

// startTimeout bounds the wait for a server's address, or for it to listen.
const startTimeout = 20 * time.Second

// Start runs the peer and returns when it listens. The caller stops it.
func (p Peer) Start(ctx context.Context, at Place) (*Process, error) {
	folder, err := os.MkdirTemp("", "benchmarks-"+p.Name+"-")
	if err != nil {
		return nil, fmt.Errorf("peer: %w", err)
	}
	r := &Process{exited: make(chan struct{}), complaint: new(excerpt), folder: folder}
	if p.installed == nil {
		err = r.startBuilt(p, at)
	} else {
		err = r.startInstalled(ctx, p, at)
	}
	if err != nil {
		r.Stop()
		return nil, fmt.Errorf("peer: %s did not start: %w%s", p.Name, err, r.complaint)
	}
	return r, nil
}

// startBuilt starts a Go peer, which binds a free port and prints its address.
func (r *Process) startBuilt(p Peer, at Place) error {
	r.cmd = exec.Command(p.Binary(at.Binaries))
	r.cmd.Env = append(r.cmd.Environ(), at.environment()...)
	stdin, err := r.cmd.StdinPipe()
	if err != nil {
		return err
	}
	r.stdin = stdin
	out, in, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	r.cmd.Stdout = in
	err = r.begin(at.Core)
	_ = in.Close()
	if err != nil {
		return err
	}
	_ = out.SetReadDeadline(time.Now().Add(startTimeout))
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		return fmt.Errorf("it printed no address: %w", err)
	}
	r.Address = strings.TrimPrefix(strings.TrimSpace(line), "http://")
	return nil
}

// startInstalled starts a program on a port that was free a moment ago and waits
// until it accepts.
func (r *Process) startInstalled(ctx context.Context, p Peer, at Place) error {
	port, err := freePort()
	if err != nil {
		return err
	}
	s := setting{port: port, folder: r.folder, static: at.Static, sources: at.Sources, certificate: at.Certificate}
	if r.cmd, err = p.installed.command(s); err != nil {
		return err
	}
	r.cmd.Env = append(r.cmd.Environ(), at.environment()...)
	r.cmd.Stdout = r.complaint
	if err := r.begin(at.Core); err != nil {
		return err
	}
	r.Address = fmt.Sprintf("127.0.0.1:%d", port)
	return r.accepts(ctx)
}

// begin starts the command in a group of its own and waits for its end in a
// goroutine, which ends with the process.
func (r *Process) begin(core proc.Core) error {
	proc.Group(r.cmd)
	r.cmd.Stderr = r.complaint
	r.Begun = time.Now()
	if err := proc.Start(r.cmd, core); err != nil {
		r.cmd = nil
		return err
	}
	r.PID = r.cmd.Process.Pid
	go func() {
		_ = r.cmd.Wait()
		close(r.exited)
	}()
	return nil
}

// accepts waits until the server takes a connection.
func (r *Process) accepts(ctx context.Context) error {
	// The programs cannot tell when they listen, so they are asked.
	const pause = 2 * time.Millisecond
	deadline := time.Now().Add(startTimeout)
	for {
		c, err := net.DialTimeout("tcp", r.Address, startTimeout)
		if err == nil {
			return c.Close()
		}
		select {
		case <-r.exited:
			return errors.New("it ended")
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("it does not listen after %v: %w", startTimeout, err)
		}
	}
}

// Stop ends the process and all it started, and waits for it.
func (r *Process) Stop() {
	if r.stdin != nil {
		_ = r.stdin.Close()
	}
	if r.cmd != nil {
		proc.End(r.cmd, r.exited)
	}
	_ = os.RemoveAll(r.folder)
}

// Complaint is what the server has written to standard error so far.
func (r *Process) Complaint() string { return r.complaint.String() }

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}

// An excerpt keeps the beginning of what is written to it.
type excerpt struct {
	mu   sync.Mutex
	text bytes.Buffer
}

// excerptSize is enough for the first error and its trace.
const excerptSize = 4 << 10

func (e *excerpt) Write(p []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.text.Write(p[:min(len(p), excerptSize-e.text.Len())])
	return len(p), nil
}

// String is what was kept, on lines of its own; "" where nothing was.
func (e *excerpt) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.text.Len() == 0 {
		return ""
	}
	return "\n" + strings.TrimSpace(e.text.String())
}
