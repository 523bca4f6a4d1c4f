//go:build unix

package proc

import (
	"os/exec"
	"syscall"
)

// Group gives cmd, before it starts, a process group of its own, so that End
// reaches its children too and a Ctrl-C at the terminal reaches only the suite.
func Group(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

// kill ends the process and its group, which is its own alone.
func kill(cmd *exec.Cmd) { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
