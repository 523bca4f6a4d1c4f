// Package gatewaytest holds what tests of applications, middleware and servers of
// the gateway contract need: a server in memory, a checker of both sides, and the
// suite that every server passes.
//
//   - [Do] and [Recorder] run a handler without a socket and record its answer. The
//     recorder is an ordinary server: it implements gateway.Transport and calls
//     gateway.Run, so a test sees what a client would.
//   - [Lint] is middleware that reports whoever breaks the contract, the server
//     below it or the application above it.
//   - [Suite] starts a server over and over and holds it to the contract from the
//     outside, as a client, and from the inside, as an application. A [Target] says
//     how; [Memory] is one without a network.
//
// The law: a [Result] of [Do] is the caller's; one of [Recorder.Do] is borrowed
// until the recorder's next request, because a recorder stands for one connection
// and reuses its memory as a connection would.
package gatewaytest

//go:generate go run ./internal/spec -o ../SPEC.md
