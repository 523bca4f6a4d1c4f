package binding

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
	"unsafe"

	"github.com/go-playground/validator/v10"
)

type shape struct {
	S   string             `json:"s"`
	B   bool               `json:"b"`
	I8  int8               `json:"i8"`
	I   int                `json:"i"`
	U16 uint16             `json:"u16"`
	U   uint64             `json:"u"`
	F32 float32            `json:"f32"`
	F   float64            `json:"f"`
	P   *string            `json:"p"`
	PP  **int              `json:"pp"`
	L   []string           `json:"l"`
	LL  [][]int            `json:"ll"`
	LP  []*leaf            `json:"lp"`
	Raw json.RawMessage    `json:"raw"`
	By  []byte             `json:"by"`
	M   map[string]float64 `json:"m"`
	MS  map[string]leaf    `json:"ms"`
	MI  map[int]string     `json:"mi"`
	X   any                `json:"x"`
	N   json.Number        `json:"n"`
	T   time.Time          `json:"t"`
	Q   int                `json:"q,string"`
	leaf2
	In leaf  `json:"in"`
	Pi *leaf `json:"pi"`
}

type leaf struct {
	A string `json:"a"`
	C *leaf  `json:"c"`
}

type leaf2 struct {
	E string `json:"e"`
}

var shapeSeeds = []string{
	`{}`, `null`, `[]`, `"x"`, ` {"s" : "a\u00e9\ud83d\ude00\n" } `, `{"s":"\ud800x","b":true,"i8":-128,"i":1,"u16":65535,"u":18446744073709551615}`,
	`{"f32":1.5,"f":-0.0e-7,"p":"x","pp":3,"l":["a","b"],"ll":[[1],[],[2,3]],"lp":[null,{"a":"x","c":{"a":"y"}}]}`,
	`{"raw": {"a" : [1, 2]} ,"by":"aGk=","m":{"x":1e3},"ms":{"k":{"a":"b"}},"mi":{"7":"x"},"x":[1,{"y":null}],"n":12.50,"t":"2024-12-31T23:59:58Z","q":"7"}`,
	`{"e":"embedded","in":{"a":"1","c":null},"pi":{"c":{"c":{}}}}`, `{"i8":128}`, `{"i":1.0}`, `{"i":1e2}`, `{"f":1e999}`, `{"s":null,"l":null,"m":null,"p":null}`,
	`{"S":"other case","In":{"A":"x"}}`, `{"s":"a","s":"b"}`, `{"a":1}{"b":2}`, `{"by":"?"}`, "{\"s\":\"\xff\"}", `{"x":1e400}`, `{"unknown":[{"deep":[true,false,null]}]}`,
}

// FuzzJSON compares with encoding/json. What is told apart on purpose: names match
// exactly, a name comes once, null does not stand for text, numbers, bools or
// structs, text is UTF-8, and the nesting is bounded.
func FuzzJSON(f *testing.F) {
	for _, s := range shapeSeeds {
		f.Add(s)
	}
	p := plan[shape](f, Config{})
	f.Fuzz(func(t *testing.T, text string) {
		var got, want shape
		err := p.Bind(&got, request{body: text, media: jsonMedia})
		if text == "" {
			return
		}
		stdErr := json.Unmarshal([]byte(text), &want)
		var e *Error
		malformed := errors.As(err, &e) && e.Status == 400
		if valid := json.Valid([]byte(text)) && utf8.ValidString(text); malformed == valid && !(malformed && strings.Contains(e.Detail, "nests deeper")) {
			t.Fatalf("%q: malformed is %v (%v), but encoding/json says valid is %v", text, malformed, err, valid)
		}
		if err != nil {
			if stdErr == nil && !stricter(e) && !malformed {
				t.Fatalf("%q: %v, but encoding/json takes it", text, err)
			}
			return
		}
		if otherNames([]byte(text)) {
			return
		}
		if stdErr != nil {
			t.Fatalf("%q: bound, but encoding/json says %v", text, stdErr)
		}
		if !reflect.DeepEqual(got, want) && !nan(got) {
			t.Fatalf("%q:\n%+v\nbut encoding/json gives\n%+v", text, got, want)
		}
	})
}

// stricter reports whether all mistakes are of the kinds that encoding/json lets pass.
func stricter(e *Error) bool {
	for _, m := range e.Mistakes {
		null := m.Code == "null" || m.Pointer == "" && strings.HasSuffix(m.Message, "got null") || m.Pointer == "/q"
		if m.Code != "duplicate" && !null {
			return false
		}
	}
	return true
}

// otherNames reports whether a text has a name that only encoding/json takes for
// one of the struct's, since it looks away from case. It rather says yes too often.
func otherNames(text []byte) bool {
	var v any
	if json.Unmarshal(text, &v) != nil {
		return true
	}
	known := map[string]bool{"leaf2": true}
	for _, t := range []reflect.Type{reflect.TypeFor[shape](), reflect.TypeFor[leaf](), reflect.TypeFor[leaf2]()} {
		for i := range t.NumField() {
			name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
			known[name] = true
		}
	}
	var walk func(v any) bool
	walk = func(v any) bool {
		switch v := v.(type) {
		case []any:
			for _, e := range v {
				if walk(e) {
					return true
				}
			}
		case map[string]any:
			for k, e := range v {
				for name := range known {
					if strings.EqualFold(k, name) && !known[k] {
						return true
					}
				}
				if walk(e) {
					return true
				}
			}
		}
		return false
	}
	return walk(v)
}

func nan(s shape) bool { return math.IsNaN(s.F) }

func TestLikeEncodingJSON(t *testing.T) {
	p := plan[shape](t, Config{})
	agree := 0
	for _, text := range shapeSeeds {
		var got, want shape
		if p.Bind(&got, request{body: text, media: jsonMedia}) == nil && json.Unmarshal([]byte(text), &want) == nil && reflect.DeepEqual(got, want) {
			agree++
		}
	}
	if agree < 6 {
		t.Errorf("only %d of %d texts are bound alike", agree, len(shapeSeeds))
	}
}

// FuzzText looks for panics, and for numbers that are taken wrongly.
func FuzzText(f *testing.F) {
	for _, s := range []string{"", "1", "-1", "1e3", "0x1", "true", "2024-12-31T00:00:00Z", "1h", "::1", "99999999999999999999"} {
		f.Add(s)
	}
	type in struct {
		I int32         `query:"i"`
		U uint8         `query:"u"`
		F float64       `query:"f"`
		T time.Time     `query:"t"`
		D time.Duration `query:"d"`
		B bool          `query:"b"`
	}
	p := plan[in](f, Config{})
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{"i", "u", "f", "t", "d", "b"} {
			var out in
			err := p.Bind(&out, query(name+"="+text))
			if err == nil && (math.IsNaN(out.F) || math.IsInf(out.F, 0)) {
				t.Fatalf("%s=%q: %v", name, text, out.F)
			}
			if err != nil && !utf8.ValidString(text) {
				continue
			}
			if err != nil && !utf8.ValidString(err.Error()) {
				t.Fatalf("%s=%q: %q is not UTF-8", name, text, err)
			}
		}
	})
}

// FuzzNative holds that nothing passes the compiled rules that the validator refuses.
func FuzzNative(f *testing.F) {
	for _, s := range []string{"", "a", "Ada", "ada@example.com", "a.b+c-d_e@x1.example.org", ".a@b.de", "a@b", "a@b.c", "a@-b.de", "a@b.de.", "é", "12", "-1.5", "a1",
		"123e4567-e89b-42d3-a456-426614174000", "123E4567-e89b-42d3-a456-426614174000", "light", "a@123.de", strings.Repeat("a", 65) + "@b.de", "a@" + strings.Repeat("b", 64) + ".de"} {
		f.Add(s, int64(len(s)), 0.5)
	}
	v := validator.New()
	texts := []string{"email", "alpha", "alphanum", "number", "numeric", "uuid", "oneof=light dark", "min=2", "max=3", "len=2", "gt=1", "lt=5", "min=-1", "len=+2", "max=010", "max=-010"}
	numbers := []string{"min=2", "max=3", "len=2", "gt=1", "lt=5", "eq=7", "gte=-3", "lte=0x10", "max=9223372036854775807", "min=-9223372036854775808", "lt=-9223372036854775807", "max=010"}
	f.Fuzz(func(t *testing.T, s string, n int64, x float64) {
		try := func(value any, p unsafe.Pointer, rules []string) {
			for _, rule := range rules {
				holds := native(reflect.TypeOf(value), []string{rule})
				if holds != nil && holds(p) && v.Var(value, rule) != nil {
					t.Errorf("%T %v holds %s, but the validator refuses it", value, value, rule)
				}
			}
		}
		try(s, unsafe.Pointer(&s), texts)
		try(n, unsafe.Pointer(&n), numbers)
		i8, i16, i32, list := int8(n), int16(n), int32(n), make([]int, uint8(n))
		try(i8, unsafe.Pointer(&i8), numbers[:7])
		try(i16, unsafe.Pointer(&i16), numbers[:7])
		try(i32, unsafe.Pointer(&i32), numbers[:7])
		try(list, unsafe.Pointer(&list), numbers[:7])
		try(x, unsafe.Pointer(&x), numbers)
	})
}
