package proc

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// A stat is what the suite needs of /proc/[pid]/stat.
type stat struct {
	parent   int
	own      Usage
	children Usage // that ended and were waited for
}

// parseStat reads one line of /proc/[pid]/stat. The second field is the command
// in parentheses, which may itself hold spaces and parentheses, so the others are
// counted from its end (proc_pid_stat(5)).
func parseStat(line string) (stat, error) {
	end := strings.LastIndexByte(line, ')')
	fields := strings.Fields(line[end+1:])
	if end < 0 || len(fields) < 15 {
		return stat{}, fmt.Errorf("proc: stat has %d fields after the command, wants 15: %.80q", len(fields), line)
	}
	at := func(number int) int64 { // numbered as in the manual page; field 3 comes first
		n, err := strconv.ParseInt(fields[number-3], 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	const ppid, utime, stime, cutime, cstime = 4, 14, 15, 16, 17
	usage := func(user, system int) Usage {
		return Usage{Total: time.Duration(at(user)+at(system)) * Tick, System: time.Duration(at(system)) * Tick}
	}
	return stat{parent: int(at(ppid)), own: usage(utime, stime), children: usage(cutime, cstime)}, nil
}

// parseKilobytes finds a line like "Pss:  1234 kB" and returns its bytes.
func parseKilobytes(text, name string) (int64, error) {
	for line := range strings.Lines(text) {
		value, ok := strings.CutPrefix(line, name+":")
		if !ok {
			continue
		}
		n, err := strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("proc: %s: %w", name, err)
		}
		return n << 10, nil
	}
	return 0, fmt.Errorf("proc: no line %s", name)
}
