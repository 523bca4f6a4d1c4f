// Package client is the client's side of the contract: it asks a handler in memory,
// or a server over a socket, and gives the answer as a client sees it.
//
//   - [Do] and [Recorder] run a handler without a socket and record its answer. The
//     recorder is an ordinary server: it implements gateway.Transport and calls
//     gateway.Run.
//   - [Memory] is a gateway.Server without a network, with its lifespan, and a
//     [Client] of it.
//   - [Sockets] is a [Client] of HTTP/1.1 servers. It holds every answer to RFC 9112
//     and believes nothing that it reads.
//
// It is for tests: those of gatewaytest, which has it under the same names, and the
// test client of package framework. Nothing here imports package testing, so that
// an application may have it in its program at the cost of its code alone.
//
// The law: a [Result] of [Do] is the caller's; one of [Recorder.Do] is borrowed
// until the recorder's next request, because a recorder stands for one connection
// and reuses its memory as a connection would.
package client
