// Package listen binds the addresses that gateways are configured with, once for
// all of them.
package listen

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

// On binds addr: "host:port", ":port" for all interfaces, port 0 for any free one,
// or "unix:" and a path. The socket file of a server that died is replaced; one
// that a server still answers on is an error, and so is a file that is no socket.
// Errors carry no package's prefix: the gateway adds its own.
func On(addr string) (net.Listener, error) {
	network := "tcp"
	if path, unix := strings.CutPrefix(addr, "unix:"); unix {
		network, addr = "unix", path
		if err := removeStale(path); err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w", path, err)
		}
	}
	return net.Listen(network, addr)
}

// removeStale removes what a server that died left behind, and nothing else.
func removeStale(path string) error {
	switch info, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != fs.ModeSocket:
		return errors.New("the file exists and is not a socket")
	}
	conn, err := net.DialTimeout("unix", path, time.Second)
	switch {
	case err == nil:
		_ = conn.Close()
		return errors.New("another server answers there")
	case !errors.Is(err, syscall.ECONNREFUSED):
		return fmt.Errorf("cannot tell whether it is in use: %w", err)
	}
	return os.Remove(path)
}
