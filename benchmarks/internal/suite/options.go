// Package suite runs the benchmark: it prepares the peers, measures every
// workload round by round, A B C A B C, and writes down every sample.
//
// Its law: each sample is taken on a fresh process, that answered rightly before
// it was loaded; a failure is a sample too, and the run goes on.
package suite

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/peer"
	"github.com/dewar-go/dewar/benchmarks/internal/workload"
)

// Options say what to run.
type Options struct {
	Peers       []string      // names, or kinds such as "go"; none: all
	Workloads   []string      // by ID; none: all
	Connections []int         // of W1, the first also of the others
	Idle        int           // connections of W7
	Rounds      int           // of the workloads at which peers lie close; see rounds
	Duration    time.Duration // of each load; see duration
	Warm        time.Duration // of the load before it
	Rate        float64       // requests a second of the second run; 0: none
	Own         bool          // do not use wrk
	Folder      string        // for binaries, files and results
	Progress    io.Writer     // borrowed until Run returns
	Terminal    bool          // Progress can rewrite its line
}

// Defaults are the settings of a full run.
func Defaults() Options {
	return Options{
		Connections: []int{64, 512},
		Idle:        10_000,
		Rounds:      8,
		Duration:    500 * time.Millisecond,
		Warm:        100 * time.Millisecond,
		Rate:        20_000,
		Folder:      "out",
	}
}

// Smoke are the settings that show within a minute that all works, and measure
// nothing.
func Smoke() Options {
	o := Defaults()
	o.Peers = []string{"dewar", "dewarnethttp", string(peer.Go), string(peer.Floor), string(peer.Library)}
	// The own generator waits for what it has asked for: one answer at least comes
	// of the shortest load, however busy the machine is.
	o.Own = true
	o.Idle, o.Rounds, o.Duration, o.Warm, o.Rate = 200, 1, 100*time.Millisecond, 0, 2000
	return o
}

// Complete reports whether o measures everything at full length, and in rounds enough:
// of five the interval of a median is the whole range, and holds it with 94 %.
func (o Options) Complete() bool {
	d := Defaults()
	return len(o.Peers) == 0 && len(o.Workloads) == 0 && o.Rounds >= fewRounds && o.Duration >= d.Duration &&
		o.Idle >= d.Idle && slices.Equal(o.Connections, d.Connections) && o.Rate == d.Rate
}

func (o Options) validate() error {
	switch {
	case len(o.Connections) == 0 || slices.Min(o.Connections) < 1:
		return fmt.Errorf("suite: connections are %v, want one number or more, each 1 or more", o.Connections)
	case o.Rounds < 1 || o.Duration <= 0 || o.Warm < 0 || o.Rate < 0 || o.Idle < 1:
		return fmt.Errorf("suite: rounds %d, duration %v, warm-up %v, rate %v or idle connections %d is out of range",
			o.Rounds, o.Duration, o.Warm, o.Rate, o.Idle)
	}
	return nil
}

// peers chooses peers by name or kind.
func (o Options) peers() ([]peer.Peer, error) {
	all := peer.All()
	return choose(all, o.Peers, "peer",
		func(p peer.Peer) string { return p.Name }, func(p peer.Peer) string { return string(p.Kind) })
}

// workloads chooses workloads by ID.
func (o Options) workloads() ([]workload.Workload, error) {
	all := workload.All(o.Connections, o.Idle, o.Rate)
	id := func(w workload.Workload) string { return w.ID }
	return choose(all, o.Workloads, "workload", id, id)
}

// choose keeps of all what the wanted words mean, in the order of all: a word is a
// name or, where nothing has that name, a kind.
func choose[T any](all []T, wanted []string, what string, name, kind func(T) string) ([]T, error) {
	if len(wanted) == 0 {
		return all, nil
	}
	var names []string
	for _, one := range all {
		names = append(names, name(one))
	}
	kept := make(map[string]bool)
	for _, word := range wanted {
		by := name
		if !slices.Contains(names, word) {
			by = kind
		}
		found := false
		for _, one := range all {
			if by(one) == word {
				kept[name(one)], found = true, true
			}
		}
		if !found {
			return nil, fmt.Errorf("suite: no %s is called %q; there are %s", what, word, strings.Join(names, ", "))
		}
	}
	return slices.DeleteFunc(all, func(one T) bool { return !kept[name(one)] }), nil
}
