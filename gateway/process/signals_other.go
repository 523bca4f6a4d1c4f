//go:build !unix

package process

import (
	"os"
	"syscall"
)

// orders is what signals mean. Other systems have no more of them.
var orders = map[os.Signal]order{
	syscall.SIGTERM: stop,
	os.Interrupt:    stop,
}

// obey ends the process.
func obey(os.Signal) { os.Exit(1) }
