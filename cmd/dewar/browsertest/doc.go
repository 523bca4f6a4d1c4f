// Package browsertest looks at dewar run in a real browser: the page of a build that
// fails, the debug page, the timeline, and pages that load themselves anew. It is a
// module of its own, so that nobody else has the library that drives Chromium.
//
//	go test .                              needs chromium in PATH
//	DEWAR_SCREENSHOTS=/tmp/shots go test . keeps what was seen: light and dark, phone and desktop
package browsertest
