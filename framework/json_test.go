package framework_test

import (
	"encoding/json"
	"fmt"
	"math"
	"math/big"
	"reflect"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
)

type onlyPointer struct {
	P *onlyPointer2 `json:"p"`
}
type onlyPointer2 struct {
	Q *leaf `json:"q,omitempty"`
}
type leaf struct {
	N int    `json:"n,omitempty"`
	S string `json:"s"`
}
type embedded struct {
	*leaf
	X int `json:"x,omitempty"`
}
type embeddedOmit struct {
	Inner `json:"inner,omitempty"`
	leaf
}
type Inner struct {
	A []int          `json:"a,omitempty"`
	M map[string]any `json:"m,omitempty"`
}
type shadow struct {
	leaf
	N string `json:"n"`
}
type recursive struct {
	Name string                `json:"name"`
	Kids []*recursive          `json:"kids,omitempty"`
	By   map[string]*recursive `json:"by,omitempty"`
}
type text struct{ s string }

func (t text) MarshalText() ([]byte, error) { return []byte("<" + t.s + ">"), nil }

type valueMarshaler struct{ n int }

func (v valueMarshaler) MarshalJSON() ([]byte, error) {
	return fmt.Appendf(nil, `{ "n" : %d }`, v.n), nil
}

type pointerMarshaler struct{ n int }

func (v *pointerMarshaler) MarshalJSON() ([]byte, error) { return []byte(`"p"`), nil }

type options struct {
	Q  int       `json:"q,string"`
	F  float64   `json:"f,string"`
	B  bool      `json:"b,string"`
	Z  time.Time `json:"z,omitzero"`
	P  *int      `json:"p,omitempty"`
	I  any       `json:"i,omitempty"`
	A  [0]int    `json:"a,omitempty"`
	St struct{}  `json:"st,omitempty"`
	//lint:ignore SA5008 a field named "-", which few know how to write
	D  string          `json:"-,"`
	No string          `json:"-"`
	R  json.RawMessage `json:"r,omitempty"`
	//lint:ignore U1000 unexported fields are left out
	un int
}

// awkward are values that encoders have been seen to get wrong.
var awkward = []any{
	nil, true, 0, math.Copysign(0, -1), 1e21, 1e-7, 1e20, 123456789.0, float32(0.1), float32(1e21), math.MaxUint64 / 2, uint64(math.MaxUint64), int64(math.MinInt64),
	"", "<&>\u2028\u2029", "\x00\x1f\x7f", "a\xffb", "\xed\xa0\x80", "é😀", "\"\\/\b\f\n\r\t",
	[]int(nil), []int{}, []byte(nil), []byte{}, []byte("hi"), [2]int{1, 2}, [3]byte{1, 2, 3}, []any{nil, 1, "x", []any{}},
	map[string]int(nil), map[string]int{}, map[string]any{"b": 1, "a": nil, "<": "&"}, map[int]string{2: "b", 10: "a"}, map[text]int{{"k"}: 1},
	map[string]*leaf{"x": nil, "y": {}},
	onlyPointer{}, &onlyPointer{}, onlyPointer{&onlyPointer2{}}, onlyPointer{&onlyPointer2{&leaf{1, "x"}}}, &onlyPointer{&onlyPointer2{&leaf{}}},
	[]onlyPointer{{}, {&onlyPointer2{}}}, map[string]onlyPointer{"a": {&onlyPointer2{&leaf{}}}}, struct{ O onlyPointer }{onlyPointer{&onlyPointer2{}}},
	struct{ P *int }{}, struct{ P **leaf }{}, &struct{ P *leaf }{&leaf{2, "y"}}, []*onlyPointer2{nil, {}}, [1]*leaf{{3, ""}}, [1]onlyPointer{},
	embedded{}, embedded{X: 1}, embedded{leaf: &leaf{1, "s"}}, &embedded{leaf: &leaf{}}, embeddedOmit{}, embeddedOmit{Inner: Inner{A: []int{1}}},
	shadow{leaf: leaf{1, "x"}, N: "outer"}, recursive{}, &recursive{Name: "a", Kids: []*recursive{{Name: "b"}, nil}, By: map[string]*recursive{"k": {}}},
	text{"x"}, &text{"x"}, []text{{"a"}}, valueMarshaler{1}, &valueMarshaler{2}, []valueMarshaler{{3}}, map[string]valueMarshaler{"k": {4}}, (*valueMarshaler)(nil),
	pointerMarshaler{1}, &pointerMarshaler{1}, []pointerMarshaler{{1}}, struct{ P pointerMarshaler }{}, &struct{ P pointerMarshaler }{}, struct{ P *pointerMarshaler }{},
	options{}, &options{Q: 1, R: json.RawMessage(`{"a": [1 ,2]}`), I: 0}, json.Number("12.50"), json.Number(""), json.RawMessage(nil), json.RawMessage(`{ "x":1 }`),
	time.Date(2024, 1, 2, 3, 4, 5, 6, time.UTC), time.Minute, big.NewInt(0).Exp(big.NewInt(10), big.NewInt(30), nil), struct{}{}, &struct{}{}, []struct{}{{}},
	struct {
		A any
		B error
	}{A: leaf{}}, struct{ A any }{&onlyPointer{}}, struct{ A any }{onlyPointer{&onlyPointer2{}}}, []any{onlyPointer{}, &onlyPointer{}}, binding.Opt[int]{}, binding.Some("x"),
	struct {
		O binding.Opt[int] `json:"o,omitzero"`
	}{},
	// errors
	math.NaN(), math.Inf(1), make(chan int), func() {}, map[bool]int{true: 1}, struct{ F func() }{}, json.RawMessage(`{`), json.Number("x"), complex(1, 2),
}

// TestFastJSONEncodesLikeStandard compares the default encoder with encoding/json.
func TestFastJSONEncodesLikeStandard(t *testing.T) {
	for i, v := range awkward {
		want, wantErr := (framework.StdJSON{}).Marshal(v)
		got, err := (framework.FastJSON{}).Marshal(v)
		if (err != nil) != (wantErr != nil) || string(got) != string(want) {
			t.Errorf("%d %T %+v: %s (%v), want %s (%v)", i, v, v, got, err, want, wantErr)
		}
	}
}

var jsonTexts = []string{
	`null`, `{}`, `[]`, `""`, `0`, `-0`, `1.0`, `1e3`, `1e400`, `-1`, `300`, `9223372036854775808`, `18446744073709551616`, `"7"`, `true`, ` 1 `, `1 2`, `{} x`, `{`, `[1,]`, `{"a":1,}`, `01`, `.5`, `1.`, `+1`, `nul`, `NaN`, "\"\x01\"", "\"\xff\"", `"\ud800"`, `"\ud83d\ude00"`, `"\x"`, `"\u12"`, ``, "\ufeff{}",
	`{"p":null}`, `{"p":{}}`, `{"p":{"q":null}}`, `{"p":{"q":{"n":1,"s":"x"}}}`, `{"P":{"Q":{"N":1}}}`, `{"n":1,"n":2}`, `{"n":"1"}`, `{"n":1.5}`, `{"n":null}`, `{"s":null}`, `{"s":1}`, `{"x":1,"n":2,"s":"y"}`,
	`{"inner":{"a":[1,null],"m":{"k":[1,{"z":null}]}}}`, `{"name":"a","kids":[{"name":"b"},null],"by":{"k":{"name":"c"}}}`, `{"q":"1","f":"2.5","b":"true"}`, `{"q":1}`, `{"q":"x"}`, `{"q":null}`, `{"r": {"a" : 1} , "i":[1]}`, `[1,2,3]`, `["a",1]`, `"aGk="`, `"?"`, `{"2":"b","10":"a"}`, `{"x":"b"}`, `"2024-01-02T03:04:05Z"`, `"soon"`, `{"o":null}`,
}

var jsonKinds = []reflect.Type{
	reflect.TypeFor[any](), reflect.TypeFor[bool](), reflect.TypeFor[string](), reflect.TypeFor[int](), reflect.TypeFor[int8](), reflect.TypeFor[uint64](), reflect.TypeFor[float64](), reflect.TypeFor[float32](), reflect.TypeFor[[]int](), reflect.TypeFor[[2]int](), reflect.TypeFor[[]byte](), reflect.TypeFor[[]any](), reflect.TypeFor[map[string]any](), reflect.TypeFor[map[int]string](), reflect.TypeFor[*int](), reflect.TypeFor[**leaf](),
	reflect.TypeFor[onlyPointer](), reflect.TypeFor[*onlyPointer](), reflect.TypeFor[leaf](), reflect.TypeFor[embeddedOmit](), reflect.TypeFor[shadow](), reflect.TypeFor[recursive](), reflect.TypeFor[options](), reflect.TypeFor[json.Number](), reflect.TypeFor[json.RawMessage](), reflect.TypeFor[time.Time](), reflect.TypeFor[time.Duration](), reflect.TypeFor[*big.Int](), reflect.TypeFor[struct {
		O binding.Opt[int] `json:"o"`
	}](),
}

// TestFastJSONDecodesLikeStandard does so for the decoder.
func TestFastJSONDecodesLikeStandard(t *testing.T) {
	for _, text := range jsonTexts {
		decodeBoth(t, text)
	}
}

// FuzzFastJSON looks for texts that the two decode differently.
func FuzzFastJSON(f *testing.F) {
	for _, text := range jsonTexts {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) { decodeBoth(t, text) })
}

// encodeBoth compares the encoders on what was decoded, so that the fuzzer makes up
// values as well as texts.
func encodeBoth(t *testing.T, text string, v any) {
	want, wantErr := (framework.StdJSON{}).Marshal(v)
	got, err := (framework.FastJSON{}).Marshal(v)
	if (err != nil) != (wantErr != nil) || string(got) != string(want) {
		t.Errorf("%.60q as %T: %s (%v), want %s (%v)", text, v, got, err, want, wantErr)
	}
}

func decodeBoth(t *testing.T, text string) {
	for _, kind := range jsonKinds {
		want, got := reflect.New(kind), reflect.New(kind)
		wantErr := (framework.StdJSON{}).Unmarshal([]byte(text), want.Interface())
		err := (framework.FastJSON{}).Unmarshal([]byte(text), got.Interface())
		if (err != nil) != (wantErr != nil) || err == nil && !reflect.DeepEqual(got.Interface(), want.Interface()) {
			t.Errorf("%.60q into %v: %+v (%v), want %+v (%v)", text, kind, got.Elem(), err, want.Elem(), wantErr)
		}
		if err == nil && wantErr == nil {
			encodeBoth(t, text, want.Interface())
		}
	}
}
