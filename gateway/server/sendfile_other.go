//go:build !linux

package server

import (
	"os"
)

// sendFile sends n bytes of f from offset off on.
func (o *output) sendFile(f *os.File, off, n int64) error {
	return o.copyFile(f, off, n)
}
