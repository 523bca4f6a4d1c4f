// Package brotli is the content coding br (RFC 7932) for middleware compress, by
// andybalholm/brotli.
package brotli

import (
	"fmt"
	"io"

	"github.com/andybalholm/brotli"

	"github.com/dewar-go/dewar/gateway/middleware/compress"
)

// Coding is brotli at a level of 1, fast, to 11, which is for files that are
// compressed once; 0 is 4, which takes about as long as gzip and is smaller. It
// panics at another.
func Coding(level int) compress.Coding {
	if level == 0 {
		level = 4
	}
	if level < 1 || level > 11 {
		panic(fmt.Sprintf("brotli: Coding(%d): a level is 1 to 11, or 0 for the default", level))
	}
	return compress.Coding{Name: "br", New: func() compress.Writer { return brotli.NewWriterLevel(io.Discard, level) }}
}
