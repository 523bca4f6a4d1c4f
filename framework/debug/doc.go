// Package debug is for the time in which an application is written: a page that explains
// an error, a timeline of what each request passed, and pages that reload themselves when
// something changes.
//
//	app := framework.New("shop")
//	debug.Attach(app) // does nothing unless DEWAR_DEBUG is set, as dewar run sets it
//
// It is an extension that puts itself around every stage (framework.Probe), so that an
// application without it, which is every one in production, has nothing of it.
//
// Its law: it shows source, settings and what clients sent, so only to a browser on the
// same machine that asks for it by a name of that machine, and never through a proxy (see
// permission.go); secrets are masked; nothing that a browser sends is run.
//
//	what it looks at        tools.go (the probe), inlet.go (accepting)
//	the debug page          failure.go, chain.go, stack.go, source.go, secrets.go, text.go
//	the timeline            trace.go, timing.go (Server-Timing)
//	reloading               live.go, inject.go, policy.go, loop.go (the other end is dewar run)
//	what is seen            pages.go, pages/
//	a log for people        log.go
package debug
