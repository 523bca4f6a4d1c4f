package framework

import (
	"bufio"
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/client"
)

// A vector is a line of a file of test vectors, whose answers are the reference's.
type vector struct {
	ID, Category string
	Input        json.RawMessage
	Expect       any
	ExpectLater  any  `json:"expect_later"`
	MayRefuse    bool `json:"may_refuse"`
}

var vectorAnswers = map[string]func(json.RawMessage) any{
	"safe-join":       answerJoin,
	"secure-filename": func(in json.RawMessage) any { return SecureFilename(decodeInput(in).Filename) },
	"query":           answerQuery,
	"multipart":       answerForm,
}

type vectorInput struct {
	Filename, Directory, Query string
	Paths                      []string
	ContentType                string `json:"content_type"`
	Body                       []byte `json:"body_base64"`
	Limits                     struct {
		MaxFormParts int `json:"max_form_parts"`
	}
}

func decodeInput(raw json.RawMessage) (in vectorInput) {
	if err := json.Unmarshal(raw, &in); err != nil {
		panic(err)
	}
	return in
}

func answerJoin(raw json.RawMessage) any {
	in := decodeInput(raw)
	joined, ok := SafeJoin(in.Directory, in.Paths...)
	if !ok {
		return nil
	}
	return joined
}

// answerQuery reads a query, in which one character stands for a byte.
func answerQuery(raw json.RawMessage) any {
	var query []byte
	for _, r := range decodeInput(raw).Query {
		query = append(query, byte(r))
	}
	values, err := parseQuery(string(query))
	if err != nil {
		return err.Error()
	}
	return grouped(values)
}

// grouped puts pairs of one name together, in the order of the first of them.
func grouped(values Values) [][]string {
	pairs := [][]string{}
	for i, p := range values {
		if values[:i].Has(p.Name) {
			continue
		}
		for v := range values.All(p.Name) {
			pairs = append(pairs, []string{p.Name, v})
		}
	}
	return pairs
}

// answerForm posts a form to an application.
func answerForm(raw json.RawMessage) (answer any) {
	in := decodeInput(raw)
	app := New("vectors")
	app.Limits.MaxFormParts = in.Limits.MaxFormParts
	app.Post("/", func(c *Context) error {
		files := []map[string]any{}
		for _, u := range c.Files() {
			content, err := io.ReadAll(u.Open())
			if err != nil {
				return err
			}
			file := map[string]any{"name": u.Name, "filename": u.Filename, "content_type": nil, "body_base64": content}
			if u.Header.Has("Content-Type") {
				file["content_type"] = u.ContentType
			}
			files = append(files, file)
		}
		answer = map[string]any{"fields": grouped(c.Form()), "files": files}
		return c.NoContent()
	})
	r := client.Do(app, client.Request{Method: "POST", Header: gateway.Header{{Name: "Content-Type", Value: in.ContentType}}, Body: in.Body})
	switch r.Status {
	case 400:
		return map[string]any{"error": "invalid"}
	case 413:
		return map[string]any{"error": "too_large"}
	}
	return answer
}

func TestFormVectors(t *testing.T) { runVectors(t, "http-forms.jsonl") }

func TestPathVectors(t *testing.T) { runVectors(t, "http-paths.jsonl") }

func runVectors(t *testing.T, name string) {
	f, err := os.Open(filepath.Join(cmp.Or(os.Getenv("DEWAR_VECTORS"), filepath.Join("testdata", "vectors")), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	passed, total := map[string]int{}, map[string]int{}
	for lines := bufio.NewScanner(f); lines.Scan(); {
		var v vector
		if err := json.Unmarshal(lines.Bytes(), &v); err != nil {
			t.Fatal(err)
		}
		total[v.Category]++
		got := normalised(vectorAnswers[v.Category](v.Input))
		refused := v.MayRefuse && reflect.DeepEqual(got, map[string]any{"error": "invalid"})
		if !reflect.DeepEqual(got, v.Expect) && (v.ExpectLater == nil || !reflect.DeepEqual(got, v.ExpectLater)) && !refused {
			t.Errorf("%s: %s gave %v, want %v", v.ID, v.Input, got, v.Expect)
			continue
		}
		passed[v.Category]++
	}
	for category := range total {
		fmt.Printf("%s, %s: %d/%d\n", name, category, passed[category], total[category])
	}
}

// normalised gives a value as it comes out of JSON.
func normalised(v any) (out any) {
	b, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	_ = json.Unmarshal(b, &out)
	return out
}
