package binding

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"
)

var german = Texts{
	"The content of the request has a mistake.":                                   "Der Inhalt der Anfrage hat einen Fehler.",
	"The content of the request has %d mistakes.":                                 "Der Inhalt der Anfrage hat %d Fehler.",
	"The JSON is malformed at line %d, column %d (byte %d): expected %s, got %s.": "Das JSON ist falsch in Zeile %d, Spalte %d (Byte %d): statt %[5]s gehört dorthin %[4]s.",
	"a comma or }":            "ein Komma oder }",
	"the end":                 "des Endes",
	"expected %s, got %s":     "soll sein: %s, ist aber: %s",
	"an integer":              "eine ganze Zahl",
	"the text %s":             "der Text %s",
	"is required, but absent": "fehlt",
	"must be at least %s":     "muss mindestens %s sein",
	"must be an e-mail address, such as ada@example.com": "muss eine E-Mail-Adresse sein, etwa ada@example.com",
	"must have at most %s characters":                    "darf höchstens %s Zeichen haben",
	"must have at least %s element":                      "muss wenigstens %s Element haben",
	"is required when %s":                                "ist nötig, wenn %s",
	"%s is %s":                                           "%s gleich %s",
	"%s and %s":                                          "%s und %s",
	"must be after %s":                                   "muss nach %s sein",
	"now":                                                "dem Augenblick",
	"must be even":                                       "muss gerade sein",
	"at [%s %s":                                          "an der Stelle [%s %s",
}

func inGerman() Config {
	return Config{
		Languages: map[string]Texts{"de": german},
		Rules:     map[string]Rule{"even": {Check: func(fl validator.FieldLevel) bool { return fl.Field().Int()%2 == 0 }, Message: "must be even"}},
	}
}

type translated struct {
	Page  []int      `query:"page" validate:"dive,min=1"`
	N     int        `json:"n" validate:"min=3,even"`
	Email string     `json:"email" validate:"required,email"`
	Name  string     `json:"name" validate:"max=3"`
	Tags  []string   `json:"tags" validate:"min=1"`
	Kind  string     `json:"kind"`
	Size  string     `json:"size"`
	VAT   string     `json:"vat" validate:"required_if=Kind company Size big"`
	When  *time.Time `json:"when" validate:"gt"`
	Color string     `json:"color" validate:"hexcolor"`
}

func TestLanguages(t *testing.T) {
	for _, test := range []struct{ language, body, wrong string }{
		{"de", `{}`, "required: body /email fehlt"},
		{"de", `{"email":"x","n":2}`, "min: body /n muss mindestens 3 sein\nemail: body /email muss eine E-Mail-Adresse sein, etwa ada@example.com"},
		{"de", `{"email":"a@b.de","n":5}`, "even: body /n muss gerade sein"},
		{"de", `{"email":"a@b.de","n":"5","name":"long"}`, "type: body /n soll sein: eine ganze Zahl, ist aber: der Text \"5\"\nmax: body /name darf höchstens 3 Zeichen haben"},
		{"de", `{"email":"a@b.de","tags":[]}`, "min: body /tags muss wenigstens 1 Element haben"},
		{"de", `{"email":"a@b.de","kind":"company","size":"big"}`, "required_if: body /vat ist nötig, wenn kind gleich company und size gleich big"},
		{"de", `{"email":"a@b.de","when":"2001-01-01T00:00:00Z"}`, "gt: body /when muss nach dem Augenblick sein"},
		{"de", `{"email":"a@b.de"`, "400 Das JSON ist falsch in Zeile 1, Spalte 18 (Byte 17): statt des Endes gehört dorthin ein Komma oder }."},
		{"de", `{"email":"a@b.de","color":"red"}`, "hexcolor: body /color must be a colour such as #ff8000"}, // which has no translation
		{"en", `{}`, "required: body /email is required, but absent"},
		{"", `{}`, "required: body /email is required, but absent"},
		{"fr", `{}`, "required: body /email is required, but absent"},
	} {
		in := body(test.body)
		in.language = test.language
		if _, wrong := bindWith[translated](t, inGerman(), in); wrong != test.wrong {
			t.Errorf("%s %s:\n%s\nwant\n%s", test.language, test.body, wrong, test.wrong)
		}
	}
	in := request{params: []string{"query page=1", "query page=0"}, body: `{"email":"x"}`, language: "de"}
	var out translated
	var e *Error
	if err := plan[translated](t, inGerman()).Bind(&out, in); !errors.As(err, &e) {
		t.Fatal(err)
	}
	if e.Language != "de" || e.Detail != "Der Inhalt der Anfrage hat 2 Fehler." || e.Message("page") != "an der Stelle [1] muss mindestens 1 sein" {
		t.Errorf("%q %q %q", e.Language, e.Detail, e.Message("page"))
	}
	in.language = "fr"
	if err := plan[translated](t, inGerman()).Bind(&out, in); !errors.As(err, &e) || e.Language != "" || e.Detail != "The content of the request has 2 mistakes." {
		t.Error(err)
	}
}

// An entry for English replaces its words.
func TestOwnWords(t *testing.T) {
	in := body(`{}`)
	in.language = "en"
	config := inGerman()
	config.Languages["en"] = Texts{"is required, but absent": "must not be left out"}
	if _, wrong := bindWith[translated](t, config, in); wrong != "required: body /email must not be left out" {
		t.Error(wrong)
	}
}

func TestTranslationsThatCannotBe(t *testing.T) {
	for text, test := range map[string]struct{ translation, want string }{
		"must be at leest %s":         {"muss mindestens %s sein", `"must be at leest %s" is no message`},
		"must be at least %s":         {"muss mindestens %d sein", `does not have the verbs`},
		"is required when %s":         {"ist nötig", `does not have the verbs`},
		"expected %s, got %s":         {"%s statt %s, %s", `does not have the verbs`},
		"an integer":                  {"eine ganze %s", `does not have the verbs`},
		"must contain %q":             {"muss %q enthalten", ""},
		"the control character %U":    {"das Steuerzeichen %U", ""},
		"an integer from %d to %d":    {"eine Zahl bis %[2]d, von %[1]d an", ""},
		"must be even":                {"100 % gerade", ""}, // of the application, and without verbs
		"must be a base32 of nothing": {"", "is no message"},
	} {
		config := inGerman()
		config.Languages = map[string]Texts{"de": {text: test.translation}}
		_, err := New(config)
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), `Languages["de"]: `) || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%q: %v, want %q", text, err, test.want)
		}
	}
}

func TestLanguageTags(t *testing.T) {
	for tag, ok := range map[string]bool{"de": true, "pt-BR": true, "zh-Hant-TW": true, "": false, "de_DE": false, "de\r\nX: y": false, "de>": false} {
		if _, err := New(Config{Languages: map[string]Texts{tag: {}}}); (err == nil) != ok {
			t.Errorf("%q: %v", tag, err)
		}
	}
}

// What the code says is what Messages lists, no more and no less.
func TestMessagesAreAll(t *testing.T) {
	said := map[string]bool{}
	for _, file := range sourcesOf(t) {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 {
				return true
			}
			name := ""
			switch f := call.Fun.(type) {
			case *ast.Ident:
				name = f.Name
			case *ast.SelectorExpr:
				name = f.Sel.Name
			}
			if text, ok := call.Args[0].(*ast.BasicLit); ok && text.Kind == token.STRING && (name == "say" || name == "fail") {
				s, err := strconv.Unquote(text.Value)
				if err != nil {
					t.Fatal(err)
				}
				said[s] = true
			}
			return true
		})
	}
	for text := range said {
		if !slices.Contains(sentences, text) {
			t.Errorf("%q is said, but not listed", text)
		}
	}
	for _, text := range sentences {
		if !said[text] {
			t.Errorf("%q is listed, but never said", text)
		}
	}
	list := Messages()
	if !slices.IsSorted(list) || len(slices.Compact(slices.Clone(list))) != len(list) {
		t.Error("Messages are not sorted, or not different")
	}
	for _, text := range []string{"must have at least %s characters", "must be an IP address", "is required when %s", "must contain %q", "must be before %s"} {
		if !slices.Contains(list, text) {
			t.Errorf("%q is not listed", text)
		}
	}
}

// sourcesOf parses the package without its tests.
func sourcesOf(t *testing.T) []*ast.File {
	names, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var files []*ast.File
	for _, entry := range names {
		name := entry.Name()
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// A rule of Setup has its message in Rules.
func TestMessagesOfSetup(t *testing.T) {
	type in struct {
		B string `json:"b" validate:"shade"`
		C string `json:"c"`
	}
	config := Config{
		Rules: map[string]Rule{"shade": {Message: "must be a shade"}, "b_or_c": {Message: "is needed, or b"}},
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
	for text, want := range map[string]string{`{"b":"red"}`: "shade: body /b must be a shade", `{}`: "b_or_c: body /c is needed, or b"} {
		if _, wrong := bindWith[in](t, config, body(text)); wrong != want {
			t.Errorf("%s: %s, want %s", text, wrong, want)
		}
	}
	if _, err := New(Config{Rules: config.Rules}); err == nil || !strings.Contains(err.Error(), "has no Check") {
		t.Errorf("messages of rules that nobody declares: %v", err)
	}
}
