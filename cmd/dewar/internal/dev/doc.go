// Package dev is the development loop, dewar run: it builds the program in a folder,
// starts it, and does so again when its source changes.
//
// Its law: the loop holds the listening socket and hands every program a copy, so that
// nobody is ever refused. While no program accepts, connections wait in the system's
// queue; what is there when a program cannot be built or does not stay is answered by the
// loop itself, with a page that says why.
//
//	change ─► program told to end ─► build ─┬─► program started ─► serves what has waited
//	          (finishes what runs)          └─► error page, until the next change
//
// One goroutine, that of Run, owns the state. Others tell it of changes (watch.go), of
// builds (build.go) and of programs (child.go); the pages and the connections that came
// while there was no program are front.go's.
package dev
