package suite

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/benchmarks/internal/proc"
	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

// conditions asks the system for all that the figures depend on.
func (b *bench) conditions() record.Conditions {
	_, err := proc.Measure(os.Getpid())
	return record.Conditions{
		Commit:    commit(),
		Go:        runtime.Version(),
		OS:        runtime.GOOS + "/" + runtime.GOARCH,
		Kernel:    output("uname", "-sr"),
		Processor: processor(),
		Cores:     runtime.NumCPU(),
		Placement: placement(b.place.Core, b.generator.Core),
		Generator: b.generator.Name(),
		Rounds:    b.options.Rounds,
		Duration:  b.options.Duration,
		Load:      loadAverage(),
		CPU:       err == nil,
	}
}

func placement(server, generator proc.Core) string {
	if server == proc.Anywhere {
		return "server and generator share the cores, neither pinned; GOMAXPROCS=1 for Go servers"
	}
	return fmt.Sprintf("server on core %d with GOMAXPROCS=1, generator on core %d", server, generator)
}

// commit is the repository's, with a + where files were changed since.
func commit() string {
	hash := output("git", "rev-parse", "--short", "HEAD")
	if hash != "" && output("git", "status", "--porcelain", "--untracked-files=no", "..") != "" {
		hash += "+"
	}
	return hash
}

// output is what a command prints, "" where it fails or does not exist: a
// condition that is unknown is no reason not to measure.
func output(name string, arguments ...string) string {
	out, err := exec.Command(name, arguments...).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// processor is the model's name on Linux.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// loadAverage is that of the last minute: what else the machine does.
func loadAverage() float64 {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0
	}
	first, _, _ := strings.Cut(string(text), " ")
	v, err := strconv.ParseFloat(first, 64)
	if err != nil {
		return 0
	}
	return v
}
