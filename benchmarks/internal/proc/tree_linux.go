package proc

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Measure returns the CPU time of the process and of all that descend from it.
func Measure(pid int) (Usage, error) {
	tree, err := tree(pid)
	var sum Usage
	for pid, s := range tree {
		sum.Total += own(pid, s) + s.children.Total
		sum.System += s.own.System + s.children.System
	}
	return sum, err
}

// own is the process's CPU time without that of its children: of its clock, which
// counts nanoseconds and threads that have ended, or where it has ended meanwhile,
// what /proc said a moment ago.
func own(pid int, s stat) time.Duration {
	var t unix.Timespec
	if err := unix.ClockGettime(processClock(pid), &t); err != nil {
		return s.own.Total
	}
	return time.Duration(t.Nano())
}

// processClock is the clock that clock_getcpuclockid(3) returns for a process:
// the complement of its number above three bits that say "scheduler's time, of a
// whole process".
func processClock(pid int) int32 {
	const scheduler = 2
	return int32(^pid<<3 | scheduler)
}

// Memory returns the memory of the process and of all that descend from it, in
// bytes: the proportional set size, which counts a page that several share once.
func Memory(pid int) (int64, error) {
	tree, err := tree(pid)
	if err != nil {
		return 0, err
	}
	var sum int64
	for pid := range tree {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if gone(err) {
			continue
		}
		if err != nil {
			return 0, fmt.Errorf("proc: %w", err)
		}
		n, err := parseKilobytes(string(text), "Pss")
		if err != nil {
			return 0, err
		}
		sum += n
	}
	return sum, nil
}

// tree reads every process of the system and keeps root with its descendants.
func tree(root int) (map[int]stat, error) {
	all, err := processes()
	if err != nil {
		return nil, err
	}
	if _, ok := all[root]; !ok {
		return nil, fmt.Errorf("proc: process %d has ended", root)
	}
	kept := make(map[int]stat)
	for pid, s := range all {
		if descends(all, pid, root) {
			kept[pid] = s
		}
	}
	return kept, nil
}

func descends(all map[int]stat, pid, root int) bool {
	for range len(all) { // a bound: the snapshot was not taken at one instant
		if pid == root {
			return true
		}
		s, ok := all[pid]
		if !ok {
			return false
		}
		pid = s.parent
	}
	return false
}

func processes() (map[int]stat, error) {
	names, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil || len(names) == 0 {
		return nil, fmt.Errorf("proc: /proc lists no process: %w", errors.ErrUnsupported)
	}
	all := make(map[int]stat, len(names))
	for _, name := range names {
		line, err := os.ReadFile(name)
		if gone(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("proc: %w", err)
		}
		s, err := parseStat(string(line))
		if err != nil {
			return nil, err
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if err != nil {
			return nil, fmt.Errorf("proc: %w", err)
		}
		all[pid] = s
	}
	return all, nil
}

// gone reports that a process ended while it was looked at.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH)
}
