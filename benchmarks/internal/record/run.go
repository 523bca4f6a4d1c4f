package record

import "time"

// A Run is one run of the suite.
type Run struct {
	Started    time.Time
	Took       time.Duration
	Complete   bool // every peer and workload, at the suite's own settings
	Conditions Conditions
	Peers      []Peer
	Workloads  []Workload
	Samples    []Sample // in the order measured
	Earlier    *Run     `json:",omitempty"` // what this run is compared with; nil: nothing
}

// Conditions are all that the figures depend on beside the servers.
type Conditions struct {
	Commit    string // of the repository; "+" at the end: with changes
	Go        string
	OS        string
	Kernel    string
	Processor string
	Cores     int
	Placement string // what runs where
	Generator string
	Rounds    int
	Duration  time.Duration // of each load
	Load      float64       // average of the machine over a minute, before the run
	CPU       bool          // the system tells the CPU time of a process
}

// The kinds of peers.
const (
	Dewar     = "dewar"
	Go        = "go"
	Installed = "installed"
	Floor     = "floor"
	Library   = "library"
)

// A Peer is one server of the run, or one library.
type Peer struct {
	Name, Title, Kind string
	Version           string
	Binary            int64             // size in bytes; 0: not built by the suite
	Missing           string            // why it took no part; "": it did
	Lacks             map[string]string // workload: why it took no part in that
}

// The kinds of workloads.
const (
	Load  = "load"
	Idle  = "idle"
	Start = "start"
	Micro = "micro"
)

// A Workload is what was measured.
type Workload struct {
	ID, Title, About, Kind string
	Connections, Pipeline  int
	Rate                   float64 // of the second run at a fixed rate; 0: there was none
}

// A Sample is one measurement: one peer, one workload, one round.
type Sample struct {
	Workload, Peer string
	Round          int
	Failed         string // why there is no figure; "": there is

	Requests   uint64
	Errors     uint64
	Example    string  // the first error
	Seconds    float64 // that the load lasted
	CPU        float64 // µs of the server, user and system, for each request
	System     float64 // the part of CPU that was the kernel's
	Busy       float64 // CPU over elapsed time: 1 is a whole core
	Saturated  Latency
	Rated      *Rated  // the second run, at a fixed rate
	Memory     int64   // bytes of the server after the load
	Connection float64 // bytes of the server for each idle connection
	Start      float64 // ms from the start of the process to its first answer

	// Of a call in process.
	Call        float64 // ns
	Allocations float64
	Allocated   float64 // bytes
}

// Latency is in µs.
type Latency struct{ P50, P99, P999 float64 }

// Rated is what came of a fixed rate.
type Rated struct {
	Latency
	Requests, Errors uint64
	Missed           uint64  // due, but not sent for want of a free connection
	CPU              float64 // µs for each request
}

// Throughput is in requests a second; higher is better.
func (s Sample) Throughput() float64 {
	if s.Seconds <= 0 {
		return 0
	}
	return float64(s.Requests) / s.Seconds
}
