//go:build !dewarpoison

// Package poison makes it seen when memory is used that was given back to a pool. With
// -tags dewarpoison what goes back is overwritten, so that a string or a slice that still
// points into it changes at once, and not only when the next request happens to come.
// Without the tag nothing is done, and costs nothing.
//
// It finds what the race detector does not: memory that one goroutine gives to the next
// exchange of the same connection.
package poison

// On reports whether the tag is set.
const On = false

// Bytes overwrites b up to its capacity. b is borrowed until it returns.
func Bytes([]byte) {}
