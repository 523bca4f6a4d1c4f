package gateway

import (
	"errors"
	"fmt"
	"strconv"
)

// Errors of the contract, for errors.Is.
var (
	// ErrAbort ends an exchange without an answer and without a report: the
	// connection (or stream) is cut so that the client sees a truncated answer.
	// A handler returns it, or panics with it, like http.ErrAbortHandler.
	ErrAbort = errors.New("gateway: exchange aborted")

	// ErrStarted is returned where something can no longer be changed because
	// the head of the response has been handed to the server.
	ErrStarted = errors.New("gateway: response has started")

	// ErrFinished is returned by the methods of an Exchange after its handler
	// returned. Under the race detector or the dewardebug build tag they panic.
	ErrFinished = errors.New("gateway: exchange is finished")

	// ErrHijacked is returned by the methods of an Exchange after Hijack.
	ErrHijacked = errors.New("gateway: connection was hijacked")

	// ErrLength is returned by Write for bytes beyond the declared
	// Content-Length, and ends an exchange that wrote fewer (RFC 9110 §8.6).
	ErrLength = errors.New("gateway: body does not match its declared Content-Length")

	// ErrGone is what an error wraps when the client went away: the connection
	// is closed or the stream was reset. It is no fault of the application.
	ErrGone = errors.New("gateway: client has gone")
)

// A StatusError is an error that names the status with which to answer it.
// Servers return one for a request that breaks the protocol, limits return one
// with 413, and an application may return one itself.
type StatusError struct {
	Status  int    // 400 to 599
	Reason  string // one line for the client: what was expected and what came
	Section string // the rule, such as "RFC 9112 §6.3"; may be empty
	Err     error  // the cause, never shown to the client; may be nil
}

// Error gives status, reason and rule in one line.
func (e *StatusError) Error() string {
	s := "gateway: " + strconv.Itoa(e.Status) + " " + e.Text()
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Text is what the client may read: the reason with its section, or the
// status's own phrase where no reason was given.
func (e *StatusError) Text() string {
	switch {
	case e.Reason == "":
		return StatusText(e.Status)
	case e.Section == "":
		return e.Reason
	}
	return e.Reason + " (" + e.Section + ")"
}

// Unwrap returns the cause.
func (e *StatusError) Unwrap() error { return e.Err }

// A PanicError is a panic of a handler or hook, caught where the exchange runs.
type PanicError struct {
	Value any    // what panic was called with
	Stack []byte // owned: the stack of the goroutine that panicked
}

// Error gives the panic's value without the stack.
func (e *PanicError) Error() string { return fmt.Sprintf("gateway: handler panicked: %v", e.Value) }

// Unwrap returns the panic's value where that is an error.
func (e *PanicError) Unwrap() error {
	err, _ := e.Value.(error)
	return err
}

// statusOf is the status that answers err: its own where it carries a valid
// one, else 500 (RFC 9110 §15.6.1).
func statusOf(err error) (status int, text string) {
	var s *StatusError
	if errors.As(err, &s) && s.Status >= 400 && s.Status <= 599 {
		return s.Status, s.Text()
	}
	return 500, StatusText(500)
}
