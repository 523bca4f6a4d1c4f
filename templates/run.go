package templates

import (
	"context"
	"io"
	"sync"

	"github.com/dewar-go/dewar/internal/poison"
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
	textMade  int
	itemsMade int
	calls     int // of units
	applied   int // filters and tests
	depth     int
	reprs     int // nested calls of repr
	modules   map[moduleKey]*module
	chain     []entry  // the places that led here, outermost first
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
	poison.Bytes(r.out.buf)
	for _, f := range r.frames {
		clear(f.slots[:cap(f.slots)])
		*f = frame{run: r, slots: f.slots[:0]}
	}
	*r = run{out: r.out, chain: r.chain[:0], frames: r.frames, arguments: r.arguments}
	runs.Put(r)
}

// keptFrames bounds what a run keeps; deeper recursions allocate.
const keptFrames = 64

// frame makes the frame of an activation; vars and escape are left to set.
// Frames that no value can refer to are used again. // hot path
func (r *run) frame(u *unit) *frame { return r.frameFor(u, 0) }

// frameFor makes a frame whose first slots are filled by the caller.
// // hot path
func (r *run) frameFor(u *unit, filled int) *frame {
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
	clear(f.slots[filled:])
	f.parent, f.plan, f.level, f.extends = nil, nil, 0, nil
	return f
}

// leave ends an activation. What its slots hold is cleared when they are used
// again, or by release.
func (f *frame) leave() {
	if f.unit.captured || len(f.frames) >= keptFrames {
		return
	}
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
	if placed, ok := err.(*Error); ok { // of another template, which was loaded from here
		e := *placed
		e.Chain = append([]Place{{f.unit.tmpl.src.name, at.line}}, f.includedFrom()...)
		panic(thrown{&e})
	}
	e := f.unit.tmpl.src.place(err, at)
	e.Chain = f.includedFrom()
	panic(thrown{e})
}

// An entry is the line of a unit from where another one was entered.
type entry struct {
	unit *unit
	line int
}

// includedFrom lists the places that led here, innermost first.
func (f *frame) includedFrom() []Place {
	var places []Place
	for i := len(f.chain) - 1; i >= 0; i-- {
		at := f.chain[i]
		places = append(places, Place{at.unit.tmpl.src.name, at.line})
	}
	return places
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
