package micro

import (
	"io"
	"io/fs"
	"strings"

	"github.com/CloudyKit/jet/v6"
	"github.com/flosch/pongo2/v6"
	"github.com/nikolalohinski/gonja/v2/builtins"
	"github.com/nikolalohinski/gonja/v2/config"
	"github.com/nikolalohinski/gonja/v2/exec"
	"github.com/nikolalohinski/gonja/v2/loaders"

	"github.com/dewar-go/dewar/templates"
)

// A render writes a page whose template has been compiled.
type render func(w io.Writer) error

// engines prepare a page. Each compiles once and finds its template again by
// what its documentation recommends for that; escaping is on.
var engines = map[string]func(page string, d *pageData) (render, error){
	"dewar": dewarEngine, "jet": jetEngine, "pongo2": pongo2Engine, "gonja": gonjaEngine, "html": htmlEngine, "hand": byHand,
}

func dewarEngine(page string, d *pageData) (render, error) {
	escape := func(string) bool { return true } // names here have no suffix
	env := templates.New(templates.Config{Loader: templates.Map(dewarPages), Autoescape: escape})
	data := d.values()
	return func(w io.Writer) error { return env.Render(w, page, data) }, nil
}

func htmlEngine(page string, d *pageData) (render, error) {
	data := d.values()
	return func(w io.Writer) error { return htmlPages.ExecuteTemplate(w, page, data) }, nil
}

func jetEngine(page string, d *pageData) (render, error) {
	loader := jet.NewInMemLoader()
	for name, source := range jetPages {
		loader.Set(name, source)
	}
	set := jet.NewSet(loader)
	vars := jet.VarMap{}
	for name, v := range d.values() {
		vars.Set(name, v)
	}
	return func(w io.Writer) error {
		t, err := set.GetTemplate("/" + page)
		if err != nil {
			return err
		}
		return t.Execute(w, vars, nil)
	}, nil
}

// pongo2Loader is a pongo2.TemplateLoader over a map.
type pongo2Loader map[string]string

func (l pongo2Loader) Abs(_, name string) string { return name }

func (l pongo2Loader) Get(name string) (io.Reader, error) {
	source, ok := l[name]
	if !ok {
		return nil, fs.ErrNotExist
	}
	return strings.NewReader(source), nil
}

func pongo2Engine(page string, d *pageData) (render, error) {
	set := pongo2.NewSet("micro", pongo2Loader(pongo2Pages))
	data := pongo2.Context(d.values())
	return func(w io.Writer) error {
		t, err := set.FromCache(page)
		if err != nil {
			return err
		}
		return t.ExecuteWriter(data, w)
	}, nil
}

func gonjaEngine(page string, d *pageData) (render, error) {
	loader, err := loaders.NewMemoryLoader(gonjaPages)
	if err != nil {
		return nil, err
	}
	c := config.New()
	c.AutoEscape = true
	t, err := exec.NewTemplate("/"+page, c, loader, &exec.Environment{
		Context: exec.EmptyContext().Update(builtins.GlobalFunctions).Update(builtins.GlobalVariables),
		Filters: builtins.Filters, Tests: builtins.Tests, ControlStructures: builtins.ControlStructures, Methods: builtins.Methods,
	})
	if err != nil {
		return nil, err
	}
	data := exec.NewContext(d.values())
	return func(w io.Writer) error { return t.Execute(w, data) }, nil
}
