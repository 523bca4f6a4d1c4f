package micro

import (
	"bytes"
	"io"
	"strconv"
	"sync"
)

// What somebody would write who wants these pages and nothing else: strings into
// a buffer that is used again, values escaped byte by byte.

var handBuffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

func byHand(page string, d *pageData) (render, error) {
	write := map[string]func(*bytes.Buffer, *pageData){"fortunes": handFortunes, "table": handTable, "layout": handLayout}[page]
	return func(w io.Writer) error {
		b := handBuffers.Get().(*bytes.Buffer)
		defer handBuffers.Put(b)
		b.Reset()
		write(b, d)
		_, err := w.Write(b.Bytes())
		return err
	}, nil
}

func escapeTo(b *bytes.Buffer, s string) {
	last := 0
	for i := range len(s) {
		var e string
		switch s[i] {
		case '&':
			e = "&amp;"
		case '<':
			e = "&lt;"
		case '>':
			e = "&gt;"
		case '"':
			e = "&#34;"
		case '\'':
			e = "&#39;"
		default:
			continue
		}
		b.WriteString(s[last:i])
		b.WriteString(e)
		last = i + 1
	}
	b.WriteString(s[last:])
}

func intTo(b *bytes.Buffer, n int) { b.Write(strconv.AppendInt(b.AvailableBuffer(), int64(n), 10)) }

func handFortunes(b *bytes.Buffer, d *pageData) {
	b.WriteString(`<!DOCTYPE html><html><head><title>Fortunes</title></head><body><table><tr><th>id</th><th>message</th></tr>`)
	for i := range d.Messages {
		m := &d.Messages[i]
		b.WriteString("<tr><td>")
		intTo(b, m.ID)
		b.WriteString("</td><td>")
		escapeTo(b, m.Message)
		b.WriteString("</td></tr>")
	}
	b.WriteString("</table></body></html>")
}

func handTable(b *bytes.Buffer, d *pageData) {
	b.WriteString("<table>")
	for i := range d.Users {
		u := &d.Users[i]
		b.WriteString(`<tr class="`)
		if i%2 == 0 {
			b.WriteString("odd")
		} else {
			b.WriteString("even")
		}
		b.WriteString(`"><td>`)
		intTo(b, u.ID)
		b.WriteString("</td><td>")
		escapeTo(b, u.Name)
		b.WriteString("</td><td>")
		escapeTo(b, u.Email)
		b.WriteString("</td><td>")
		intTo(b, u.Score)
		b.WriteString("</td></tr>")
	}
	b.WriteString("</table>")
}

func handField(b *bytes.Buffer, name, value, kind string) {
	b.WriteString("<label>")
	escapeTo(b, name)
	b.WriteString(` <input type="`)
	escapeTo(b, kind)
	b.WriteString(`" name="`)
	escapeTo(b, name)
	b.WriteString(`" value="`)
	escapeTo(b, value)
	b.WriteString(`"></label>`)
}

func handLayout(b *bytes.Buffer, d *pageData) {
	b.WriteString("<!DOCTYPE html><html><head><title>")
	escapeTo(b, d.Title)
	b.WriteString(` - Site</title></head><body><nav><a href="/">home</a>`)
	if d.User.Admin {
		b.WriteString(`<a href="/admin">admin</a>`)
	}
	b.WriteString(`<span title="`)
	escapeTo(b, d.User.Name)
	b.WriteString(`">`)
	escapeTo(b, d.User.Name)
	b.WriteString(`</span></nav><main><h1>`)
	escapeTo(b, d.Title)
	b.WriteString("</h1><form>")
	for i := range d.Users {
		handField(b, d.Users[i].Name, d.Users[i].Email, "text")
	}
	b.WriteString(`</form></main><footer>the end</footer></body></html>`)
}
