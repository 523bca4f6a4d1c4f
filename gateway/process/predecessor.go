package process

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway/internal/listen"
)

// variable is the environment variable that tells a successor how to report: the
// descriptor to write to, and the process that waits. It is cleared once it was read, so
// that the children of this process do not take it for theirs.
const variable = "DEWAR_READY"

// readyWord is what a successor says when it serves.
const readyWord = "ready\n"

// predecessor is the process whose place this one takes. A process has one or none from
// its first moment on, and its descriptor must not leak into children.
var predecessor = findPredecessor()

// An ancestor waits for this process to be ready.
type ancestor struct {
	pid  int      // 0: there is none
	pipe *os.File // nil: it was told
}

func findPredecessor() *ancestor {
	text := os.Getenv(variable)
	_ = os.Unsetenv(variable)
	fd, pid, _ := strings.Cut(text, " ")
	number, err1 := strconv.Atoi(fd)
	id, err2 := strconv.Atoi(pid)
	if err1 != nil || err2 != nil {
		return new(ancestor)
	}
	listen.Conceal(number)
	return &ancestor{pid: id, pipe: os.NewFile(uintptr(number), "predecessor")}
}

// report tells that this process is ready. A predecessor that is gone does not listen,
// and has left this process alone with the sockets: so it serves.
func (a *ancestor) report() error {
	if a.pipe == nil {
		return nil
	}
	_, _ = a.pipe.WriteString(readyWord)
	err := a.pipe.Close()
	a.pipe = nil
	if err != nil {
		return fmt.Errorf("process: %w", err)
	}
	return nil
}

// drains reports whether the predecessor is still there: the parent of a process
// changes when it ends.
func (a *ancestor) drains() bool { return a.pid != 0 && os.Getppid() == a.pid }

func (p *Process) isSuccessor() bool { return predecessor.pid != 0 }
