package form

import (
	"io"
	"strings"
)

// A Form is a whole form. Close it.
type Form struct {
	Fields []Pair    // in the order in which they came
	Files  []*Upload // likewise, also those that the user left empty

	spool spool
}

// Read reads a whole form of multipart/form-data from r, which it closes. Whatever
// the error, nothing is left behind. Fields that are not UTF-8 have U+FFFD for what is
// wrong: the browser was told another charset.
func Read(r *Reader, limits Limits) (f *Form, err error) {
	defer r.Close()
	l := limits.withDefaults()
	f = &Form{spool: spool{folder: l.Folder}}
	defer func() {
		if err != nil {
			f.Close()
			f = nil
		}
	}()
	fields, files := l.MaxMemory*together, l.SpoolSize*together // that may still be in memory
	for {
		p, err := r.NextPart()
		if err == io.EOF {
			return f, nil
		}
		if err != nil {
			return f, err
		}
		if p.IsFile {
			u, err := readFile(p, min(l.SpoolSize, files), &f.spool)
			if err != nil {
				return f, err
			}
			files -= int64(len(u.content))
			f.Files = append(f.Files, u)
			continue
		}
		value, err := readField(p, min(l.MaxMemory, fields))
		if err != nil {
			return f, err
		}
		fields -= int64(len(value))
		f.Fields = append(f.Fields, Pair{p.Name, value})
	}
}

// readField reads a field of at most most bytes.
func readField(p *Part, most int64) (string, error) {
	var b strings.Builder
	_, err := p.WriteTo(&bounded{&b, most})
	if err == errBounded {
		err = &LimitError{"the field " + crop(p.Name) + " is too large"}
	}
	return strings.ToValidUTF8(b.String(), "\uFFFD"), err
}

// crop keeps messages short.
func crop(s string) string {
	const most = 60
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

// Close closes the uploads, and their temporary file is gone.
func (f *Form) Close() error { return f.spool.close() }
