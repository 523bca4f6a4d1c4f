package micro

import (
	"maps"
	"slices"
	"testing"
)

// BenchmarkMicro is every benchmark on every peer: -bench Micro/M2/echo.
func BenchmarkMicro(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(benchmarks)) {
		for _, peer := range Peers(name) {
			b.Run(name+"/"+peer, func(b *testing.B) {
				call, err := benchmarks[name][peer]()
				if err != nil {
					b.Fatal(err)
				}
				b.ReportAllocs()
				for b.Loop() {
					if err := call(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
