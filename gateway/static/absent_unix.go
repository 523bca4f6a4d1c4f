//go:build unix

package static

import (
	"errors"
	"syscall"
)

// outOfService reports whether an error is the system's trouble rather than the
// path's: no descriptors, a broken disk.
func outOfService(err error) bool {
	var errno syscall.Errno
	return errors.As(err, &errno) && !absent(err)
}

// absent reports whether the system says that a path leads to no file, or to none that
// may be read.
func absent(err error) bool {
	var errno syscall.Errno
	if !errors.As(err, &errno) {
		return false
	}
	switch errno {
	case syscall.ENOENT, syscall.ENOTDIR, syscall.ENAMETOOLONG, syscall.ELOOP, syscall.EACCES, syscall.EPERM, syscall.EINVAL, syscall.ENXIO:
		return true
	}
	return false
}
