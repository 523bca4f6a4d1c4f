// Command load is the suite's own load generator: it reads a load.Plan as JSON
// from its standard input and prints a load.Result as JSON.
//
// The suite runs it; by hand it takes an address and loads its root:
//
//	go run -C benchmarks ./cmd/load -address 127.0.0.1:8080 -path /plaintext
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/load"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	plan, err := plan()
	if err != nil {
		return err
	}
	result, err := load.Run(plan)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}

// plan comes from the flags where an address is given, else from standard input.
func plan() (p load.Plan, err error) {
	flag.StringVar(&p.Address, "address", "", "`host:port` to load; none: read a plan from standard input")
	path := flag.String("path", "/", "path to get")
	flag.IntVar(&p.Connections, "connections", 64, "number of connections")
	flag.IntVar(&p.Pipeline, "pipeline", 1, "requests written at once")
	flag.Float64Var(&p.Rate, "rate", 0, "requests a second; 0: as fast as possible")
	flag.DurationVar(&p.Duration, "duration", 2*time.Second, "of the load")
	flag.Parse()
	if p.Address == "" {
		if err := json.NewDecoder(os.Stdin).Decode(&p); err != nil {
			return p, fmt.Errorf("load: plan on standard input: %w", err)
		}
		return p, nil
	}
	p.Requests = [][]byte{[]byte("GET " + *path + " HTTP/1.1\r\nHost: " + p.Address + "\r\n\r\n")}
	return p, nil
}
