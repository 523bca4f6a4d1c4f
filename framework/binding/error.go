package binding

import (
	"fmt"
	"strings"

	"github.com/dewar-go/dewar/framework/form"
)

// An Error says why a request could not be bound, for the client to mend it.
type Error struct {
	Status   int       // 400, 413, 415 or 422
	Detail   string    // one sentence for the client
	Mistakes []Mistake // all that were found, in the order of the input; at most MaxMistakes
	Accept   string    // with 415: the media type that is expected
	Language string    // of Detail and messages, as Config.Languages names it; "" is English

	detail phrase
	form   []form.Pair // without the values of secret fields
}

// MaxMistakes is how many mistakes an Error lists: an answer must not become
// larger than the request that caused it.
const MaxMistakes = 100

// A Mistake is one thing that is wrong with the input, in the names that the
// client uses. It never holds a value of a field that is tagged secret.
type Mistake struct {
	// Pointer leads to the place in a JSON body (RFC 6901): /items/3/qty. It is ""
	// for the whole body and where Parameter names the place.
	Pointer string `json:"pointer,omitempty"`
	// Parameter is the name in the path, query, header, cookies or form.
	Parameter string `json:"parameter,omitempty"`
	// Location is body, path, query, header, cookie, form or file.
	Location string `json:"location"`
	// Code is for programs: required, type, range, null, length, duplicate,
	// unknown, or the name of the rule that does not hold.
	Code string `json:"code"`
	// Message is for people; it goes on from the name: "must be at least 3".
	Message string `json:"message"`
}

// fault makes an Error without mistakes.
func fault(status int, detail phrase) *Error {
	return &Error{Status: status, Detail: detail.in(nil), detail: detail}
}

// TooLarge is the Error of a content of more than limit bytes, for Input.Body.
func TooLarge(limit int64) *Error {
	return fault(413, say("The content is larger than %d bytes, which is the limit here.", limit))
}

// Error gives the detail and each mistake a line.
func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "binding: %d %s", e.Status, e.Detail)
	for _, m := range e.Mistakes {
		b.WriteString("\n\t" + m.String())
	}
	return b.String()
}

// String is the place and the message in one line.
func (m Mistake) String() string {
	place := m.Parameter
	if place == "" {
		place = m.Pointer
	}
	if place == "" {
		return m.Location + " " + m.Message
	}
	return m.Location + " " + place + " " + m.Message
}

// Message returns what is wrong with the parameter of that name, or with what a
// pointer leads to: "" where nothing is. A form is shown again with it.
func (e *Error) Message(name string) string {
	for _, m := range e.Mistakes {
		if m.Parameter == name && name != "" || m.Pointer != "" && m.Pointer == name {
			return m.Message
		}
	}
	return ""
}

// Value returns the first value of a form field as it came, also where it could not
// be bound, so that the form can be shown again; "" for a field that is secret.
func (e *Error) Value(name string) string {
	for _, pair := range e.form {
		if pair.Name == name {
			return pair.Value
		}
	}
	return ""
}

// A refusal is why a text or value does not become a field.
type refusal struct {
	code     string
	expected phrase
	reason   string // of an unmarshaler, which may quote the value
}

// message joins what was expected and what came; got is left out where it is nil.
func (r *refusal) message(got any, secret bool) phrase {
	switch {
	case secret || got == nil && r.reason == "":
		return say("expected %s", r.expected)
	case got == nil:
		return say("expected %s (%s)", r.expected, crop(r.reason))
	case r.reason == "":
		return say("expected %s, got %s", r.expected, got)
	}
	return say("expected %s, got %s (%s)", r.expected, got, crop(r.reason))
}

// quote shows a piece of input in a message.
func quote(s string) any {
	if s == "" {
		return say("an empty text")
	}
	return `"` + crop(s) + `"`
}

// crop bounds what a message repeats of the input.
func crop(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	cut := most
	for cut > 0 && s[cut]&0xC0 == 0x80 {
		cut--
	}
	return s[:cut] + "…"
}
