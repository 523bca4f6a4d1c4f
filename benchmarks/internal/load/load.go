// Package load sends requests and says how many were answered and how fast: with
// wrk, or with a generator of its own.
//
// Its law: a request counts when its answer has come whole with status 200; all
// else is an error and is counted as one. Under a fixed rate, the time of a
// request begins when it was due, not when the generator came round to sending
// it: a server that stalls does not get the requests of that moment for nothing.
//
// The own generator exists because none of the kept load libraries fits: they
// sit on net/http or on fasthttp, cost more for each request than the server does
// on the other core, and do not pipeline. On Linux it is one epoll loop, so that
// under a fixed rate it can wait by polling, to the microsecond; elsewhere it is
// a goroutine for each connection.
package load

import (
	"fmt"
	"time"
)

// A Plan is one run of load.
type Plan struct {
	Address     string   // host:port
	Requests    [][]byte // sent in turn; shared read-only
	Connections int
	Pipeline    int     // requests written at once on a connection
	Rate        float64 // requests a second over all connections; 0: as fast as possible
	Duration    time.Duration

	TLS     bool // without checking the certificate
	Streams int  // of HTTP/2 open at a time on each connection, over TLS; 0: HTTP/1.1
}

// A Result is what came of a Plan.
type Result struct {
	Requests uint64        // answered with 200
	Errors   uint64        // connections refused or broken, other statuses, no answer in time
	Missed   uint64        // due under a fixed rate, but no connection was free until the end
	Elapsed  time.Duration // of the load

	// Of the answered requests, saturated or under the rate, as the plan says.
	P50, P99, P999 time.Duration

	Example string // the first error, in words; "" where there was none
}

// Throughput is in requests a second.
func (r Result) Throughput() float64 {
	if r.Elapsed <= 0 {
		return 0
	}
	return float64(r.Requests) / r.Elapsed.Seconds()
}

func (p Plan) validate() error {
	if len(p.Requests) == 0 || p.Connections < 1 || p.Pipeline < 1 || p.Duration <= 0 || p.Rate < 0 || p.Streams < 0 ||
		p.Streams > 0 && (!p.TLS || p.Rate > 0 || p.Pipeline > 1) {
		return fmt.Errorf("load: a plan wants requests, connections, a pipeline of 1 or more and a duration, and streams want TLS and neither; got %d, %d, %d, %v, %d streams",
			len(p.Requests), p.Connections, p.Pipeline, p.Duration, p.Streams)
	}
	return nil
}

// patience is how long answers are waited for after the end of the load. It only
// has to tell a slow answer from none.
const patience = 10 * time.Second
