package framework

import (
	"errors"
	"fmt"
	"html"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/gateway"
)

// problemType is the media type of problem documents (RFC 9457 §3).
const problemType = "application/problem+json"

// A Problem says what is wrong with a request, for programs (RFC 9457 §3.1).
type Problem struct {
	Type     string            `json:"type"` // a URI; "" means about:blank, where the status says all
	Title    string            `json:"title"`
	Status   int               `json:"status"`
	Detail   string            `json:"detail,omitempty"`
	Instance string            `json:"instance,omitempty"` // a URI of this occurrence
	Errors   []binding.Mistake `json:"errors,omitempty"`   // each with the place where it is
}

// Problem answers with a problem document. What p leaves out is filled in: type
// about:blank, the title of the status, which is that of the response or else 500,
// and the request's path as the instance.
func (c *Context) Problem(p Problem) error {
	x := c.exchange()
	if p.Status == 0 {
		p.Status = x.Response.Status
	}
	if p.Status == 0 {
		p.Status = 500
	}
	if p.Type == "" {
		p.Type = "about:blank"
	}
	if p.Title == "" {
		p.Title = gateway.StatusText(p.Status)
	}
	if p.Instance == "" {
		p.Instance = x.Request.Root + x.Request.Path
	}
	body, err := c.app.json.Marshal(p)
	if err != nil {
		return fmt.Errorf("framework: JSON of a problem: %w", err)
	}
	c.Status(p.Status)
	return c.send(problemType, body)
}

// wrongInput returns what is wrong with the input, nil where an error is about
// something else.
func wrongInput(e *Error) *binding.Error {
	var wrong *binding.Error
	errors.As(e.Err, &wrong)
	return wrong
}

// inputPage answers wrong input: programs are who sends most of it, so that a
// problem document is the rule, and a page is for browsers, which ask for HTML.
func (c *Context) inputPage(e *Error, wrong *binding.Error) error {
	if !prefersHTML(c.x.Request.Header) {
		return c.Problem(Problem{Status: e.Status, Detail: e.Text(), Errors: wrong.Mistakes})
	}
	title := html.EscapeString(gateway.StatusText(e.Status))
	language := english
	if wrong.Language != "" {
		language = wrong.Language
	}
	var b strings.Builder
	b.WriteString("<!doctype html>\n<html lang=" + language + ">\n<title>" + strconv.Itoa(e.Status) + " " + title + "</title>\n" + screen + "<h1>" + title + "</h1>\n<p>" +
		html.EscapeString(e.Text()) + "</p>\n")
	if len(wrong.Mistakes) > 0 {
		b.WriteString("<ul>\n")
		for _, m := range wrong.Mistakes {
			b.WriteString("<li>" + html.EscapeString(m.String()) + "</li>\n")
		}
		b.WriteString("</ul>\n")
	}
	return c.HTML(b.String())
}

// prefersHTML reports whether the Accept fields name HTML and rank it before JSON.
// Unlike prefersJSON it takes */* for JSON.
func prefersHTML(h gateway.Header) bool {
	page, data := 0.0, 0.0
	for element := range h.List("Accept") {
		media, _, _ := strings.Cut(element, ";")
		switch media = strings.ToLower(strings.TrimSpace(media)); {
		case media == "text/html", media == "application/xhtml+xml":
			page = max(page, quality(element))
		case media == "*/*", media == "application/*", media == jsonType, strings.HasSuffix(media, "+json"):
			data = max(data, quality(element))
		}
	}
	return page > data
}
