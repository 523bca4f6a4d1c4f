package debug

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

//go:embed pages
var files embed.FS

// pages are templates of html/template: every value on them comes from somewhere else.
var pages = template.Must(template.New("").Funcs(template.FuncMap{
	"css": func(name string) (template.CSS, error) {
		b, err := files.ReadFile("pages/" + name)
		return template.CSS(b), err
	},
	"js": func(name string) (template.JS, error) {
		b, err := files.ReadFile("pages/" + name)
		return template.JS(b), err
	},
	"took":    took,
	"clock":   func(t time.Time) string { return t.Format("15:04:05.000") },
	"bar":     bar,
	"table":   func(title string, pairs []Pair) table { return table{title, pairs} },
	"placed":  func(p page, s any) placed { return p.at(s) },
	"minus":   func(d time.Duration) time.Duration { return -d },
	"outcome": outcome,
}).ParseFS(files, "pages/*.html"))

type table struct {
	Title string
	Pairs []Pair
}

// A page is what every template gets.
type page struct {
	Nonce  string
	State  string // of the program; "" for a page that does not reload itself
	Root   string // URL of the debug pages
	Title  string
	Editor string
	Data   any
}

// placed is a place in the source with the URL that opens it in the editor, "" for none.
type placed struct {
	Source Source
	Open   template.URL
}

// at takes a Source or a pointer to one.
func (p page) at(v any) placed {
	s, ok := v.(Source)
	if pointer, is := v.(*Source); !ok && is {
		s = *pointer
	}
	return placed{s, p.openURL(s)}
}

func (p page) openURL(s Source) template.URL {
	if p.Editor == "" || s.File == "" {
		return ""
	}
	path := (&url.URL{Path: s.File}).EscapedPath()
	// the scheme is the developer's own choice, which html/template would not trust
	return template.URL(strings.NewReplacer("{file}", path, "{line}", strconv.Itoa(s.Line)).Replace(p.Editor))
}

// policy is that of the debug pages: their own style and script and nothing else.
func policy(nonce string) string {
	return "default-src 'none'; style-src 'nonce-" + nonce + "'; script-src 'nonce-" + nonce + "'; connect-src 'self'; img-src data:; " +
		"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
}

// Fields are the header of a debug page with that nonce.
func fields(h *gateway.Header, nonce string) {
	for _, name := range []string{"Content-Encoding", "Content-Length", "ETag", "Last-Modified", "Content-Disposition", "Accept-Ranges"} {
		h.Del(name)
	}
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy(nonce))
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

// show makes a debug page the response.
func (t *Tools) show(x *gateway.Exchange, status int, name, title string, data any, reloads bool) error {
	p := page{Nonce: newNonce(), Root: x.Request.Root + Prefix, Title: title, Editor: t.config.Editor, Data: data}
	if reloads {
		p.State = t.hub.state()
	}
	var b bytes.Buffer
	if err := pages.ExecuteTemplate(&b, name, p); err != nil {
		return err
	}
	fields(&x.Response.Header, p.Nonce)
	x.Response.Status, x.Response.Body = status, b.Bytes()
	return nil
}

// answer replaces the answer to an error by what explains it: a page for browsers, a
// problem document (RFC 9457) for who rather has JSON, plain text for everybody else.
func (t *Tools) answer(x *gateway.Exchange, r *trace, f *Failure) {
	r.mu.Lock()
	r.inject = false // the page has a script of its own
	r.mu.Unlock()
	status := x.Response.Status
	header := x.Response.Header
	accept := x.Request.Header.Value("Accept")
	if strings.HasPrefix(header.Value("Content-Type"), "application/problem+json") {
		if body, err := problem(status, f); err == nil {
			x.Response.Body = body
			x.Response.Header.Del("Content-Length")
			return
		}
	} else if strings.Contains(accept, "text/html") && t.show(x, status, "failure.html", f.Title, f, true) == nil {
		return
	}
	fields(&x.Response.Header, newNonce())
	x.Response.Header.Set("Content-Type", "text/plain; charset=utf-8")
	x.Response.Body = []byte(f.Text())
}

// serve answers the debug pages' own addresses.
func (t *Tools) serve(x *gateway.Exchange) error {
	q := &x.Request
	if q.Method != "GET" && q.Method != "HEAD" || !ownPage(q) {
		return &gateway.StatusError{Status: 403, Reason: "debug pages are read, and by pages of this server alone"}
	}
	path := strings.TrimPrefix(q.Path, Prefix)
	kind, number, _ := strings.Cut(path, "/")
	switch {
	case path == "":
		return t.show(x, 200, "timeline.html", "Timeline", t.kept.all(), true)
	case path == "live":
		return t.hub.stream(x)
	case path == "live.js":
		fields(&x.Response.Header, newNonce())
		x.Response.Header.Set("Content-Type", "text/javascript; charset=utf-8")
		x.Response.Body = LiveScript()
		return nil
	case kind == "timeline" || kind == "error":
		id, err := strconv.ParseUint(number, 10, 64)
		if shown, ok := t.kept.find(id); ok && err == nil {
			if kind == "error" && shown.Failure != nil {
				return t.show(x, 200, "failure.html", shown.Failure.Title, shown.Failure, false)
			}
			return t.show(x, 200, "request.html", shown.Method+" "+shown.Path, shown, false)
		}
	}
	return t.show(x, 404, "missing.html", "Not kept", t.config.Requests, false)
}

func problem(status int, f *Failure) ([]byte, error) {
	return framework.FastJSON{}.Marshal(struct {
		Type   string   `json:"type"`
		Title  string   `json:"title"`
		Status int      `json:"status"`
		Detail string   `json:"detail"`
		Debug  []string `json:"debug"`
	}{"about:blank", gateway.StatusText(status), status, f.Title, strings.Split(f.Text(), "\n")})
}

// took is a duration for people: three digits.
func took(d time.Duration) string {
	switch {
	case d <= 0:
		return "0"
	case d < time.Millisecond:
		return fmt.Sprintf("%.3g µs", float64(d)/float64(time.Microsecond))
	case d < time.Second:
		return fmt.Sprintf("%.3g ms", float64(d)/float64(time.Millisecond))
	}
	return fmt.Sprintf("%.3g s", d.Seconds())
}

// A stroke is where a span's bar begins and how long it is, in thousandths of the whole.
type stroke struct{ X, Width float64 }

func bar(t Trace, start, end time.Duration) stroke {
	from, whole := -t.Accepted, t.Total+t.Accepted
	if whole <= 0 {
		whole = 1
	}
	if end < 0 {
		end = t.Total
	}
	x := 1000 * float64(start-from) / float64(whole)
	return stroke{x, max(1000*float64(end-start)/float64(whole), 2)}
}

// outcome is a class of status for colours.
func outcome(t Trace) string {
	switch {
	case t.Failure != nil || t.Aborted || t.Status >= 500:
		return "bad"
	case t.Status >= 400:
		return "warn"
	case t.Total == 0:
		return "runs"
	}
	return "good"
}

// A Report is what went wrong outside of a request: a program that cannot be built, or
// does not stay. dewar run shows it.
type Report struct {
	Title   string // "The program does not build"
	Command string // that was run
	Finds   []Find // in the order in which they were told
	Output  string // as it came, without a terminal's control sequences
	Note    string // what to do about it, or what happens next
	State   string // of which the page hears when it changes; see live.js
}

// A Find is a place in the source with what is wrong there.
type Find struct {
	Message string
	Source
}

// WriteHTML writes the report as a page, and returns the value of the
// Content-Security-Policy field that it needs. root is the path below which the debug
// addresses are, without a slash at its end.
func (r *Report) WriteHTML(w io.Writer, root string) (policyField string, err error) {
	p := page{Nonce: newNonce(), State: r.State, Root: root + Prefix, Title: r.Title, Editor: editor(), Data: r}
	return policy(p.Nonce), pages.ExecuteTemplate(w, "report.html", p)
}
