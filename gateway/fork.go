package gateway

import "slices"

// Fork returns an exchange for the same request that does not depend on x: for a layer
// that runs the handler in a goroutine which may outlive x's, behind a Transport of its
// own, with Run. Request and its Header, what Response holds, and the values are copies;
// content, hooks and phase are not: those come with Run. Kept goes along, since the
// handler does. Join brings the two together again.
func (x *Exchange) Fork() *Exchange {
	f := new(Exchange)
	f.Request = x.Request
	f.Request.Header, f.Request.Trailer = x.Request.Header.Clone(), x.Request.Trailer.Clone()
	f.Response = x.Response
	f.Response.Header, f.Response.Trailer = x.Response.Header.Clone(), x.Response.Trailer.Clone()
	f.Route = x.Route
	f.values = slices.Clone(x.values)
	f.Kept, x.Kept = x.Kept, nil
	return f
}

// Join makes x what it would be if f's handler had run on it. It is called when that
// has returned, before Run on f has, and reports whether f's response is still data: x
// has it now, with all that was registered on f and with its filters, which pass on to
// f's own transport; attach tells that one where x's goes on. The handler that was given to
// Run then returns ErrAbort. What has started goes on
// where it is, but for the hooks of OnFinish: they run at x's end and not at f's.
func (x *Exchange) Join(f *Exchange, attach func(next Transport)) bool {
	x.Route, x.values = f.Route, f.values
	x.Kept, f.Kept = f.Kept, nil
	x.hooks = append(x.hooks, f.hooks...)
	f.hooks = nil
	if f.Started() {
		return false
	}
	x.Response = f.Response
	x.preparing = append(x.preparing, f.preparing...)
	if f.wrapped {
		attach(x.transport)
		x.transport, x.wrapped = f.transport, true
	}
	f.transport = joined{}
	return true
}

// joined is the transport of a fork that has nothing left to send: its handler returns
// ErrAbort to Run.
type joined struct{ Transport }

func (joined) Abort() {}
