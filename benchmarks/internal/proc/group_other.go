//go:build !unix

package proc

import "os/exec"

// Group does nothing: there are no process groups here.
func Group(*exec.Cmd) {}

func kill(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
