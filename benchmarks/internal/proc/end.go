package proc

import "os/exec"

// End kills a process that was started with Group, and all of its group, and waits
// until it is gone. It does not ask first: no server of the suite has anything to
// lose, and some take seconds to end in order, which a run would spend hundreds of
// times. exited is closed by whoever waits for cmd.
func End(cmd *exec.Cmd, exited <-chan struct{}) {
	kill(cmd)
	<-exited
}
