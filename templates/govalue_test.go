package templates

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"iter"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"testing"
	"time"
)

type base struct {
	ID        int
	CreatedAt time.Time
}

type status int

func (s status) String() string { return [...]string{"draft", "live"}[s] }

type color string

type account struct {
	base
	*extra
	Name      string `json:"full_name,omitempty"`
	HTTPCode  uint16
	Tags      []string
	Meta      map[string]int
	Friend    *account
	Status    status
	Color     color
	Balance   float32
	Any       any
	Raw       []byte
	secret    string
	Skipped   string              `json:"-"`
	OnPublish func(string) string `json:"-"`
}

type extra struct{ Level int8 }

func (a *account) Greet(greeting string) string  { return greeting + " " + a.Name }
func (a account) IsAdmin() bool                  { return a.ID == 1 }
func (a account) Fail() (string, error)          { return "", errors.New("database is gone") }
func (a account) Sum(start int, more ...int) int { return start + len(more) }
func (a account) Each() iter.Seq[int]            { return slices.Values([]int{7, 8}) }
func (a account) Pairs() iter.Seq2[string, int]  { return maps.All(map[string]int{"k": 1}) }
func (a account) Nothing()                       {}

func TestGoValues(t *testing.T) {
	when := time.Date(2026, 2, 3, 4, 5, 6, 7000, time.UTC)
	a := &account{
		base: base{1, when}, Name: "Ada", HTTPCode: 404, Tags: []string{"x", "<y>"}, Meta: map[string]int{"b": 2, "a": 1},
		Status: 1, Color: "red", Balance: 1.5, Raw: []byte("raw"), secret: "s", OnPublish: strings.ToUpper,
	}
	a.Friend = &account{Name: "Bob"}
	var nobody *account
	data := map[string]any{
		"a": a, "v": *a, "nobody": nobody, "all": []account{*a, *a.Friend}, "ptrs": []*account{a, nil}, "ints": []int64{3, 1, 2}, "arr": [2]string{"p", "q"},
		"seq": slices.Values([]int{1, 2, 3}), "seq2": maps.All(map[string]int{"k": 1}), "byID": map[int]string{2: "two", 1: "one"},
		"u": uint64(math.MaxUint64), "err": errors.New("<e>"), "num": json.Number("12"), "fnum": json.Number("1.50"), "big": new(big.Int).Lsh(big.NewInt(1), 70),
		"d": 90 * time.Second, "day": when, "f32": float32(0.1), "i8": int8(-3), "color": color("blue"), "status": status(1), "rows": []map[string]any{{"k": 1}},
		"nilmap": map[string]int(nil), "nilslice": []int(nil), "nested": map[string]map[string]int{"x": {"y": 5}}, "fn": func(n int) int { return n * 2 },
		"pp": &[]int{1, 2}, "strs": map[string]string{"items": "mine", "k": "v"}, "chars": []rune("hé"), "iface": fmt.Stringer(status(0)),
	}
	for source, want := range map[string]string{
		"{{ a is sameas a }} {{ ints is sameas ints }} {{ ints is sameas chars }} {{ byID is sameas byID }} {{ rows[0] is sameas rows[0] }} {{ nested.x is sameas byID }} {{ ints is sameas ints[:2] }} {{ day is sameas day }}": "True True False True True False False True",
		`{{ a.Name }} {{ a.full_name }} {{ a.name }} {{ a["Name"] }}`:                                                                           "Ada Ada Ada Ada",
		`{{ v.Name }} {{ v.full_name }} {{ v.id }} {{ v.Level is defined }}`:                                                                    "Ada Ada 1 True",
		`{{ a.id }} {{ a.ID }} {{ a.created_at.year }} {{ a.CreatedAt.month }}`:                                                                 "1 1 2026 2",
		`{{ a.http_code }} {{ a.HTTPCode + 1 }} {{ a.balance * 2 }}`:                                                                            "404 405 3.0",
		`{{ a.secret }}|{{ a.Skipped }}|{{ a.level }}|{{ a.Any }}|{{ a.nope }}`:                                                                 "||None|None|",
		`{{ a.tags|join(",") }} {{ a.tags[1] }} {{ a.tags|length }} {{ a.tags }}`:                                                               "x,&lt;y&gt; &lt;y&gt; 2 [&#39;x&#39;, &#39;&lt;y&gt;&#39;]",
		`{{ a.meta.b }} {{ a.meta["a"] }} {% for k, v in a.meta.items() %}{{ k }}{{ v }}{% endfor %} {{ a.meta|dictsort|length }} {{ a.meta }}`: "2 1 a1b2 2 {&#39;a&#39;: 1, &#39;b&#39;: 2}",
		`{{ a.friend.name }} {{ a.friend.friend.name }}|{{ nobody.name }}|{{ nobody is none }}`:                                                 "Bob ||True",
		`{{ a.greet("Hi") }} {{ a.Greet("Yo") }} {{ a.is_admin() }} {{ a.sum(1) }}{{ a.sum(1, 2, 3) }} {{ a.on_publish("x") }}`:                 "Hi Ada Yo Ada True 13 X",
		`{{ a.status }} {{ a.status == 1 }} {{ a.status > 0 }} {{ a.color }} {{ a.color == "red" }} {{ a.color|upper }} {{ a.raw }}`:            "live True True red True RED raw",
		`{% for i in a.each() %}{{ i }}{{ loop.last }}{% endfor %}{% for k, v in a.pairs() %}{{ k }}{{ v }}{% endfor %} {{ a.nothing() }}`:      "7False8Truek1 None",
		`{% for x in all %}{{ x.name }}{{ x.greet("") }},{% endfor %}{% for p in ptrs %}{{ p.name }}{{ p is none }},{% endfor %}`:               "Ada Ada,Bob Bob,AdaFalse,True,",
		`{{ all|map(attribute="name")|join(" ") }} {{ all|selectattr("id")|list|length }} {{ all|sort(attribute="id")|first == all[1] }}`:       "Ada Bob 1 True",
		`{{ ints|sort }} {{ ints|sum }} {{ ints[0] }} {{ ints[-1] }} {{ ints[1:] }} {{ 3 in ints }} {{ ints + [4] }} {{ ints == [3, 1, 2] }}`:   "[1, 2, 3] 6 3 2 [1, 2] True [3, 1, 2, 4] True",
		`{{ ints * 2 }} {{ 2 * pp }} {{ ints * -1 }} {{ "abc" % ints }} {{ "abc" % nope }}`:                                                     "[3, 1, 2, 3, 1, 2] [1, 2, 1, 2] [] abc abc",
		`{{ arr|join }}{{ arr[1] }}{{ arr|length }}`:                                                                                            "pqq2",
		`{% for i in seq %}{{ i }}{% endfor %}{{ seq|list }}{% for k, v in seq2 %}{{ k }}{{ v }}{% endfor %}{{ seq is iterable }}`:              "123[1, 2, 3]k1True",
		`{{ byID[1] }} {{ byID }} {% for k in byID %}{{ k }}{% endfor %} {{ byID.get(9, "none") }}`:                                             "one {1: &#39;one&#39;, 2: &#39;two&#39;} 12 none",
		`{{ u }} {{ u + 1 }} {{ big }} {{ i8 }} {{ num + 1 }} {{ fnum }}`:                                                                       "18446744073709551615 18446744073709551616 1180591620717411303424 -3 13 1.5",
		`{{ err }} {{ d }} {{ day.strftime("%Y-%m-%d %H:%M:%S.%f %% %-d %Q") }} {{ day.isoformat() }} {{ day.Format("Jan 2") }}`:                "&lt;e&gt; 1m30s 2026-02-03 04:05:06.000007 % 3 %Q 2026-02-03T04:05:06.000007+00:00 Feb 3",
		`{{ day < day }} {{ day == day }} {{ a.created_at == day }} {{ "{:%d.%m.%Y}".format(day) }}`:                                            "False True True 03.02.2026",
		`{{ color }} {{ color == "blue" }} {{ status }} {{ [status]|map("string")|join }} {{ color is string }}`:                                "blue True live live True",
		`{% for r in rows %}{{ r.k }}{{ r.get("z", 0) }}{% endfor %}`:                                                                           "10",
		`{{ nilmap|length }}{{ nilslice|length }}{{ "x" if nilmap else "empty" }}{{ nested.x.y }}`:                                              "00empty5",
		`{{ fn(4) }} {{ [1, 2]|map("string")|list|length }} {{ fn is callable }} {{ pp|join }} {{ pp[0] }}`:                                     "8 2 True 12 1",
		`{{ strs.k }} {{ strs["items"] }} {{ strs.items is callable }} {{ chars }} {{ iface }}`:                                                 "v mine True [104, 233] draft",
		`{{ a.base is defined }}|{{ {"x": a}.x.name }}|{{ a is mapping }}|{{ a.tags is sequence }}|{{ a.meta is mapping }}`:                     "False|Ada|False|True|True",
		`{{ [a.created_at, day]|unique|list|length }}`:                                                                                          "1",
		`{{ all|tojson|length > 10 }} {{ a.tags|tojson }} {{ a.meta|tojson }} {{ day|tojson }} {{ rows|tojson }}`:                               `True ["x", "\u003cy\u003e"] {"a": 1, "b": 2} "2026-02-03T04:05:06.000007Z" [{"k": 1}]`,
	} {
		tm, err := New(Config{}).FromString(source)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := tm.RenderString(data); err != nil || got != want {
			t.Errorf("%s\n got %s (%v)\nwant %s", source, got, err, want)
		}
	}
}

type component struct{ err error }

func (c component) Render(ctx context.Context, w io.Writer) error {
	_, _ = io.WriteString(w, "<b title='a'>bold</b>")
	return c.err
}

func TestComponentFunc(t *testing.T) {
	std := template.Must(template.New("").Parse(`<b>{{.}}</b>`))
	of := func(t *template.Template, data any) ComponentFunc {
		return func(_ context.Context, w io.Writer) error { return t.Execute(w, data) }
	}
	data := map[string]any{"c": of(std, "<x>"), "none": ComponentFunc(nil)}
	got := renderString(t, Config{}, `<i>{{ c }}</i>{{ none is none }}<p title="{{ c }}">{{ [c][0] }}`, data)
	if want := `<i><b>&lt;x&gt;</b></i>True<p title="&lt;x&gt;"><b>&lt;x&gt;</b>`; got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	broken := template.Must(template.New("").Parse(`{{template "nothing"}}`))
	if e := renderError(t, Config{}, "{{ c }}", map[string]any{"c": of(broken, nil)}); e.Kind != ErrRuntime {
		t.Errorf("%v", e)
	}
}

func TestComponentsRenderThemselves(t *testing.T) {
	data := map[string]any{"c": component{}, "p": &component{}}
	for source, want := range map[string]string{
		"{{ c }}{{ p }}": "<b title='a'>bold</b><b title='a'>bold</b>",
		"{% autoescape false %}{{ c }}{% endautoescape %}": "<b title='a'>bold</b>",
		`<p title="{{ c }}">`:                              `<p title="bold">`,
	} {
		if got := renderString(t, Config{}, source, data); got != want {
			t.Errorf("%s: %s", source, got)
		}
	}
	failed := errors.New("no data")
	if e := renderError(t, Config{}, "{{ c }}", map[string]any{"c": component{failed}}); !errors.Is(e, failed) {
		t.Errorf("%v", e)
	}
}

func TestDataOfAnyKind(t *testing.T) {
	type page struct {
		Title string
		User  *account `json:"who"`
	}
	p := page{"T", &account{Name: "Ada"}}
	type named map[string]any
	for _, data := range []any{p, &p, named{"title": "T", "who": p.User}, map[string]any{"title": "T", "who": p.User}} {
		if got := renderString(t, Config{}, "{{ title }}{{ who.name }}{{ nope }}", data); got != "TAda" {
			t.Errorf("%T: %q", data, got)
		}
	}
	if got := renderString(t, Config{}, "{{ k }}", map[string]string{"k": "v"}); got != "v" {
		t.Errorf("map of strings: %q", got)
	}
	var none *page
	if got := renderString(t, Config{}, "[{{ title }}]", none); got != "[None]" {
		t.Errorf("nil pointer: %q", got)
	}
}

func TestSnakeCase(t *testing.T) {
	for name, want := range map[string]string{
		"Name": "name", "CreatedAt": "created_at", "UserID": "user_id", "ID": "id", "HTTPServer": "http_server", "A": "a", "V2Beta": "v2_beta", "IPv6": "i_pv6", "URLs": "ur_ls",
	} {
		if got := snakeCase(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

func TestMethodErrorsAbort(t *testing.T) {
	e := renderError(t, Config{}, "a\n  {{ a.fail() }}", map[string]any{"a": account{}})
	if e.Line != 2 || e.Message != "database is gone" || e.Cause == nil || e.Cause.Error() != "database is gone" {
		t.Errorf("%v", e)
	}
}

func TestChannelsAreNotPrinted(t *testing.T) {
	for _, source := range []string{"\n{{ c }}", "\n{{ [c] }}", "\n{{ c|string }}", "\n{{ c ~ 1 }}", "\n{{ f + 1 }}", "\n{% for x in c %}{% endfor %}"} {
		e := renderError(t, Config{}, source, map[string]any{"c": make(chan int), "f": func() {}})
		if e.Line != 2 || !strings.Contains(e.Message, "chan int") && !strings.Contains(e.Message, "function") {
			t.Errorf("%q: %v", source, e)
		}
	}
}

func TestPanicsOfTheApplicationStayPanics(t *testing.T) {
	tm, err := New(Config{Globals: map[string]any{"boom": func() string { panic("boom") }}}).FromString("{{ boom() }}")
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if r := recover(); r != "boom" {
			t.Errorf("recovered %v", r)
		}
	}()
	_, _ = tm.RenderString(nil)
}

// A pairs is a Mapping.
type pairs []string

func (p pairs) Keys() []string { return p }
func (p pairs) Attribute(name string) (any, bool) {
	i := slices.Index(p, name)
	return i, i >= 0
}
func (p pairs) Get(name string) string { return "got " + name }

func TestMappingsOfGo(t *testing.T) {
	data := map[string]any{"p": pairs{"b", "get", "a", "values"}, "none": pairs{}}
	for source, want := range map[string]string{
		`{% for k in p %}{{ k }} {% endfor %}{{ p|length }}{{ "a" in p }}{{ "x" in p }}`:                                      "b get a values 4TrueFalse",
		`{% for k, v in p.items() %}{{ k }}={{ v }} {% endfor %}{{ p.values() }}`:                                             "b=0 get=1 a=2 values=3 [0, 1, 2, 3]",
		`{{ p.a }}{{ p["b"] }}{{ p.get("x") }}{{ p["get"] }}{{ p.x is defined }}{{ p["x"] is defined }}`:                      "20got x1FalseFalse",
		`{{ p }}{{ p|tojson }}{{ "full" if p }}{{ "full" if none_ }}{{ dict(p) == {"b": 0, "get": 1, "a": 2, "values": 3} }}`: "{&#39;b&#39;: 0, &#39;get&#39;: 1, &#39;a&#39;: 2, &#39;values&#39;: 3}{\"a\": 2, \"b\": 0, \"get\": 1, \"values\": 3}fullTrue",
	} {
		if got := renderString(t, Config{}, source, data); got != want {
			t.Errorf("%s\n got %s\nwant %s", source, got, want)
		}
	}
}
