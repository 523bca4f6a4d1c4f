package proc

import (
	"os/exec"
	"time"
)

// Grace is how long End waits between asking and killing.
const Grace = 3 * time.Second

// End ends a process that was started with Group and waits until it is gone:
// SIGTERM first, after Grace SIGKILL to what is left of its group. exited is
// closed by whoever waits for cmd.
func End(cmd *exec.Cmd, exited <-chan struct{}) {
	terminate(cmd)
	select {
	case <-exited:
	case <-time.After(Grace):
	}
	kill(cmd)
	<-exited
}
