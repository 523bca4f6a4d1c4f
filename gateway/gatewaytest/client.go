package gatewaytest

import (
	"net"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// What asks and what is recorded is package client's, which needs no package testing.
type (
	Client    = client.Client
	Call      = client.Call
	Request   = client.Request
	Result    = client.Result
	Interim   = client.Interim
	Recorder  = client.Recorder
	Recording = client.Recording
)

// DrainLimit is client.DrainLimit.
const DrainLimit = client.DrainLimit

// ErrTruncated is what a Call's error wraps when the server cut the answer off.
var ErrTruncated = client.ErrTruncated

// Do runs one request through h and returns its answer, which the caller owns.
func Do(h gateway.Handler, q Request) *Result { return client.Do(h, q) }

// Finish reads a call to its end. An answer that was cut off is no error but a
// Result that is Aborted.
func Finish(c Call) (*Result, error) { return client.Finish(c) }

// A Memory is a gateway.Server without a network, and the Client of it. Its zero
// value is ready to Serve, once.
type Memory struct{ client.Memory }

// Target is m for Suite.
func (m *Memory) Target() Target {
	return Target{Server: m, Connect: func(gateway.ServerInfo) Client { return m }}
}

// connect makes the client of HTTP/1.1 that a target without Connect has.
func (t Target) connect(s gateway.ServerInfo) Client {
	dial := t.Dial
	if dial == nil {
		dial = func(a net.Addr) (net.Conn, error) { return net.Dial(a.Network(), a.String()) }
	}
	return &client.Sockets{Open: func() (net.Conn, error) { return dial(s.Addrs[0]) }, Patience: patience}
}
