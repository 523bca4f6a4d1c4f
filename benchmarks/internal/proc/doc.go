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
	User, System time.Duration // in steps of Tick
}

// Total is user plus system time.
func (u Usage) Total() time.Duration { return u.User + u.System }

// Since returns the time spent after before.
func (u Usage) Since(before Usage) Usage {
	return Usage{User: u.User - before.User, System: u.System - before.System}
}

// Tick is the step of Usage: USER_HZ is 100 on every Linux that Go runs on
// (proc_pid_stat(5)).
const Tick = 10 * time.Millisecond
