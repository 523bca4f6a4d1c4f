// Package middleware has no code of its own: each folder below it is one middleware
// that knows the contract and nothing else, and so wraps an application of the
// framework, a mounted http.Handler, or any other handler alike:
//
//	h := gateway.Chain(app, secure.New(secure.Config{}), crossorigin.New(crossorigin.Config{}))
//
// The law of all of them: New panics at a configuration that is a mistake, so that
// a process does not start with it; the zero Config is safe; the middleware that New
// returns may wrap several handlers and serve any number of goroutines; and what it
// has no reason to stop passes through: streams, files, interim responses, upgrades.
//
// docs/middleware has a page for each, and the order to put them in.
package middleware
