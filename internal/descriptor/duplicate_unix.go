//go:build unix

package descriptor

import (
	"errors"
	"net"
	"os"
	"syscall"
)

// Duplicate is a copy of the listener's descriptor for a child process. File would
// do, but for os/exec's Fd, which makes what File returns blocking, and with it the
// listener: they share one description.
func Duplicate(l net.Listener) (*os.File, error) {
	conn, ok := l.(syscall.Conn)
	if !ok {
		return nil, errors.ErrUnsupported
	}
	raw, err := conn.SyscallConn()
	if err != nil {
		return nil, err
	}
	var copied int
	var failed error
	err = raw.Control(func(fd uintptr) {
		syscall.ForkLock.RLock() // between the copy and its mark no child may start
		defer syscall.ForkLock.RUnlock()
		if copied, failed = syscall.Dup(int(fd)); failed == nil {
			syscall.CloseOnExec(copied)
		}
	})
	if err := errors.Join(err, failed); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(copied), "socket"), nil
}
