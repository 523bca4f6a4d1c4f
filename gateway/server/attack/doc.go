// Package attack holds tests that attack the server over HTTP/2, frame by frame. They are a
// module of their own for golang.org/x/net's framer.
package attack
