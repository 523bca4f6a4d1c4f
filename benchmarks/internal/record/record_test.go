package record

import (
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
		{[]float64{10, 10, 11, 10}, Median{10, 10, 11, 4}, false}, // a spread of just the tolerance
		{[]float64{10, 10, 10, 10, 99}, Median{10, 10, 10, 5}, false},
		{[]float64{10, 10, 10, 99, 99}, Median{10, 10, 99, 5}, true},
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

// Ratios are taken round by round: when the whole machine slows down in one
// round, values spread and ratios do not.
func TestRatioIsPairedByRound(t *testing.T) {
	r := sample(map[string][]float64{"dewar": {8, 16, 8}, "gin": {16, 32, 16}})
	for _, c := range r.Cells(r.Workloads[0]) {
		if c.Peer.Name == "gin" && (c.Ratio.Value != 0.5 || c.Ratio.Noisy() || !c.Value.Noisy()) {
			t.Errorf("ratio %+v of value %+v; want 0.5, steady, of a noisy value", c.Ratio, c.Value)
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
