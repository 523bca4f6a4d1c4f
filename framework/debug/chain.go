package debug

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/dewar-go/dewar/gateway"
)

// A Link is one error of a chain.
type Link struct {
	Depth   int    // how often it was wrapped
	Joined  bool   // it is one of several
	Type    string // of Go
	Message string
}

// chainOf lists an error with all that it wraps, outer ones first.
func chainOf(err error) []Link {
	var links []Link
	follow(&links, err, 0, false)
	return links
}

func follow(links *[]Link, err error, depth int, joined bool) {
	if err == nil || len(*links) == maxLinks {
		return
	}
	*links = append(*links, Link{Depth: min(depth, 12), Joined: joined, Type: fmt.Sprintf("%T", err), Message: messageOf(err)})
	switch e := err.(type) {
	case *gateway.PanicError:
		if inner, ok := e.Value.(error); ok {
			follow(links, inner, depth+1, false)
		}
	case interface{ Unwrap() error }:
		follow(links, e.Unwrap(), depth+1, false)
	case interface{ Unwrap() []error }:
		all := slices.DeleteFunc(slices.Clone(e.Unwrap()), func(inner error) bool { return inner == nil })
		for _, inner := range all {
			follow(links, inner, depth+1, len(all) > 1)
		}
	}
}

// cause is the first error of a chain that wraps no other.
func cause(links []Link) Link {
	for i := range links {
		if i == len(links)-1 || links[i+1].Depth <= links[i].Depth {
			return links[i]
		}
	}
	return Link{}
}

// messageOf is the error's text, with a panic said as Go says it. An Error method may
// panic itself, of a nil pointer for one.
func messageOf(err error) (text string) {
	defer func() {
		if v := recover(); v != nil {
			text = fmt.Sprintf("its Error method panicked: %v", v)
		}
	}()
	if p, ok := err.(*gateway.PanicError); ok {
		return cut(fmt.Sprintf("panic: %v", p.Value))
	}
	return cut(err.Error())
}

// title is the first line of what happened, without the layers that only pass it on.
func title(err error) string {
	if p, ok := errors.AsType[*gateway.PanicError](err); ok {
		err = p
	}
	line, _, _ := strings.Cut(messageOf(err), "\n")
	return line
}
