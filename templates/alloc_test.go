package templates

import (
	"io"
	"math"
	"strconv"
	"strings"
	"testing"
)

// Rendering allocates a little for each page and nothing for each row.
func TestAllocations(t *testing.T) {
	env := New(Config{Loader: Map{
		"rows.html": `<table>{% for r in rows %}<tr class="{% if loop.index is odd %}a{% else %}b{% endif %}"><td>{{ r.id }}</td><td title="{{ r.name }}">{{ r.email }}</td>` +
			`<td><a href="/users/{{ r.id }}">{{ r.score }}</a></td></tr>{% if r.score > 500 and not loop.last %}!{% endif %}{% endfor %}</table>`,
		"macro.html":   `{% macro cell(x, cls="c") %}<td class="{{ cls }}">{{ x }}</td>{% endmacro %}{% for r in rows %}{{ cell(r.name) }}{{ cell(r.id, cls="n") }}{% endfor %}`,
		"strings.html": `{% for s in names %}{{ s }}{% endfor %}`,
		"maps.html":    `{% for m in maps %}{{ m.a }}{{ m["b"] }}{% endfor %}`,
	}})
	for _, page := range []string{"rows.html", "macro.html", "strings.html", "maps.html"} {
		measure := func(n int) float64 {
			var names []string
			var maps []map[string]any
			rows := tableRows(n)
			for _, r := range rows {
				names = append(names, r.Name)
				maps = append(maps, map[string]any{"a": r.ID, "b": r.Name})
			}
			data := map[string]any{"rows": rows, "names": names, "maps": maps}
			return testing.AllocsPerRun(20, func() {
				if err := env.Render(io.Discard, page, data); err != nil {
					t.Fatal(err)
				}
			})
		}
		few, many := measure(10), measure(500)
		// the pool of renderings may be emptied now and then: by the collector,
		// and at random under the race detector
		const refill = 25
		if many > few+refill {
			t.Errorf("%s: %v allocations for 10 rows, %v for 500", page, few, many)
		}
		if few > 12+refill {
			t.Errorf("%s: %v allocations for 10 rows", page, few)
		}
	}
}

func TestEscapingAllocatesNothing(t *testing.T) {
	buf := make([]byte, 0, 1024)
	s := `a longer text with <b>markup</b> & "quotes" and 'more'`
	if n := testing.AllocsPerRun(100, func() { buf = appendEscaped(buf[:0], s) }); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestAppendEscaped(t *testing.T) {
	for _, c := range []string{"", "a", "&", "<>\"'&", "abcdefg<", "abcdefgh<", "12345678>9", "\x00\x7f\x80\xff", "ää<öö", "!#$%()*+,-./:;=?@[]^_`{|}~", "\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\""} {
		want := ""
		for i := range len(c) {
			switch c[i] {
			case '&':
				want += "&amp;"
			case '<':
				want += "&lt;"
			case '>':
				want += "&gt;"
			case '"':
				want += "&#34;"
			case '\'':
				want += "&#39;"
			default:
				want += c[i : i+1]
			}
		}
		for _, prefix := range []string{"", "x", "0123456", "01234567"} {
			if got := string(appendEscaped(nil, prefix+c)); got != prefix+want {
				t.Errorf("%q: %q", prefix+c, got)
			}
		}
	}
	// every byte, at every place of texts of every short length
	for n := range 80 {
		text := []byte(strings.Repeat("a", n))
		for i := range n {
			for c := range 256 {
				text[i] = byte(c)
				want := n
				if c < 64 && specialSet>>c&1 != 0 {
					want = i
				}
				if got := firstSpecial(string(text)); got != want {
					t.Fatalf("%q: %d, want %d", text, got, want)
				}
				escaped := string(text)
				if want < n {
					escaped = string(text[:i]) + special[c] + string(text[i+1:])
				}
				// neither what is there nor what lies behind is touched
				room := append(make([]byte, 0, 100), "before|after|"...)
				if got := appendEscaped(room[:7:7+len(escaped)], string(text)); string(got) != "before|"+escaped {
					t.Fatalf("%q: %q", text, got)
				}
			}
			text[i] = 'a'
		}
	}
}

func TestAppendInt(t *testing.T) {
	for _, n := range []int64{0, 9, 10, 99, 100, 999, 1000, 9999, 10000, 123456789, math.MaxInt64, -1, -10, math.MinInt64} {
		if got := string(appendInt(nil, n)); got != strconv.FormatInt(n, 10) {
			t.Errorf("%d: %s", n, got)
		}
	}
}
