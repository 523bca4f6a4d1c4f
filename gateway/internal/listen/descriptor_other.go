//go:build !unix

package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
)

// Sockets are inherited on Unix only.
func adopt(fd int) (net.Listener, error) {
	return nil, fmt.Errorf("descriptor %d: %w", fd, errors.ErrUnsupported)
}

func restrict(uintptr, fs.FileMode) {}

func closeFD(int) {}

// Conceal keeps a descriptor from the children of this process.
func Conceal(int) {}
