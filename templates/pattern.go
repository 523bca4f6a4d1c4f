package templates

import (
	"regexp"
	"sync"
)

// pattern gives a regular expression that is compiled when it is first used:
// together they would take most of the package's share of a program's start.
func pattern(expr string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expr) })
}
