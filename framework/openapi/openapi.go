package openapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/routing"
)

// A Config says what types do not.
type Config struct {
	Title       string // of the interface; "" means API
	Version     string // of the interface; "" means 0
	Description string
	Servers     []string // base URLs; none: that of the document itself
}

// Describe returns the document of a frozen application as indented JSON, which is
// owned by the caller. The same application gives the same bytes.
func Describe(app *framework.App, c Config) ([]byte, error) {
	routes := app.Routes()
	if routes == nil {
		return nil, errors.New("openapi: the application is described once it is frozen, by Freeze, its start or its first request")
	}
	d := document{
		OpenAPI: "3.1.0",
		Info:    info{cmp.Or(c.Title, "API"), cmp.Or(c.Version, "0"), c.Description},
		Paths:   map[string]map[string]*operation{},
	}
	for _, url := range c.Servers {
		d.Servers = append(d.Servers, server{url})
	}
	g := &generator{types: map[typeKey]schema{}}
	ids := operationIDs(routes)
	for i := range routes {
		g.route(&d, &routes[i], ids)
	}
	g.name()
	d.Components.Schemas = g.components()
	return json.MarshalIndent(d, "", "  ")
}

// Handler answers with the document of the application that it is asked in, which is
// made once.
func Handler(c Config) framework.Handler {
	var once sync.Once
	var body []byte
	var failure error
	return func(ctx *framework.Context) error {
		once.Do(func() { body, failure = Describe(ctx.App(), c) })
		if failure != nil {
			return failure
		}
		return ctx.Bytes("application/json", body)
	}
}

// The parts of a document, as OpenAPI 3.1 §4.8 names them.
type (
	document struct {
		OpenAPI    string                           `json:"openapi"`
		Info       info                             `json:"info"`
		Servers    []server                         `json:"servers,omitempty"`
		Paths      map[string]map[string]*operation `json:"paths"`
		Components components                       `json:"components"`
	}
	info struct {
		Title       string `json:"title"`
		Version     string `json:"version"`
		Description string `json:"description,omitempty"`
	}
	server struct {
		URL string `json:"url"`
	}
	operation struct {
		ID         string              `json:"operationId"`
		Tags       []string            `json:"tags,omitempty"`
		Parameters []parameter         `json:"parameters,omitempty"`
		Body       *content            `json:"requestBody,omitempty"`
		Responses  map[string]*content `json:"responses"`
	}
	parameter struct {
		Name     string `json:"name"`
		In       string `json:"in"`
		Required bool   `json:"required,omitempty"`
		Schema   schema `json:"schema"`
	}
	content struct {
		Description string           `json:"description,omitempty"`
		Required    bool             `json:"required,omitempty"`
		Content     map[string]media `json:"content,omitempty"`
	}
	media struct {
		Schema schema `json:"schema"`
	}
	components struct {
		Schemas map[string]schema `json:"schemas,omitempty"`
	}
	schema = map[string]any
)

// methodsOfAny are those under which a rule for every method is described.
var methodsOfAny = []string{"GET", "POST", "PUT", "PATCH", "DELETE"}

// methodsOf are the methods of a rule that OpenAPI has a place for (§4.8.9.1). HEAD is
// GET's shadow.
func methodsOf(r *routing.Rule) []string {
	if r.Methods == nil {
		return methodsOfAny
	}
	known := []string{"GET", "PUT", "POST", "DELETE", "OPTIONS", "PATCH", "TRACE"}
	return slices.DeleteFunc(slices.Clone(r.Methods), func(m string) bool { return !slices.Contains(known, m) })
}

// described reports whether a route answers by itself.
func described(info *framework.RouteInfo) bool {
	r := info.Rule
	return !r.BuildOnly && !r.Alias && !r.WebSocket && r.RedirectTo == "" && r.RedirectFunc == nil
}

// operationIDs counts the operations of each endpoint: one that is alone is named
// after it, others have method and number as well.
func operationIDs(routes []framework.RouteInfo) map[string]int {
	count := map[string]int{}
	for i := range routes {
		if described(&routes[i]) {
			count[routes[i].Endpoint] += len(methodsOf(routes[i].Rule))
		}
	}
	return count
}

// route adds the operations of a route. Where several rules have one template, as
// <int:id> and <name> in one place, OpenAPI has room for the first.
func (g *generator) route(d *document, r *framework.RouteInfo, count map[string]int) {
	if !described(r) {
		return
	}
	path := d.Paths[r.Rule.Template()]
	if path == nil {
		path = map[string]*operation{}
		d.Paths[r.Rule.Template()] = path
	}
	for _, method := range methodsOf(r.Rule) {
		key := strings.ToLower(method)
		if path[key] != nil {
			continue
		}
		id := strings.NewReplacer("/", "_", "<", "", ">", "", ":", "_").Replace(r.Endpoint)
		if count[r.Endpoint] > 1 {
			id += "." + key
			if n := g.used(id); n > 1 {
				id += strconv.Itoa(n)
			}
		}
		o := &operation{ID: id, Responses: map[string]*content{}}
		if r.Blueprint != "" {
			o.Tags = []string{r.Blueprint}
		}
		g.input(o, r)
		g.output(o, r)
		path[key] = o
	}
}

// used counts how often a name was asked for.
func (g *generator) used(id string) int {
	if g.ids == nil {
		g.ids = map[string]int{}
	}
	g.ids[id]++
	return g.ids[id]
}

// input describes parameters and body.
func (g *generator) input(o *operation, r *framework.RouteInfo) {
	in := g.asked(r.Input)
	for _, v := range r.Rule.Variables() {
		if !strings.Contains(r.Rule.Template(), "{"+v.Name+"}") {
			continue // of the host
		}
		s := variableSchema(v.Converter)
		for i, p := range in.parameters {
			if p.In == "path" && p.Name == v.Name {
				s = in.parameters[i].Schema
			}
		}
		o.Parameters = append(o.Parameters, parameter{v.Name, "path", true, s})
	}
	for _, p := range in.parameters {
		if p.In != "path" {
			o.Parameters = append(o.Parameters, p)
		}
	}
	switch {
	case in.json != nil:
		o.Body = &content{Required: in.needed, Content: map[string]media{"application/json": {in.json}}}
	case in.form != nil && in.files:
		o.Body = &content{Required: in.needed, Content: map[string]media{"multipart/form-data": {in.form}}}
	case in.form != nil:
		o.Body = &content{Required: in.needed, Content: map[string]media{
			"application/x-www-form-urlencoded": {in.form}, "multipart/form-data": {in.form},
		}}
	}
	if len(in.parameters) > 0 || o.Body != nil {
		o.Responses["422"] = g.problem("The input has mistakes; each is listed.")
	}
}

// asked is what a type of input asks for.
func (g *generator) asked(t reflect.Type) *fields {
	f := &fields{}
	switch {
	case t == nil:
	case t.Kind() == reflect.Struct:
		g.inputFields(t, f)
	default: // the content as a whole
		f.json, f.needed = g.schemaOf(t, in), true
	}
	return f
}

// variableSchema is the schema of a rule's variable.
func variableSchema(converter string) schema {
	switch converter {
	case "int":
		return schema{"type": "integer"}
	case "float":
		return schema{"type": "number"}
	case "uuid":
		return schema{"type": "string", "format": "uuid"}
	}
	return schema{"type": "string"}
}

// output describes the answers.
func (g *generator) output(o *operation, r *framework.RouteInfo) {
	switch {
	case r.Output == nil:
		o.Responses["default"] = &content{Description: "What the handler answers."}
		return
	case r.Output == reflect.TypeFor[struct{}]():
		o.Responses["204"] = &content{Description: "Done."}
	default:
		o.Responses["200"] = &content{Description: "Done.", Content: map[string]media{"application/json": {g.schemaOf(r.Output, out)}}}
	}
	o.Responses["default"] = g.problem("The request failed.")
}

func (g *generator) problem(description string) *content {
	s := g.schemaOf(reflect.TypeFor[framework.Problem](), out)
	return &content{Description: description, Content: map[string]media{"application/problem+json": {s}}}
}
