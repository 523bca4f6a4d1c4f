package framework

import (
	"errors"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// An Error is an error that names the response to it. Abort makes one; error
// handlers by status get one.
type Error struct {
	Status      int            // 400 to 599
	Description string         // for the client; "" means the status's own
	Header      gateway.Header // added to the response: Allow, Retry-After, WWW-Authenticate
	Err         error          // the cause, never shown to the client; may be nil
}

// Abort returns an error that ends the request with that status: return
// framework.Abort(404, "no such note"). The description is for the client; without
// one it is the status's own. Set Header on the result for other fields.
func Abort(status int, description ...string) *Error {
	e := &Error{Status: status}
	if len(description) > 0 {
		e.Description = description[0]
	}
	return e
}

// RetryAfter tells the client when to ask again, in whole seconds rounded up, and
// returns e: return framework.Abort(503).RetryAfter(time.Minute) (RFC 9110 §10.2.3).
func (e *Error) RetryAfter(d time.Duration) *Error {
	e.Header.Set("Retry-After", semantics.RetryAfter(d))
	return e
}

// Error gives status, description and cause in one line.
func (e *Error) Error() string {
	s := "framework: " + strconv.Itoa(e.Status) + " " + e.Text()
	if e.Status < 400 || e.Status > 599 {
		s += ", which is answered with 500: errors have a status from 400 to 599"
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Text is what the client may read.
func (e *Error) Text() string {
	if e.Description != "" {
		return e.Description
	}
	if text := descriptions[e.Status]; text != "" {
		return text
	}
	return gateway.StatusText(e.Status)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// httpError returns the response that an error names, nil where it names none. A
// panic names none, whatever its value.
func httpError(err error) *Error {
	var p *gateway.PanicError
	if errors.As(err, &p) {
		return nil
	}
	var e *Error
	if errors.As(err, &e) && e.Status >= 400 && e.Status <= 599 {
		return e
	}
	var g *gateway.StatusError
	if errors.As(err, &g) && g.Status >= 400 && g.Status <= 599 {
		e := &Error{Status: g.Status, Err: g.Err}
		if g.Reason != "" {
			e.Description = sentence(g.Text())
		}
		return e
	}
	return formError(err) // of FormParts, whose reader knows nothing of statuses
}

// sentence makes one of an error's text, which has no capital and no full stop.
func sentence(text string) string {
	first, n := utf8.DecodeRuneInString(text)
	text = string(unicode.ToUpper(first)) + text[n:]
	if strings.HasSuffix(text, ".") {
		return text
	}
	return text + "."
}

// descriptions are said to clients where nothing better is known.
var descriptions = map[int]string{
	400: "The request cannot be understood.",
	401: "This address asks for credentials, and those given, if any, do not suffice.",
	403: "You are not allowed to see what stands at this address.",
	404: "There is nothing at this address.",
	405: "This address does not take that method.",
	406: "What stands at this address is not there in a form that the client accepts.",
	408: "The request took too long.",
	409: "The request contradicts the present state of what stands at this address.",
	410: "What stood at this address is gone for good.",
	411: "The request lacks a Content-Length.",
	412: "A condition of the request does not hold.",
	413: "The request is too large.",
	414: "The address is too long.",
	415: "The content of the request is of a type that this address does not take.",
	416: "The range asked for lies outside of the content.",
	421: "The request was sent to a server that does not answer for this address.",
	422: "The content of the request has mistakes.",
	423: "What stands at this address is locked.",
	428: "The request needs a condition.",
	429: "Too many requests in too short a time.",
	431: "The header of the request is too large.",
	451: "What stands at this address may not be shown for legal reasons.",
	500: "Something went wrong on this side. It was noted.",
	501: "The server does not know that method.",
	502: "A server behind this one gave no proper answer.",
	503: "The server cannot answer just now. Try again later.",
	504: "A server behind this one did not answer in time.",
}
