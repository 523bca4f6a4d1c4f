//go:build unix

package listen

import (
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"
	"syscall"
)

// taken are the descriptors that were made listeners. They are closed then, and the
// number may be another file's: none is taken twice.
var taken struct {
	sync.Mutex
	fds map[int]bool
}

// adopt makes a listener of an inherited descriptor, which it closes: a socket that
// stays open somewhere goes on queueing connections when its listener has been closed.
func adopt(fd int) (net.Listener, error) {
	taken.Lock()
	defer taken.Unlock()
	if taken.fds[fd] {
		return nil, fmt.Errorf("descriptor %d is in use already", fd)
	}
	if accepts, err := syscall.GetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_ACCEPTCONN); err != nil {
		return nil, fmt.Errorf("descriptor %d: %w", fd, os.NewSyscallError("getsockopt", err))
	} else if accepts == 0 {
		return nil, fmt.Errorf("descriptor %d is a socket that does not listen", fd)
	}
	f := os.NewFile(uintptr(fd), "socket")
	l, err := net.FileListener(f)
	if err != nil {
		return nil, fmt.Errorf("descriptor %d: %w", fd, err)
	}
	if taken.fds == nil {
		taken.fds = make(map[int]bool)
	}
	taken.fds[fd] = true
	return l, f.Close()
}

// restrict sets the mode of a socket that is not bound yet, where the system allows it.
func restrict(fd uintptr, perm fs.FileMode) { _ = syscall.Fchmod(int(fd), uint32(perm)) }

// closeFD closes a descriptor that nobody has made a file of.
func closeFD(fd int) { _ = syscall.Close(fd) }

// Conceal keeps a descriptor from the children of this process.
func Conceal(fd int) { syscall.CloseOnExec(fd) }
