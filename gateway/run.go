package gateway

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"
)

// An Outcome tells how an exchange ended, for OnFinish and for the server.
type Outcome struct {
	Status   int           // that was sent; 0: none was (aborted unanswered, or hijacked)
	Bytes    int64         // of content that the application gave; on HEAD they were not sent
	Duration time.Duration // since Request.Time; 0 where nobody registered for the outcome
	Hijacked bool          // the handler took the connection
	Aborted  bool          // the client got no whole answer
	Err      error         // why it failed: from the handler, a *PanicError, from writing; nil when all went well
}

// Fault is Err unless it is of no concern to the application's owner: ErrAbort was
// asked for, a client that has gone did so by itself, and an error that names a
// status below 500 is the client's mistake. A panic always is one, whatever its value.
func (o Outcome) Fault() error {
	if errors.Is(o.Err, ErrAbort) || errors.Is(o.Err, ErrGone) {
		return nil
	}
	if _, panicked := errors.AsType[*PanicError](o.Err); panicked {
		return o.Err
	}
	if s, ok := errors.AsType[*StatusError](o.Err); ok && s.Status < 500 {
		return nil
	}
	return o.Err
}

// Run is the server's side of the border: it carries x.Request, which the server
// has filled, through h, answers on t, and returns when the exchange is over.
//
// It does once, for all servers, what the contract asks: an error or panic becomes
// an error response as long as the response has not started, and otherwise an
// abort; a response that cannot be sent (bad field, wrong length) becomes 500;
// t's Close, or Abort, or Abort after a Close that failed, is called unless the
// connection was hijacked; the hooks of OnFinish run last. x must be new or
// renewed. hot path
func Run(h Handler, x *Exchange, t Transport) Outcome {
	if err := x.advance(begin); err != nil {
		panic("gateway: Run needs an exchange that is new or renewed")
	}
	x.transport = t
	x.Response.Header = x.fields[:0]
	var out Outcome
	x.serve(h, &out)
	_ = x.advance(end) // allowed from every phase that complete leaves
	if len(x.hooks) > 0 {
		x.conclude(&out)
	}
	return out
}

// serve runs the handler and completes its response, under one recover for both.
func (x *Exchange) serve(h Handler, out *Outcome) {
	handled := false
	defer func() {
		switch v := recover(); {
		case v == nil:
		case handled:
			x.cut(v, out)
		default:
			x.salvage(panicError(v), out)
		}
	}()
	err := h.Serve(x)
	handled = true
	x.complete(err, out)
}

// salvage completes the response of a handler that panicked.
func (x *Exchange) salvage(err error, out *Outcome) {
	defer func() {
		if v := recover(); v != nil {
			x.cut(v, out)
		}
	}()
	x.complete(err, out)
}

// cut ends an exchange whose response could not be completed for a panic: one of a
// filter (see Wrap), which costs its own exchange only.
func (x *Exchange) cut(v any, out *Outcome) {
	x.transport.Abort()
	*out = Outcome{Status: x.head.Status, Bytes: x.sent, Aborted: true, Err: panicError(v)}
}

// panicError keeps ErrAbort, which is a control flow and no fault, as it is.
func panicError(v any) error {
	if err, ok := v.(error); ok && errors.Is(err, ErrAbort) {
		return err
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

// complete ends the response after the handler returned err.
func (x *Exchange) complete(err error, out *Outcome) {
	if err != nil && errors.Is(err, context.Canceled) {
		err = x.explain(err)
	}
	switch x.now() {
	case hijacked:
		out.Hijacked, out.Err = true, err
	case open:
		x.answer(err, out)
	default:
		if err == nil {
			err = x.shortfall()
		}
		x.close(err, out)
	}
}

// explain adds to the error of a handler that gave up why it had to, where the
// client has gone: that is no fault, and there is nobody to answer.
func (x *Exchange) explain(err error) error {
	if errors.Is(context.Cause(x.transport.Context()), ErrGone) {
		return errors.Join(err, errGaveUp)
	}
	return err
}

// errGaveUp is ErrGone as a reason not to answer. A request that ends early is
// ErrGone too, and is answered: its client may have closed one side only.
var errGaveUp = fmt.Errorf("handler gave up: %w", ErrGone)

// answer sends a response that was data until now.
func (x *Exchange) answer(err error, out *Outcome) {
	if err != nil && (errors.Is(err, ErrAbort) || errors.Is(err, errGaveUp)) {
		x.transport.Abort()
		out.Aborted, out.Err = true, err
		return
	}
	if err == nil {
		err = x.start(answer, int64(len(x.Response.Body)))
		if x.Started() {
			x.close(x.fault, out)
			return
		}
	}
	x.refuse(err)
	x.close(x.fault, out)
	out.Err = err // rather than that nobody waited for the answer to it
}

// refuse replaces the response by the answer to err, all but the wish to close the
// connection. It cannot fail for want of validity; a failure to write is noted.
func (x *Exchange) refuse(err error) {
	last := x.Response.Close
	x.Response = refusal(err)
	x.Response.Header = append(x.fields[:0], x.Response.Header...) // hooks of OnStart may change it
	x.Response.Close = last
	if err := x.start(answer, int64(len(x.Response.Body))); err != nil {
		_ = x.note(err)
	}
}

// shortfall is the fault of a started response that the handler left: a failed
// write, or fewer bytes than declared.
func (x *Exchange) shortfall() error {
	if x.fault == nil && !x.head.drops() && x.head.Length >= 0 && x.sent < x.head.Length {
		return fmt.Errorf("%w: %d bytes declared, %d written", ErrLength, x.head.Length, x.sent)
	}
	return x.fault
}

// close ends the started response: in good order, or so that the client sees that
// it is cut off.
func (x *Exchange) close(err error, out *Outcome) {
	if err == nil {
		if err = x.Response.Trailer.validateTrailer(); err == nil {
			err = x.transport.Close(x.Response.Trailer)
		}
	}
	aborted := err != nil
	if aborted {
		x.transport.Abort()
		if x.fault != nil && !errors.Is(err, x.fault) {
			err = errors.Join(err, x.fault) // the handler may have failed because the client had gone
		}
	}
	out.Status, out.Bytes, out.Aborted, out.Err = x.head.Status, x.sent, aborted, err
}

// conclude runs the hooks, last in first out. The transport may have kept the end
// of the answer for the ones behind it, so it is flushed first: what a hook is
// told has happened.
func (x *Exchange) conclude(out *Outcome) {
	if !out.Aborted && !out.Hijacked {
		if err := x.transport.Flush(); out.Err == nil {
			out.Err = err
		}
	}
	if !x.Request.Time.IsZero() {
		out.Duration = time.Since(x.Request.Time)
	}
	for i := len(x.hooks) - 1; i >= 0; i-- {
		if err := runHook(x.hooks[i], *out); err != nil {
			out.Err = errors.Join(out.Err, err)
		}
	}
}

func runHook(hook func(Outcome), out Outcome) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	hook(out)
	return nil
}
