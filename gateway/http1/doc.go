// Package http1 is a codec without I/O for HTTP/1.0 and HTTP/1.1 (RFC 9112): bytes
// in, message out; no reader, no connection, no clock.
//
// A server owns the buffer and the socket. It hands the bytes that it has to a
// Parser, which fills a gateway.Request and says with a Message how the body is
// framed and what becomes of the connection; a Body decodes what follows; the
// Append functions encode the answer.
//
// # Law
//
// Buffers are borrowed until the call returns. Every string and every field of a
// Request owns its memory and is never written again: it is cut from a copy of the
// head that is made once, and serves again where the next head repeats.
//
// The codec is strict and has no switch that makes it less so: what RFC 9112 lets a
// recipient repair is refused, because two recipients that repair differently see
// different messages (RFC 9112 §11.2). The fault is told at the first byte that no
// good message could have, in whatever pieces the bytes come. Every length is
// bounded by Limits.
//
// Parser and Body are for one goroutine at a time; the functions for any.
//
// # Example
//
//	n, err := parser.Parse(buf, &x.Request, &msg)
//	switch {
//	case err != nil: // answer err's status, close
//	case n == 0: // read more behind buf, call again
//	default:
//		body.Reset(&msg, &parser.Limits) // decodes buf[n:] and what follows
//	}
package http1
