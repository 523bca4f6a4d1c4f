// Command micro measures one peer in one in-process benchmark and prints a
// micro.Result as JSON. The suite runs it; by hand:
//
//	go run -C benchmarks ./cmd/micro -benchmark M2 -peer dewar
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/micro"
)

func main() {
	benchmark := flag.String("benchmark", "M1", "M1 (static routes), M2 (routes with parameters), M3 (template), M4 (binding), M5 or M6 (JSON, encoding or decoding)")
	peer := flag.String("peer", "dewar", "which peer")
	duration := flag.Duration("duration", time.Second, "of the measurement, about")
	flag.Parse()
	result, err := micro.Run(*benchmark, *peer, *duration)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(result)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
