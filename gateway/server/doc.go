// Package server is Dewar's own server for HTTP/1.1, a gateway.Server: our Gunicorn.
// It speaks TLS, and leaves the frames of HTTP/2 to net/http.
//
// Its law: one goroutine a connection, so handlers may block, and none for those of
// many that wait for long (doze_linux.go); a handler runs there or on a coroutine
// (runner_linux.go), so one that calls runtime.LockOSThread unlocks the thread before it
// returns; one exchange at a time on a connection,
// answered in the order of the requests (RFC 9112 §9.3.2). Every wait and every buffer
// is bounded by [Config]. What a client sends that is no HTTP is refused with a status
// and one line that says why, and the connection closes: nobody can know where the next
// request would begin. The wire format is gateway/http1's; the meaning of an exchange is
// gateway's; this package moves bytes and keeps time.
//
//	err := server.New(server.Config{Addr: ":8000"}).Serve(ctx, handler)
//
// Two ways lead through a connection, and answer alike: the fast one for TCP on Linux
// (fast_linux.go), and the plain one for everything else (conn.go).
//
// To change how messages are read or written see http1; how a connection goes on
// or ends, conn.go; how one exchange maps to bytes, transport.go; time-outs,
// input.go and output.go; what pipelined answers wait for, hold.go; how the end of a
// client is noticed, watch.go and hangup_linux.go; TLS and HTTP/2, secure.go and http2.go; certificates,
// certificates.go; where it listens, listener.go; settings from flags and the
// environment, settings.go and options.go; start and stop, server.go; what is told of
// it, observe.go, counters.go and hooks.go; what keeps it from too much, admission.go,
// deadline.go and watchdog.go.
package server
