package client

import (
	"context"
	"errors"
	"net"
	"sync"

	"github.com/dewar-go/dewar/gateway"
)

// A Memory is a gateway.Server without a network, and the Client of it: every
// request runs on a Recorder of its own. Its zero value is ready to Serve, once.
type Memory struct {
	mu      sync.Mutex
	changed sync.Cond
	state   memoryState
	handler gateway.Handler
	running sync.WaitGroup
}

type memoryState uint8

const (
	memoryDown memoryState = iota
	memoryStarting
	memoryUp
)

// Serve implements gateway.Server.
func (m *Memory) Serve(ctx context.Context, h gateway.Handler) error {
	m.become(memoryStarting, h)
	defer m.become(memoryDown, nil)
	info := gateway.ServerInfo{Name: "memory", Scheme: "http", Addrs: []net.Addr{localAddr}}
	if err := gateway.Startup(ctx, h, info); err != nil {
		return err
	}
	m.become(memoryUp, h)
	<-ctx.Done()
	m.become(memoryDown, nil)
	m.running.Wait()
	return gateway.Shutdown(context.WithoutCancel(ctx), h)
}

func (m *Memory) become(state memoryState, h gateway.Handler) {
	m.mu.Lock()
	m.changed.L = &m.mu
	m.state, m.handler = state, h
	m.changed.Broadcast()
	m.mu.Unlock()
}

// Start implements Client. Like a connection to a bound address it waits for the
// end of Startup. The goroutine that it starts ends with the handler, and Serve
// waits for it.
func (m *Memory) Start(q Request) (Call, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for m.state == memoryStarting {
		m.changed.Wait()
	}
	if m.state == memoryDown {
		return nil, errors.New("client: connection refused: Serve was not called, or its context has ended")
	}
	r := &Recorder{Handler: m.handler}
	r.begin(&q)
	m.running.Go(r.run)
	return &Recording{line: &r.line}, nil
}

// Dial implements Client: there are no connections here.
func (m *Memory) Dial() (net.Conn, error) { return nil, errors.ErrUnsupported }

// Close implements Client: it keeps nothing.
func (m *Memory) Close() {}
