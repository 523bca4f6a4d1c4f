// Package browsertest looks at the examples in a real browser, a headless Chromium. It
// has no code but tests, and is a module of its own since no example needs what
// drives the browser. The examples are built and started as their users do.
//
//	GOWORK=off go test ./...
//	DEWAR_SCREENSHOTS=/tmp/pages GOWORK=off go test ./...   # keeps pictures of all pages
//
// Debian's package is chromium; .ci/run installs it.
package browsertest
