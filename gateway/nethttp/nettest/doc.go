// Package nettest tries gateway/nethttp with software written for net/http by
// others: a router and a WebSocket library. It is a module of its own, so that
// they do not become dependencies of Dewar's.
package nettest
