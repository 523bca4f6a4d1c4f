//go:build !unix

package static

// outOfService is told apart where the system's errors are known.
func outOfService(error) bool { return false }
