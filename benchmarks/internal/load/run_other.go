//go:build !linux

package load

// Run runs the plan with the own generator: a goroutine for each connection.
func Run(p Plan) (Result, error) { return runGoroutines(p) }
