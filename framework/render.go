package framework

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/dewar-go/dewar/internal/poison"
)

// A Renderer renders the named template to w. An Environment of package templates
// is one. ctx carries the Context, for FromContext. Data is what Render was given.
type Renderer interface {
	RenderContext(ctx context.Context, w io.Writer, name string, data any) error
}

// Render answers with a template. It is rendered as a whole first, so that one that
// fails half-way is not sent half. "page.html#list" renders the block list of
// page.html alone, for clients that replace a part of a page. The media type follows
// the name's suffix: .txt, .xml, .json, .css, .js, .svg, .csv, else HTML.
func (c *Context) Render(name string, data any) error {
	c.exchange()
	if c.app.renderer == nil {
		return errors.New("framework: Render needs App.Renderer or App.Templates, such as an Environment of package templates")
	}
	data, err := c.complete(data)
	if err != nil {
		return err
	}
	c.app.app.Signals.TemplateRender.send(c, Rendering{name, data})
	page := pages.Get().(*bytes.Buffer)
	page.Reset()
	defer func() {
		if page.Cap() <= keptPage {
			poison.Bytes(page.Bytes())
			pages.Put(page)
		}
	}()
	if err := c.app.renderer.RenderContext(rendering{c}, page, name, data); err != nil {
		return err
	}
	c.app.app.Signals.TemplateRendered.send(c, Rendering{name, data})
	return c.send(mediaType(name), bytes.Clone(page.Bytes()))
}

// keptPage is the largest buffer that is used again: one long page must not
// hold its memory for ever.
const keptPage = 1 << 20

// pages are buffers to render into, so that a page costs one allocation of its
// size.
var pages = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// mediaType is that of a template's output, by its name.
func mediaType(name string) string {
	name, _, _ = strings.Cut(name, "#")
	switch strings.ToLower(path.Ext(name)) {
	case ".txt":
		return textType
	case ".xml":
		return "application/xml"
	case ".json":
		return jsonType
	case ".css":
		return "text/css; charset=utf-8"
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".svg":
		return "image/svg+xml"
	case ".csv":
		return "text/csv; charset=utf-8"
	}
	return htmlType
}

// ContextProcessor adds a function that gives variables to every template that a
// handler of the scope renders, as Flask's context processors do. What Render is
// given goes before, an inner blueprint before an outer one. Where there are
// processors, Render takes a map[string]any or nil.
func (s *scope) ContextProcessor(f func(c *Context) map[string]any) {
	s.open("ContextProcessor")
	s.needs("ContextProcessor", f != nil)
	s.processors = append(s.processors, f)
}

// complete adds what the context processors give.
func (c *Context) complete(data any) (any, error) {
	around := c.app.root
	if c.target != nil {
		around = c.target.hooks
	}
	if len(around.processors) == 0 {
		return data, nil
	}
	given, ok := data.(map[string]any)
	if !ok && data != nil {
		return nil, fmt.Errorf("framework: Render with context processors takes a map[string]any, and not %T", data)
	}
	all := map[string]any{}
	for _, f := range around.processors {
		maps.Copy(all, f(c))
	}
	maps.Copy(all, given)
	return all, nil
}

// rendering is a Context as a template's functions get it. A renderer asks for Err
// time and again, which would make the server watch the connection of every page;
// so it has none until somebody asked for Done, or the page turns out to be long.
type rendering struct{ *Context }

// patience is how often a renderer asks before its page is long: package templates
// asks once in 256 rounds of loops, and in 16 macros.
const patience = 256

func (r rendering) Err() error {
	if !r.lent.Load() && r.asked.Add(1) < patience {
		return nil
	}
	return r.Context.Err()
}

// contextKey is what a Context is found under in contexts derived from it.
type contextKey struct{}

// FromContext returns the Context that ctx is derived from, and whether there is
// one: for functions that templates call, whose first parameter is a
// context.Context, and for libraries that hand a context through.
func FromContext(ctx context.Context) (*Context, bool) {
	c, ok := ctx.Value(contextKey{}).(*Context)
	return c, ok
}

var errNoContext = errors.New("framework: this function needs a page that is rendered by Context.Render")

// urlFor is URL with arguments by name, in their order of names.
func urlFor(ctx context.Context, endpoint string, arguments map[string]any) (string, error) {
	c, ok := FromContext(ctx)
	if !ok {
		return "", errNoContext
	}
	pairs := make([]any, 0, 2*len(arguments))
	for _, name := range slices.Sorted(maps.Keys(arguments)) {
		pairs = append(pairs, name, arguments[name])
	}
	return c.URL(endpoint, pairs...)
}

// flashedMessages is Flashes: texts, or pairs of category and text.
func flashedMessages(ctx context.Context, options map[string]any) ([]any, error) {
	c, ok := FromContext(ctx)
	if !ok {
		return nil, errNoContext
	}
	var filter []string
	withCategories := false
	for name, v := range options {
		known := false
		switch name {
		case "with_categories":
			withCategories, known = v.(bool)
		case "category_filter":
			filter, known = categories(v)
		}
		if !known {
			return nil, fmt.Errorf("framework: get_flashed_messages takes with_categories, a bool, and category_filter, a list; not %s of type %T", name, v)
		}
	}
	messages := []any{}
	for _, f := range c.Flashes(filter...) {
		if withCategories {
			messages = append(messages, []any{f.Category, f.Message})
		} else {
			messages = append(messages, f.Message)
		}
	}
	return messages, nil
}

// categories reads category_filter: a list, or one.
func categories(v any) ([]string, bool) {
	switch v := v.(type) {
	case string:
		return []string{v}, true
	case []string:
		return v, true
	case []any:
		list := make([]string, len(v))
		for i, category := range v {
			list[i] = fmt.Sprint(category)
		}
		return list, true
	}
	return nil, false
}
