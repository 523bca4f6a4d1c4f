package cache

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// nowhere is the transport of an exchange without a client: what is written to it is
// gone. A recording before it keeps the answer.
type nowhere struct {
	ctx    context.Context
	cancel context.CancelFunc
}

func newNowhere() *nowhere {
	ctx, cancel := context.WithTimeout(context.Background(), refreshTime)
	return &nowhere{ctx, cancel}
}

func (*nowhere) Read([]byte) (int, error)                 { return 0, io.EOF }
func (*nowhere) Inform(int, gateway.Header) error         { return errors.ErrUnsupported }
func (*nowhere) WriteHead(*gateway.Head) error            { return nil }
func (*nowhere) Write(p []byte) (int, error)              { return len(p), nil }
func (*nowhere) WriteFile(*os.File, int64, int64) error   { return nil }
func (*nowhere) Flush() error                             { return nil }
func (n *nowhere) Close(gateway.Header) error             { n.cancel(); return nil }
func (n *nowhere) Abort()                                 { n.cancel() }
func (*nowhere) Hijack() (net.Conn, []byte, error)        { return nil, nil, errors.ErrUnsupported }
func (n *nowhere) Context() context.Context               { return n.ctx }
func (*nowhere) SetDeadlines(read, write time.Time) error { return errors.ErrUnsupported }
