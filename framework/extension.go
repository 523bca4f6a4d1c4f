package framework

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// An Extension adds something to an application: routes, hooks, commands, middleware,
// a service that handlers find with Ext.
type Extension interface {
	// About says what the extension is and what it needs, before anything is declared.
	About() ExtensionInfo
	// Init declares what the extension adds. It is called once, while the application
	// is set up, when all that About needs has been initialised. What it gives
	// OnStartup runs behind that of what it needs, and OnShutdown before. An error is
	// a mistake in the setup.
	Init(app *App) error
}

// An ExtensionInfo describes an extension.
type ExtensionInfo struct {
	Name    string // for messages and lists, and its own within an application; "" means its type
	Version string // its own, as Go writes versions: v1.4.2; "" where it has none
	Needs   []Need // extensions that have to be there
}

// A Need is an extension that another one needs.
type Need struct {
	is      func(Extension) bool
	what    string
	version string
}

// Needs asks for an extension of type T, which may be an interface, of at least that
// version and with the same first number of it: a v2 may have taken away what v1 had.
// "" is content with any. Versions of the framework are the go command's business: a
// module with extensions requires the least that it works with in its go.mod.
//
//	func (*Newsletter) About() framework.ExtensionInfo {
//		return framework.ExtensionInfo{Name: "newsletter", Needs: []framework.Need{framework.Needs[*Mailer]("v1.2")}}
//	}
func Needs[T any](version string) Need {
	return Need{
		is:      func(e Extension) bool { _, ok := e.(T); return ok },
		what:    reflect.TypeFor[T]().String(),
		version: version,
	}
}

// String gives type and version.
func (n Need) String() string {
	if n.version == "" {
		return n.what
	}
	return n.what + " " + n.version
}

// An extended is an extension that was given to Extend.
type extended struct {
	Extension
	info  ExtensionInfo
	site  site
	state extensionState
}

type extensionState uint8

const (
	waiting extensionState = iota // for what it needs
	failed                        // its Init did, or has not returned
	ready
)

// Extend initialises extensions in order, but each behind those that it needs: one
// whose needs are not there yet waits for them, also for a later call. What is still
// missing at the freeze, or has another version, is a mistake.
func (a *App) Extend(extensions ...Extension) {
	a.open("Extend")
	at := callSite()
	for _, e := range extensions {
		if e == nil {
			a.needs("Extend", false)
			continue
		}
		info := e.About()
		info.Name = cmp.Or(info.Name, reflect.TypeOf(e).String())
		named := func(x *extended) bool { return x.info.Name == info.Name }
		if i := slices.IndexFunc(a.extensions, named); i >= 0 {
			a.mistake(at, "extension %s is there already, since %v", info.Name, a.extensions[i].site)
			continue
		}
		if _, ok := parseVersion(info.Version); !ok && info.Version != "" {
			a.mistake(at, "extension %s has version %q, which is none like v1.4.2", info.Name, info.Version)
		}
		for _, n := range info.Needs {
			if _, ok := parseVersion(n.version); !ok && n.version != "" {
				a.mistake(at, "extension %s needs %s of version %q, which is none like v1.4.2", info.Name, n.what, n.version)
			}
		}
		a.extensions = append(a.extensions, &extended{Extension: e, info: info, site: at})
	}
	a.initialise()
}

// initialise calls each Init that can be called. One may let others go on, and may
// extend the application itself.
func (a *App) initialise() {
	for {
		i := slices.IndexFunc(a.extensions, func(e *extended) bool {
			return e.state == waiting && !slices.ContainsFunc(e.info.Needs, a.lacks)
		})
		if i < 0 {
			return
		}
		e := a.extensions[i]
		e.state = failed
		if err := e.Init(a); err != nil {
			a.mistake(e.site, "extension %s: %w", e.info.Name, err)
			continue
		}
		e.state = ready
		a.ready = append(a.ready, e)
	}
}

// lacks reports whether no extension that has been initialised meets the need.
func (a *App) lacks(n Need) bool {
	return !slices.ContainsFunc(a.ready, func(e *extended) bool { return n.is(e.Extension) && suits(e.info.Version, n.version) })
}

// Ext returns the application's extension of type T and whether there is one; there is
// once it has been initialised.
func Ext[T any](a *App) (T, bool) {
	for _, e := range a.ready {
		if t, ok := e.Extension.(T); ok {
			return t, true
		}
	}
	var none T
	return none, false
}

// Extensions describes the application's extensions in the order in which they were
// initialised, for listings.
func (a *App) Extensions() []ExtensionInfo {
	list := make([]ExtensionInfo, len(a.ready))
	for i, e := range a.ready {
		list[i] = e.info
	}
	return list
}

// stranded reports the extensions that still wait when the application is frozen.
func (c *compiler) stranded(a *App) {
	for _, e := range a.extensions {
		for _, n := range e.info.Needs {
			if e.state == waiting && a.lacks(n) {
				c.mistake(e.site, "extension %s needs %v, %s", e.info.Name, n, a.whyNot(n))
			}
		}
	}
}

// whyNot says why a need is not met.
func (a *App) whyNot(n Need) string {
	for _, e := range a.extensions {
		switch {
		case !n.is(e.Extension):
		case !suits(e.info.Version, n.version):
			return fmt.Sprintf("and %s is %s", e.info.Name, cmp.Or(e.info.Version, "of no version"))
		case e.state == failed:
			return fmt.Sprintf("and %s has failed", e.info.Name)
		default:
			return fmt.Sprintf("and %s waits for what it needs itself", e.info.Name)
		}
	}
	return "which the application is not extended by"
}

// suits reports whether a version is at least the wanted one, with the same first
// number.
func suits(has, wanted string) bool {
	if wanted == "" {
		return true
	}
	h, ok := parseVersion(has)
	w, valid := parseVersion(wanted)
	return ok && valid && h[0] == w[0] && slices.Compare(h[:], w[:]) >= 0
}

// parseVersion reads v1, v1.4 and v1.4.2; what follows a - or + does not count.
func parseVersion(s string) (v [3]int, ok bool) {
	s, ok = strings.CutPrefix(s, "v")
	s, _, _ = strings.Cut(s, "+")
	s, _, _ = strings.Cut(s, "-")
	numbers := strings.Split(s, ".")
	if !ok || len(numbers) > len(v) {
		return v, false
	}
	for i, text := range numbers {
		n, err := strconv.ParseUint(text, 10, 31)
		if err != nil {
			return v, false
		}
		v[i] = int(n)
	}
	return v, true
}
