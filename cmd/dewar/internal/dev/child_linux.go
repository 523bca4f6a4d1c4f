package dev

import (
	"os/exec"
	"syscall"
)

// dieWithUs has the system end the program when the thread that started it ends, as it
// does when the loop is killed. The loop's goroutine keeps its thread for that.
func dieWithUs(cmd *exec.Cmd) { cmd.SysProcAttr.Pdeathsig = syscall.SIGTERM }
