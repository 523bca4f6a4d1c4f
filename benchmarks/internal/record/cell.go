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
	Ratio    Median   // the reference's value over this one's, round by round: below 1 the reference is better
	Failed   string   // the first failure; "": none
	Errors   uint64   // requests that were not answered rightly
}

// Cells returns what the peers did at a workload, the best first, those without a
// figure last.
func (r *Run) Cells(w Workload) []Cell {
	reference := r.byRound(w, Reference)
	var cells []Cell
	for _, p := range r.Peers {
		if p.Missing == "" && p.Lacks[w.ID] == "" {
			cells = append(cells, r.cell(w, p, reference))
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

func (r *Run) cell(w Workload, p Peer, reference map[int]float64) Cell {
	c := Cell{Peer: p, Workload: w}
	metric := r.Metric(w)
	var values, ratios []float64
	for _, s := range r.Samples {
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
		if v, ok := reference[s.Round]; ok && value > 0 {
			ratios = append(ratios, v/value)
		}
	}
	c.Value, c.Ratio = MedianOf(values), MedianOf(ratios)
	return c
}

// byRound returns a peer's values of the workload's metric.
func (r *Run) byRound(w Workload, peer string) map[int]float64 {
	values := make(map[int]float64)
	for _, s := range r.Samples {
		if s.Workload == w.ID && s.Peer == peer && s.Failed == "" {
			values[s.Round] = r.Metric(w).of(s)
		}
	}
	return values
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

// A Loss is a workload at which a peer is ahead of the reference.
type Loss struct {
	Cell
	Sure bool // beyond the tolerance and not noisy
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
			sure := c.Ratio.Value > 1+Tolerance && !c.Ratio.Noisy()
			losses = append(losses, Loss{c, sure})
		}
	}
	slices.SortStableFunc(losses, func(a, b Loss) int { return cmp.Compare(b.Ratio.Value, a.Ratio.Value) })
	return losses
}

// Noisy counts the cells whose value or ratio is noisy, and all cells.
func (r *Run) Noisy() (noisy, all int) {
	for _, w := range r.Workloads {
		for _, c := range r.Cells(w) {
			if !c.Value.Ok() {
				continue
			}
			all++
			if c.Value.Noisy() || c.Ratio.Ok() && c.Peer.Name != Reference && c.Ratio.Noisy() {
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
