package load

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// An account is what a generator writes down while it runs. It is not safe for
// several goroutines: each has its own, and they are added up.
type account struct {
	requests, errors, missed uint64
	example                  string
	latency                  *hdrhistogram.Histogram // microseconds
}

// Times beyond longest are written down as longest: no answer takes that long
// before it is an error.
const longest = int64(time.Minute / time.Microsecond)

func newAccount() *account {
	return &account{latency: hdrhistogram.New(1, longest, 3)}
}

// answered writes down an answer that took d.
func (a *account) answered(status int, d time.Duration) {
	if status != 200 {
		a.failed("status " + string([]byte{byte('0' + status/100%10), byte('0' + status/10%10), byte('0' + status%10)}))
		return
	}
	a.requests++
	_ = a.latency.RecordValue(min(max(int64(d/time.Microsecond), 1), longest)) // within its bounds, so no error
}

// failed writes down an error.
func (a *account) failed(what string) {
	a.errors++
	if a.example == "" {
		a.example = what
	}
}

// add adds b.
func (a *account) add(b *account) {
	a.requests += b.requests
	a.errors += b.errors
	a.missed += b.missed
	if a.example == "" {
		a.example = b.example
	}
	a.latency.Merge(b.latency)
}

// result is the account as a Result of a load that lasted elapsed.
func (a *account) result(elapsed time.Duration) Result {
	at := func(percent float64) time.Duration {
		return time.Duration(a.latency.ValueAtQuantile(percent)) * time.Microsecond
	}
	return Result{
		Requests: a.requests, Errors: a.errors, Missed: a.missed, Example: a.example,
		Elapsed: elapsed, P50: at(50), P99: at(99), P999: at(99.9),
	}
}
