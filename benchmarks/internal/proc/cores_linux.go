package proc

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// A Core is the number of a processor that processes can be pinned to; Anywhere
// leaves them to the scheduler.
type Core int

// Anywhere is no core in particular.
const Anywhere Core = -1

// Pair chooses one core for the server and another for the generator, of two
// different physical cores where the machine has them: hyperthreads of one would
// share what is measured. Without two cores both are Anywhere.
func Pair() (server, generator Core) {
	var allowed unix.CPUSet
	if err := unix.SchedGetaffinity(0, &allowed); err != nil || allowed.Count() < 2 {
		return Anywhere, Anywhere
	}
	var cores []Core
	for i := 0; len(cores) < allowed.Count(); i++ {
		if allowed.IsSet(i) {
			cores = append(cores, Core(i))
		}
	}
	server = cores[0]
	siblings := siblings(server)
	for _, c := range cores[1:] {
		if !siblings[c] {
			return server, c
		}
	}
	return server, cores[1]
}

// siblings are the hyperthreads of c's physical core, c included.
func siblings(c Core) map[Core]bool {
	text, err := os.ReadFile(fmt.Sprintf("/sys/devices/system/cpu/cpu%d/topology/thread_siblings_list", c))
	if err != nil {
		return nil
	}
	return parseList(strings.TrimSpace(string(text)))
}

// parseList reads the kernel's list format: "0,2-3".
func parseList(text string) map[Core]bool {
	set := make(map[Core]bool)
	for part := range strings.SplitSeq(text, ",") {
		first, last, found := strings.Cut(part, "-")
		if !found {
			last = first
		}
		from, err1 := strconv.Atoi(first)
		to, err2 := strconv.Atoi(last)
		for i := from; err1 == nil && err2 == nil && i <= to; i++ {
			set[Core(i)] = true
		}
	}
	return set
}

// Start starts cmd on the core. A child inherits the affinity of the thread that
// forks it, so the thread is moved there and back; the child's first instruction
// already runs where it belongs, and so does all that it starts.
func Start(cmd *exec.Cmd, core Core) error {
	if core == Anywhere {
		return cmd.Start()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before, pinned unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		return fmt.Errorf("proc: sched_getaffinity: %w", err)
	}
	pinned.Set(int(core))
	if err := unix.SchedSetaffinity(0, &pinned); err != nil {
		return fmt.Errorf("proc: sched_setaffinity to core %d: %w", core, err)
	}
	defer func() { _ = unix.SchedSetaffinity(0, &before) }()
	return cmd.Start()
}
