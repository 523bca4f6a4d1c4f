// Package nethttp joins the gateway contract and net/http, in both directions:
// an application of the contract runs wherever an http.Handler runs, and any
// http.Handler runs inside an application, on any server of the contract.
//
//   - [Handler] makes an http.Handler of a gateway.Handler; [Adapter] is the same
//     with a hook for faults.
//   - [Mount] makes a gateway.Handler of an http.Handler; [Mounted] is the same
//     with a hook for mistakes of the handler.
//   - [New] makes a gateway.Server of net/http's own server, with HTTP/2 and TLS.
//
// # The law
//
// What crosses the border stays exact where both sides can say it. What net/http
// cannot say is lost here and nowhere else: the order and the spelling of field
// names (the fields of a request come sorted by name), and in HTTP/2 the trailers
// that a request did not announce.
//
// net/http has a few habits that the contract does not share; Handler switches
// them off (the guess of a Content-Type, the end of the request's body when the
// response begins) and Mount provides them (the guess, the implicit 200, a second
// WriteHeader that does nothing).
//
// Under Handler an exchange lives in the goroutine of ServeHTTP, and its memory
// goes back to a pool when that returns. Under Mount the handler's ResponseWriter
// and Request.Body may be used from several goroutines, and fail instead of
// reaching another exchange when they are used too late.
//
//	mux := http.NewServeMux()
//	mux.Handle("/notes/", http.StripPrefix("/notes", nethttp.Handler(app)))
//
//	app = gateway.Mount("/debug", nethttp.Mount(http.DefaultServeMux))
//
//	err := nethttp.New(nethttp.Config{Addr: ":8080"}).Serve(ctx, app)
package nethttp
