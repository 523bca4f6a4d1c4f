package framework

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
)

// Templating is what an application has for the environment of its templates:
// everything that was declared on it and its blueprints. App.Templates gets it when
// the application is frozen, so that the order of declarations does not matter.
type Templating struct {
	// Filters, Tests and Globals are those of TemplateFilter, TemplateTest and
	// TemplateGlobal, and Flask's own globals; see TemplateGlobals.
	Filters, Tests, Globals map[string]any
	// Variables are request, session, g and config; see TemplateVariables.
	Variables map[string]func(context.Context) any
	// Nonce is App.CSPNonce for a rendering; nil where that is nil.
	Nonce func(context.Context) string

	blueprints []fs.FS
}

// Files returns the application's templates with those of its blueprints behind
// them: of two with one name the application's is taken, then that of the blueprint
// that was registered first. It is read while the application serves.
// An application without any gives nil.
func (t *Templating) Files(application fs.FS) fs.FS {
	if application == nil {
		return overlay(t.blueprints)
	}
	return overlay(append([]fs.FS{application}, t.blueprints...))
}

// A templateFunc is a declaration of TemplateFilter, TemplateTest or TemplateGlobal.
type templateFunc struct {
	site site
	kind string // "filter", "test" or "global"
	name string
	f    any
}

// TemplateFilter adds a filter to the templates of the whole application:
//
//	app.TemplateFilter("money", func(cents int) string { ... })   // {{ price|money }}
//
// The first parameter is the value, further ones are the filter's arguments. What
// functions may look like is said by templates.Config.
func (s *scope) TemplateFilter(name string, f any) { s.templateFunc("filter", name, f) }

// TemplateTest adds a test, a function that returns a bool: {% if n is prime %}.
func (s *scope) TemplateTest(name string, f any) { s.templateFunc("test", name, f) }

// TemplateGlobal adds a function or a value that every template knows by name, those
// that are imported without context included.
func (s *scope) TemplateGlobal(name string, v any) { s.templateFunc("global", name, v) }

func (s *scope) templateFunc(kind, name string, f any) {
	s.open("template " + kind + " " + name)
	s.templateFuncs = append(s.templateFuncs, templateFunc{callSite(), kind, name, f})
}

// Templates gives the blueprint templates of its own. The application's templates
// override those of the same name, so that a page of a blueprint can be changed
// without changing the blueprint; a folder with the blueprint's name, as in
// "admin/users.html", keeps apart what belongs to different blueprints.
func (b *Blueprint) Templates(files fs.FS) *Blueprint {
	b.open("Templates")
	b.needs("Templates", files != nil)
	b.templates = files
	return b
}

// renderer makes the renderer from what was declared.
func (c *compiler) renderer(a *App) Renderer {
	t := c.templating(a)
	switch {
	case a.Templates == nil:
		return a.Renderer
	case a.Renderer != nil:
		c.mistakes = append(c.mistakes, errors.New("App.Renderer and App.Templates are both set; keep one"))
	}
	var r Renderer
	if err := guard(func() (err error) { r, err = a.Templates(t); return err }); err != nil {
		c.mistakes = append(c.mistakes, flatten(err)...)
	}
	return r
}

// templating gathers what App.Templates is given. Without it nothing may be there.
func (c *compiler) templating(a *App) *Templating {
	t := &Templating{Filters: map[string]any{}, Tests: map[string]any{}, Globals: TemplateGlobals(), Variables: TemplateVariables()}
	if a.CSPNonce != nil {
		t.Nonce = nonceOf
	}
	tables := map[string]map[string]any{"filter": t.Filters, "test": t.Tests, "global": t.Globals}
	declared := map[[2]string]site{}
	for _, s := range c.scopes {
		if s.templates != nil {
			t.blueprints = append(t.blueprints, s.templates)
			if a.Templates == nil {
				c.mistakes = append(c.mistakes, fmt.Errorf("blueprint %q has templates, which go to App.Templates, and that is nil", s.name))
			}
		}
		for _, f := range s.templateFuncs {
			key := [2]string{f.kind, f.name}
			if first, ok := declared[key]; ok {
				c.mistake(f.site, "template %s %q is declared already at %v", f.kind, f.name, first)
			} else if a.Templates == nil {
				c.mistake(f.site, "template %s %q goes to App.Templates, which is nil", f.kind, f.name)
			}
			declared[key] = f.site
			tables[f.kind][f.name] = f.f
		}
	}
	return t
}

func nonceOf(ctx context.Context) string {
	c, ok := FromContext(ctx)
	if !ok {
		return ""
	}
	return c.app.app.CSPNonce(c)
}
