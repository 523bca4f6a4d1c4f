package templates

import (
	"bytes"
	"context"
	"encoding/json"
	"html"
	"html/template"
	"io"
	"strings"
	"sync"
	tree "text/template/parse"
)

// An escaper makes values safe for one context. Text and attributes, which
// are nearly all, are escaped here; everything else by html/template's own
// functions.
type escaper struct {
	mode    escapeMode
	chain   string             // html/template's names for the steps
	ints    bool               // integers need no escaping
	textual bool               // ordinary strings are escaped as HTML text
	std     *template.Template // runs the chain
}

type escapeMode uint8

const (
	escapeHTML    escapeMode = iota // text
	escapeMarked                    // a place where markup must lose its tags: attributes, <title>
	escapeNothing                   // a comment: values are left out
	escapeName                      // between attributes
	escapeURL                       // a URL, or the part of one after its start
	escapeQuery                     // a part of a query
	escapeJS                        // a JavaScript value
	escapeSrcdoc                    // HTML inside an attribute
	escapeOther
)

const (
	srcdocChain  = "srcdoc"
	singleQuoted = "'" // suffix: the attribute has single quotes
)

var escapeModes = map[string]escapeMode{
	"_htmlescaper":                         escapeHTML,
	"_attrescaper":                         escapeMarked,
	"_rcdataescaper":                       escapeMarked,
	"_commentescaper":                      escapeNothing,
	"_htmlnamefilter":                      escapeName,
	srcdocChain:                            escapeSrcdoc,
	"_urlfilter_urlnormalizer_attrescaper": escapeURL,
	"_urlnormalizer_attrescaper":           escapeURL,
	"_urlescaper_attrescaper":              escapeQuery,
	"_jsvalescaper":                        escapeJS,
	"_jsvalescaper_attrescaper":            escapeJS,
	"_jsvalescaper_nospaceescaper":         escapeJS,
}

// plainInts are the places where an integer is written as it is.
var plainInts = map[string]bool{
	"_urlfilter_urlnormalizer_attrescaper": true, "_urlnormalizer_attrescaper": true, "_urlescaper_attrescaper": true,
	"_cssvaluefilter": true, "_cssvaluefilter_attrescaper": true, "_jsstrescaper": true,
}

// keepsJSON are the places where JSON from tojson may stand as it is: an
// attribute with single quotes, as itself or as a JavaScript value. Not in a
// string, nor in a URL.
var keepsJSON = map[string]bool{"_attrescaper" + singleQuoted: true, "_jsvalescaper_attrescaper" + singleQuoted: true}

var escapers sync.Map // chain → *escaper

// escaperFor gives the escaper of a chain; there are some dozens at most.
func escaperFor(chain string) *escaper {
	if known, ok := escapers.Load(chain); ok {
		return known.(*escaper)
	}
	e := &escaper{mode: escapeOther, chain: chain}
	steps := strings.TrimSuffix(chain, singleQuoted)
	if mode, ok := escapeModes[steps]; ok {
		e.mode = mode
	}
	e.ints = plainInts[steps]
	e.textual = e.mode == escapeHTML || e.mode == escapeMarked
	if steps != srcdocChain {
		e.std = stdEscaper(steps)
	}
	known, _ := escapers.LoadOrStore(chain, e)
	return known.(*escaper)
}

// stdEscaper makes a template that runs html/template's functions on its
// data. They have no exported names; but a template that has been escaped
// knows them, and its tree may be changed.
func stdEscaper(chain string) *template.Template {
	t := template.Must(template.New("").Parse("{{.}}"))
	if err := t.Execute(new(bytes.Buffer), ""); err != nil {
		panic(err) // a template of one field has no context to fail in
	}
	pipe := t.Tree.Root.Nodes[0].(*tree.ActionNode).Pipe
	pipe.Cmds = pipe.Cmds[:1]
	for _, name := range strings.Split(chain, "_")[1:] {
		id := tree.NewIdentifier("_html_template_" + name)
		pipe.Cmds = append(pipe.Cmds, &tree.CommandNode{NodeType: tree.NodeCommand, Args: []tree.Node{id}})
	}
	return t
}

// isText tells whether values are escaped as HTML text.
func (e *escaper) isText() bool { return e != nil && e.mode == escapeHTML }

// print writes a value, escaped for its place. // hot path
func (f *frame) print(v value, id int, at position) {
	if v.kind >= kindObject {
		v = f.rendered(v, at)
	}
	if !f.escape {
		f.writeValue(v, at)
		return
	}
	e := f.plan.prints[id]
	if e.mode == escapeHTML || e.textual && v.safe == 0 {
		f.printText(v, at)
		return
	}
	f.printIn(e, v, at)
}

// A Component renders itself as safe HTML, as those of templ do: printing it
// writes what Render writes.
type Component interface {
	Render(ctx context.Context, w io.Writer) error
}

// ComponentFunc makes a function a [Component], such as a template of
// html/template with its data:
//
//	templates.ComponentFunc(func(_ context.Context, w io.Writer) error { return t.Execute(w, data) })
type ComponentFunc func(ctx context.Context, w io.Writer) error

// Render calls f.
func (f ComponentFunc) Render(ctx context.Context, w io.Writer) error { return f(ctx, w) }

// rendered gives the markup of what has rendered itself: an imported template
// that wrote something, or a component.
func (f *frame) rendered(v value, at position) value {
	switch x := v.ref.(type) {
	case *module:
		return markupValue(x.body)
	case Component:
		return markupValue(f.capture(func() {
			if err := x.Render(f.ctx, f.out); err != nil {
				f.throw(err, at)
			}
			f.grown()
		}))
	}
	return v
}

// writeValue writes str() of a value.
func (f *frame) writeValue(v value, at position) {
	var ok bool
	if f.out.buf, ok = appendText(f.out.buf, v); !ok {
		s, err := f.text(v)
		if err != nil {
			f.throw(err, at)
		}
		f.out.buf = append(f.out.buf, s...)
	}
	f.grown()
}

// printText writes a value into HTML text, or a quoted attribute. // hot path
func (f *frame) printText(v value, at position) {
	o := f.out
	switch v.kind {
	case kindString:
		if v.safe&safeText != 0 {
			o.buf = append(o.buf, v.str()...)
		} else {
			o.buf = appendEscaped(o.buf, v.str())
		}
	case kindInt:
		o.buf = appendInt(o.buf, v.int())
	default:
		s, err := f.text(v)
		if err != nil {
			f.throw(err, at)
		}
		o.buf = appendEscaped(o.buf, s)
	}
	f.grown()
}

// printIn writes a value into any other context.
func (f *frame) printIn(e *escaper, v value, at position) {
	if err := f.writeIn(e, v); err != nil {
		f.throw(err, at)
	}
	f.grown()
}

// writeIn adds a value to the output, escaped. Values that an escaper would
// not change skip it. What calls it must call grown.
func (r *run) writeIn(e *escaper, v value) error {
	if err := printable(v); err != nil {
		return err
	}
	o := r.out
	switch {
	case e.mode == escapeNothing:
		return nil
	case e.mode == escapeMarked && v.isMarkup() && !strings.ContainsAny(v.str(), `<>"'`+"\x00"):
		o.buf = append(o.buf, v.str()...)
		return nil
	case v.isMarkup() && v.safe&safeJS != 0 && keepsJSON[e.chain] && !strings.ContainsAny(v.str(), "'<>&"),
		v.safe&safeEscaped != 0 && strings.TrimSuffix(e.chain, singleQuoted) == "_jsvalescaper_attrescaper",
		e.mode == escapeName && v.safe&safeAttr != 0:
		o.buf = append(o.buf, v.str()...)
		return nil
	case e.mode == escapeName && (v.undefined() || v.kind == kindString && v.num == 0):
		return nil
	case e.ints && v.kind == kindInt:
		o.buf = appendInt(o.buf, v.int())
		return nil
	case e.mode == escapeURL && v.kind == kindString && !v.isMarkup() && plainURL(v.str()),
		e.mode == escapeQuery && v.kind == kindString && !v.isMarkup() && plainQuery(v.str()):
		o.buf = appendEscaped(o.buf, v.str())
		return nil
	case e.mode == escapeSrcdoc:
		s, err := r.text(v)
		if err != nil {
			return err
		}
		if !v.isMarkup() {
			s = escapeString(s)
		}
		o.buf = appendEscaped(o.buf, s)
		return nil
	}
	x, err := r.native(e, v)
	if err != nil {
		return err
	}
	return e.std.Execute(o, x)
}

// Write lets html/template write into the page.
func (o *output) Write(p []byte) (int, error) {
	o.buf = append(o.buf, p...)
	return len(p), nil
}

// printable refuses a strict undefined wherever it is printed.
func printable(v value) error {
	if v.kind == kindUndefined {
		return v.ref.(*undefined).use(undefinedPrint)
	}
	return nil
}

// native gives a value in the types that html/template's escapers know.
func (r *run) native(e *escaper, v value) (any, error) {
	if e.mode == escapeJS {
		switch {
		case v.kind == kindUndefined:
			return nil, nil
		case v.kind == kindString:
		case v.kind == kindObject:
		default:
			s, err := r.json(v, "") // html/template would hide an error in a comment
			return json.RawMessage(s), err
		}
	}
	s, err := r.text(v)
	if err != nil {
		return nil, err
	}
	switch {
	case v.safe&safeAttr != 0:
		return template.HTMLAttr(s), nil
	case v.safe&safeJS != 0:
		return template.JS(s), nil
	case v.safe&safeJSStr != 0:
		return template.JSStr(s), nil
	case v.safe&safeCSS != 0:
		return template.CSS(s), nil
	case v.safe&safeURL != 0:
		return template.URL(s), nil
	case v.safe&safeSrcset != 0:
		return template.Srcset(s), nil
	case v.isMarkup() && strings.Contains(e.chain, "_url"):
		return html.UnescapeString(s), nil // the attribute's value, as a browser would read it
	case v.isMarkup():
		return template.HTML(s), nil
	}
	return s, nil
}

// plainURL tells whether html/template's URL escapers leave s as it is, but
// for & as &amp;: it has no scheme but http and https, and no character that
// they change. A differential fuzz target compares the two.
func plainURL(s string) bool {
	rooted := false // a colon can no longer end a scheme
	if rest, ok := strings.CutPrefix(s, "https://"); ok {
		s, rooted = rest, true
	} else if rest, ok := strings.CutPrefix(s, "http://"); ok {
		s, rooted = rest, true
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '/':
			rooted = true
		case c == ':' && rooted:
		case c == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
		case !plainURLByte[c]:
			return false
		}
	}
	return true
}

func isHex(c byte) bool { return isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'f' }

// plainQuery tells whether s has unreserved characters only (RFC 3986 §2.3).
func plainQuery(s string) bool {
	for i := range len(s) {
		if c := s[i]; !plainURLByte[c] || strings.IndexByte("/?#=,;&@!$*", c) >= 0 {
			return false
		}
	}
	return true
}

var plainURLByte = func() (t [256]bool) {
	for _, c := range "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/?#=,;&@!$*" {
		t[c] = true
	}
	return t
}()
