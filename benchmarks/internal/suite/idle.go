package suite

import (
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/peer"
	"github.com/dewar-go/dewar/benchmarks/internal/proc"
	"github.com/dewar-go/dewar/benchmarks/internal/record"
	"github.com/dewar-go/dewar/benchmarks/internal/workload"
)

// settle is how long idle connections are left alone before the memory is read,
// so that the server can give back what it held for their requests.
const settle = 500 * time.Millisecond

// idle measures the memory of connections that were answered once and wait.
func (b *bench) idle(w workload.Workload, p *peer.Process, s *record.Sample) error {
	before, err := proc.Memory(p.PID)
	if errors.Is(err, errors.ErrUnsupported) {
		return errors.New("the system does not tell the memory of a process")
	}
	if err != nil {
		return err
	}
	conns := make([]net.Conn, 0, w.Connections)
	defer func() {
		for _, c := range conns {
			_ = c.Close()
		}
	}()
	answer := make([]byte, 4<<10)
	for range w.Connections {
		c, err := converse(p.Address, w.Requests[0], answer)
		if err != nil {
			return fmt.Errorf("connection %d of %d: %w%s", len(conns)+1, w.Connections, err, p.Complaint())
		}
		conns = append(conns, c)
	}
	time.Sleep(settle)
	after, err := proc.Memory(p.PID)
	if err != nil {
		return err
	}
	s.Memory = after
	s.Connection = float64(after-before) / float64(w.Connections)
	return stillThere(conns[0])
}

// converse opens a connection and has one request answered on it. answer is
// borrowed until converse returns.
func converse(address string, request, answer []byte) (net.Conn, error) {
	c, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return nil, err
	}
	// A reset instead of an orderly end, so that thousands of ports are not kept
	// for the minute of TIME-WAIT.
	_ = c.(*net.TCPConn).SetLinger(0)
	_ = c.SetDeadline(time.Now().Add(patience))
	if _, err := c.Write(request); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	// The answers of the idle workload come in one piece, and were checked before.
	if _, err := c.Read(answer); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

const patience = 5 * time.Second

// stillThere reports an error if the server has closed the connection meanwhile:
// then it was not idle ones that were measured.
func stillThere(c net.Conn) error {
	_ = c.SetReadDeadline(time.Now().Add(time.Millisecond))
	if _, err := c.Read(make([]byte, 1)); err != nil {
		if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
			return nil
		}
		return fmt.Errorf("the server did not keep its idle connections: %w", err)
	}
	return errors.New("the server said more than its answer")
}
