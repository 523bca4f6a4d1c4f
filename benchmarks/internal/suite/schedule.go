package suite

import (
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/peer"
	"github.com/dewar-go/dewar/benchmarks/internal/workload"
)

// Time goes where it decides something: workloads at which Go peers lie close together get every
// round, the others no more than fewRounds; and servers that differ by factors,
// whose start alone takes as long as a load, no more than leastRounds. Memory
// hardly differs from round to round.
const (
	fewRounds   = 5
	leastRounds = 3
)

// rounds is how often a peer is measured at a workload.
func (o Options) rounds(p peer.Peer, w workload.Workload) int {
	switch {
	case p.Kind == peer.Installed || w.Kind == workload.Idle:
		return min(o.Rounds, leastRounds)
	case !w.Often:
		return min(o.Rounds, fewRounds)
	}
	return o.Rounds
}

// duration is how long a workload is loaded.
func (o Options) duration(w workload.Workload) time.Duration {
	if w.Long {
		return 2 * o.Duration
	}
	return o.Duration
}

// A cell is one measurement to be made.
type cell struct {
	peer     peer.Peer
	workload workload.Workload
	round    int
}

// cells are all measurements in their order: workload after workload, and in each
// of them round after round, A B C D, D A B C, C D A B: who comes first has a cold
// cache or a rested machine, and should not be the same peer each time. Installed
// servers follow at the end of a round, since they take the longest and the others
// should lie close together in time.
func (o Options) cells(peers []peer.Peer, workloads []workload.Workload, takesPart func(peer.Peer, workload.Workload) bool) []cell {
	var cells []cell
	for _, w := range workloads {
		var built, installed []peer.Peer
		for _, p := range peers {
			switch {
			case !takesPart(p, w):
			case p.Kind == peer.Installed:
				installed = append(installed, p)
			default:
				built = append(built, p)
			}
		}
		for round := range o.Rounds {
			for _, p := range append(rotated(built, round), installed...) {
				if round < o.rounds(p, w) {
					cells = append(cells, cell{p, w, round})
				}
			}
		}
	}
	return cells
}

// rotated is a copy of all in which the last n have come to the front.
func rotated(all []peer.Peer, n int) []peer.Peer {
	if len(all) == 0 {
		return nil
	}
	first := len(all) - n%len(all)
	return append(append([]peer.Peer(nil), all[first:]...), all[:first]...)
}
