package server

import (
	"errors"
	"net"
	"os"
	"syscall"
	"time"
)

// sendFilePiece bounds one sendfile(2), so that the write time-out rolls with what
// the client takes.
const sendFilePiece = 4 << 20

// sendFile sends n bytes of f from offset off on: with sendfile(2) on a socket of
// the system's, by copying anywhere else. The file's own offset does not move,
// which is why this is not TCPConn.ReadFrom.
func (o *output) sendFile(f *os.File, off, n int64) error {
	conn, ok := o.nc.(*net.TCPConn)
	if !ok {
		return o.copyFile(f, off, n)
	}
	socket, err := conn.SyscallConn()
	if err != nil {
		return o.copyFile(f, off, n)
	}
	file, err := f.SyscallConn()
	if err != nil {
		return o.copyFile(f, off, n)
	}
	for n > 0 && o.err == nil {
		o.arm(time.Now())
		sent, err := sendPiece(socket, file, off, min(n, sendFilePiece))
		off, n = off+sent, n-sent
		o.count += sent
		switch {
		case errors.Is(err, syscall.EINVAL), errors.Is(err, syscall.ENOSYS): // not a file that can be mapped
			return o.copyFile(f, off, n)
		case err != nil:
			o.fail(err)
		case sent == 0:
			return errShortFile(f, n)
		}
	}
	return o.err
}

// sendPiece waits until the socket takes at least one byte.
func sendPiece(socket, file syscall.RawConn, off, n int64) (sent int64, err error) {
	failed := file.Control(func(in uintptr) {
		waited := socket.Write(func(out uintptr) bool {
			for {
				var k int
				k, err = syscall.Sendfile(int(out), int(in), &off, int(n))
				sent = int64(max(k, 0))
				if err != syscall.EINTR {
					return err != syscall.EAGAIN
				}
			}
		})
		if waited != nil {
			err = waited
		}
	})
	if failed != nil {
		err = failed
	}
	return sent, err
}
