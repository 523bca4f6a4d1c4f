//go:build !unix

package static

// outOfService is told apart where the system's errors are known.
func outOfService(error) bool { return false }

// absent likewise; what package fs has a name for is known everywhere.
func absent(error) bool { return false }
