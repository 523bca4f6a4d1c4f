package listen

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
)

// firstPassed is SD_LISTEN_FDS_START (sd_listen_fds(3)).
const firstPassed = 3

// passed are the names of the descriptors that systemd passed, from firstPassed on.
var passed = sync.OnceValues(func() ([]string, error) {
	names, err := parsePassed(os.Getenv("LISTEN_PID"), os.Getenv("LISTEN_FDS"), os.Getenv("LISTEN_FDNAMES"), os.Getpid())
	for i := range names {
		Conceal(firstPassed + i)
	}
	return names, err
})

// parsePassed understands what sd_listen_fds_with_names(3) does. Variables that are
// another process's, which has forgotten to clear them, are as good as none.
func parsePassed(pid, fds, names string, self int) ([]string, error) {
	if pid == "" || fds == "" {
		return nil, errors.New("systemd passed no sockets: LISTEN_PID and LISTEN_FDS are not set")
	}
	if pid != strconv.Itoa(self) {
		return nil, fmt.Errorf("the sockets that systemd passed are those of process %s, and this is %d", pid, self)
	}
	n, err := strconv.Atoi(fds)
	if err != nil || n < 0 || n > 1024 {
		return nil, fmt.Errorf("LISTEN_FDS is %q, want a number up to 1024", fds)
	}
	list := make([]string, n)
	for i := range list {
		list[i] = "unknown" // as sd_listen_fds_with_names(3) has it
	}
	if names != "" {
		given := strings.Split(names, ":")
		if len(given) != n {
			return nil, fmt.Errorf("LISTEN_FDNAMES has %d names for %d sockets", len(given), n)
		}
		list = given
	}
	return list, nil
}

// activated takes the sockets of a name; all of them where it is empty.
func activated(name string) ([]net.Listener, error) {
	names, err := passed()
	if err != nil {
		return nil, err
	}
	var taken []net.Listener
	for i, other := range names {
		if name != "" && name != other {
			continue
		}
		l, err := adopt(firstPassed + i)
		if err != nil {
			for _, l := range taken {
				_ = l.Close()
			}
			return nil, fmt.Errorf("systemd's socket %s: %w", other, err)
		}
		taken = append(taken, l)
	}
	if len(taken) == 0 {
		return nil, fmt.Errorf("systemd passed no socket with the name %q, but %q", name, names)
	}
	return taken, nil
}
