//go:build !linux

package proc

import "os/exec"

// A Core is the number of a processor that processes can be pinned to; Anywhere
// leaves them to the scheduler.
type Core int

// Anywhere is no core in particular.
const Anywhere Core = -1

// Pair returns Anywhere twice: nothing can be pinned here.
func Pair() (server, generator Core) { return Anywhere, Anywhere }

// Start starts cmd.
func Start(cmd *exec.Cmd, _ Core) error { return cmd.Start() }
