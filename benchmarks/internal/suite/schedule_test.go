package suite

import (
	"slices"
	"testing"

	"github.com/dewar-go/dewar/benchmarks/internal/peer"
	"github.com/dewar-go/dewar/benchmarks/internal/workload"
)

func everybody(peer.Peer, workload.Workload) bool { return true }

// Rounds are interleaved and rotated; installed servers come after the built ones,
// and in the first rounds only.
func TestRoundsAreInterleavedAndRotated(t *testing.T) {
	peers := []peer.Peer{{Name: "a"}, {Name: "snake", Kind: peer.Installed}, {Name: "b"}, {Name: "c"}}
	o := Options{Rounds: 4}
	var got []string
	for _, c := range o.cells(peers, []workload.Workload{{ID: "W1", Often: true}}, everybody) {
		got = append(got, c.peer.Name)
	}
	want := []string{"a", "b", "c", "snake", "c", "a", "b", "snake", "b", "c", "a", "snake", "a", "b", "c"}
	if !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
}

// Who takes no part is in no round, and nobody else is missing for it.
func TestCellsLeaveOutWhoTakesNoPart(t *testing.T) {
	peers := []peer.Peer{{Name: "a"}, {Name: "b"}}
	workloads := []workload.Workload{{ID: "W1", Often: true}, {ID: "W2", Often: true}}
	cells := Options{Rounds: 2}.cells(peers, workloads, func(p peer.Peer, w workload.Workload) bool {
		return p.Name != "b" || w.ID == "W2"
	})
	var got []string
	for _, c := range cells {
		got = append(got, c.workload.ID+c.peer.Name)
	}
	if want := []string{"W1a", "W1a", "W2a", "W2b", "W2b", "W2a"}; !slices.Equal(got, want) {
		t.Errorf("cells %v, want %v", got, want)
	}
}

// More rounds are asked for where peers lie close; a run with few rounds has few
// everywhere.
func TestRoundsByPeerAndWorkload(t *testing.T) {
	close, far, idle := workload.Workload{Often: true}, workload.Workload{}, workload.Workload{Kind: workload.Idle}
	built, installed := peer.Peer{Kind: peer.Go}, peer.Peer{Kind: peer.Installed}
	for _, c := range []struct {
		asked    int
		peer     peer.Peer
		workload workload.Workload
		want     int
	}{
		{9, built, close, 9}, {9, built, far, fewRounds}, {9, built, idle, leastRounds},
		{9, installed, close, leastRounds}, {9, installed, far, leastRounds},
		{1, built, close, 1}, {1, built, far, 1}, {1, installed, idle, 1},
	} {
		if got := (Options{Rounds: c.asked}).rounds(c.peer, c.workload); got != c.want {
			t.Errorf("of %d rounds %s gets %d at %+v, want %d", c.asked, c.peer.Kind, got, c.workload, c.want)
		}
	}
}
