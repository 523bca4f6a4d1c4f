package record

import "slices"

// A series is one peer's values of a workload's metric, each at its place among
// the run's samples.
type series []placed

type placed struct {
	place int
	value float64
}

func (r *Run) series(w Workload, peer string) series {
	var all series
	metric := r.Metric(w)
	for i, s := range r.Samples {
		if s.Workload == w.ID && s.Peer == peer && s.Failed == "" {
			all = append(all, placed{i, metric.of(s)})
		}
	}
	return all
}

// at is what the peer would have had at a place: between the values before and
// after it, in proportion to how near they are. A machine that grows slower takes
// both sides of a ratio along. Where there is no value on one side, that on the
// other counts.
func (s series) at(place int) (value float64, ok bool) {
	after := slices.IndexFunc(s, func(v placed) bool { return v.place >= place })
	switch {
	case len(s) == 0:
		return 0, false
	case after < 0:
		return s[len(s)-1].value, true
	case after == 0 || s[after].place == place:
		return s[after].value, true
	}
	a, b := s[after-1], s[after]
	part := float64(place-a.place) / float64(b.place-a.place)
	return a.value + part*(b.value-a.value), true
}
