package record

import "math"

// Agrees reports whether the cell's ratio and that of the earlier run are the same
// within Tolerance. Without one of them nothing speaks against it.
func (c Cell) Agrees() bool {
	if !c.Repeated() {
		return true
	}
	return math.Abs(c.Ratio.Value-c.Before.Value) <= Tolerance*max(c.Ratio.Value, c.Before.Value)
}

// Repeated reports whether the earlier run has a ratio for the cell too.
func (c Cell) Repeated() bool {
	return c.Peer.Name != Reference && c.Ratio.Ok() && c.Before.Ok()
}

// Repeats are the cells of which the earlier run has a ratio too, in the order of
// the report.
func (r *Run) Repeats() []Cell {
	var all []Cell
	for _, w := range r.Workloads {
		for _, c := range r.Cells(w) {
			if c.Repeated() {
				all = append(all, c)
			}
		}
	}
	return all
}

// Against makes earlier the run that r is compared with. Its own predecessor is
// left behind: a run remembers one. earlier is shared read-only from then on.
func (r *Run) Against(earlier *Run) {
	alone := *earlier
	alone.Earlier = nil
	r.Earlier = &alone
}

// before returns the ratios of the earlier run at a workload, by peer. Where that
// was measured differently, there is nothing to compare.
func (r *Run) before(w Workload) map[string]Median {
	ratios := make(map[string]Median)
	if r.Earlier == nil {
		return ratios
	}
	for _, e := range r.Earlier.Workloads {
		if e.ID != w.ID || e.Connections != w.Connections || r.Earlier.Metric(e).Name != r.Metric(w).Name {
			continue
		}
		for _, c := range r.Earlier.Cells(e) {
			ratios[c.Peer.Name] = c.Ratio
		}
	}
	return ratios
}
