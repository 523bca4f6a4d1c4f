//go:build !linux

package server

import (
	"errors"
	"net"
)

// Elsewhere every connection takes the plain path.
type fast struct {
	inside, cloned bool // never
}

func (f *fast) open() bool { return false }

func (c *conn) serveFast() turn { return headWanted }

// crowd is never reached: what is not on the fast path does not doze.
const crowd = 0

func (c *conn) doze() turn { return headWanted }

type dormitory struct{}

func (d *dormitory) take(*conn) bool { return false }
func (d *dormitory) close()          {}

type runners struct{}

func (s *runners) open()  {}
func (s *runners) close() {}

func (f *fast) clone(net.Conn) (net.Conn, error) { return nil, errors.ErrUnsupported }

func (o *output) sendRaw([]byte) int { return 0 }
