package binding

import (
	"strings"
	"unicode/utf8"
	"unsafe"

	"github.com/dewar-go/dewar/gateway"
)

const (
	jsonMedia = "application/json"
	formMedia = "application/x-www-form-urlencoded"

	multipartMedia = "multipart/form-data"
)

// shareLimit is how large a body may be for its strings to be parts of it: one
// allocation instead of many. A string that is kept then keeps the whole body
// alive, which is little up to here; from a larger one strings are copied.
const shareLimit = 8 << 10

// bindTexts fills what does not come from the body.
func (p *Plan) bindTexts(d *decoder, at unsafe.Pointer, in Input, seen, bad *slots) error {
	s := p.root
	if !p.sources[Path] && !p.sources[Query] && !p.sources[Header] && !p.sources[Cookie] {
		return nil
	}
	for i := range s.fields {
		f := &s.fields[i]
		switch f.source {
		case JSON, Form, File:
			continue
		}
		if f.list == nil {
			if text, ok := in.Lookup(f.source, f.name); ok {
				d.single(unsafe.Add(at, f.offset), f, text, seen, bad)
			}
			continue
		}
		d.texts = d.texts[:0]
		for text := range in.All(f.source, f.name) {
			d.texts = append(d.texts, text)
		}
		d.repeated(unsafe.Add(at, f.offset), f, seen, bad)
	}
	if s.strict && p.sources[Query] {
		d.strangers(s, Query, in.Names(Query))
	}
	return nil
}

// single fills a field from one value. hot path
func (d *decoder) single(p unsafe.Pointer, f *field, text string, seen, bad *slots) {
	if text == "" && f.hint {
		return
	}
	seen.add(f.slot)
	if r := f.text(p, text); r != nil {
		bad.add(f.slot)
		d.refuseText(f, r, text)
	}
}

// repeated fills a slice from the values in d.texts.
func (d *decoder) repeated(p unsafe.Pointer, f *field, seen, bad *slots) {
	if len(d.texts) == 0 {
		return
	}
	seen.add(f.slot)
	texts := d.texts
	if f.csv {
		var split []string
		for _, text := range texts {
			split = splitList(split, text)
		}
		texts = split
	}
	if i, r := f.list(p, texts); r != nil {
		bad.add(f.slot)
		d.refuseText(f, r, texts[i])
	}
}

func (d *decoder) refuseText(f *field, r *refusal, text string) {
	if !d.full() {
		d.add(Mistake{Parameter: f.name, Location: f.source.location(), Code: r.code, Message: d.tell(r.message(quote(text), f.secret))})
	}
}

// strangers notes the names that no field asks for.
func (d *decoder) strangers(s *structPlan, from Source, names func(yield func(string) bool)) {
	known := map[string]bool{}
	for i := range s.fields {
		if s.fields[i].source == from {
			known[s.fields[i].name] = true
		}
	}
	for name := range names {
		if !known[name] && !d.full() {
			known[name] = true // tell once
			d.add(Mistake{Parameter: crop(name), Location: from.location(), Code: "unknown", Message: d.tell(stranger(s, from, name))})
		}
	}
}

// bindBody fills what comes from the body.
func (p *Plan) bindBody(d *decoder, at unsafe.Pointer, in Input, seen, bad *slots) error {
	wanted, from := jsonMedia, JSON
	switch {
	case p.sources[JSON]:
	case p.sources[File]:
		wanted, from = multipartMedia, File
	case p.sources[Form]:
		wanted, from = formMedia, Form
	default:
		return nil
	}
	given := in.MediaType()
	if from != JSON && isMultipart(given) {
		return p.bindMultipart(d, at, in, seen, bad)
	}
	if given != "" && !mediaMatches(given, from) {
		return unsupported(wanted, given)
	}
	body, err := in.Body(p.config.MaxBody)
	if err != nil {
		return err
	}
	if len(body) == 0 {
		return p.empty(from)
	}
	if given == "" {
		return unsupported(wanted, given)
	}
	if from == Form {
		return p.bindURLEncoded(d, at, textOfBody(body), seen, bad)
	}
	if !utf8.Valid(body) {
		return fault(400, say("The JSON is malformed at byte %d, which is not UTF-8 (RFC 8259 §8.1).", invalidUTF8(body)))
	}
	d.scanner.text = textOfBody(body)
	d.share = len(body) <= shareLimit
	ok := false
	if p.whole != nil {
		ok = d.content(at, p.whole)
	} else {
		ok = d.document(at, p.root, seen, bad)
	}
	if !ok {
		return d.err
	}
	return nil
}

// textOfBody lends the bytes, which nobody writes to any more, as a string.
func textOfBody(body []byte) string { return unsafe.String(unsafe.SliceData(body), len(body)) }

func invalidUTF8(body []byte) int {
	at := 0
	for at < len(body) {
		r, size := utf8.DecodeRune(body[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// mediaMatches reports whether a Content-Type is what fields of that source need:
// for JSON also any with the suffix +json (RFC 6839 §3.1).
func mediaMatches(contentType string, from Source) bool {
	media, _, _ := strings.Cut(contentType, ";")
	media = strings.Trim(media, " \t")
	switch from {
	case Form:
		return gateway.EqualFold(media, formMedia)
	case File:
		return false // isMultipart has been asked
	}
	if gateway.EqualFold(media, jsonMedia) {
		return true
	}
	n := len(media) - len("+json")
	return n > 0 && strings.IndexByte(media, '/') > 0 && gateway.EqualFold(media[n:], "+json")
}

// unsupported is the refusal of a media type (RFC 9110 §15.5.16).
func unsupported(wanted, given string) error {
	came := say("the request does not name its Content-Type")
	if given != "" {
		came = say("the Content-Type is %s", crop(given))
	}
	e := fault(415, say("The content must be %s, but %s.", wanted, came))
	e.Accept = wanted
	return e
}

// empty answers a request without content: fine where nothing of it is required.
func (p *Plan) empty(from Source) error {
	if p.whole != nil {
		return fault(400, say("The request has no content, but JSON is expected."))
	}
	for i := range p.root.fields {
		if f := &p.root.fields[i]; f.source == from && f.required {
			if from == JSON {
				return fault(400, say("The request has no content, but a JSON object is expected, with %s at least.", f.name))
			}
			return nil // a form that was sent without input: each field is told
		}
	}
	return nil
}

func tooManyFields(most int) error {
	return fault(413, say("The form has more than %d fields.", most))
}
