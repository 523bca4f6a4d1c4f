package process

import (
	"fmt"
	"math"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

// A notifier sends messages to systemd (sd_notify(3)), or nowhere.
type notifier struct {
	socket   string        // empty: nobody listens
	watchdog time.Duration // 0: none is asked for
}

// newNotifier reads the environment that systemd sets. It is not cleared: a successor
// needs it.
func newNotifier(getenv func(string) string) notifier {
	n := notifier{socket: getenv("NOTIFY_SOCKET")}
	if pid := getenv("WATCHDOG_PID"); pid == "" || pid == strconv.Itoa(os.Getpid()) {
		if usec, err := strconv.ParseInt(getenv("WATCHDOG_USEC"), 10, 64); err == nil && usec > 0 {
			n.watchdog = time.Duration(usec) * time.Microsecond
		}
	}
	return n
}

// every is how often the watchdog wants to hear: twice in its time, as
// sd_watchdog_enabled(3) recommends. Without one, never.
func (n notifier) every() time.Duration {
	if n.watchdog == 0 || n.socket == "" {
		return math.MaxInt64
	}
	return n.watchdog / 2
}

// send sends one message. An abstract socket's name begins with @, as in package net.
func (n notifier) send(assignments ...string) error {
	if n.socket == "" {
		return nil
	}
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: n.socket, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("cannot reach systemd: %w", err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte(strings.Join(assignments, "\n"))); err != nil {
		return fmt.Errorf("cannot tell systemd %s: %w", assignments[0], err)
	}
	return nil
}
