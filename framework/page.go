package framework

import (
	"html"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// errorPage answers an error for which nobody declared an answer: a problem
// document where the client rather has JSON (RFC 9457), else a small page.
func (c *Context) errorPage(e *Error) error {
	for _, f := range e.Header {
		c.AddHeader(f.Name, f.Value)
	}
	c.Vary("Accept")
	c.SetHeader("X-Content-Type-Options", "nosniff")
	c.Status(e.Status)
	if wrong := wrongInput(e); wrong != nil {
		return c.inputPage(e, wrong)
	}
	title := gateway.StatusText(e.Status)
	if prefersJSON(c.x.Request.Header) {
		return c.problem(e, title)
	}
	head := strconv.Itoa(e.Status) + " " + html.EscapeString(title)
	return c.HTML("<!doctype html>\n<html lang=en>\n<title>" + head + "</title>\n" + screen + "<h1>" + html.EscapeString(title) + "</h1>\n<p>" +
		html.EscapeString(e.Text()) + "</p>\n")
}

// screen makes a page without a style readable on a phone and in the dark.
const screen = "<meta name=viewport content=\"width=device-width\">\n<meta name=color-scheme content=\"light dark\">\n"

// problem answers with a problem document (RFC 9457 §3).
func (c *Context) problem(e *Error, title string) error {
	body, err := c.app.json.Marshal(struct {
		Type   string `json:"type"`
		Title  string `json:"title"`
		Status int    `json:"status"`
		Detail string `json:"detail"`
	}{"about:blank", title, e.Status, e.Text()})
	if err != nil { // four plain fields: the provider is broken
		return c.Text(strconv.Itoa(e.Status) + " " + title + "\n")
	}
	return c.send("application/problem+json", body)
}

// prefersJSON reports whether the Accept fields rank a JSON type before HTML
// (RFC 9110 §12.5.1). Equal ranks, as of */*, mean HTML.
func prefersJSON(h gateway.Header) bool {
	best := map[bool]float64{}
	for element := range h.List("Accept") {
		media, _, _ := strings.Cut(element, ";")
		q := quality(element)
		media = strings.ToLower(strings.TrimSpace(media))
		switch {
		case media == "text/html", media == "application/xhtml+xml", media == "*/*":
			best[false] = max(best[false], q)
		case media == "application/json", media == "application/*", strings.HasSuffix(media, "+json"):
			best[true] = max(best[true], q)
		}
	}
	return best[true] > best[false]
}

// quality is the weight of an element, from 0 to 1; a malformed one counts as 0.
func quality(element string) float64 {
	weight, ok := semantics.Weight(element)
	if !ok {
		return 0
	}
	return float64(weight) / semantics.MaxWeight
}
