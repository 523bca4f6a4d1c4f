package nethttp

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// listen binds addr: "host:port" or "unix:path".
func listen(addr string) (net.Listener, error) {
	network := "tcp"
	if path, ok := strings.CutPrefix(addr, "unix:"); ok {
		network, addr = "unix", path
		if err := makeRoom(path); err != nil {
			return nil, err
		}
	}
	l, err := net.Listen(network, addr)
	if err != nil {
		return nil, fmt.Errorf("nethttp: %w", err)
	}
	return l, nil
}

// makeRoom removes the socket file that a server left behind when it died; never
// one that still answers, nor a file that is no socket.
func makeRoom(path string) error {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("nethttp: %w", err)
	case info.Mode().Type() != fs.ModeSocket:
		return fmt.Errorf("nethttp: cannot listen on %s: the file exists and is not a socket", path)
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case err == nil:
		_ = conn.Close()
		return fmt.Errorf("nethttp: cannot listen on %s: another server answers there", path)
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("nethttp: cannot tell whether %s is in use: %w", path, err)
	}
	if err := os.Remove(path); err != nil {
		return fmt.Errorf("nethttp: %w", err)
	}
	return nil
}
