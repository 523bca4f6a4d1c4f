// Package gatewaytest holds what tests of applications, middleware and servers of
// the gateway contract need: a server in memory, a checker of both sides, and the
// suite that every server passes.
//
//   - [Do] and [Recorder] run a handler without a socket and record its answer, so
//     that a test sees what a client would; they are package client's.
//   - [Lint] is middleware that reports whoever breaks the contract, the server
//     below it or the application above it.
//   - [Suite] starts a server over and over and holds it to the contract from the
//     outside, as a client, and from the inside, as an application. A [Target] says
//     how; [Memory] is one without a network.
package gatewaytest

//go:generate go run ./internal/spec -o ../SPEC.md
