//go:build unix

package process

import (
	"os"
	"os/signal"
	"syscall"
)

// orders is what signals mean. Gunicorn, nginx and HAProxy agree on HUP, USR1 and USR2;
// INT is graceful the first time because people press it where TERM is meant.
var orders = map[os.Signal]order{
	syscall.SIGTERM: stop,
	syscall.SIGINT:  stop,
	syscall.SIGQUIT: stopQuick,
	syscall.SIGHUP:  reload,
	syscall.SIGUSR1: reopen,
	syscall.SIGUSR2: upgrade,
}

// obey lets a signal do what it does by itself; QUIT prints the stacks of all goroutines.
func obey(s os.Signal) {
	signal.Reset(s)
	_ = syscall.Kill(syscall.Getpid(), s.(syscall.Signal))
}
