// Package accesslog writes one line for every exchange: in the common or combined log
// format, in a format of Gunicorn's atoms, as JSON, or to log/slog.
//
// Its law: a line is one line. What came from a client is escaped, so that nobody can
// forge a second line, a field or a terminal's control sequence. Writing is buffered
// and bounded: lines wait in memory for at most Config.Interval and Config.Buffer; a
// destination that does not take them holds handlers up for a moment at most, and then
// loses lines, which are counted and reported, rather than the service.
//
// A Log is safe for many goroutines. It runs none of its own while nothing is logged;
// a timer writes what was gathered, and Close waits for it.
//
//	log, err := accesslog.New(accesslog.Config{File: "/var/log/notes/access.log"})
//	...
//	defer log.Close()
//	h := gateway.Chain(app, log.Middleware())
//
// Given to a server instead (server.Config.AccessLog) it also has what never became an
// exchange: requests that were refused with 400, 408 or 431.
package accesslog
