// Package micro measures parts of the peers within one process: routing,
// templates, binding and JSON.
//
// Its law: a subject is measured through its public interface, as an application
// would call it, with nothing behind it but a handler that reads the parameters;
// and every call is checked before it is measured.
package micro

import (
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"
)

// A Result is what one call takes.
type Result struct {
	Nanoseconds float64
	Allocations float64
	Bytes       float64 // allocated
}

// A subject prepares one peer for a benchmark and returns the call to measure. It
// has checked that the call does what it should.
type subject func() (call func() error, err error)

// benchmarks holds the subjects by benchmark and peer.
var benchmarks = map[string]map[string]subject{
	"M1": routers(staticRoutes),
	"M2": routers(parameterRoutes),
	"M3": {"dewar": dewarTemplate, "nethttp": htmlTemplate},
	"M4": binders(),
	"M5": encoders(),
	"M6": decoders(),
}

// Peers lists who takes part in a benchmark.
func Peers(benchmark string) []string {
	var names []string
	for name := range benchmarks[benchmark] {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Run measures a peer for about the duration.
func Run(benchmark, peer string, d time.Duration) (Result, error) {
	prepare, ok := benchmarks[benchmark][peer]
	if !ok {
		return Result{}, fmt.Errorf("micro: %s takes no part in %q", peer, benchmark)
	}
	call, err := prepare()
	if err != nil {
		return Result{}, fmt.Errorf("micro: %s: %w", peer, err)
	}
	testing.Init()
	if err := flag.Set("test.benchtime", d.String()); err != nil {
		return Result{}, fmt.Errorf("micro: %w", err)
	}
	var failed error
	r := testing.Benchmark(func(b *testing.B) {
		for b.Loop() {
			if err := call(); err != nil {
				failed = err
				return
			}
		}
	})
	if failed != nil {
		return Result{}, fmt.Errorf("micro: %s: %w", peer, failed)
	}
	if r.N == 0 {
		return Result{}, errors.New("micro: nothing was measured")
	}
	n := float64(r.N)
	return Result{float64(r.T.Nanoseconds()) / n, float64(r.MemAllocs) / n, float64(r.MemBytes) / n}, nil
}
