package report

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

// verdict is what the report begins with: where a peer beats Dewar, if anywhere.
func verdict(r *record.Run) (title string, lines []string) {
	if !r.Compared() {
		return "Dewar took no part in this run.", nil
	}
	for _, w := range r.Workloads {
		for _, c := range r.Cells(w) {
			if c.Peer.Name == record.Reference && note(c) != "" {
				lines = append(lines, fmt.Sprintf("%s: Dewar %s.", heading(w), note(c)))
			}
		}
	}
	losses := r.Losses()
	if len(losses) == 0 && len(lines) == 0 {
		return "No peer beats Dewar on any workload of this run.", nil
	}
	lines = append(lines, ahead(r, losses, true)...)
	lines = append(lines, ahead(r, losses, false)...)
	return "Where a peer beats Dewar, and Dewar's figure over the peer's:", lines
}

// ahead has a line for each workload with the losses there, the worst first: the
// sure ones, or those that may be noise.
func ahead(r *record.Run, losses []record.Loss, sure bool) (lines []string) {
	for _, w := range r.Workloads {
		var names []string
		for _, l := range losses {
			if l.Workload.ID == w.ID && l.Sure == sure {
				names = append(names, l.Peer.Title+" "+record.Figure(l.Ratio.Value))
			}
		}
		if len(names) == 0 {
			continue
		}
		line := fmt.Sprintf("%s, %s: %s", heading(w), r.Metric(w).Name, strings.Join(names, ", "))
		if !sure {
			line += " (may be noise)"
		}
		lines = append(lines, line+".")
	}
	return lines
}

// facts are the conditions, name and value.
func facts(r *record.Run) [][2]string {
	c := r.Conditions
	noisy, all := r.Noisy()
	return [][2]string{
		{"Commit", c.Commit},
		{"Begun", r.Started.UTC().Format(time.RFC1123)},
		{"Took", r.Took.Round(time.Second).String()},
		{"System", strings.Join(filled(c.OS, c.Kernel, c.Go), ", ")},
		{"Machine", fmt.Sprintf("%d cores, %s; load average before the run %.2f", c.Cores, c.Processor, c.Load)},
		{"Placement", c.Placement},
		{"Generator", c.Generator},
		{"Rounds", fmt.Sprintf("up to %d of %v each, interleaved, every sample on a fresh process", c.Rounds, c.Duration)},
		{"Noise", fmt.Sprintf("%d of %d cells are noisy and marked ~: an interval wider than %.0f %%, or an earlier run that differs by more", noisy, all, 100*record.Tolerance)},
		{"Repeated", repeated(r)},
	}
}

// repeated says in a sentence how far the run agrees with the earlier one.
func repeated(r *record.Run) string {
	if r.Earlier == nil {
		return "compared with no other run"
	}
	cells := r.Repeats()
	apart := differing(cells)
	return fmt.Sprintf("%d of %d ratios are within %.0f %% of those of the run begun %s at commit %s; the rest, %d, is marked ~",
		len(cells)-len(apart), len(cells), 100*record.Tolerance, r.Earlier.Started.UTC().Format(time.RFC1123), r.Earlier.Conditions.Commit, len(apart))
}

// differing has a line for each cell that does not agree with the earlier run.
func differing(cells []record.Cell) (lines []string) {
	for _, c := range cells {
		if !c.Agrees() {
			lines = append(lines, fmt.Sprintf("%s, %s: %s, before %s", heading(c.Workload), c.Peer.Title, record.Figure(c.Ratio.Value), record.Figure(c.Before.Value)))
		}
	}
	return lines
}

func filled(all ...string) (kept []string) {
	for _, s := range all {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

// method says how to read the figures.
var method = []string{
	"The first figure of a workload under load is the CPU time that the server's process tree takes for a request, user and system, over the requests answered: it says what a server costs and hardly depends on how fast the generator is.",
	"Figures are medians over the rounds. The ratio is Dewar's figure over the peer's: below 1 Dewar is better. Each of the peer's samples is compared with what Dewar's own before and after it say that it had at that moment.",
	"The spread is the interval that holds the true median with 92 % or more, whatever the distribution (of eight rounds or more; with five 94 % needs the whole range, and with three it holds it with 75 %). A tilde marks an interval wider than 10 % of its figure, a figure that was measured once, and a ratio that differs by more than 10 % from that of the run that this one is compared with: it supports no conclusion.",
	"A server is said to be ahead where the whole interval of the ratio says so by more than 2 %; less comes of where a linker puts a loop.",
	"Throughput and latency are those of a saturated server unless they stand under a rate; under a rate, latency counts from when a request was due, so that a stall is not hidden.",
}

// limits are what the report does not show.
var limits = []string{
	"Loopback has no network: losses, delays and slow clients are not measured.",
	"One core for the server: how servers scale over many cores is not measured.",
	"Memory in the kernel (socket buffers) is nobody's and is not counted.",
	"The floor answers a constant without reading requests: nothing real can be as fast.",
	"Answers are small and alike; an application with a database mostly waits for it.",
}

// A row is what the details of a load workload show of one cell.
type row struct {
	record.Cell
	System, Throughput, P50, P99, P999, Memory string
	RatedP50, RatedP99, RatedP999              string
	Allocations, Allocated                     string // of a call in process
}

func (row row) rated() []string { return []string{row.RatedP50, row.RatedP99, row.RatedP999} }

func rowOf(c record.Cell) row {
	known := func(of func(record.Sample) float64) string {
		return c.Median(func(s record.Sample) (float64, bool) {
			v := of(s)
			return v, v > 0 // wrk gives 0 for a percentile that it does not know
		}).Format()
	}
	always := func(of func(record.Sample) float64) string {
		return c.Median(func(s record.Sample) (float64, bool) { return of(s), true }).Format()
	}
	rated := func(of func(*record.Rated) float64) string {
		return c.Median(func(s record.Sample) (float64, bool) {
			if s.Rated == nil || s.Rated.Missed > s.Rated.Requests/100 {
				return 0, false // the peer cannot keep the rate: its latency is a queue's
			}
			return of(s.Rated), true
		}).Format()
	}
	return row{
		Cell:        c,
		System:      always(func(s record.Sample) float64 { return s.System }),
		Throughput:  always(func(s record.Sample) float64 { return s.Throughput() / 1000 }),
		P50:         known(func(s record.Sample) float64 { return s.Saturated.P50 }),
		P99:         known(func(s record.Sample) float64 { return s.Saturated.P99 }),
		P999:        known(func(s record.Sample) float64 { return s.Saturated.P999 }),
		Memory:      always(func(s record.Sample) float64 { return float64(s.Memory) / (1 << 20) }),
		Allocations: always(func(s record.Sample) float64 { return s.Allocations }),
		Allocated:   always(func(s record.Sample) float64 { return s.Allocated }),
		RatedP50:    rated(func(r *record.Rated) float64 { return r.P50 }),
		RatedP99:    rated(func(r *record.Rated) float64 { return r.P99 }),
		RatedP999:   rated(func(r *record.Rated) float64 { return r.P999 }),
	}
}

// ratio is a cell's ratio in words.
func ratio(c record.Cell) string {
	switch {
	case c.Peer.Name == record.Reference:
		return "1"
	case c.Ratio.Ok() && c.Noisy():
		return record.Figure(c.Ratio.Value) + "~"
	}
	return c.Ratio.Format()
}

// spread is half the width of a figure's interval, in percent.
func spread(m record.Median) string {
	if !m.Ok() {
		return ""
	}
	return fmt.Sprintf("±%.0f %%", 50*m.Spread())
}

// before is the cell's ratio in the earlier run.
func before(c record.Cell) string {
	if !c.Repeated() {
		return ""
	}
	return record.Figure(c.Before.Value)
}

// note is what must be said of a cell beside its figures.
func note(c record.Cell) string {
	switch {
	case !c.Value.Ok():
		first, _, _ := strings.Cut(c.Failed, "\n")
		return "failed: " + first
	case c.Failed != "":
		return fmt.Sprintf("%d errors, the first: %s", c.Errors, c.Failed)
	}
	return ""
}

// heading is a workload's title with the figures that belong to it.
func heading(w record.Workload) string {
	return w.ID + " " + w.Title
}

// setting says how a workload was run.
func setting(w record.Workload) string {
	if w.Kind == record.Start || w.Kind == record.Micro {
		return w.About
	}
	s := fmt.Sprintf("%s %d connections", w.About, w.Connections)
	if w.Pipeline > 1 {
		s += fmt.Sprintf(", %d requests at once", w.Pipeline)
	}
	if w.Rate > 0 {
		s += fmt.Sprintf("; then %.0f requests a second", w.Rate)
	}
	return s + "."
}

// details is the table of one workload.
func details(r *record.Run, w record.Workload) (t table, notes []string) {
	m := r.Metric(w)
	t.heading = []string{"server", m.Unit, "spread", "Dewar/it", "spread"}
	if r.Earlier != nil {
		t.heading = append(t.heading, "before")
	}
	if w.Kind == record.Load {
		t.heading = append(t.heading, "system µs", "1000/s", "p50 µs", "p99 µs", "p99.9 µs", "MB")
	}
	if w.Kind == record.Micro {
		t.heading = append(t.heading, "allocations", "bytes")
	}
	if w.Rate > 0 {
		rate := fmt.Sprintf("@%.0fk/s ", w.Rate/1000)
		t.heading = append(t.heading, rate+"p50", "p99", "p99.9")
	}
	for _, c := range r.Cells(w) {
		if n := note(c); n != "" {
			notes = append(notes, c.Peer.Title+" "+n)
		}
		if !c.Value.Ok() {
			continue
		}
		row := rowOf(c)
		cells := []string{c.Peer.Title, c.Value.Format(), spread(c.Value), ratio(c), spread(c.Ratio)}
		if c.Peer.Name == record.Reference {
			cells[len(cells)-1] = ""
		}
		if r.Earlier != nil {
			cells = append(cells, before(c))
		}
		if w.Kind == record.Load {
			cells = append(cells, row.System, row.Throughput, row.P50, row.P99, row.P999, row.Memory)
		}
		if w.Kind == record.Micro {
			cells = append(cells, row.Allocations, row.Allocated)
		}
		if w.Rate > 0 {
			cells = append(cells, row.rated()...)
		}
		t.rows = append(t.rows, cells)
	}
	return t, notes
}

// overview has a row for each peer and a column for each workload.
func overview(r *record.Run, column func(record.Workload) string, cell func(record.Cell) string) table {
	t := table{heading: []string{"server"}}
	texts := make(map[[2]string]string)
	for _, w := range r.Workloads {
		t.heading = append(t.heading, column(w))
		for _, c := range r.Cells(w) {
			texts[[2]string{c.Peer.Name, w.ID}] = cell(c)
		}
	}
	for _, p := range r.Peers {
		if p.Missing != "" {
			continue
		}
		row := []string{p.Title}
		measured := false
		for _, w := range r.Workloads {
			text := texts[[2]string{p.Name, w.ID}]
			measured = measured || text != ""
			row = append(row, cmp.Or(text, "–"))
		}
		if measured {
			t.rows = append(t.rows, row)
		}
	}
	return t
}

// figures is the overview with the figures and, in brackets, the ratios.
func figures(r *record.Run) table {
	return overview(r, func(w record.Workload) string { return w.ID + " " + r.Metric(w).Unit }, func(c record.Cell) string {
		if !c.Ratio.Ok() || c.Peer.Name == record.Reference {
			return c.Value.Format()
		}
		return c.Value.Format() + " (" + ratio(c) + ")"
	})
}

// ratios is the overview with the ratios alone.
func ratios(r *record.Run) table {
	return overview(r, func(w record.Workload) string { return w.ID }, ratio)
}

// peers is the table of servers and their versions.
func peers(r *record.Run) table {
	t := table{heading: []string{"server", "version", "binary"}}
	for _, p := range r.Peers {
		size := ""
		if p.Binary > 0 {
			size = fmt.Sprintf("%.1f MB", float64(p.Binary)/(1<<20))
		}
		version := p.Version
		if p.Missing != "" {
			version = "left out: " + p.Missing
		}
		t.rows = append(t.rows, []string{p.Title, version, size})
	}
	return t
}
