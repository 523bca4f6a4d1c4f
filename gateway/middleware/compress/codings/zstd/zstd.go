// Package zstd is the content coding zstd (RFC 8878, RFC 9659) for middleware
// compress, by klauspost/compress.
package zstd

import (
	"fmt"

	"github.com/klauspost/compress/zstd"

	"github.com/dewar-go/dewar/gateway/middleware/compress"
)

// window is how far back a compressor looks: browsers take up to 8 MiB (RFC 9659),
// and every stream costs both sides as much memory.
const window = 1 << 20

// Coding is zstd at a level of 1, fast, to 4, small; 0 is 2. It panics at another.
func Coding(level int) compress.Coding {
	if level == 0 {
		level = 2
	}
	if level < 1 || level > 4 {
		panic(fmt.Sprintf("zstd: Coding(%d): a level is 1 to 4, or 0 for the default", level))
	}
	return compress.Coding{Name: "zstd", New: func() compress.Writer {
		// One goroutine, the caller's: a server has its concurrency in its requests.
		w, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevel(level)), zstd.WithEncoderConcurrency(1),
			zstd.WithWindowSize(window), zstd.WithLowerEncoderMem(true))
		if err != nil {
			panic("zstd: " + err.Error()) // the options are constant and valid
		}
		return w
	}}
}
