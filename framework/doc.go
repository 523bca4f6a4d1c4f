// Package framework is Flask's part of Dewar: an application of routes, blueprints,
// hooks and error handlers, run by any server of package gateway.
//
// # Handlers
//
// A handler is one function type:
//
//	func show(c *framework.Context) error {
//		note, err := notes.Find(c, c.Int("id"))
//		if err != nil {
//			return err // answered in one place: 404, 500, or what an error handler says
//		}
//		return c.JSON(note)
//	}
//
// Flask lets a view return a string, a dict, a tuple or a response, and sorts them
// out by type at run time. In Go that would be reflection on every request and a
// mistake found only when it is asked for; here the compiler checks a handler, the
// way in which it answers stands in its last line, and the answer costs nothing.
// The other thing that Flask's views do, to leave by an exception, is the returned
// error. A handler that returns nil without an answer is a mistake and gives 500:
// c.NoContent says that there is nothing to say.
//
// # Setting up
//
// Everything may be declared in any order, beside the function as in Flask or in
// one place:
//
//	app := framework.New("notes")
//	app.Get("/", index)
//	app.Get("/notes/<int:id>", show).Name("note")
//
//	var _ = admin.Route("/stats")(loginRequired(stats))
//
// The application is frozen once, by Startup or the first request: then rules are
// compiled, chains are built, and all mistakes are reported together, each with
// file and line. Declaring anything afterwards panics and names the place.
// Package routing documents the language of rules.
//
// # Subpackages
//
//	routing   rules, the tree that matches them, and URLs built from them
//	binding   structs filled from requests and validated: see Bind
//	form      urlencoded and multipart forms, as they stream
//	session   what is kept for a visitor from request to request
//	signing   tokens that clients can keep and not change
//	config    settings from files and the environment
//
// A request passes App.Serve, the middleware of App.Use, the router, the before
// hooks, the handler with its decorators, the after hooks, and the session's
// cookie; dispatch.go is that way from end to end.
//
// # The law
//
// A Context belongs to its request and to the goroutine that serves it: it is
// borrowed until the handler returns. Strings that it gives are owned for ever. To
// work on in the background, take c.Detach(). Under the race detector or the
// dewardebug build tag, a Context that is used too late panics.
//
// Handlers return errors; they become responses in the application, once, and
// inside its middleware, which sees a response whatever happened. Panics are
// caught there too: 500, no details for the client, one stack in the log.
//
// An App is safe for any number of concurrent requests once it is frozen. Setting
// it up is for one goroutine.
package framework
