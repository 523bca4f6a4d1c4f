//go:build !linux

package load

// runNative runs the plan in the form that suits the system best.
func runNative(p Plan) (Result, error) { return runGoroutines(p) }
