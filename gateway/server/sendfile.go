package server

import (
	"fmt"
	"io"
	"os"
)

// copyFile sends n bytes of f from offset off on through a buffer.
func (o *output) copyFile(f *os.File, off, n int64) error {
	buf := make([]byte, min(n, 64<<10))
	for n > 0 && o.err == nil {
		k, err := f.ReadAt(buf[:min(n, int64(len(buf)))], off)
		if err := o.send(buf[:k]); err != nil {
			return err
		}
		off, n = off+int64(k), n-int64(k)
		if err == io.EOF && n > 0 {
			return errShortFile(f, n)
		}
		if err != nil && err != io.EOF {
			return fmt.Errorf("server: %w", err)
		}
	}
	return o.err
}

// errShortFile is a file that was cut off while it was sent.
func errShortFile(f *os.File, missing int64) error {
	return fmt.Errorf("server: %s ended %d bytes before its promised length", f.Name(), missing)
}
