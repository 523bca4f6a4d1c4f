package nethttp

import (
	"fmt"
	"io"
	"os"
	"runtime"
	"strconv"
	"sync"

	"github.com/dewar-go/dewar/internal/poison"
)

// WriteFile sends a part of a file through net/http's io.ReaderFrom, which reaches
// sendfile(2) where nothing wraps the writer and the connection is a plain one.
//
// sendfile works from the file's own offset as net/http uses it, and that offset
// must not move here: other exchanges may be sending the same file. So the file is
// opened once more, which gives an offset of its own. A small part is cheaper to
// copy.
func (c *carrier) WriteFile(f *os.File, off, n int64) error {
	const worthOpening = 64 << 10
	var src io.Reader = io.NewSectionReader(f, off, n)
	if n >= worthOpening {
		if again, err := reopen(f, off); err == nil {
			defer again.Close()
			src = again
		}
	}
	buf := copyBuffers.Get().(*[]byte)
	defer giveBack(buf)
	for n > 0 {
		want := min(n, piece)
		if c.adapter.waits.write == 0 {
			want = n
		}
		c.armWrite()
		k, err := io.CopyBuffer(c.w, io.LimitReader(src, want), *buf)
		c.wrote(k)
		n -= k
		if err != nil {
			return gone(err)
		}
		if k < want {
			return fmt.Errorf("nethttp: %s has become shorter while it was sent: %d bytes missing: %w", f.Name(), n, io.ErrUnexpectedEOF)
		}
	}
	return nil
}

// reopen opens the file that f has open, whatever its name means by now, and goes
// to off. Only Linux has a way to.
func reopen(f *os.File, off int64) (*os.File, error) {
	if runtime.GOOS != "linux" {
		return nil, os.ErrInvalid
	}
	raw, err := f.SyscallConn()
	if err != nil {
		return nil, err
	}
	var again *os.File
	control := raw.Control(func(fd uintptr) {
		again, err = os.Open("/proc/self/fd/" + strconv.FormatUint(uint64(fd), 10))
	})
	if control != nil {
		return nil, control
	}
	if err != nil {
		return nil, err
	}
	if _, err := again.Seek(off, io.SeekStart); err != nil {
		_ = again.Close()
		return nil, err
	}
	return again, nil
}

// copyBuffers are of 32 KiB.
var copyBuffers = sync.Pool{New: func() any {
	b := make([]byte, 32<<10)
	return &b
}}

func giveBack(buf *[]byte) {
	poison.Bytes(*buf)
	copyBuffers.Put(buf)
}
