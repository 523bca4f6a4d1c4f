package templates

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// vectorDir holds the cases with the reference engine's answers.
func vectorDir() string {
	if dir := os.Getenv("DEWAR_VECTORS"); dir != "" {
		return dir
	}
	return filepath.Join("testdata", "vectors")
}

func readVectors[T any](t testing.TB, pattern string) []T {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(vectorDir(), pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no vectors %s in %s (%v)", pattern, vectorDir(), err)
	}
	slices.Sort(files)
	var out []T
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(bytes.NewReader(data))
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var v T
			d := json.NewDecoder(bytes.NewReader(lines.Bytes()))
			d.UseNumber()
			if err := d.Decode(&v); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out = append(out, v)
		}
	}
	return out
}

type jinjaVector struct {
	ID, Category string
	Templates    Map
	Main         string
	Context      map[string]any
	Autoescape   bool
	Options      struct {
		TrimBlocks          bool `json:"trim_blocks"`
		LstripBlocks        bool `json:"lstrip_blocks"`
		KeepTrailingNewline bool `json:"keep_trailing_newline"`
		Undefined           string
	}
	Expected      *string
	Error         string
	Line          int
	ErrorTemplate string `json:"error_template"`
	Contextual    bool
}

// exceptions are the vectors whose answer is different on purpose: the ID,
// what Dewar answers, and why. docs/templates-exceptions.md explains them.
var exceptions = map[string]struct{ got, reason string }{}

func (v *jinjaVector) render() (string, error) {
	env := New(Config{
		Loader: v.Templates,
		Syntax: Syntax{
			TrimBlocks: v.Options.TrimBlocks, LstripBlocks: v.Options.LstripBlocks,
			KeepTrailingNewline: v.Options.KeepTrailingNewline,
		},
		Undefined:  map[string]Undefined{"strict": Strict, "chainable": Chainable}[v.Options.Undefined],
		Autoescape: func(string) bool { return v.Autoescape },
	})
	var out strings.Builder
	err := env.Render(&out, v.Main, v.Context)
	return out.String(), err
}

// problem says how the answer differs from the reference's; "" if not.
func (v *jinjaVector) problem() string {
	got, err := v.render()
	if v.Expected != nil {
		if err != nil {
			return fmt.Sprintf("want %q\n got error %v", *v.Expected, err)
		}
		want := *v.Expected
		if e, ok := exceptions[v.ID]; ok {
			want = e.got
		}
		if got != want {
			return fmt.Sprintf("want %q\n got %q", want, got)
		}
		return ""
	}
	var e *Error
	if !errors.As(err, &e) {
		return fmt.Sprintf("want %s error, got %q, %v", v.Error, got, err)
	}
	kind := map[string]error{"syntax": ErrSyntax, "undefined": ErrUndefined, "runtime": ErrRuntime}[v.Error]
	if !errors.Is(err, kind) || e.Line != v.Line || e.Template != v.ErrorTemplate {
		return fmt.Sprintf("want %s at %s:%d\n got %v", v.Error, v.ErrorTemplate, v.Line, err)
	}
	if got != "" {
		return fmt.Sprintf("output beside an error: %q", got)
	}
	return ""
}

func TestJinjaVectors(t *testing.T) {
	type count struct{ passed, total int }
	categories := map[string]*count{}
	all, seen := count{}, 0
	for _, v := range readVectors[jinjaVector](t, "jinja-*.jsonl") {
		c := categories[v.Category]
		if c == nil {
			c = new(count)
			categories[v.Category] = c
		}
		if _, ok := exceptions[v.ID]; ok {
			seen++
			if !v.Contextual && v.Category != "python-repr" {
				t.Errorf("%s: only contextual and python-repr cases may be exceptions", v.ID)
			}
		}
		c.total++
		all.total++
		if p := v.problem(); p != "" {
			t.Errorf("%s\n%s\n%s", v.ID, v.Templates[v.Main], p)
			continue
		}
		c.passed++
		all.passed++
	}
	if seen != len(exceptions) {
		t.Errorf("%d exceptions, but only %d of them are vectors", len(exceptions), seen)
	}
	for _, name := range sortedKeys(categories) {
		t.Logf("%-20s %d/%d", name, categories[name].passed, categories[name].total)
	}
	t.Logf("all: %d/%d, %d exceptions among them", all.passed, all.total, len(exceptions))
	if testing.Verbose() {
		fmt.Printf("jinja vectors: %d/%d passed (%d listed exceptions)\n", all.passed, all.total, len(exceptions))
	}
}
