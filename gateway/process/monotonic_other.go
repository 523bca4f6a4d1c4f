//go:build !linux

package process

// Elsewhere there is no systemd to tell.
func monotonic() string { return "" }
