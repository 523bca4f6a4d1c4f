// Package proc measures and places processes: the CPU time and the memory of a
// process tree, and the core that a process runs on.
//
// Its law: figures come from the operating system's own accounts (/proc on
// Linux). Where there are none, functions return errors.ErrUnsupported and the
// suite leaves the figure out; it never estimates one.
package proc

import "time"

// A Usage is the CPU time of a process tree since each of its processes began,
// those that ended and were waited for included.
type Usage struct {
	Total  time.Duration // user plus system; of processes that live, to the nanosecond
	System time.Duration // the kernel's part, in steps of Tick
}

// Since returns the time spent after before.
func (u Usage) Since(before Usage) Usage {
	return Usage{Total: u.Total - before.Total, System: u.System - before.System}
}

// Tick is the step of the times in /proc: USER_HZ is 100 on every Linux that Go
// runs on (proc_pid_stat(5)). A sample of half a second is only fifty of them.
const Tick = 10 * time.Millisecond
