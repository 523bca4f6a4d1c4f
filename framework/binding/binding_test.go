package binding

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net/netip"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"

	"github.com/dewar-go/dewar/framework/form"
	"github.com/dewar-go/dewar/gateway"
)

// request is an Input whose parameters are written as source name=value.
type request struct {
	params []string
	media  string
	body   string

	language string
}

func (r request) All(from Source, name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range r.params {
			if v, ok := strings.CutPrefix(p, from.String()+" "+name+"="); ok && !yield(v) {
				return
			}
		}
	}
}

func (r request) Lookup(from Source, name string) (string, bool) {
	for v := range r.All(from, name) {
		return v, true
	}
	return "", false
}

func (r request) Names(from Source) iter.Seq[string] {
	return func(yield func(string) bool) {
		for _, p := range r.params {
			source, pair, _ := strings.Cut(p, " ")
			name, _, _ := strings.Cut(pair, "=")
			if source == from.String() && !yield(name) {
				return
			}
		}
	}
}

func (r request) MediaType() string {
	if r.media == "" && r.body != "" {
		return jsonMedia
	}
	return r.media
}

func (r request) Body(limit int64) ([]byte, error) {
	if int64(len(r.body)) > limit {
		return nil, &Error{Status: 413}
	}
	return []byte(r.body), nil
}

func (r request) Language() string { return r.language }

func (r request) Multipart() (*form.Form, error) {
	reader, err := form.NewReader(strings.NewReader(r.body), r.media, form.DefaultMaxParts)
	if err != nil {
		return nil, err
	}
	return form.Read(reader, form.Limits{})
}

func body(s string) request { return request{body: s} }

func formOf(s string) request { return request{body: s, media: formMedia} }

func query(pairs ...string) request {
	for i := range pairs {
		pairs[i] = "query " + pairs[i]
	}
	return request{params: pairs}
}

// plan compiles T or fails the test.
func plan[T any](t testing.TB, config Config) *Plan {
	t.Helper()
	b, err := New(config)
	if err != nil {
		t.Fatal(err)
	}
	p, err := b.Plan(reflect.TypeFor[T]())
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// bind fills a T and returns what is wrong, a mistake a line.
func bind[T any](t testing.TB, in request) (T, string) {
	t.Helper()
	return bindWith[T](t, Config{}, in)
}

func bindWith[T any](t testing.TB, config Config, in request) (out T, wrong string) {
	t.Helper()
	err := plan[T](t, config).Bind(&out, in)
	var e *Error
	if err == nil {
		return out, ""
	}
	if !errors.As(err, &e) {
		t.Fatal(err)
	}
	lines := []string{}
	if e.Status != 422 {
		lines = append(lines, fmt.Sprint(e.Status, " ", e.Detail))
	}
	for _, m := range e.Mistakes {
		lines = append(lines, m.Code+": "+m.String())
	}
	return out, strings.Join(lines, "\n")
}

func TestCoercion(t *testing.T) {
	type texts struct {
		I8   int8          `query:"i8"`
		I16  int16         `query:"i16"`
		I32  int32         `query:"i32"`
		I    int           `query:"i"`
		U8   uint8         `query:"u8"`
		U    uint64        `query:"u"`
		F32  float32       `query:"f32"`
		F    float64       `query:"f"`
		B    bool          `query:"b"`
		S    string        `query:"s"`
		T    time.Time     `query:"t"`
		Day  time.Time     `query:"day" layout:"2006-01-02"`
		D    time.Duration `query:"d"`
		IP   netip.Addr    `query:"ip"`
		P    *int          `query:"p"`
		O    Opt[int]      `query:"o"`
		L    []int         `query:"l"`
		CSV  []string      `query:"csv,csv"`
		Raw  []byte        `query:"raw"`
		Days []time.Time   `query:"days" layout:"2006-01-02"`
	}
	for _, test := range []struct{ param, field, want, wrong string }{
		{"i8=-128", "I8", "-128", ""},
		{"i8=128", "", "", `range: query i8 expected an integer from -128 to 127, got "128"`},
		{"i8=-129", "", "", `range: query i8 expected an integer from -128 to 127, got "-129"`},
		{"i16=32768", "", "", `range: query i16 expected an integer from -32768 to 32767, got "32768"`},
		{"i32=2147483647", "I32", "2147483647", ""},
		{"i=9223372036854775807", "I", "9223372036854775807", ""},
		{"i=9223372036854775808", "", "", `range: query i expected an integer from -9223372036854775808 to 9223372036854775807, got "9223372036854775808"`},
		{"i=1.5", "", "", `type: query i expected an integer, got "1.5"`},
		{"i=0x10", "", "", `type: query i expected an integer, got "0x10"`},
		{"i=1_000", "", "", `type: query i expected an integer, got "1_000"`},
		{"i= 1", "", "", `type: query i expected an integer, got " 1"`},
		{"u8=255", "U8", "255", ""},
		{"u8=256", "", "", `range: query u8 expected an integer from 0 to 255, got "256"`},
		{"u8=-1", "", "", `range: query u8 expected an integer from 0 to 255, got "-1"`},
		{"u=18446744073709551615", "U", "18446744073709551615", ""},
		{"u=x", "", "", `type: query u expected an integer, got "x"`},
		{"f32=1e39", "", "", `range: query f32 expected a number that 32 bits hold, got "1e39"`},
		{"f=1e3", "F", "1000", ""},
		{"f=NaN", "", "", `type: query f expected a number, got "NaN"`},
		{"f=0x1p-2", "", "", `type: query f expected a number, got "0x1p-2"`},
		{"f=1e999", "", "", `range: query f expected a number that 64 bits hold, got "1e999"`},
		{"b=on", "B", "true", ""},
		{"b=FALSE", "B", "false", ""},
		{"b=2", "", "", `type: query b expected true or false, got "2"`},
		{"s=", "S", "", ""},
		{"t=2024-12-31T23:59:58Z", "T", "2024-12-31 23:59:58 +0000 UTC", ""},
		{"t=2024-12-31", "", "", `type: query t expected a time such as 2024-12-31T23:59:58Z, got "2024-12-31"`},
		{"day=2024-12-31", "Day", "2024-12-31 00:00:00 +0000 UTC", ""},
		{"d=1h30m", "D", "1h30m0s", ""},
		{"d=90", "", "", `type: query d expected a duration such as 1h30m or 250ms, got "90"`},
		{"ip=::1", "IP", "::1", ""},
		{"ip=x", "", "", `type: query ip expected a valid Addr, got "x" (ParseAddr("x"): unable to parse IP)`},
		{"o=7", "O", "{7 true false}", ""},
		{"o=", "O", "{0 false false}", ""}, // an input that was left empty
		{"l=1", "L", "[1]", ""},
		{"l=x", "", "", `type: query l expected an integer, got "x"`},
		{"csv=a, b,c", "CSV", "[a b c]", ""},
		{"raw=abc", "Raw", "[97 98 99]", ""},
		{"days=2024-12-31", "Days", "[2024-12-31 00:00:00 +0000 UTC]", ""},
	} {
		out, wrong := bind[texts](t, query(test.param))
		if wrong != test.wrong {
			t.Errorf("%s: %q, want %q", test.param, wrong, test.wrong)
		}
		if test.field == "" {
			continue
		}
		if got := fmt.Sprint(reflect.ValueOf(out).FieldByName(test.field).Interface()); got != test.want {
			t.Errorf("%s: %s, want %s", test.param, got, test.want)
		}
	}
	out, _ := bind[texts](t, query("l=1", "l=2", "p=3", "i=4", "i=5"))
	if !slices.Equal(out.L, []int{1, 2}) || out.P == nil || *out.P != 3 || out.I != 4 {
		t.Errorf("%+v", out)
	}
}

func TestSources(t *testing.T) {
	type Paging struct {
		Limit  int `query:"limit" default:"20"`
		Offset int `query:"offset"`
	}
	type all struct {
		Paging
		ID     int      `path:"id"`
		Agent  string   `header:"User-Agent"`
		Accept []string `header:"Accept"`
		Theme  string   `cookie:"theme"`
		Name   string   `json:"name"`
		Admin  bool
	}
	out, wrong := bind[all](t, request{
		params: []string{"path id=7", "query offset=3", "header User-Agent=x", "cookie theme=dark", "query Admin=true", "query id=9", "query name=eve"},
		body:   `{"name":"ada","id":8,"ID":8,"Admin":true,"Limit":1,"Paging":{"Limit":2},"theme":"light"}`,
	})
	want := all{Paging: Paging{20, 3}, ID: 7, Agent: "x", Theme: "dark", Name: "ada"}
	if wrong != "" || !reflect.DeepEqual(out, want) {
		t.Errorf("%+v %s, want %+v", out, wrong, want)
	}
}

// gin#491, #611, #737, #3740: required rejects 0 and false.
func TestPresence(t *testing.T) {
	type in struct {
		N     int       `json:"n" validate:"required"`
		B     bool      `json:"b" validate:"required"`
		S     string    `json:"s" validate:"required"`
		P     *int      `json:"p" validate:"required"`
		L     []string  `json:"l" validate:"required"`
		Email string    `json:"email" validate:"email"`
		Min   int       `json:"min" validate:"min=3"`
		On    bool      `json:"on" default:"true"`
		Tags  []string  `json:"tags" default:"a, b"`
		When  time.Time `json:"when" default:"2024-12-31" layout:"2006-01-02"`
	}
	out, wrong := bind[in](t, body(`{"n":0,"b":false,"s":"","p":0,"l":[]}`))
	if wrong != "" || !out.On || len(out.Tags) != 2 || out.When.Year() != 2024 || out.L == nil {
		t.Errorf("%+v %s", out, wrong)
	}
	out, wrong = bind[in](t, body(`{"n":0,"b":false,"s":"","p":null,"l":null,"email":"","min":0,"on":false,"tags":[]}`))
	want := "null: body /p must not be null\nemail: body /email must be an e-mail address, such as ada@example.com\nmin: body /min must be at least 3"
	if wrong != want {
		t.Errorf("%s\nwant\n%s", wrong, want)
	}
	if out.On || out.Tags == nil || len(out.Tags) != 0 {
		t.Errorf("a default overwrites what came: %+v", out)
	}
	_, wrong = bind[in](t, body(`{}`))
	if n := strings.Count(wrong, "required: "); n != 5 {
		t.Errorf("%d missing, want 5:\n%s", n, wrong)
	}
}

func TestOpt(t *testing.T) {
	type in struct {
		A Opt[string] `json:"a" validate:"email"`
		B Opt[int]    `json:"b" validate:"required,min=1"`
		C Opt[[]int]  `json:"c" validate:"min=1"`
	}
	for _, test := range []struct{ body, want, wrong string }{
		{`{"b":1}`, `{A:{Value: Set:false Null:false} B:{Value:1 Set:true Null:false} C:{Value:[] Set:false Null:false}}`, ""},
		{`{"a":null,"b":null,"c":null}`, `{A:{Value: Set:true Null:true} B:{Value:0 Set:true Null:true} C:{Value:[] Set:true Null:true}}`, ""},
		{`{"a":"x","b":0,"c":[]}`, "", "email: body /a must be an e-mail address, such as ada@example.com\nmin: body /b must be at least 1\nmin: body /c must have at least 1 element"},
		{`{"a":"a@b.de","c":[5]}`, "", "required: body /b is required, but absent"},
	} {
		out, wrong := bind[in](t, body(test.body))
		if wrong != test.wrong || test.want != "" && fmt.Sprintf("%+v", out) != test.want {
			t.Errorf("%s: %+v\n%s\nwant %s\n%s", test.body, out, wrong, test.want, test.wrong)
		}
	}
	encoded, _ := json.Marshal(map[string]any{"a": Some(1), "b": Opt[int]{}, "c": Opt[int]{Set: true, Null: true}})
	var back struct{ A, B Opt[int] }
	if err := json.Unmarshal(encoded, &back); err != nil || string(encoded) != `{"a":1,"b":null,"c":null}` || back.A.Or(0) != 1 || back.B.Or(5) != 5 || !back.B.Null {
		t.Errorf("%s %+v %v", encoded, back, err)
	}
}

func TestConditionalRules(t *testing.T) {
	type in struct {
		Kind string `json:"kind"`
		VAT  string `json:"vat" validate:"required_if=Kind company,min=3"`
		From int    `json:"from"`
		To   int    `json:"to" validate:"gtfield=From"`
		Ref  string `json:"ref" validate:"required_without=VAT,omitempty,len=2"`
		Ptr  *int   `json:"ptr" validate:"required_if=Kind person,min=3"`
	}
	for _, test := range []struct{ body, wrong string }{
		{`{"kind":"company","ref":"xx"}`, "required_if: body /vat is required when kind is company"},
		{`{"kind":"company","vat":"","ref":"xx"}`, "min: body /vat must have at least 3 characters"},
		{`{"kind":"company","vat":"123","ref":"xx"}`, ""},
		{`{"ref":"xx"}`, ""},
		{`{"vat":"1","ref":"xxx"}`, "min: body /vat must have at least 3 characters\nlen: body /ref must have exactly 2 characters"},
		{`{}`, "required_without: body /ref is required without vat"},
		{`{"from":3,"to":2,"ref":""}`, "gtfield: body /to must be greater than from"},
		{`{"from":3,"ref":""}`, ""},
		{`{"kind":"person","ref":"xx"}`, "required_if: body /ptr is required when kind is person"},
		{`{"kind":"person","ref":"xx","ptr":null}`, ""},
		{`{"kind":"person","ref":"xx","ptr":0}`, "min: body /ptr must be at least 3"},
	} {
		if _, wrong := bind[in](t, body(test.body)); wrong != test.wrong {
			t.Errorf("%s:\n%s\nwant\n%s", test.body, wrong, test.wrong)
		}
	}
}

// The validator panics at some rules where it meets nil.
func TestRulesMeetNull(t *testing.T) {
	type in struct {
		Kind string   `json:"kind"`
		A    *int     `json:"a" validate:"excluded_if=Kind x,min=3"`
		B    *string  `json:"b" validate:"excluded_with=A,email"`
		C    Opt[int] `json:"c" validate:"required_if=Kind y,min=3"`
		D    []*int   `json:"d" validate:"dive,min=3"`
	}
	for _, test := range []struct{ body, wrong string }{
		{`{"kind":"z","a":null,"b":null,"c":null}`, ""},
		{`{"kind":"z"}`, ""},
		{`{"kind":"x","a":5}`, "excluded_if: body /a must be left out when kind is x"},
		{`{"kind":"y"}`, "required_if: body /c is required when kind is y"},
		{`{"kind":"y","c":1}`, "min: body /c must be at least 3"},
		{`{"d":[4,null,1]}`, "min: body /d/1 must be at least 3\nmin: body /d/2 must be at least 3"},
	} {
		if _, wrong := bind[in](t, body(test.body)); wrong != test.wrong {
			t.Errorf("%s:\n%s\nwant\n%s", test.body, wrong, test.wrong)
		}
	}
}

type node struct {
	Name string           `json:"name" validate:"required,max=3"`
	Next *node            `json:"next"`
	Kids []node           `json:"kids" validate:"max=2"`
	ByID map[string]*node `json:"by_id"`
}

func TestNested(t *testing.T) {
	for _, test := range []struct{ body, wrong string }{
		{`{"name":"a","next":{"name":"b","kids":[{"name":"c"},{"name":"d"}]},"by_id":{"x":{"name":"e"},"y":null}}`, ""},
		{`{"name":"a","next":{},"kids":[{"name":"c"},{}],"by_id":{"x/y~":{"name":"long"}}}`,
			"required: body /next/name is required, but absent\nrequired: body /kids/1/name is required, but absent\nmax: body /by_id/x~1y~0/name must have at most 3 characters"},
		{`{"name":"a","kids":[{"name":"b"},{"name":"b"},{"name":"b"}],"next":7}`,
			"type: body /next expected an object, got 7\nmax: body /kids must have at most 2 elements"},
		{`{"name":"a","kids":null,"next":null}`, ""},
	} {
		if _, wrong := bind[node](t, body(test.body)); wrong != test.wrong {
			t.Errorf("%s:\n%s\nwant\n%s", test.body, wrong, test.wrong)
		}
	}
	type settings struct {
		Inner struct {
			Limit int `json:"limit" default:"20"`
			Deep  struct {
				On bool `json:"on" default:"true"`
			} `json:"deep"`
		} `json:"inner"`
	}
	for _, b := range []string{`{}`, `{"inner":{}}`, `{"inner":{"deep":{}}}`} {
		if out, wrong := bind[settings](t, body(b)); wrong != "" || out.Inner.Limit != 20 || !out.Inner.Deep.On {
			t.Errorf("%s: defaults of structs: %+v %s", b, out, wrong)
		}
	}
}

func TestForm(t *testing.T) {
	type in struct {
		Name    string   `form:"name" validate:"required,max=5"`
		Age     int      `form:"age"`
		Terms   bool     `form:"terms"`
		Colors  []string `form:"color"`
		Address struct {
			Street string `form:"street"`
		} `form:"address"`
	}
	out, wrong := bind[in](t, formOf("name=a%20b+c&age=&terms=on&color=r&color=g&address.street=x&name=z"))
	want := in{Name: "a b c", Terms: true, Colors: []string{"r", "g"}}
	want.Address.Street = "x"
	if wrong != "" || !reflect.DeepEqual(out, want) {
		t.Errorf("%+v %s", out, wrong)
	}
	if _, wrong := bind[in](t, formOf("age=1")); wrong != "required: form name is required, but absent" {
		t.Error(wrong)
	}
	if _, wrong := bind[in](t, request{}); wrong != "required: form name is required, but absent" {
		t.Error(wrong)
	}
}

// Browsers send each input of a form, also those that nobody has filled in.
func TestEmptyInputs(t *testing.T) {
	type in struct {
		There string  `form:"there" validate:"required"`
		Text  string  `form:"text" validate:"required,min=1"`
		Site  string  `form:"site" validate:"omitempty,url"`
		Age   int     `form:"age" validate:"required,min=18"`
		Tall  float64 `form:"tall" validate:"min=1"`
	}
	_, wrong := bind[in](t, formOf("there=&text=&site=&age=&tall="))
	if want := "required: form age is required, but absent\nmin: form text must have at least 1 character"; wrong != want {
		t.Errorf("%s\nwant %s", wrong, want)
	}
	if _, wrong := bind[in](t, formOf("there=&text=x&site=&age=18&tall=")); wrong != "" {
		t.Error(wrong)
	}
	if _, wrong := bind[in](t, formOf("there=&text=x&site=x&age=18&tall=")); !strings.HasPrefix(wrong, "url: form site") {
		t.Error(wrong)
	}
}

func TestStrict(t *testing.T) {
	type in struct {
		Strict
		Page int `query:"page"`
		A    int `json:"a"`
		B    struct {
			C int `json:"c"`
		} `json:"b"`
	}
	r := body(`{"a":1,"A":2,"b":{"d":1},"":0}`)
	r.params = []string{"query page=1", "query pages=2", "query pages=3"}
	_, wrong := bind[in](t, r)
	want := "unknown: query pages is not known here; there are page\nunknown: body /A is not known here; it is spelled a\nunknown: body / is not known here; there are a, b"
	if wrong != want {
		t.Errorf("%s\nwant\n%s", wrong, want)
	}
}

// Limits at N and N+1.
func TestLimits(t *testing.T) {
	type anything struct {
		A any   `json:"a"`
		L []int `json:"l"`
	}
	deep := func(n int) request { return body(`{"a":` + strings.Repeat("[", n-1) + strings.Repeat("]", n-1) + "}") }
	if _, wrong := bind[anything](t, deep(maxDepth)); wrong != "" {
		t.Error(wrong)
	}
	if _, wrong := bind[anything](t, deep(maxDepth+1)); !strings.HasPrefix(wrong, "400 The JSON nests deeper than 1000 levels") {
		t.Error(wrong)
	}
	type fields struct {
		A []string `form:"a"`
	}
	for n, ok := range map[int]bool{5: true, 6: false} {
		_, wrong := bindWith[fields](t, Config{MaxFields: 5}, formOf(strings.Repeat("&a=1", n)))
		if (wrong == "") != ok {
			t.Errorf("%d fields: %q", n, wrong)
		}
		_, wrong = bindWith[anything](t, Config{MaxBody: 15}, body(`{"a":1}`+strings.Repeat(" ", n+3)))
		if (wrong == "") != ok {
			t.Errorf("%d bytes: %q", n+10, wrong)
		}
	}
	for n, listed := range map[int]int{MaxMistakes - 1: MaxMistakes - 1, MaxMistakes: MaxMistakes, MaxMistakes + 1: MaxMistakes} {
		_, wrong := bind[anything](t, body(`{"l":[`+strings.TrimSuffix(strings.Repeat("true,", n), ",")+"]}"))
		if got := strings.Count(wrong, "\n") + 1; got != listed {
			t.Errorf("%d mistakes: %d listed", n, got)
		}
	}
	type few struct {
		L []int `json:"l" validate:"max=3"`
	}
	for n, kept := range map[int]int{3: 3, 4: 4, 5: 4, 1000: 4} { // one more than allowed, for the rule to see
		out, wrong := bind[few](t, body(`{"l":[`+strings.TrimSuffix(strings.Repeat("1,", n), ",")+"]}"))
		if len(out.L) != kept || (wrong == "") != (n <= 3) {
			t.Errorf("%d elements: %d kept, %q", n, len(out.L), wrong)
		}
	}
	wide := func(n int) reflect.Type {
		var list []reflect.StructField
		for i := range n {
			list = append(list, reflect.StructField{Name: fmt.Sprintf("F%d", i), Type: reflect.TypeFor[int](), Tag: reflect.StructTag(fmt.Sprintf(`json:"f%d" validate:"required"`, i))})
		}
		return reflect.StructOf(list)
	}
	b, _ := New(Config{})
	if _, err := b.Plan(wide(maxFields + 1)); err == nil || !strings.Contains(err.Error(), "no more than 128") {
		t.Error(err)
	}
	p, err := b.Plan(wide(maxFields))
	if err != nil {
		t.Fatal(err)
	}
	var e *Error
	if err := p.Bind(reflect.New(p.Type()).Interface(), body(`{"f0":1,"f64":2}`)); !errors.As(err, &e) || len(e.Mistakes) != MaxMistakes {
		t.Error(err)
	}
}

func TestMalformed(t *testing.T) {
	type in struct {
		A string         `json:"a"`
		N float64        `json:"n"`
		L []int          `json:"l"`
		M map[string]int `json:"m"`
		X any            `json:"x"`
	}
	for _, test := range []struct{ body, want string }{
		{`{`, `line 1, column 2 (byte 1): expected a name in quotation marks, got the end`},
		{` `, `line 1, column 2 (byte 1): expected a JSON object, got the end`},
		{`{"a"}`, `line 1, column 5 (byte 4): expected a colon, got "}"`},
		{`{"a":}`, `line 1, column 6 (byte 5): expected a value, got "}"`},
		{`{"a":"x",}`, `expected another element after the comma, got "}"`},
		{`{"a":"x" "n":1}`, `expected a comma or }, got "\""`},
		{"{\n\"ä\":1,\n \"a\":\"x\ny\"}", `line 3, column 8 (byte 17): expected an escape such as \n, got the control character U+000A`},
		{`{"a":"\x"}`, `expected one of "\/bfnrtu after the backslash, got "x"`},
		{`{"a":"\u12"}`, `expected four hexadecimal digits, got "\""`},
		{`{"a":"\ud800\u12"}`, `expected four hexadecimal digits, got "\""`},
		{`{"a":"x`, `expected a quotation mark that ends the string, got the end`},
		{`{"a":"\n`, `expected a quotation mark that ends the string, got the end`},
		{`{"n":01}`, `expected a comma or }, got "1"`},
		{`{"n":-}`, `expected a digit, got "}"`},
		{`{"n":1.}`, `expected a digit after the point, got "}"`},
		{`{"n":1e+}`, `expected a digit of the exponent, got "}"`},
		{`{"n":+1}`, `expected a value, got "+"`},
		{`{"n":NaN}`, `expected a value, got "N"`},
		{`{"n":nul}`, `expected a value, got "n"`},
		{`{"l":[1,]}`, `expected another element after the comma, got "]"`},
		{`{"l":[1 2]}`, `expected a comma or ], got "2"`},
		{`{"x":[{"y":tru}]}`, `expected a value, got "t"`},
		{`{"m":{1:2}}`, `expected a name in quotation marks, got "1"`},
		{`{} {}`, `line 1, column 4 (byte 3): expected the end of the content after the JSON value, got "{"`},
		{"{}\x00", `expected the end of the content after the JSON value, got the control character U+0000`},
		{"\ufeff{}", `expected a value, got "\ufeff"`},
		{"{\"a\":\"\xff\"}", `at byte 6, which is not UTF-8`},
	} {
		_, wrong := bind[in](t, body(test.body))
		if !strings.HasPrefix(wrong, "400 ") || !strings.Contains(wrong, test.want) {
			t.Errorf("%s: %s, want %s", test.body, wrong, test.want)
		}
		if json.Valid([]byte(test.body)) && !strings.Contains(test.body, "\xff") {
			t.Errorf("%q is valid", test.body)
		}
	}
}

// A type that is no struct is the content as a whole.
func TestWholeContent(t *testing.T) {
	for _, test := range []struct{ got, want string }{
		{whole[[]leaf](t, `[{"a":"x"},{"c":{"a":"y"}}]`), `[{"a":"x","c":null},{"a":"","c":{"a":"y","c":null}}]`},
		{whole[[]leaf](t, ` [] `), `[]`},
		{whole[[]leaf](t, `null`), `null`},
		{whole[map[string]int](t, `{"a":1}`), `{"a":1}`},
		{whole[[2]int](t, `[1,2]`), `[1,2]`},
		{whole[any](t, `7`), `7`},
		{whole[any](t, `{"a":[1,"x",null]}`), `{"a":[1,"x",null]}`},
		{whole[json.RawMessage](t, `{"a" : 1}`), `{"a":1}`},
		{whole[[]node](t, `[{"name":"ada"},{"name":"long"},{}]`), "max: body /1/name must have at most 3 characters\nrequired: body /2/name is required, but absent"},
		{whole[[]leaf](t, `{"a":"x"}`), `type: body expected an array, got an object`},
		{whole[[]leaf](t, `[7]`), `type: body /0 expected an object, got 7`},
		{whole[map[string]int](t, `{"a":1,"a":2}`), `duplicate: body /a comes twice in the object`},
		{whole[[]leaf](t, `[{}] x`), `400 The JSON is malformed at line 1, column 6 (byte 5): expected the end of the content after the JSON value, got "x".`},
		{whole[any](t, ` `), `400 The JSON is malformed at line 1, column 2 (byte 1): expected a JSON value, got the end.`},
		{whole[any](t, `nul`), `400 The JSON is malformed at line 1, column 1 (byte 0): expected a value, got "n".`},
		{whole[[]leaf](t, ``), `400 The request has no content, but JSON is expected.`},
	} {
		if test.got != test.want {
			t.Errorf("%s, want %s", test.got, test.want)
		}
	}
	type part struct {
		A int `query:"a"`
	}
	b, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	for of, want := range map[reflect.Type]string{
		reflect.TypeFor[[]part]():       "query tag inside of a JSON object",
		reflect.TypeFor[[]chan int]():   "is a chan int, which JSON cannot fill",
		reflect.TypeFor[[]byte]():       "not to a slice",
		reflect.TypeFor[string]():       "not to a string",
		reflect.TypeFor[*leaf]():        "not to a ptr",
		reflect.TypeFor[fmt.Stringer](): "not to a interface",
	} {
		if _, err := b.Plan(of); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", of, err, want)
		}
	}
}

// whole binds JSON to a T, and returns what it became, or what is wrong.
func whole[T any](t *testing.T, text string) string {
	in := body(text)
	in.media = jsonMedia
	out, wrong := bind[T](t, in)
	if wrong != "" {
		return wrong
	}
	back, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return string(back)
}

func TestMediaTypes(t *testing.T) {
	type in struct {
		A int `json:"a"`
	}
	for media, ok := range map[string]bool{
		"application/json": true, "Application/JSON; charset=utf-8": true, "application/problem+json": true, "text/x+JSON ;a=b": true,
		"text/json": false, "application/jsonp": false, "+json": false, "text/plain": false, formMedia: false,
	} {
		_, wrong := bind[in](t, request{media: media, body: "{}"})
		if (wrong == "") != ok || !ok && !strings.HasPrefix(wrong, "415 ") {
			t.Errorf("%s: %q", media, wrong)
		}
	}
}

func TestStringsAreOwned(t *testing.T) {
	type in struct {
		A string            `json:"a"`
		M map[string]string `json:"m"`
	}
	for _, size := range []int{10, shareLimit + 1} {
		text := strings.Repeat("x", size)
		out, wrong := bind[in](t, body(`{"a":"`+text+`","m":{"k":"`+text+`"}}`))
		if wrong != "" || out.A != text || out.M["k"] != text {
			t.Error(wrong)
		}
	}
}

type badRules struct {
	A int            `json:"a" validate:"nope"`
	B bool           `json:"b" validate:"min=3"`
	C int            `json:"c" validate:"min=x"`
	D int            `json:"d" validate:"eqfield=Missing"`
	E int            `json:"e" validate:"dive,min=1"`
	F []int          `json:"f" validate:"dive,required"`
	G map[string]int `json:"g" validate:"keys,min=1,endkeys"`
	H int            `json:"h" validate:"eqfield"`
	I node           `json:"i" validate:"email"`
	J []node         `json:"j" validate:"dive,email"`
	K string         `json:"k" validate:"omitempty,unknown=1"`
	L string         `json:"l" validate:"hexcolor|nope"`
}

// All mistakes of a type are told when it is compiled.
func TestRegistrationMistakes(t *testing.T) {
	type inner struct {
		Q int `query:"q"`
	}
	type untagged struct{ X, Y int }
	for _, test := range []struct {
		of   reflect.Type
		want []string
	}{
		{reflect.TypeFor[badRules](), []string{
			"A: has validate:\"nope\": undefined validation function 'nope'",
			"B: has validate:\"min=3\": bad field type bool",
			"C: has validate:\"min=x\": strconv.ParseInt: parsing \"x\": invalid syntax",
			"D: has the rule eqfield=Missing, but binding.badRules has no field Missing",
			"E: has dive, which is for slices, arrays and maps; it is a int",
			"F: has required behind dive",
			"G: has keys, which stands right behind the dive into a map",
			"H: has the rule eqfield, which needs the name of a field behind =",
			"I: is a struct with the rules email",
			"J: has rules for structs behind dive: email",
			"K: has validate:\"omitempty,unknown=1\": undefined validation function 'unknown'",
			"L: has validate:\"hexcolor|nope\": undefined validation function 'nope'",
		}},
		{reflect.TypeFor[struct {
			A int `json:"a" query:"a"`
		}](), []string{"A: has two sources, query and json"}},
		{reflect.TypeFor[struct {
			A []byte `file:"a"`
		}](), []string{"A: has a file tag but is a []uint8; files are *framework.Upload, or []*framework.Upload"}},
		{reflect.TypeFor[struct {
			A *form.Upload `file:"a"`
			B int          `json:"b"`
		}](), []string{"has json and form or file fields, but a body has one media type"}},
		{reflect.StructOf([]reflect.StructField{{Name: "a", PkgPath: "p", Type: reflect.TypeFor[int](), Tag: `json:"a"`}}), []string{"a: has a json tag but is not exported"}},
		{reflect.TypeFor[struct {
			A int `json:",omitempty"`
		}](), []string{"A: has a json tag without a name"}},
		{reflect.TypeFor[struct {
			A int `query:"a,omitempty"`
		}](), []string{`A: has the option "omitempty", which a query tag does not know`}},
		{reflect.StructOf([]reflect.StructField{{Name: "A", Type: reflect.TypeFor[int](), Tag: `json:"a"`}, {Name: "B", Type: reflect.TypeFor[int](), Tag: `json:"a"`}}), []string{`B: has the same json name "a" as A`}},
		{reflect.TypeFor[struct {
			A int `json:"a"`
			B int `form:"b"`
		}](), []string{"has json and form or file fields"}},
		{reflect.TypeFor[struct {
			A int `json:"a" default:"x"`
			B int `json:"b" default:"1" validate:"required"`
			C int `default:"1"`
			D int `validate:"min=1"`
			E int `json:"e" layout:"2006"`
		}](), []string{`A: has the default "x": expected an integer`, "B: is required and has a default", "C: has a default tag but no source", `D: has validate:"min=1" but no source`, "E: has a layout"}},
		{reflect.TypeFor[struct {
			A chan int       `json:"a"`
			B map[int]*error `json:"b"`
			C complex64      `query:"c"`
			D struct{}       `query:"d"`
			E error          `json:"e"`
		}](), []string{"A: is a chan int", "C: is a complex64", "D: is a struct {}", "E: is a error"}},
		{reflect.TypeFor[struct {
			A inner `json:"a"`
			B inner
			C untagged `json:"c"`
		}](), []string{"A.Q: has a query tag inside of a JSON object", "B: has no source, but fields of binding.inner have", "C: binding.untagged has no field with a json tag"}},
		{reflect.TypeFor[struct {
			*node
			A int `json:"a"`
		}](), []string{"node: is an embedded pointer; embed the struct itself"}},
		{reflect.TypeFor[struct {
			A any      `json:"a" validate:"min=3"`
			B []any    `json:"b" validate:"min=1,dive,oneof=a b"`
			C Opt[any] `json:"c" validate:"email"`
		}](), []string{"A: has the rule min=3 for an any", "B: has the rule oneof=a b for an any", "C: has the rule email for an any"}},
		{reflect.TypeFor[int](), []string{"input is bound to the fields of a struct, not to a int"}},
	} {
		b, err := New(Config{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = b.Plan(test.of)
		if err == nil {
			t.Errorf("%v: no mistake", test.of)
			continue
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v: %v\nlacks %s", test.of, err, want)
			}
		}
	}
}

func TestOwnRules(t *testing.T) {
	type in struct {
		A int    `json:"a" validate:"even"`
		B string `json:"b" validate:"shade"`
		C string `json:"c"`
	}
	config := Config{
		Rules: map[string]Rule{"even": {Check: func(fl validator.FieldLevel) bool { return fl.Field().Int()%2 == 0 }, Message: "must be even"}},
		Setup: func(v *validator.Validate) error {
			v.RegisterAlias("shade", "hexcolor|rgb")
			v.RegisterStructValidation(func(sl validator.StructLevel) {
				if s := sl.Current().Interface().(in); s.B == "" && s.C == "" {
					sl.ReportError(s.C, "c", "C", "b_or_c", "")
				}
			}, in{})
			return nil
		},
	}
	for _, test := range []struct{ body, wrong string }{
		{`{"a":2,"b":"#fff"}`, ""},
		{`{"a":1,"b":"red"}`, "even: body /a must be even\nshade: body /b must satisfy the rule shade"},
		{`{"a":2}`, "b_or_c: body /c must satisfy the rule b_or_c"},
	} {
		if _, wrong := bindWith[in](t, config, body(test.body)); wrong != test.wrong {
			t.Errorf("%s: %s, want %s", test.body, wrong, test.wrong)
		}
	}
	for _, config := range []Config{
		{Rules: map[string]Rule{"dive": {Check: func(validator.FieldLevel) bool { return true }}}},
		{Rules: map[string]Rule{"x": {}}},
		{MaxBody: -1},
		{Setup: func(*validator.Validate) error { return gateway.ErrAbort }},
	} {
		if _, err := New(config); err == nil {
			t.Errorf("%+v: no error", config)
		}
	}
}

// A decoder that is used again must not remember.
func TestResetClearsDecoder(t *testing.T) {
	d := decoders.New().(*decoder)
	d.scanner = scanner{text: "x", at: 1, depth: 1, err: &Error{}, share: true}
	d.codec, d.config, d.input, d.words = stdJSON{}, &Config{}, request{}, &wording{}
	d.path = append(d.path, step{"secret", 1})
	d.mistakes = []Mistake{{}}
	d.secrets = 1
	d.skipping = skipping{part: &part{}}
	d.texts = append(d.texts, "secret")
	d.form = []form.Pair{{}}
	v := reflect.ValueOf(d).Elem()
	for i := range v.NumField() {
		if v.Field(i).IsZero() {
			t.Errorf("the test does not fill %s; is it reset?", v.Type().Field(i).Name)
		}
	}
	d.reset()
	if len(d.path)+len(d.texts) > 0 || d.path[:1][0].name != "" || d.texts[:1][0] != "" {
		t.Errorf("reset leaves %v %v", d.path[:1], d.texts[:1])
	}
	for i := range v.NumField() {
		if name := v.Type().Field(i).Name; !v.Field(i).IsZero() && name != "path" && name != "texts" && name != "filter" {
			t.Errorf("reset leaves %s", name)
		}
	}
}

// The hot path allocates the body's structs and nothing for itself.
func TestBindAllocations(t *testing.T) {
	type line struct {
		Article string `json:"article" validate:"required,max=40"`
		Qty     int    `json:"qty" validate:"required,min=1"`
	}
	type in struct {
		Page  int    `query:"page" default:"1" validate:"min=1"`
		Name  string `json:"name" validate:"required,min=1,max=100"`
		Email string `json:"email" validate:"email"`
		Lines []line `json:"lines" validate:"required,min=1"`
	}
	p := plan[in](t, Config{})
	r := &fixed{request: request{media: jsonMedia}, data: []byte(`{"name":"ada","email":"ada@example.com","lines":[{"article":"x","qty":1},{"article":"y","qty":2}]}`)}
	var out in
	allocs := testing.AllocsPerRun(100, func() {
		out = in{}
		if err := p.Bind(&out, r); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 1 && !raced { // the race detector makes pools forget
		t.Errorf("%v allocations, want 1: the memory of lines", allocs)
	}
}

// fixed is a request whose body is there already, and whose parameters are none.
type fixed struct {
	request
	data []byte
}

func (f *fixed) Lookup(Source, string) (string, bool) { return "", false }
func (f *fixed) Body(int64) ([]byte, error)           { return f.data, nil }
