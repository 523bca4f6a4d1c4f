package framework

import (
	"reflect"
	"runtime"
	"strings"
)

// A Handler answers one request: it calls one of the Context's answering methods,
// or returns an error; see the package comment.
type Handler func(c *Context) error

// A Decorator wraps a handler in another, like a decorator of a Flask view. It is
// called once, at registration.
type Decorator func(Handler) Handler

// decorate wraps h, the first decorator outermost.
func decorate(h Handler, decorators []Decorator) Handler {
	for i := len(decorators) - 1; i >= 0; i-- {
		h = decorators[i](h)
	}
	return h
}

// nameOf is the name of a function as an endpoint: show for main.show or
// (*T).show. A closure has none: "".
func nameOf(h Handler) string {
	if d := declared(h); d != nil {
		return d.name
	}
	return functionName(runtime.FuncForPC(reflect.ValueOf(h).Pointer()))
}

// functionName is the last part of a function's name; "" where it has none.
func functionName(f *runtime.Func) string {
	if f == nil {
		return ""
	}
	name := strings.TrimSuffix(f.Name(), "-fm") // of a method value
	name = name[strings.LastIndexByte(name, '.')+1:]
	if anonymous(name) {
		return ""
	}
	return name
}

// codeOf is where a function begins.
func codeOf(h Handler) site { // + 1: as a return address
	if d := declared(h); d != nil {
		return d.code
	}
	return site(reflect.ValueOf(h).Pointer() + 1)
}

// anonymous reports whether the compiler made the last part of a name: func1, 2,
// gowrap1, and ] of a generic function.
func anonymous(name string) bool {
	rest := strings.TrimPrefix(strings.TrimPrefix(name, "func"), "gowrap")
	return strings.Trim(rest, "0123456789]") == ""
}
