package binding

import (
	"slices"
	"strings"
	"unsafe"

	"github.com/dewar-go/dewar/framework/form"
	"github.com/dewar-go/dewar/gateway"
)

// bindURLEncoded fills the form fields from an urlencoded form. Its strings are
// parts of text, which a field that is kept would keep alive: those of a large one
// are copied.
func (p *Plan) bindURLEncoded(d *decoder, at unsafe.Pointer, text string, seen, bad *slots) error {
	pairs, ok := form.Parse(text, p.config.MaxFields)
	if !ok {
		return tooManyFields(p.config.MaxFields)
	}
	if len(text) > shareLimit {
		for i, pair := range pairs {
			pairs[i] = form.Pair{Name: pair.Name, Value: strings.Clone(pair.Value)}
		}
	}
	p.bindPairs(d, at, pairs, seen, bad)
	return nil
}

// bindMultipart fills form and file fields.
func (p *Plan) bindMultipart(d *decoder, at unsafe.Pointer, in Input, seen, bad *slots) error {
	f, err := in.Multipart()
	if err != nil {
		return err
	}
	if len(f.Fields) > p.config.MaxFields {
		return tooManyFields(p.config.MaxFields)
	}
	p.bindPairs(d, at, f.Fields, seen, bad)
	for i := range p.root.fields {
		if file := &p.root.fields[i]; file.source == File {
			bindFiles(unsafe.Add(at, file.offset), file, f.Files, seen)
		}
	}
	if p.root.strict {
		d.strangers(p.root, File, func(yield func(string) bool) {
			for _, u := range f.Files {
				if !u.Empty() && !yield(u.Name) {
					return
				}
			}
		})
	}
	return nil
}

// bindFiles fills a field with the files of its name that the user chose.
func bindFiles(at unsafe.Pointer, f *field, files []*form.Upload, seen *slots) {
	for _, u := range files {
		if u.Name != f.name || u.Empty() {
			continue
		}
		seen.add(f.slot)
		if f.typ == uploadType {
			*(**form.Upload)(at) = u
			return
		}
		list := (*[]*form.Upload)(at)
		*list = append(*list, u)
	}
}

// bindPairs fills the form fields.
func (p *Plan) bindPairs(d *decoder, at unsafe.Pointer, pairs []form.Pair, seen, bad *slots) {
	s := p.root
	d.form = pairs
	for i := range s.fields {
		f := &s.fields[i]
		if f.source != Form {
			continue
		}
		d.texts = d.texts[:0]
		for _, pair := range pairs {
			if pair.Name == f.name {
				d.texts = append(d.texts, pair.Value)
				if f.list == nil {
					break
				}
			}
		}
		switch {
		case f.list != nil:
			d.repeated(unsafe.Add(at, f.offset), f, seen, bad)
		case len(d.texts) > 0:
			d.single(unsafe.Add(at, f.offset), f, d.texts[0], seen, bad)
		}
	}
	if s.strict {
		d.strangers(s, Form, func(yield func(string) bool) {
			for _, pair := range pairs {
				if !yield(pair.Name) {
					return
				}
			}
		})
	}
}

// shown leaves out the pairs of secret fields.
func (p *Plan) shown(pairs []form.Pair) []form.Pair {
	secret := func(pair form.Pair) bool {
		return slices.ContainsFunc(p.root.fields, func(f field) bool { return f.secret && f.source == Form && f.name == pair.Name })
	}
	if !slices.ContainsFunc(pairs, secret) {
		return pairs
	}
	return slices.DeleteFunc(slices.Clone(pairs), secret) // the request's own stay
}

// isMultipart reports whether a Content-Type is that of a form with files.
func isMultipart(contentType string) bool {
	media, _, _ := strings.Cut(contentType, ";")
	return gateway.EqualFold(strings.Trim(media, " \t"), multipartMedia)
}
