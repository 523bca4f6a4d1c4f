package micro

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// BenchmarkMicro is every benchmark on every peer: -bench Micro/M2/echo.
func BenchmarkMicro(b *testing.B) {
	for _, name := range slices.Sorted(maps.Keys(benchmarks)) {
		for _, peer := range Peers(name) {
			b.Run(name+"/"+peer, func(b *testing.B) { measure(b, benchmarks[name][peer]) })
		}
	}
}

// BenchmarkTwoParameters asks for one route with two parameters among 200 with as
// many.
func BenchmarkTwoParameters(b *testing.B) {
	github := allRoutes
	defer func() { allRoutes = github }()
	patterns := []string{"/users/{name}/posts/{id}"}
	for i := range 200 {
		patterns = append(patterns, fmt.Sprintf("/r%d/{a}/x%d/{b}", i, i))
	}
	allRoutes = routesOf(patterns)
	subjects := routers(func(r route) bool { return r.pattern == patterns[0] })
	for _, peer := range slices.Sorted(maps.Keys(subjects)) {
		b.Run(peer, func(b *testing.B) { measure(b, subjects[peer]) })
	}
}

func measure(b *testing.B, prepare subject) {
	call, err := prepare()
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := call(); err != nil {
			b.Fatal(err)
		}
	}
}
