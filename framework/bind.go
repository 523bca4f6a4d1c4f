package framework

import (
	"errors"
	"fmt"
	"iter"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"unsafe"

	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/framework/form"
	"github.com/dewar-go/dewar/framework/routing"
	"github.com/dewar-go/dewar/gateway"
)

// Bind makes a handler of a function whose input is bound and validated before it
// is called, and whose result is answered as JSON:
//
//	type NewUser struct {
//		Team  string `path:"team"`
//		Name  string `json:"name" validate:"required,max=40"`
//		Email string `json:"email" validate:"required,email"`
//	}
//
//	app.Post("/teams/<team>/users", framework.Bind(func(c *framework.Context, in NewUser) (User, error) { ... }))
//
// Package binding says what the tags of In mean. They are checked at the freeze,
// with the route's rule: a mistake in them is reported there, with the line of Bind.
// A request that does not fit is answered with a problem document that lists
// everything that is wrong (RFC 9457), unless an error handler answers it: the error
// is an *Error with the status, and a *binding.Error within. Where the client takes
// no JSON it gets 406 and f is not called (RFC 9110 §12.5.1).
//
// Set the status of the answer with c.Status. An Out of struct{} means 204; and what
// f answers by itself, as by c.Redirect or c.HTML, stands. Out is what clients see of
// the answer: give it the fields that are for them, and rules by which
// App.CheckAnswers tries it.
//
// The endpoint is named after f, as after any handler. Give decorators to the route,
// app.Post(rule, framework.Bind(f), loginRequired), rather than wrapping the result
// of Bind: a wrapped one is checked by the first application that is frozen after
// it, and its path tags not at all.
func Bind[In, Out any](f func(c *Context, in In) (Out, error)) Handler {
	d := &declaration{site: callSite(), input: reflect.TypeFor[In](), output: reflect.TypeFor[Out]()}
	silent := d.output == reflect.TypeFor[struct{}]()
	d.ruled = hasRules(d.output, map[reflect.Type]bool{})
	d.handler = func(c *Context) error {
		if !silent && !takesJSON(c.Request().Header) {
			return Abort(406, "This address answers with application/json, which the Accept field of the request excludes.")
		}
		in := new(In)
		if err := c.bind(d.input, in, (*input)(c)); err != nil {
			return err
		}
		out, err := f(c, *in)
		if err != nil {
			return err
		}
		if r := c.Response(); c.x.Started() || r.Body != nil || silent && r.Status != 0 || hasNoJSON(r.Status) {
			return nil
		}
		if silent {
			return c.NoContent()
		}
		if c.app.app.CheckAnswers && d.ruled {
			if err := c.checkAnswer(d.output, out); err != nil {
				return err
			}
		}
		return c.JSON(out)
	}
	if f == nil {
		d.mistake = errors.New("Bind was given nil")
	} else {
		pc := reflect.ValueOf(f).Pointer()
		d.name, d.code = functionName(runtime.FuncForPC(pc)), site(pc+1)
	}
	declare(d)
	return d.handler
}

// hasNoJSON reports whether a status says by itself that the answer is another one:
// there is nothing to say, or it is elsewhere.
func hasNoJSON(status int) bool { return status == 204 || status == 205 || status/100 == 3 }

// Bind fills what dst points to from the request and validates it: a struct by its tags,
// and a slice, map or any from JSON content as a whole; see package binding. The type's tags are compiled at the first call; a mistake in them
// is an error that the application answers with 500. What came in wrongly is an
// *Error with the status, which is best returned as it is, and a *binding.Error
// within, from which a form can be shown again:
//
//	var wrong *binding.Error
//	if err := c.Bind(&in); errors.As(err, &wrong) {
//		return c.Status(422).Render("form.html", map[string]any{"in": in, "wrong": wrong})
//	}
//
// It may be called more than once: the body is kept.
func (c *Context) Bind(dst any) error {
	return c.bindTo(dst, (*input)(c))
}

// BindJSON is Bind for content that is taken for JSON whatever its Content-Type says, as
// Flask's get_json(force=True): webhooks send such. Outside of browsers alone: it is
// the Content-Type that keeps a page of another site from sending JSON unasked (Fetch
// §4.10).
func (c *Context) BindJSON(dst any) error { return c.bindTo(dst, forced{(*input)(c)}) }

// forced is input that is JSON.
type forced struct{ *input }

func (forced) MediaType() string { return jsonType }

func (c *Context) bindTo(dst any, in binding.Input) error {
	c.exchange()
	t := reflect.TypeOf(dst)
	if t == nil || t.Kind() != reflect.Pointer || reflect.ValueOf(dst).IsNil() {
		return fmt.Errorf("framework: Bind fills what a pointer leads to, not a %T", dst)
	}
	return c.bind(t.Elem(), dst, in)
}

func (c *Context) bind(t reflect.Type, dst any, in binding.Input) error {
	plan, err := c.app.inputs.Plan(t)
	if err != nil {
		return fmt.Errorf("framework: Bind: %w", err)
	}
	err = plan.Bind(dst, in)
	var wrong *binding.Error
	if err == nil || !errors.As(err, &wrong) {
		return err
	}
	e := &Error{Status: wrong.Status, Description: wrong.Detail, Err: wrong}
	if wrong.Accept != "" {
		e.Header.Add("Accept", wrong.Accept) // RFC 9110 §15.5.16
	}
	c.tellLanguage(e, wrong)
	return e
}

// input is a Context as package binding reads it.
type input Context

func (i *input) Lookup(from binding.Source, name string) (string, bool) {
	c := (*Context)(i)
	switch from {
	case binding.Path:
		if p := c.param(name); p != nil {
			return p.Text, true
		}
	case binding.Query:
		return c.Query().Lookup(name)
	case binding.Header:
		return c.x.Request.Header.Lookup(name)
	case binding.Cookie:
		return c.Cookies().Lookup(name)
	}
	return "", false
}

// All yields the elements of a field of the header: several lines are one list (RFC
// 9110 §5.3).
func (i *input) All(from binding.Source, name string) iter.Seq[string] {
	c := (*Context)(i)
	switch from {
	case binding.Query:
		return c.Query().All(name)
	case binding.Header:
		return c.x.Request.Header.List(name)
	case binding.Cookie:
		return c.Cookies().All(name)
	}
	return func(yield func(string) bool) {
		if v, ok := i.Lookup(from, name); ok {
			yield(v)
		}
	}
}

func (i *input) Names(from binding.Source) iter.Seq[string] {
	return func(yield func(string) bool) {
		if from != binding.Query {
			return
		}
		for _, pair := range (*Context)(i).Query() {
			if !yield(pair.Name) {
				return
			}
		}
	}
}

func (i *input) MediaType() string { return i.x.Request.Header.Value("Content-Type") }

// Body reads the request's content once and keeps it.
func (i *input) Body(limit int64) ([]byte, error) {
	c := (*Context)(i)
	if most := c.incoming().limits.MaxContentLength; most >= 0 {
		limit = min(limit, most)
	}
	return c.read(limit)
}

// Language is that of the messages about what came.
func (i *input) Language() string { return (*Context)(i).language() }

// Multipart reads the form of multipart/form-data.
func (i *input) Multipart() (*form.Form, error) {
	if err := (*Context)(i).ParseForm(); err != nil {
		return nil, err
	}
	return i.content.form, nil
}

func tooLarge(limit int64) error {
	wrong := binding.TooLarge(limit)
	return &Error{Status: 413, Description: wrong.Detail, Err: wrong}
}

// takesJSON reports whether the Accept fields allow application/json. The most
// specific range decides (RFC 9110 §12.5.1). hot path
func takesJSON(h gateway.Header) bool {
	accept, ok := h.Lookup("Accept")
	if !ok || accept == "*/*" || accept == jsonType {
		return true
	}
	best, weight := 0, 0.0
	for element := range h.List("Accept") {
		media, _, _ := strings.Cut(element, ";")
		rank := slices.Index(jsonRanges[:], strings.ToLower(strings.TrimSpace(media))) + 1
		if rank > best || rank == best && rank > 0 {
			if q := quality(element); rank > best || q > weight {
				best, weight = rank, q
			}
		}
	}
	return best > 0 && weight > 0
}

var jsonRanges = [...]string{"*/*", "application/*", jsonType}

// A declaration is a use of Bind, which the freeze checks.
type declaration struct {
	handler Handler
	site    site
	name    string // of the function
	code    site   // of the function
	input   reflect.Type
	output  reflect.Type
	ruled   bool // output has validate tags
	mistake error
}

// declarations finds them by their handlers, which are functions and can hold
// nothing. Those that no route has taken, since something was wrapped around them,
// wait for the next freeze.
var declarations struct {
	sync.Mutex
	all     map[unsafe.Pointer]*declaration
	waiting []*declaration
}

func declare(d *declaration) {
	declarations.Lock()
	defer declarations.Unlock()
	if declarations.all == nil {
		declarations.all = map[unsafe.Pointer]*declaration{}
	}
	declarations.all[closure(d.handler)] = d
	declarations.waiting = append(declarations.waiting, d)
}

// closure identifies a function value, where its code would be shared by all that
// Bind makes of the same types.
func closure(h Handler) unsafe.Pointer { return *(*unsafe.Pointer)(unsafe.Pointer(&h)) }

// declared returns what Bind noted of a handler, nil for any other one.
func declared(h Handler) *declaration {
	declarations.Lock()
	defer declarations.Unlock()
	return declarations.all[closure(h)]
}

// claim makes a declaration the route's, so that its application checks it.
func (r *Route) claim(h Handler) {
	if r.input = declared(h); r.input == nil {
		return
	}
	declarations.Lock()
	defer declarations.Unlock()
	declarations.waiting = slices.DeleteFunc(declarations.waiting, func(d *declaration) bool { return d == r.input })
}

// inputs compiles what the routes bind, and what was declared without a route.
func (c *compiler) inputs(config binding.Config, codec JSON) *binding.Binder {
	if config.JSON == nil {
		config.JSON = codec
	}
	binder, err := binding.New(config)
	if err != nil {
		c.mistakes = append(c.mistakes, fmt.Errorf("App.Input: %w", err))
		return nil
	}
	declarations.Lock()
	list := declarations.waiting
	declarations.waiting = nil
	declarations.Unlock()
	for _, rule := range c.rules {
		if d := rule.Target.(*target).route.input; d != nil && !slices.Contains(list, d) {
			list = append(list, d)
		}
	}
	var types []reflect.Type
	for _, d := range list {
		if d.mistake != nil {
			c.mistake(d.site, "%w", d.mistake)
		} else {
			types = append(types, d.input)
		}
	}
	sound := map[reflect.Type]bool{}
	for i, err := range binder.Compile(types...) {
		sound[types[i]] = err == nil
		if err == nil || slices.Contains(types[:i], types[i]) {
			continue
		}
		at := list[slices.IndexFunc(list, func(d *declaration) bool { return d.input == types[i] && d.mistake == nil })].site
		for _, m := range flatten(err) {
			c.mistake(at, "Bind: %w", m)
		}
	}
	for _, rule := range c.rules {
		if d := rule.Target.(*target).route.input; d != nil && d.mistake == nil && sound[d.input] {
			c.variables(binder, rule, d)
		}
	}
	if c.app.CheckAnswers {
		c.outputs(binder, list)
	}
	return binder
}

// variables checks that a rule has the variables that path tags ask for.
func (c *compiler) variables(binder *binding.Binder, rule *routing.Rule, d *declaration) {
	plan, err := binder.Plan(d.input)
	if err != nil {
		return
	}
	for name := range plan.Names(binding.Path) {
		if known := rule.Names(); !slices.Contains(known, name) {
			c.mistake(d.site, "Bind: %v has a field for path variable %q, which the rule %q does not have%s", d.input, name, rule.Pattern, among(known))
		}
	}
}

func among(names []string) string {
	if len(names) == 0 {
		return ": it has none"
	}
	return "; it has " + commas(names)
}
