package record

import (
	"cmp"
	"slices"
)

// Reference is the peer that all others are compared with.
const Reference = "dewar"

// A Metric is what a workload is judged by: lower is better.
type Metric struct {
	Name, Unit string
	of         func(Sample) float64
}

// Metric is the workload's first figure.
func (r *Run) Metric(w Workload) Metric {
	switch {
	case w.Kind == Idle:
		return Metric{"memory of an idle connection", "KB", func(s Sample) float64 { return s.Connection / 1024 }}
	case w.Kind == Start:
		return Metric{"time to the first answer", "ms", func(s Sample) float64 { return s.Start }}
	case w.Kind == Micro:
		return Metric{"time of a call", "ns", func(s Sample) float64 { return s.Call }}
	case r.Conditions.CPU:
		return Metric{"server CPU time per request", "µs", func(s Sample) float64 { return s.CPU }}
	}
	// Where the system does not tell the CPU time, a saturated server's requests
	// a second are the next best.
	return Metric{"elapsed time per request", "µs", func(s Sample) float64 {
		if s.Requests == 0 {
			return 0
		}
		return s.Seconds * 1e6 / float64(s.Requests)
	}}
}

// A Cell is what one peer did at one workload.
type Cell struct {
	Peer     Peer
	Workload Workload
	Samples  []Sample // that have figures
	Value    Median   // of the workload's metric
	Ratio    Median   // the reference's value over this one's, by neighbours: below 1 the reference is better
	Before   Median   // the same in the run that this one is compared with
	Failed   string   // the first failure; "": none
	Errors   uint64   // requests that were not answered rightly
}

// Cells returns what the peers did at a workload, the best first, those without a
// figure last.
func (r *Run) Cells(w Workload) []Cell {
	reference := r.series(w, Reference)
	before := r.before(w)
	var cells []Cell
	for _, p := range r.Peers {
		if p.Missing == "" && p.Lacks[w.ID] == "" {
			c := r.cell(w, p, reference)
			c.Before = before[p.Name]
			cells = append(cells, c)
		}
	}
	slices.SortStableFunc(cells, func(a, b Cell) int {
		if a.Value.Ok() != b.Value.Ok() {
			return cmp.Compare(b.Value.N, a.Value.N)
		}
		return cmp.Compare(a.Value.Value, b.Value.Value)
	})
	return cells
}

func (r *Run) cell(w Workload, p Peer, reference series) Cell {
	c := Cell{Peer: p, Workload: w}
	metric := r.Metric(w)
	var values, ratios []float64
	for i, s := range r.Samples {
		if s.Workload != w.ID || s.Peer != p.Name {
			continue
		}
		c.Errors += s.Errors
		if c.Failed == "" {
			c.Failed = cmp.Or(s.Failed, s.Example)
		}
		if s.Failed != "" {
			continue
		}
		c.Samples = append(c.Samples, s)
		value := metric.of(s)
		values = append(values, value)
		if v, ok := reference.at(i); ok && value > 0 {
			ratios = append(ratios, v/value)
		}
	}
	c.Value, c.Ratio = MedianOf(values), MedianOf(ratios)
	return c
}

// Median is the median over the cell's samples of any figure. Samples for which
// of returns false do not have it.
func (c Cell) Median(of func(Sample) (float64, bool)) Median {
	var values []float64
	for _, s := range c.Samples {
		if v, ok := of(s); ok {
			values = append(values, v)
		}
	}
	return MedianOf(values)
}

// Better compares the reference with the cell's peer: positive where the whole
// interval of the ratio says that the reference is better by more than Level,
// negative where it says so of the peer, 0 where it does neither.
func (c Cell) Better() int {
	switch {
	case !c.Ratio.Ok() || c.Ratio.N == 1:
		return 0
	case c.Ratio.High < 1-Level:
		return 1
	case c.Ratio.Low > 1+Level:
		return -1
	}
	return 0
}

// Noisy reports whether the cell supports no conclusion: its ratio is noisy, or not
// what it was in the earlier run. The reference has its value alone, as has
// everybody where it took no part.
func (c Cell) Noisy() bool {
	if c.Peer.Name == Reference || !c.Ratio.Ok() {
		return c.Value.Noisy()
	}
	return c.Ratio.Noisy() || !c.Agrees()
}

// A Loss is a workload at which a peer is ahead of the reference.
type Loss struct {
	Cell
	Sure bool // by more than Level, whatever the noise, and in the earlier run too
}

// Losses lists where a peer is ahead, the worst first. The floor is no peer, and
// Dewar on another server is not another's.
func (r *Run) Losses() []Loss {
	var losses []Loss
	for _, w := range r.Workloads {
		for _, c := range r.Cells(w) {
			if c.Peer.Kind == Dewar || c.Peer.Kind == Floor || !c.Ratio.Ok() || c.Ratio.Value <= 1 {
				continue
			}
			losses = append(losses, Loss{c, c.Better() < 0 && (!c.Repeated() || c.Before.Value > 1)})
		}
	}
	slices.SortStableFunc(losses, func(a, b Loss) int { return cmp.Compare(b.Ratio.Value, a.Ratio.Value) })
	return losses
}

// Noisy counts the cells that are noisy, and all cells.
func (r *Run) Noisy() (noisy, all int) {
	for _, w := range r.Workloads {
		for _, c := range r.Cells(w) {
			if !c.Value.Ok() {
				continue
			}
			all++
			if c.Noisy() {
				noisy++
			}
		}
	}
	return noisy, all
}

// Compared reports whether the reference took part, so that there are ratios.
func (r *Run) Compared() bool {
	return slices.ContainsFunc(r.Samples, func(s Sample) bool { return s.Peer == Reference && s.Failed == "" })
}
