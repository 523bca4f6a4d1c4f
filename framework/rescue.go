package framework

import (
	"context"
	"errors"
	"reflect"

	"github.com/dewar-go/dewar/gateway"
)

// A rescuer is an error handler, by status or by what it matches.
type rescuer struct {
	status int              // 0: by match
	match  func(error) bool // one error, not its chain
	vague  bool             // matches by interface or by its own As: after the exact ones
	handle func(c *Context, err error) error
}

// HandleStatus declares what answers errors of that status: those of Abort, of the
// router and, for 500, everything that has no status of its own. err is an *Error;
// its Err is the cause. In a blueprint it is for the blueprint's routes and, unlike
// in Flask, for the router's 404 and 405 below its prefix, where that has no
// variables.
func (s *scope) HandleStatus(status int, handler func(c *Context, err error) error) {
	s.open("HandleStatus")
	s.needs("HandleStatus", handler != nil)
	if status < 400 || status > 599 {
		s.mistake(callSite(), "HandleStatus(%d): errors have a status from 400 to 599", status)
	}
	s.rescuers = append(s.rescuers, rescuer{status: status, handle: handler})
}

// HandleError declares what answers errors that are target, or wrap it, as
// errors.Is sees it: HandleError(sql.ErrNoRows, notFound).
func (s *scope) HandleError(target error, handler func(c *Context, err error) error) {
	s.open("HandleError")
	s.needs("HandleError", target != nil && handler != nil)
	s.rescuers = append(s.rescuers, rescuer{handle: handler, match: func(err error) bool {
		if target != nil && reflect.TypeOf(target).Comparable() && err == target {
			return true
		}
		is, ok := err.(interface{ Is(error) bool })
		return ok && is.Is(target)
	}})
}

// HandleAs declares, in an App or Blueprint, what answers errors of type E, or
// that wrap one, as errors.As sees it:
//
//	framework.HandleAs(app, func(c *framework.Context, err *QuotaError) error { ... })
func HandleAs[E error](s Scope, handler func(c *Context, err E) error) {
	sc := s.own()
	sc.open("HandleAs")
	sc.needs("HandleAs", handler != nil)
	r := rescuer{vague: reflect.TypeFor[E]().Kind() == reflect.Interface}
	r.match = func(err error) bool { _, ok := err.(E); return ok }
	r.handle = func(c *Context, err error) error {
		var e E
		errors.As(err, &e)
		return handler(c, e)
	}
	sc.rescuers = append(sc.rescuers, r)
}

// A Scope is an App or a Blueprint.
type Scope interface{ own() *scope }

func (s *scope) own() *scope { return s }

// rescue answers an error: this is the only place where one becomes a response.
// It returns the error where the exchange has to be aborted instead, because it
// asks for that or because a response is on its way already.
func (c *Context) rescue(err error, around *hooks) error {
	if errors.Is(err, gateway.ErrAbort) {
		return err
	}
	if c.x.Started() {
		if !c.gone(err) {
			c.report(err)
		}
		return err
	}
	named := httpError(err)
	handler := find(around, named, err)
	if unexpected(err, named, handler) && !c.gone(err) {
		c.report(err)
	}
	if handler == nil && named == nil {
		named = &Error{Status: 500, Err: err}
		handler = find(around, named, nil)
	}
	c.discard()
	if handler == nil {
		return c.errorPage(named)
	}
	if named != nil && handler.status != 0 {
		err = named
	}
	if named != nil { // what the status needs, such as Allow, stays unless the handler sets it itself
		c.x.Response.Header = append(c.x.Response.Header, named.Header...)
	}
	failure := guard(func() error { return handler.handle(c, err) })
	if failure == nil && !c.Answered() {
		failure = errNoAnswer
	}
	if failure != nil {
		return c.plain500(failure)
	}
	return nil
}

// unexpected reports whether the application's owner should know of an error: it
// is a panic, nobody declared an answer to it, or it is a 5xx with a cause.
func unexpected(err error, named *Error, handler *rescuer) bool {
	var p *gateway.PanicError
	switch {
	case errors.As(err, &p):
		return true
	case named == nil:
		return handler == nil
	}
	return named.Status >= 500 && named.Err != nil
}

// find chooses the error handler: by status, the innermost blueprint first, then
// by error, likewise. Of an error's chain the outermost that has a handler counts,
// exact types and values before interfaces.
func find(around *hooks, named *Error, err error) *rescuer {
	if named != nil {
		for _, rescuers := range around.rescuers {
			for i := range rescuers {
				if rescuers[i].status == named.Status {
					return &rescuers[i]
				}
			}
		}
	}
	for _, rescuers := range around.rescuers {
		if r := findMatch(rescuers, err); r != nil {
			return r
		}
	}
	return nil
}

func findMatch(rescuers []rescuer, err error) *rescuer {
	if err == nil || len(rescuers) == 0 {
		return nil
	}
	for _, vague := range [...]bool{false, true} {
		for i := range rescuers {
			if r := &rescuers[i]; r.match != nil && r.vague == vague && r.match(err) {
				return r
			}
		}
	}
	switch e := err.(type) {
	case interface{ Unwrap() error }:
		return findMatch(rescuers, e.Unwrap())
	case interface{ Unwrap() []error }:
		for _, inner := range e.Unwrap() {
			if r := findMatch(rescuers, inner); r != nil {
				return r
			}
		}
	}
	return nil
}

// gone reports whether an error is only the client's going away.
func (c *Context) gone(err error) bool {
	return errors.Is(err, gateway.ErrGone) ||
		errors.Is(err, context.Canceled) && c.x.Context().Err() != nil
}

// plain500 answers where answering failed: no handler runs any more.
func (c *Context) plain500(err error) error {
	if errors.Is(err, gateway.ErrAbort) {
		return err
	}
	c.report(err)
	if c.x.Started() {
		return err
	}
	c.discard()
	return c.errorPage(&Error{Status: 500})
}

// report tells of an error that the application's owner should know of.
func (c *Context) report(err error) {
	c.logFailure(err)
	c.app.app.Signals.Exception.send(c, err)
}

// logFailure logs an error with its request, and with the stack where it was a panic.
func (c *Context) logFailure(err error) {
	args := []any{"error", err}
	if c.target != nil {
		args = append(args, "declared", c.target.route.site.String())
	}
	var p *gateway.PanicError
	if errors.As(err, &p) {
		args = append(args, "stack", string(p.Stack))
	}
	c.Logger().Error("request failed", args...)
}

// discard forgets what was prepared of a response that an error replaces.
func (c *Context) discard() {
	c.x.Response = gateway.Response{Header: c.x.Response.Header[:0]}
}
