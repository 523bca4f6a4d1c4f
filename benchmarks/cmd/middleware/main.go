// Command middleware prints what a middleware adds to a request, beside Echo's and
// Fiber's:
//
//	go run -C benchmarks ./cmd/middleware
package main

import (
	"flag"
	"fmt"
	"os"
	"text/tabwriter"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/layers"
)

func main() {
	duration := flag.Duration("duration", 50*time.Millisecond, "of a measurement; there are six for a cell")
	flag.Parse()
	rows, err := layers.Measure(*duration)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "middleware\tdewar\techo\tfiber")
	for _, r := range rows {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", r.Name, cell(r.Dewar), cell(r.Echo), cell(r.Fiber))
	}
	w.Flush()
}

// cell is a difference: nanoseconds and allocations.
func cell(c *layers.Cost) string {
	if c == nil {
		return "-"
	}
	return fmt.Sprintf("%+.0f ns %+.1f allocs", c.Nanoseconds, c.Allocations)
}
