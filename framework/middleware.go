package framework

import (
	"fmt"
	"path"
	"reflect"
	"runtime"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/middleware/crossorigin"
)

// A layer is a middleware with the place where it was declared.
type layer struct {
	middleware gateway.Middleware
	name       string
	at         string
}

// middlewareName is the function that made a middleware: "secure.New".
func middlewareName(m gateway.Middleware) string {
	f := runtime.FuncForPC(reflect.ValueOf(m).Pointer())
	if f == nil {
		return "unknown"
	}
	name, _, _ := strings.Cut(outOfLine(f), ".func")
	return name
}

// outOfLine is a function's name behind the last slash. As of Go 1.26 a closure whose maker
// was inlined, health's Probe.Middleware in shop's New, is called
// shop.New.(*Probe).Middleware.func1: its file still lies in health's folder. Only names
// with a receiver show that they are of two functions.
func outOfLine(f *runtime.Func) string {
	name := path.Base(f.Name())
	before, method, ok := strings.Cut(name, ".(*")
	if !ok || strings.Count(before, ".") == 0 { // shop.(*T).Method
		return name
	}
	file, _ := f.FileLine(f.Entry())
	return path.Base(path.Dir(file)) + ".(*" + method
}

// Middleware returns what surrounds the application, the outermost first, a line
// for each with the place of its declaration: to be printed where somebody wonders
// about the order. The order is that of the calls of Use and of nothing else.
func (a *App) Middleware() []string {
	lines := []string{}
	for _, l := range a.layers() {
		lines = append(lines, l.name+" ("+l.at+")")
	}
	return lines
}

// layers are those of Use, and inside them what an application has by itself.
func (a *App) layers() []layer {
	all := a.middleware[:len(a.middleware):len(a.middleware)]
	if len(a.Session.Keys) > 0 && !a.AllowCrossOrigin && a.CrossOrigin.Check() == nil {
		all = append(all, layer{crossorigin.New(a.CrossOrigin), "crossorigin.New", "App.CrossOrigin, since App.Session has keys"})
	}
	return all
}

// surround puts the middleware around dispatch. One that is declared twice is most
// likely so by mistake: it limits, compresses or counts everything twice. But two
// closures of one function look the same, so that this is told and not refused. The
// order is told to whoever listens at the level of Debug.
func (c *compiler) surround(dispatch gateway.Handler) gateway.Handler {
	if err := c.app.CrossOrigin.Check(); err != nil {
		c.mistakes = append(c.mistakes, fmt.Errorf("App.CrossOrigin: %w", err))
	}
	var stack []gateway.Middleware
	first := map[string]string{}
	for _, l := range c.app.layers() {
		if at, again := first[l.name]; again {
			c.app.logger().Warn("a middleware is used twice", "app", c.app.name, "middleware", l.name, "first", at, "again", l.at)
		} else {
			first[l.name] = l.at
		}
		stack = append(stack, c.app.probedLayer(l))
	}
	if c.app.Probe != nil {
		dispatch = c.app.Probe.Exchange(Stage{Kind: StageDispatch, Name: c.app.name}, dispatch)
	}
	if len(stack) > 0 {
		c.app.logger().Debug("middleware, outermost first", "app", c.app.name, "order", c.app.Middleware())
	}
	return gateway.Chain(dispatch, stack...)
}
