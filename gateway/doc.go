// Package gateway is the border between an application and the server that runs
// it: one value, one function type and one small interface, PEP 3333's idea in
// Go. An application is a [Handler] and knows no server; a server implements
// [Transport] and calls [Run], and knows no application.
//
// # The law
//
// A handler answers one [Exchange]. Until the response has started it is plain
// data, [Exchange.Response], that any middleware may read, change or replace
// after the inner handler returned; it is validated and sent when the outermost
// handler has returned. Write, Flush and SendFile start it earlier, for bodies
// that should not be held in memory.
//
// An error that a handler returns, or a panic, becomes an error response as long
// as nothing was sent. After that it aborts: the client sees a truncated answer,
// never an error page glued to half a body.
//
// Strings in a Request are owned for ever, and so are the fields of its Header and
// Trailer. Everything else that hangs on an Exchange is borrowed until the
// handler returns, the Exchange itself included: it serves the connection's next
// request. Under the race detector or the dewardebug build tag an exchange that is
// used too late panics.
//
// An Exchange belongs to the goroutine that was given it, with one exception:
// Read may run in another goroutine beside the methods that write, so that a
// proxy can stream both ways. Whoever hands it to a goroutine waits for that
// goroutine before returning.
//
// SPEC.md beside this package states the whole contract, rule by rule; it is
// generated from the checks in gatewaytest.
package gateway
