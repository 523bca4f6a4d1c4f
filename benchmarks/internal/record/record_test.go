package record

import (
	"maps"
	"math"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, c := range []struct {
		values []float64
		want   Median
		noisy  bool
	}{
		{nil, Median{}, false},
		{[]float64{7}, Median{7, 7, 7, 1}, true}, // one measurement says nothing of its spread
		{[]float64{10, 9.8}, Median{9.9, 9.8, 10, 2}, false},
		{[]float64{10, 9, 12}, Median{10, 9, 12, 3}, true},
		{[]float64{10, 10, 11, 10}, Median{10, 10, 11, 4}, false},                 // a spread of just the tolerance
		{[]float64{10, 10, 10, 10, 99}, Median{10, 10, 99, 5}, true},              // of five, the interval is the range
		{[]float64{10, 10, 10, 10, 10, 10, 10, 99}, Median{10, 10, 10, 8}, false}, // of eight, one hiccup is none of the cell
		{[]float64{10, 10, 10, 10, 10, 10, 99, 99}, Median{10, 10, 99, 8}, true},
	} {
		got := MedianOf(c.values)
		if got != c.want || got.Noisy() != c.noisy {
			t.Errorf("MedianOf(%v) = %+v, noisy %v; want %+v, %v", c.values, got, got.Noisy(), c.want, c.noisy)
		}
	}
}

func TestFigure(t *testing.T) {
	for v, want := range map[float64]string{0.561: "0.56", 9.8765: "9.88", 18.34: "18.3", 172.4: "172", 1372: "1372"} {
		if got := Figure(v); got != want {
			t.Errorf("Figure(%v) = %s, want %s", v, got, want)
		}
	}
}

// sample is a run of two rounds with the given µs for each peer.
func sample(values map[string][]float64) *Run {
	r := &Run{Conditions: Conditions{CPU: true}, Workloads: []Workload{{ID: "W1", Kind: Load}}}
	for _, name := range []string{"dewar", "dewarnethttp", "gin", "fasthttp", "floor"} {
		kind := Go
		switch name {
		case "dewar", "dewarnethttp":
			kind = Dewar
		case "floor":
			kind = Floor
		}
		r.Peers = append(r.Peers, Peer{Name: name, Kind: kind})
		for round, cpu := range values[name] {
			r.Samples = append(r.Samples, Sample{Workload: "W1", Peer: name, Round: round, CPU: cpu, Requests: 1})
		}
	}
	return r
}

// The interval holds the true median with the confidence that is promised, and
// one measurement less on each side would not.
func TestIntervalHoldsTheMedian(t *testing.T) {
	for n, want := range map[int]int{1: 0, 4: 0, 5: 0, 7: 0, 8: 1, 9: 1, 10: 1, 11: 2, 12: 2, 20: 5} {
		if got := outside(n); got != want {
			t.Errorf("outside(%d) = %d, want %d", n, got, want)
		}
	}
}

// A machine that grows slower all the time spreads the values, and leaves the
// ratios alone: each is taken with what the reference would have had at that place.
func TestRatioIsTakenWithTheNeighbours(t *testing.T) {
	r := sample(nil)
	speed := 8.0
	for round := range 5 {
		for _, p := range []string{"dewar", "gin", "fasthttp"} {
			cpu := map[string]float64{"dewar": 1, "gin": 2, "fasthttp": 0.5}[p] * speed
			r.Samples = append(r.Samples, Sample{Workload: "W1", Peer: p, Round: round, CPU: cpu, Requests: 1})
			speed++
		}
	}
	// After the last, the reference has a value on one side only.
	r.Samples = append(r.Samples, Sample{Workload: "W1", Peer: "dewar", Round: 5, CPU: speed, Requests: 1})
	for _, c := range r.Cells(r.Workloads[0]) {
		want, ok := map[string]float64{"gin": 0.5, "fasthttp": 2}[c.Peer.Name]
		if !ok || !c.Value.Ok() {
			continue
		}
		if math.Abs(c.Ratio.Value-want) > 1e-9 || c.Ratio.Spread() > 1e-9 || !c.Value.Noisy() {
			t.Errorf("%s: ratio %+v of value %+v; want %v, steady, of a noisy value", c.Peer.Name, c.Ratio, c.Value, want)
		}
	}
}

func TestReferenceOnOneSide(t *testing.T) {
	s := series{{3, 10}, {7, 20}}
	for place, want := range map[int]float64{0: 10, 3: 10, 4: 12.5, 6: 17.5, 7: 20, 9: 20} {
		if got, ok := s.at(place); !ok || got != want {
			t.Errorf("at %d: %v, %v; want %v", place, got, ok, want)
		}
	}
	if v, ok := (series{}).at(1); ok {
		t.Errorf("an empty series has the value %v", v)
	}
}

// Two runs are compared ratio by ratio: one that differs by more than the tolerance
// is noisy, however steady each run was.
func TestCellsThatDifferFromTheEarlierRun(t *testing.T) {
	earlier := sample(map[string][]float64{"dewar": {10, 10}, "gin": {20, 20}, "fasthttp": {8, 8}, "floor": {5, 5}})
	earlier.Against(sample(nil))
	r := sample(map[string][]float64{"dewar": {10, 10}, "gin": {21, 21}, "fasthttp": {7, 7}})
	r.Against(earlier)
	if r.Earlier.Earlier != nil || earlier.Earlier == nil {
		t.Error("the earlier run's own predecessor should be left behind, and the earlier run as it was")
	}
	agrees := make(map[string]bool)
	for _, c := range r.Repeats() {
		agrees[c.Peer.Name] = c.Agrees()
		if c.Noisy() == c.Agrees() {
			t.Errorf("%s: noisy %v, agrees %v", c.Peer.Name, c.Noisy(), c.Agrees())
		}
	}
	if want := map[string]bool{"gin": true, "fasthttp": false}; !maps.Equal(agrees, want) {
		t.Errorf("agreement %v, want %v", agrees, want)
	}
	// A workload that was set up differently is another.
	earlier.Workloads[0].Connections = 8
	if r.Against(earlier); len(r.Repeats()) != 0 {
		t.Errorf("compared with a run at 8 connections: %+v", r.Repeats())
	}
}

func TestLossIsSureWhereItIsRepeated(t *testing.T) {
	r := sample(map[string][]float64{"dewar": {10, 10}, "gin": {8, 8}, "fasthttp": {8, 8}})
	r.Against(sample(map[string][]float64{"dewar": {10, 10}, "gin": {11, 11}, "fasthttp": {5, 5}}))
	for _, l := range r.Losses() {
		if l.Sure != (l.Peer.Name == "fasthttp") {
			t.Errorf("%s is sure: %v, and was at %v before", l.Peer.Name, l.Sure, l.Before.Value)
		}
	}
}

func TestLossesNameOthersOnly(t *testing.T) {
	r := sample(map[string][]float64{
		"dewar": {10, 10}, "dewarnethttp": {5, 5}, "floor": {1, 1}, "gin": {9.9, 9.9}, "fasthttp": {8, 8},
	})
	losses := r.Losses()
	if len(losses) != 2 || losses[0].Peer.Name != "fasthttp" || losses[1].Peer.Name != "gin" {
		t.Fatalf("losses %+v; want fasthttp, gin", losses)
	}
	if !losses[0].Sure || losses[1].Sure {
		t.Error("fasthttp is ahead for sure, gin within the noise")
	}
}

func TestCellsKeepFailures(t *testing.T) {
	r := sample(map[string][]float64{"dewar": {10, 10}, "gin": {20}})
	r.Samples = append(r.Samples, Sample{Workload: "W1", Peer: "fasthttp", Failed: "it ended"})
	cells := r.Cells(r.Workloads[0])
	last := cells[len(cells)-1]
	for _, c := range cells {
		if c.Peer.Name == "fasthttp" {
			last = c
		}
	}
	if last.Failed != "it ended" || last.Value.Ok() {
		t.Errorf("%+v; want the failure without a value", last)
	}
	if cells[0].Peer.Name != "dewar" || cells[1].Peer.Name != "gin" {
		t.Error("cells with figures come first, the best at the top")
	}
}
