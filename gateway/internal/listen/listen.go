// Package listen binds the addresses that gateways are configured with, once for
// all of them, and knows the sockets that the process was started with: those of
// systemd, and those of a predecessor that this process takes over from.
//
// An address is one of
//
//	host:port, [::]:port, :port   TCP; port 0 is any free one
//	unix:path, unix:path|0660     a socket file, with its mode; unix:@name is abstract (Linux)
//	fd://3                        a listening socket that the process has inherited
//	systemd:name, systemd:        the sockets that systemd passed under a name, or all of them
//
// Errors carry no package's prefix: the gateway adds its own.
package listen

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// On binds an address that stands for one socket.
func On(addr string) (net.Listener, error) {
	all, err := All(addr)
	if err != nil {
		return nil, err
	}
	if len(all) > 1 {
		for _, l := range all {
			_ = l.Close()
		}
		return nil, fmt.Errorf("%s stands for %d sockets, want one", addr, len(all))
	}
	return all[0], nil
}

// All binds an address: one socket, unless systemd passed several under a name. What
// a predecessor handed over under the same address is taken instead of being bound.
func All(addr string) ([]net.Listener, error) {
	if err := Check(addr); err != nil {
		return nil, err
	}
	if handed, err := handedOver(addr); handed != nil || err != nil {
		return handed, err
	}
	scheme, rest := split(addr)
	var bound []net.Listener
	var err error
	switch scheme {
	case "unix":
		bound, err = one(file(rest))
	case "fd":
		n, _ := strconv.Atoi(rest) // checked
		bound, err = one(adopt(n))
	case "systemd":
		bound, err = activated(rest)
	default:
		bound, err = one(net.Listen("tcp", addr))
	}
	for i, l := range bound {
		bound[i] = enlist(addr, l)
	}
	return bound, err
}

// Check reports what is wrong with the form of an address, without touching it.
func Check(addr string) error {
	scheme, rest := split(addr)
	switch scheme {
	case "unix":
		path, _, err := mode(rest)
		if err == nil && path == "" {
			err = errors.New("no path")
		}
		if err != nil {
			return fmt.Errorf("address %q: %w", addr, err)
		}
	case "fd":
		if n, err := strconv.Atoi(rest); err != nil || n < 0 {
			return fmt.Errorf("address %q: want fd:// and the number of a descriptor", addr)
		}
	case "tcp":
		_, port, err := net.SplitHostPort(addr)
		if err == nil {
			_, err = net.LookupPort("tcp", port)
		}
		if err != nil {
			return fmt.Errorf("address %q: %w; want host:port, unix:path, fd://number or systemd:name", addr, err)
		}
	}
	return nil
}

// split parts an address into its kind and the rest; TCP has no prefix.
func split(addr string) (scheme, rest string) {
	if rest, ok := strings.CutPrefix(addr, "unix:"); ok {
		return "unix", rest
	}
	if rest, ok := strings.CutPrefix(addr, "fd://"); ok {
		return "fd", rest
	}
	if rest, ok := strings.CutPrefix(addr, "systemd:"); ok {
		return "systemd", rest
	}
	return "tcp", addr
}

func one(l net.Listener, err error) ([]net.Listener, error) {
	if err != nil {
		return nil, err
	}
	return []net.Listener{l}, nil
}

// mode parts a path from the mode behind it; 0 where there is none.
func mode(addr string) (path string, m fs.FileMode, err error) {
	path, octal, found := strings.Cut(addr, "|")
	if !found {
		return path, 0, nil
	}
	n, err := strconv.ParseUint(octal, 8, 32)
	if err != nil || n == 0 || n > 0o777 {
		return "", 0, fmt.Errorf("mode %q: want three octal digits, such as 0660", octal)
	}
	return path, fs.FileMode(n), nil
}

// file binds a socket file. The one of a server that died is replaced; one that a
// server still answers on is an error, and so is a file that is no socket.
func file(addr string) (net.Listener, error) {
	path, perm, err := mode(addr)
	if err != nil {
		return nil, err
	}
	abstract := strings.HasPrefix(path, "@")
	if !abstract {
		if err := removeStale(path); err != nil {
			return nil, fmt.Errorf("cannot listen on %s: %w", path, err)
		}
	}
	if perm == 0 || abstract {
		return net.Listen("unix", path)
	}
	// Linux gives the file the mode that the socket has when it is bound, less the
	// umask, so that at no time more is allowed than was asked for.
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		return c.Control(func(fd uintptr) { restrict(fd, perm) })
	}}
	l, err := config.Listen(context.Background(), "unix", path)
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, perm); err != nil {
		return nil, errors.Join(err, l.Close())
	}
	return l, nil
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

// A socket is a listener that a successor can be handed.
type socket struct {
	net.Listener
	addr string // as it was configured: what a successor will ask for
}

// open lists the sockets of this process, in the order in which they were bound:
// descriptors belong to a process, so their list does.
var open struct {
	sync.Mutex
	sockets []*socket
}

func enlist(addr string, l net.Listener) net.Listener {
	s := &socket{l, addr}
	open.Lock()
	open.sockets = append(open.sockets, s)
	open.Unlock()
	return s
}

// Close stops listening. A socket file is removed, unless a successor has it.
func (s *socket) Close() error {
	open.Lock()
	for i, other := range open.sockets {
		if other == s {
			open.sockets = append(open.sockets[:i:i], open.sockets[i+1:]...)
			break
		}
	}
	open.Unlock()
	return s.Listener.Close()
}
