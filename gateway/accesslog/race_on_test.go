//go:build race

package accesslog_test

// Under the race detector every request has an Exchange of its own, which allocates.
const raceEnabled = true
