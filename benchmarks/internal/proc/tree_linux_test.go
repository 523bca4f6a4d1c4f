package proc

import (
	"maps"
	"os"
	"os/exec"
	"strconv"
	"testing"

	"golang.org/x/sys/unix"
)

func TestMeasureIncludesChildrenWaitedFor(t *testing.T) {
	before, err := Measure(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	// A child that works for a few ticks and ends.
	if err := exec.Command("sh", "-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done").Run(); err != nil {
		t.Skip("no sh: ", err)
	}
	after, err := Measure(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	if used := after.Since(before); used.Total < Tick {
		t.Errorf("the child's CPU time is missing: %+v", used)
	}
	if _, err := Measure(1 << 30); err == nil {
		t.Error("Measure took a process that does not exist")
	}
	if n, err := Memory(os.Getpid()); err != nil || n < 1<<20 {
		t.Errorf("Memory = %d, %v; want a MiB at least", n, err)
	}
}

func TestStartPinsTheChildAlone(t *testing.T) {
	server, generator := Pair()
	if server == Anywhere {
		t.Skip("one core only")
	}
	if server == generator {
		t.Errorf("both on core %d", server)
	}
	var before, after unix.CPUSet
	if err := unix.SchedGetaffinity(0, &before); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("cat")
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := Start(cmd, server); err != nil {
		t.Fatal(err)
	}
	var child unix.CPUSet
	if err := unix.SchedGetaffinity(cmd.Process.Pid, &child); err != nil {
		t.Error(err)
	}
	if child.Count() != 1 || !child.IsSet(int(server)) {
		t.Errorf("child may run on %d cores, want core %d alone", child.Count(), server)
	}
	_ = in.Close()
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if err := unix.SchedGetaffinity(0, &after); err != nil || after != before {
		t.Errorf("own affinity changed from %v to %v, %v", before, after, err)
	}
}

func TestParseList(t *testing.T) {
	if got, want := parseList("0,2-4"), (map[Core]bool{0: true, 2: true, 3: true, 4: true}); !maps.Equal(got, want) {
		t.Errorf("parseList = %v, want %v", got, want)
	}
}

// A process that works for less than a tick is seen, and the clock agrees with
// /proc, which counts in ticks.
func TestMeasureIsFinerThanATick(t *testing.T) {
	first, err := Measure(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	for range 10 {
		for i := range 1000 {
			_ = strconv.Itoa(i)
		}
		next, err := Measure(os.Getpid())
		if err != nil {
			t.Fatal(err)
		}
		if used := next.Since(first); used.Total <= 0 {
			t.Errorf("no time was used between two measurements: %v", used.Total)
		}
		first = next
	}
	line, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		t.Fatal(err)
	}
	s, err := parseStat(string(line))
	if err != nil {
		t.Fatal(err)
	}
	if ticks := s.own.Total + s.children.Total; (first.Total - ticks).Abs() > 5*Tick {
		t.Errorf("Measure says %v, /proc %v", first.Total, ticks)
	}
}
