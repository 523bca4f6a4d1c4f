package templates

import (
	"context"
	"io"
	"reflect"
	"sync"
)

// A run is one rendering. It is used by one goroutine.
type run struct {
	env       *Environment
	ctx       context.Context
	out       *output
	limits    Limits
	undefined Undefined
	data      dataSource
	steps     int
	depth     int
	modules   map[*Template]*module
	chain     []Place  // templates being rendered, outermost first
	frames    []*frame // free ones
	arguments []*arguments
}

// runs keeps the memory of finished renderings: buffer, frames, arguments.
var runs = sync.Pool{New: func() any { return &run{out: new(output)} }}

// newRun begins a rendering to w, or to the buffer if w is nil.
func newRun(ctx context.Context, e *Environment, w io.Writer, data any) *run {
	r := runs.Get().(*run)
	r.env, r.ctx, r.limits, r.undefined = e, ctx, e.config.Limits, e.config.Undefined
	r.data.set(data)
	r.out.reset(w, r.limits.Output)
	return r
}

// release gives the memory back. Nothing of the rendering is kept alive.
func (r *run) release() {
	r.out.reset(nil, 0)
	for _, f := range r.frames {
		*f = frame{run: r, slots: f.slots}
	}
	*r = run{out: r.out, chain: r.chain[:0], frames: r.frames, arguments: r.arguments}
	runs.Put(r)
}

// keptFrames bounds what a run keeps; deeper recursions allocate.
const keptFrames = 64

// frame makes the frame of an activation; vars and escape are left to set.
// Frames that no value can refer to are used again. // hot path
func (r *run) frame(u *unit) *frame {
	n := len(r.frames)
	if u.captured || n == 0 {
		return &frame{run: r, unit: u, slots: make([]value, u.slots)}
	}
	f := r.frames[n-1]
	r.frames = r.frames[:n-1]
	if cap(f.slots) < u.slots {
		f.slots = make([]value, u.slots)
	}
	f.unit, f.slots = u, f.slots[:u.slots]
	f.parent, f.plan, f.level, f.extends = nil, nil, 0, nil
	return f
}

// leave ends an activation.
func (f *frame) leave() {
	if f.unit.captured || len(f.frames) >= keptFrames {
		return
	}
	clear(f.slots)
	f.frames = append(f.frames, f)
}

// take gives an empty arguments, recycle takes it back: what was called must
// not keep the slices.
func (r *run) take() *arguments {
	n := len(r.arguments)
	if n == 0 {
		return new(arguments)
	}
	a := r.arguments[n-1]
	r.arguments = r.arguments[:n-1]
	return a
}

func (r *run) recycle(a *arguments) {
	if len(r.arguments) >= keptFrames {
		return
	}
	clear(a.args)
	clear(a.kwargs)
	a.args, a.kwargs = a.args[:0], a.kwargs[:0]
	r.arguments = append(r.arguments, a)
}

// A thrown carries an error out of the closures. They do not return errors:
// a test after every call would double their size and cost. As in
// text/template, the boundary below turns it into a returned error.
type thrown struct{ err error }

// do runs f and gives the error that it threw.
func (r *run) do(f func(*run)) (err error) {
	defer func() {
		switch t := recover().(type) {
		case nil:
		case thrown:
			err = t.err
		default:
			panic(t)
		}
	}()
	f(r)
	return nil
}

// throw ends the rendering with an error at a place of the frame's template.
func (f *frame) throw(err error, at position) {
	if _, ok := err.(*Error); !ok {
		e := f.unit.tmpl.src.place(err, at)
		e.Chain = f.includedFrom()
		err = e
	}
	panic(thrown{err})
}

// includedFrom lists the places that led here, innermost first.
func (f *frame) includedFrom() []Place {
	var places []Place
	for i := len(f.chain) - 1; i >= 0; i-- {
		places = append(places, f.chain[i])
	}
	return places
}

// output is the page being written. Captures (macros, set blocks) write to
// its end and cut their part off again, so that there is only one buffer.
type output struct {
	buf   []byte
	mark  int // length at which full is called
	limit int // bytes still allowed after what was flushed
	w     io.Writer
	held  int // captures in progress: buf must not be flushed
	err   error
}

const flushSize = 8 << 10

// reset makes an output ready for use; a very large buffer is not kept.
func (o *output) reset(w io.Writer, limit int) {
	const keep = 1 << 20
	buf := o.buf[:0]
	if cap(buf) > keep {
		buf = nil
	}
	*o = output{buf: buf, limit: limit, mark: limit, w: w}
	if w != nil {
		o.mark = min(limit, flushSize)
	}
}

// full flushes what may be flushed, or fails.
func (f *frame) full() {
	o := f.out
	if len(o.buf) > o.limit {
		f.throw(f.outputLimit(), f.unit.pos)
	}
	if o.held > 0 || o.w == nil {
		o.mark = o.limit
		return
	}
	if err := o.flush(); err != nil {
		panic(thrown{err})
	}
}

func (o *output) flush() error {
	if len(o.buf) > 0 && o.err == nil {
		_, o.err = o.w.Write(o.buf)
		o.limit -= len(o.buf)
		o.buf = o.buf[:0]
	}
	o.mark = min(o.limit, flushSize)
	return o.err
}

// write adds text as it is. // hot path
func (f *frame) write(s string) {
	o := f.out
	o.buf = append(o.buf, s...)
	if len(o.buf) > o.mark {
		f.full()
	}
}

// grown must follow any direct append to out.buf.
func (f *frame) grown() {
	if len(f.out.buf) > f.out.mark {
		f.full()
	}
}

// capture gives what body writes.
func (f *frame) capture(body func()) string {
	o := f.out
	start := len(o.buf)
	o.held++
	body()
	o.held--
	s := string(o.buf[start:])
	o.buf = o.buf[:start]
	if o.held == 0 && o.w != nil {
		o.mark = min(o.limit, flushSize)
	}
	return s
}

// A frame is one activation of a unit.
type frame struct {
	*run
	unit   *unit
	slots  []value
	parent *frame // of the unit around, whose variables are visible
	vars   *bindings
	plan   *plan
	escape bool
	level  int // of a block: 0 is the most derived

	extends *Template // of a top level: the parent, once extends has run
	cut     int       // length of the output then
}

// bindings are the variables of one template instance by name: those that it
// exports, and those it sees from outside. There are few, so that a slice is
// searched faster than a map, and costs one allocation.
type bindings struct {
	page     *page
	vars     []binding
	outer    *bindings
	isolated bool // imported without context: no data
}

type binding struct {
	name   string
	val    value
	public bool // may be imported by others
}

func (b *bindings) find(name string) *binding {
	for i := range b.vars {
		if b.vars[i].name == name {
			return &b.vars[i]
		}
	}
	return nil
}

func (b *bindings) set(name string, v value, public bool) {
	if known := b.find(name); known != nil {
		known.val, known.public = v, public
		return
	}
	b.vars = append(b.vars, binding{name, v, public})
}

// variable resolves a name that no enclosing scope assigns. // hot path
func (f *frame) variable(name string) (value, bool) {
	for b := f.vars; b != nil; b = b.outer {
		if known := b.find(name); known != nil {
			return known.val, true
		}
		if b.outer == nil && !b.isolated {
			if v, ok := f.data.get(name); ok {
				return v, true
			}
		}
	}
	v, ok := f.env.globals[name]
	return v, ok
}

// names gives all variables in reach, for suggestions and {% debug %}.
func (f *frame) names(yield func(string) bool) {
	for b := f.vars; b != nil; b = b.outer {
		for i := range b.vars {
			if !yield(b.vars[i].name) {
				return
			}
		}
		if b.outer == nil && !b.isolated {
			for name := range f.data.names {
				if !yield(name) {
					return
				}
			}
		}
	}
	for name := range f.env.globals {
		if !yield(name) {
			return
		}
	}
}

// own gives a variable that the template is about to change. Data from Go is
// copied first, for this rendering only.
func (f *frame) own(name string) (value, bool) {
	v, ok := f.variable(name)
	if !ok || v.kind != kindGo {
		return v, ok
	}
	b := f.vars
	for b.outer != nil {
		b = b.outer
	}
	if d, isMap := goDict(v.ref); isMap {
		v = dictValue(d)
		b.set(name, v, false)
	} else if items, isList := listItems(v); isList {
		v = listValue(items)
		b.set(name, v, false)
	}
	return v, ok
}

// A dataSource is the data given to Render.
type dataSource struct {
	m   map[string]any
	ref any
	typ *goType
}

func (d *dataSource) set(data any) {
	switch x := data.(type) {
	case nil:
		return
	case map[string]any:
		d.m = x
		return
	}
	rv := reflect.ValueOf(data)
	if rv.Kind() == reflect.Map && rv.Type().ConvertibleTo(kwargsType) {
		d.m = rv.Convert(kwargsType).Interface().(map[string]any)
		return
	}
	d.ref, d.typ = data, typeOf(rv.Type())
}

func (d *dataSource) get(name string) (value, bool) {
	if d.ref == nil {
		v, ok := d.m[name]
		if !ok {
			return value{}, false
		}
		return of(v), true
	}
	if m, ok := d.typ.members[name]; ok {
		return m.get(reflect.ValueOf(d.ref)), true
	}
	rv := indirect(reflect.ValueOf(d.ref))
	if rv.Kind() == reflect.Map && rv.Type().Key().Kind() == reflect.String {
		if v := rv.MapIndex(reflect.ValueOf(name).Convert(rv.Type().Key())); v.IsValid() {
			return ofReflect(v), true
		}
	}
	return value{}, false
}

func (d *dataSource) names(yield func(string) bool) {
	if d.ref != nil {
		goNames(d.ref)(yield)
		return
	}
	for name := range d.m {
		if !yield(name) {
			return
		}
	}
}
