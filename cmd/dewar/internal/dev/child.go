package dev

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/dewar-go/dewar/framework/debug"
	"github.com/dewar-go/dewar/internal/descriptor"
)

// A child is a program that was started.
type child struct {
	cmd     *exec.Cmd
	control *os.File // the socket on which it speaks with the loop; see package debug
	folders []string // in which it sees changes by itself
	output  *tail
	dir     string
	killing *time.Timer // nil: it was not told to end
}

// said is a message of a program.
type said struct {
	child *child
	Kind  string   `json:"kind"`
	Path  string   `json:"path"`
	Addrs []string `json:"addrs"`
}

// url is where a program that is ready serves: on the loop's socket, maybe with TLS.
func (s *said) url(ours string) string {
	port := ours[strings.LastIndexByte(ours, ':'):]
	for _, addr := range s.Addrs {
		if strings.HasSuffix(addr, port) {
			return addr
		}
	}
	return ours
}

// The descriptors that a child is started with, behind the standard ones.
const (
	socketFD  = 3
	controlFD = 4
)

// startChild starts the program with a copy of the socket.
func startChild(l *Loop) (*child, error) {
	socket, err := descriptor.Duplicate(l.front.listener)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	ours, theirs, err := socketPair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	c := &child{control: ours, output: &tail{out: l.config.Out}, dir: l.config.Dir}
	c.cmd = exec.Command(l.program, l.config.Args...)
	c.cmd.Dir = l.config.Dir
	c.cmd.Env = environment(l.config.Release)
	c.cmd.Args[0] = filepath.Base(l.config.Dir)
	c.cmd.Stdout, c.cmd.Stderr = c.output, c.output
	c.cmd.WaitDelay = time.Second // for what it has started, which may have its output
	c.cmd.ExtraFiles = []*os.File{socket, theirs}
	group(c.cmd)
	dieWithUs(c.cmd)
	if err := c.cmd.Start(); err != nil {
		_ = ours.Close()
		return nil, err
	}
	go c.listen(l) // ends when the program closes its end
	go func() {    // ends with the program
		_ = c.cmd.Wait()                 // ProcessState says it all
		_ = killGroup(c.cmd.Process.Pid) // what it has left behind
		l.ended <- c
	}()
	return c, nil
}

// environment is that of a program: the loop's, with what package debug and the servers
// look for.
func environment(release bool) []string {
	env := slices.DeleteFunc(os.Environ(), func(assignment string) bool {
		name, _, _ := strings.Cut(assignment, "=")
		return slices.Contains([]string{"DEWAR_SOCKETS", "DEWAR_READY", debug.LoopVariable, "LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"}, name)
	})
	env = append(env, fmt.Sprintf(`DEWAR_SOCKETS=[{"addr":"","fd":%d}]`, socketFD), fmt.Sprintf("%s=%d", debug.LoopVariable, controlFD))
	if !release {
		env = append(env, debug.Variable+"=1")
	}
	return env
}

// listen hears the program.
func (c *child) listen(l *Loop) {
	messages := json.NewDecoder(c.control)
	for {
		s := said{child: c}
		if messages.Decode(&s) != nil {
			return
		}
		select {
		case l.said <- s:
		case <-l.front.gone:
			return
		}
	}
}

// tell has the program tell its pages of a change.
func (c *child) tell(e effect) {
	_ = c.control.SetWriteDeadline(time.Now().Add(time.Second)) // one that does not listen is none of ours
	_, _ = fmt.Fprintf(c.control, "{\"kind\":%q}\n", e)
}

// end asks the program to end, and kills it when it takes too long.
func (c *child) end(grace time.Duration) {
	_ = terminate(c.cmd.Process.Pid)
	c.killing = time.AfterFunc(grace, func() { _ = killGroup(c.cmd.Process.Pid) })
}

// ended follows the program's end.
func (c *child) ended() {
	if c.killing != nil {
		c.killing.Stop()
	}
	_ = c.control.Close() // ends listen
}

// again is what to do about a program that has ended.
const again = "Change a file to start it anew."

// report says how a program ended that was not told to.
func (c *child) report() *debug.Report {
	text := plain(c.output.bytes())
	r := &debug.Report{
		Title:  "The program has ended: " + c.cmd.ProcessState.String(),
		Output: text,
		Finds:  append(callsOf(c.dir, text), places(c.dir, text)...),
		Note:   "This is the end of what it said. " + again,
	}
	if strings.TrimSpace(text) == "" {
		r.Note = "It said nothing. " + again
	}
	return r
}

// A tail passes output on and remembers its end.
type tail struct {
	out io.Writer
	mu  sync.Mutex
	end []byte
}

const tailSize = 32 << 10

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.end = append(t.end, p...)
	if n := len(t.end) - tailSize; n > 0 {
		t.end = append(t.end[:0], t.end[n:]...)
	}
	_, err := t.out.Write(p)
	if errors.Is(err, os.ErrClosed) {
		err = nil // the program is not to suffer from it
	}
	return len(p), err
}

func (t *tail) bytes() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.end)
}
