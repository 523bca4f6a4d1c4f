//go:build !unix

package listen

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
)

// Sockets are inherited on Unix only.
func adopt(fd int) (net.Listener, error) {
	return nil, fmt.Errorf("descriptor %d: %w", fd, errors.ErrUnsupported)
}

func restrict(uintptr, fs.FileMode) {}

func duplicate(net.Listener) (*os.File, error) { return nil, errors.ErrUnsupported }

func closeFD(int) {}

// Conceal keeps a descriptor from the children of this process.
func Conceal(int) {}
