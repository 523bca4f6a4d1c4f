package framework

// An Extension adds something to an application: routes, hooks, middleware, a
// service that handlers find with Ext.
type Extension interface {
	// Init declares what the extension adds. It is called once, by Extend, while
	// the application is set up. An error is a mistake in the setup.
	Init(app *App) error
}

// Extend initialises extensions in order. One that needs another looks for it with
// Ext and returns an error where it is missing; errors are reported at the freeze.
func (a *App) Extend(extensions ...Extension) {
	a.open("Extend")
	at := callSite()
	for _, e := range extensions {
		if err := e.Init(a); err != nil {
			a.mistake(at, "extension %T: %w", e, err)
			continue
		}
		a.extensions = append(a.extensions, e)
	}
}

// Ext returns the application's extension of type T and whether there is one.
func Ext[T any](a *App) (T, bool) {
	for _, e := range a.extensions {
		if t, ok := e.(T); ok {
			return t, true
		}
	}
	var none T
	return none, false
}
