package suite

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

// progress says how far a run is: on a terminal in one line that is rewritten,
// elsewhere a line for each sample.
type progress struct {
	out      io.Writer
	terminal bool
	total    int
	done     int
	label    string
	begun    time.Time
}

// say prints a line of its own.
func (p *progress) say(format string, arguments ...any) {
	p.clear()
	fmt.Fprintf(p.out, format+"\n", arguments...)
}

func (p *progress) begin(total int) { p.total, p.begun = total, time.Now() }

// step names what is measured now.
func (p *progress) step(label string) {
	p.label = label
	if p.terminal {
		p.clear()
		fmt.Fprintf(p.out, "%s  %s  %s", p.bar(), label, p.left())
	}
}

// tell says what came of the step.
func (p *progress) tell(s record.Sample) {
	p.done++
	switch {
	case s.Failed != "":
		first, _, _ := strings.Cut(s.Failed, "\n")
		p.say("%s  failed: %s", p.label, first)
	case s.Errors > 0:
		p.say("%s  %d errors: %s", p.label, s.Errors, s.Example)
	case !p.terminal:
		p.say("%4d/%d  %-36s %s", p.done, p.total, p.label, brief(s))
	}
}

func (p *progress) end() { p.clear() }

func (p *progress) clear() {
	if p.terminal {
		fmt.Fprint(p.out, "\r\x1b[K")
	}
}

// bar shows the part that is done.
func (p *progress) bar() string {
	const width = 24
	full := width * p.done / max(p.total, 1)
	bar := make([]rune, width)
	for i := range bar {
		bar[i] = '░'
		if i < full {
			bar[i] = '█'
		}
	}
	return fmt.Sprintf("%s %3d%%", string(bar), 100*p.done/max(p.total, 1))
}

// left estimates the rest from what was done.
func (p *progress) left() string {
	if p.done == 0 {
		return ""
	}
	rest := time.Since(p.begun) / time.Duration(p.done) * time.Duration(p.total-p.done)
	return "about " + rest.Round(time.Second).String() + " left"
}

// brief is a sample in a few words.
func brief(s record.Sample) string {
	switch {
	case s.Requests > 0:
		return fmt.Sprintf("%8s µs CPU  %9.0f/s", record.Figure(s.CPU), s.Throughput())
	case s.Connection != 0:
		return fmt.Sprintf("%8s KB each", record.Figure(s.Connection/1024))
	case s.Call > 0:
		return fmt.Sprintf("%8s ns a call", record.Figure(s.Call))
	}
	return fmt.Sprintf("%8s ms", record.Figure(s.Start))
}
