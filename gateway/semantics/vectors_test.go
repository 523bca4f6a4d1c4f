package semantics

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/dewar-go/dewar/gateway"
)

// A vector is a line of a file of test vectors, whose answers are the reference's.
type vector struct {
	ID, Category string
	Input        json.RawMessage
	Expect       any
	ExpectLater  any  `json:"expect_later"`
	MayRefuse    bool `json:"may_refuse"`
	RFCStatus    int  `json:"rfc_status"`

	later bool // expect_later is there, perhaps as null
}

// exceptions are the answers that differ from the reference's on purpose;
// docs/http-exceptions.md gives the reasons.
var exceptions = map[string]map[string]any{
	"conditional-8a185d6e55": {"status": 412},
	"conditional-8a8a4f42e3": {"status": 206, "accept_ranges": "bytes", "etag": `"e1"`, "content_length": "162"},
	"conditional-5ea800f839": {"status": 304, "body": "", "last_modified": "Tue, 14 Nov 2023 22:13:20 GMT"},
}

func TestVectors(t *testing.T) {
	listed := 0
	for _, name := range []string{"http-conditional", "http-dates", "http-headers", "http-negotiation"} {
		passed, total := map[string]int{}, map[string]int{}
		for _, v := range readVectors(t, name+".jsonl") {
			total[v.Category]++
			got := normal(answers[v.Category](v.Input))
			if want, ok := exceptions[v.ID]; ok {
				listed++
				if !holds(got, normal(want)) {
					t.Errorf("%s: %v, want %v as docs/http-exceptions.md says", v.ID, got, want)
					continue
				}
			} else if !v.accepts(got) {
				t.Errorf("%s: %s gave %v, want %v", v.ID, v.Input, got, v.Expect)
				continue
			}
			passed[v.Category]++
		}
		for category := range total {
			fmt.Printf("%s.jsonl, %s: %d/%d\n", name, category, passed[category], total[category])
		}
	}
	fmt.Printf("%d of these answers differ on purpose, see docs/http-exceptions.md\n", listed)
}

func readVectors(t *testing.T, name string) (list []vector) {
	f, err := os.Open(filepath.Join(cmp.Or(os.Getenv("DEWAR_VECTORS"), filepath.Join("testdata", "vectors")), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v vector
		var raw map[string]any
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		_ = json.Unmarshal(lines.Bytes(), &raw)
		_, v.later = raw["expect_later"]
		list = append(list, v)
	}
	return list
}

func (v *vector) accepts(got any) bool {
	want, _ := v.Expect.(map[string]any)
	if v.RFCStatus != 0 {
		return got.(map[string]any)["status"] == float64(v.RFCStatus)
	}
	if v.Category == "conditional" {
		later, _ := v.ExpectLater.(map[string]any)
		return holds(got, want) || v.later && holds(got, later)
	}
	return reflect.DeepEqual(got, v.Expect) || v.later && reflect.DeepEqual(got, v.ExpectLater) || v.MayRefuse && refused(got)
}

// refused reports whether the input was treated as absent.
func refused(got any) bool {
	m, ok := got.(map[string]any)
	if !ok {
		return got == nil
	}
	for _, v := range m { // nothing in it but nulls, false and empty lists
		switch v := v.(type) {
		case []any:
			ok = ok && len(v) == 0
		case map[string]any:
			for _, probe := range v {
				ok = ok && refused(probe)
			}
		default:
			ok = ok && (v == nil || v == false)
		}
	}
	return ok
}

// holds compares a response with what is expected: a header that is not named is not
// sent; a body that is not named is an error page's.
func holds(got, want any) bool {
	g, w := got.(map[string]any), want.(map[string]any)
	for _, name := range []string{"status", "content_length", "content_range", "accept_ranges", "etag", "last_modified"} {
		if g[name] != w[name] {
			return false
		}
	}
	body, named := w["body"]
	return !named || g["body"] == body
}

// normal gives a value as it comes out of JSON.
func normal(v any) any {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	var out any
	_ = json.Unmarshal(b, &out)
	return out
}

func as[T any](raw json.RawMessage) (v T) {
	if err := json.Unmarshal(raw, &v); err != nil {
		panic(err)
	}
	return v
}

var answers = map[string]func(json.RawMessage) any{
	"accept":              answerAccept,
	"conditional":         answerConditional,
	"range":               answerRange,
	"content-range":       answerContentRange,
	"if-range":            answerIfRange,
	"etags":               answerETags,
	"etag-quote":          answerQuote,
	"date-parse":          answerDate,
	"date-format":         func(in json.RawMessage) any { return FormatDate(time.Unix(as[struct{ Unix int64 }](in).Unix, 0)) },
	"options-header":      answerOptions,
	"authorization-basic": answerBasic,
}

func header(in json.RawMessage, name string) gateway.Header {
	return gateway.Header{{Name: name, Value: as[struct{ Header string }](in).Header}}
}

func answerAccept(raw json.RawMessage) any {
	in := as[struct {
		Kind   string
		Offers []string
	}](raw)
	var a Accept
	switch in.Kind {
	case "mime":
		a = AcceptMedia(header(raw, "Accept"))
	case "language":
		a = AcceptLanguage(header(raw, "Accept-Language"))
	case "charset":
		a = AcceptCharset(header(raw, "Accept-Charset"))
	default:
		a = AcceptEncoding(header(raw, "Accept-Encoding"))
	}
	parsed, qualities := [][]any{}, map[string]float64{}
	for _, p := range a.Preferences() {
		parsed = append(parsed, []any{p.Value, float64(p.Weight) / MaxWeight})
	}
	for _, offer := range in.Offers {
		qualities[offer] = float64(a.Weight(offer)) / MaxWeight
	}
	var best any
	if b, ok := a.Best(in.Offers...); ok {
		best = b
	}
	return map[string]any{"parsed": parsed, "best": best, "qualities": qualities}
}

func answerConditional(raw json.RawMessage) any {
	in := as[struct {
		Method         string
		RequestHeaders map[string]string `json:"request_headers"`
		Status         int
		Body           string
		ETag           *string
		Weak           bool
		LastModified   *int64 `json:"last_modified"`
		AcceptRanges   bool   `json:"accept_ranges"`
	}](raw)
	r := &gateway.Request{Method: in.Method}
	for name, value := range in.RequestHeaders {
		r.Header.Add(name, value)
	}
	a := &gateway.Response{Status: in.Status, Body: []byte(in.Body)}
	if in.ETag != nil {
		tag := StrongETag(*in.ETag)
		if in.Weak {
			tag = WeakETag(*in.ETag)
		}
		a.Header.Set("ETag", string(tag))
	}
	if in.LastModified != nil {
		a.Header.Set("Last-Modified", FormatDate(time.Unix(*in.LastModified, 0)))
	}
	if status := Evaluate(r, ValidatorsOf(a.Header)); status == 412 { // as a handler asks before it acts
		*a = gateway.Response{Status: status}
	}
	Apply(r, a, in.AcceptRanges)
	out := map[string]any{"status": a.Status, "body": string(a.Body)}
	if a.Status < 300 {
		out["content_length"] = strconv.Itoa(len(a.Body)) // which the gateway sends
	}
	for name, field := range map[string]string{"content_range": "Content-Range", "accept_ranges": "Accept-Ranges", "etag": "ETag", "last_modified": "Last-Modified"} {
		if value, ok := a.Header.Lookup(field); ok {
			out[name] = value
		}
	}
	return out
}

func answerRange(raw json.RawMessage) any {
	in := as[struct {
		Header string
		Length int64
	}](raw)
	r, ok := ParseRange(in.Header)
	if !ok {
		return nil
	}
	out := map[string]any{"units": r.Unit, "for_length": nil, "content_range": nil}
	ranges := [][]any{}
	for _, s := range r.Specs {
		if s.Last < 0 {
			ranges = append(ranges, []any{s.First, nil})
		} else {
			ranges = append(ranges, []any{s.First, s.Last + 1})
		}
	}
	out["ranges"] = ranges
	if spans := r.Spans(in.Length); len(spans) == 1 {
		out["for_length"], out["content_range"] = []any{spans[0].Start, spans[0].End}, spans[0].ContentRange(in.Length)
	}
	return out
}

func answerContentRange(raw json.RawMessage) any {
	c, ok := ParseContentRange(as[struct{ Header string }](raw).Header)
	if !ok {
		return nil
	}
	var length any
	if c.Size >= 0 {
		length = c.Size
	}
	return map[string]any{"units": c.Unit, "start": c.Span.Start, "stop": c.Span.End, "length": length}
}

func answerIfRange(raw json.RawMessage) any {
	out := map[string]any{"etag": nil, "date": nil}
	if i, ok := ParseIfRange(as[struct{ Header string }](raw).Header); !ok {
		return out
	} else if i.ETag != "" {
		out["etag"] = i.ETag.Opaque()
	} else {
		out["date"] = i.Date.Unix()
	}
	return out
}

func answerETags(raw json.RawMessage) any {
	e, _ := ParseETags(header(raw, "If-Match"), "If-Match")
	strong, weak, probes := []string{}, []string{}, map[string]any{}
	for _, tag := range e.Tags {
		list := &strong
		if tag.Weak() {
			list = &weak
		}
		if !slices.Contains(*list, tag.Opaque()) {
			*list = append(*list, tag.Opaque())
		}
	}
	for _, p := range as[struct{ Probe []string }](raw).Probe {
		tag := StrongETag(p)
		probes[p] = map[string]bool{"contains": e.Contains(tag), "contains_weak": e.ContainsWeak(tag), "contains_raw": e.Contains(ParseETag(`"` + p + `"`))}
	}
	return map[string]any{"star": e.Any, "strong": strong, "weak": weak, "probe": probes}
}

func answerQuote(raw json.RawMessage) any {
	in := as[struct {
		ETag string
		Weak bool
	}](raw)
	tag := StrongETag(in.ETag)
	if in.Weak {
		tag = WeakETag(in.ETag)
	}
	back := ParseETag(string(tag))
	return map[string]any{"quoted": string(tag), "unquoted": []any{back.Opaque(), back.Weak()}}
}

func answerDate(raw json.RawMessage) any {
	t, ok := ParseDate(as[struct{ Header string }](raw).Header)
	if !ok {
		return nil
	}
	return t.Unix()
}

func answerOptions(raw json.RawMessage) any {
	value, params := ParseOptions(as[struct{ Header string }](raw).Header)
	m := map[string]string{}
	for _, p := range params {
		m[p.Name] = p.Value
	}
	return []any{value, m}
}

func answerBasic(raw json.RawMessage) any {
	user, password, ok := Basic(header(raw, "Authorization"))
	if !ok {
		return nil
	}
	return map[string]any{"type": "basic", "username": user, "password": password}
}
