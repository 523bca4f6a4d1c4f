package openapi_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/framework/openapi"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

type Note struct {
	ID      int            `json:"id"`
	Text    string         `json:"text" validate:"required,min=1,max=500"`
	Tags    []string       `json:"tags,omitempty" validate:"max=5,dive,alpha,max=20"`
	Due     *time.Time     `json:"due"`
	Replies []*Note        `json:"replies"`
	Extra   map[string]any `json:"extra,omitempty"`
	Secret  string         `json:"-"`
}

type Paging struct {
	Page  int    `query:"page" default:"1" validate:"min=1"`
	Order string `query:"order" default:"new" validate:"oneof=new old"`
}

type List struct {
	Paging
	Token string   `header:"X-Token" validate:"required" secret:""`
	Theme string   `cookie:"theme"`
	Tags  []string `query:"tag"`
}

type Change struct {
	binding.Strict
	ID    int                 `path:"id" validate:"gt=0"`
	Text  binding.Opt[string] `json:"text" validate:"max=500"`
	Mail  string              `json:"mail" validate:"required,email"`
	After time.Duration       `json:"after"`
	Owner struct {
		Name string `json:"name" validate:"required"`
	} `json:"owner"`
	First Note `json:"first"`
}

type Page[T any] struct {
	Items []T `json:"items"`
	Total int `json:"total"`
}

type Photo struct {
	Title string              `form:"title" validate:"required,len=3"`
	File  *framework.Upload   `file:"file" validate:"required"`
	More  []*framework.Upload `file:"more"`
}

type Login struct {
	Name string `form:"name" validate:"required"`
}

func list(*framework.Context, List) (Page[Note], error)  { return Page[Note]{}, nil }
func change(*framework.Context, Change) (Note, error)    { return Note{}, nil }
func upload(*framework.Context, Photo) (struct{}, error) { return struct{}{}, nil }
func login(*framework.Context, Login) (struct{}, error)  { return struct{}{}, nil }
func plain(c *framework.Context) error                   { return c.NoContent() }

func notes() *framework.App {
	app := framework.New("notes")
	admin := framework.NewBlueprint("admin", "/admin/<lang>")
	app.Register(admin)
	admin.Any("/x/<float:x>/<path:rest>", plain)
	app.Get("/notes", framework.Bind(list))
	app.Patch("/notes/<int:id>", framework.Bind(change)).Name("change-note")
	app.Post("/photos", framework.Bind(upload))
	app.Post("/login", framework.Bind(login))
	app.Get("/notes/<int:id>-<uuid:key>", plain).Name("keyed")
	app.Get("/notes/<name>", plain).Name("named")
	app.Get("/notes/<int:id>", plain).Name("numbered")
	app.Redirect("/old", "/notes")
	app.Get("/files/<path:name>", nil).Name("file").BuildOnly()
	app.Get("/openapi.json", openapi.Handler(openapi.Config{Title: "Notes", Version: "1.4.0", Servers: []string{"https://example.com"}})).Name("openapi")
	return app
}

// describe is the document with a way to look into it: at(d, "paths", "/notes", "get").
func describe(t *testing.T, app *framework.App) map[string]any {
	t.Helper()
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	text, err := openapi.Describe(app, openapi.Config{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := openapi.Describe(app, openapi.Config{})
	if err != nil || !bytes.Equal(text, again) {
		t.Errorf("described twice, it differs: %v", err)
	}
	var d map[string]any
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	return d
}

// at follows names and numbers into a document and gives what is there as JSON.
func at(d any, path ...string) string {
	for _, step := range path {
		switch v := d.(type) {
		case map[string]any:
			d = v[step]
		case []any:
			var i int
			fmt.Sscan(step, &i)
			d = v[i]
		default:
			return "nothing at " + step
		}
	}
	text, _ := json.Marshal(d)
	return string(text)
}

func TestDocument(t *testing.T) {
	d := describe(t, notes())
	body := []string{"paths", "/notes/{id}", "patch", "requestBody", "content", "application/json", "schema"}
	for _, test := range []struct {
		path []string
		want string
	}{
		{[]string{"openapi"}, `"3.1.0"`},
		{[]string{"info"}, `{"title":"API","version":"0"}`},
		{[]string{"paths", "/notes", "get", "operationId"}, `"list"`},
		{[]string{"paths", "/notes", "get", "parameters", "0"}, `{"in":"query","name":"page","schema":{"default":1,"format":"int64","minimum":1,"type":"integer"}}`},
		{[]string{"paths", "/notes", "get", "parameters", "1"}, `{"in":"query","name":"order","schema":{"default":"new","enum":["new","old"],"type":"string"}}`},
		{[]string{"paths", "/notes", "get", "parameters", "2"}, `{"in":"header","name":"X-Token","required":true,"schema":{"type":"string"}}`},
		{[]string{"paths", "/notes", "get", "parameters", "3"}, `{"in":"cookie","name":"theme","schema":{"type":"string"}}`},
		{[]string{"paths", "/notes", "get", "requestBody"}, `null`},
		{[]string{"paths", "/notes", "get", "responses", "200", "content", "application/json", "schema"}, `{"$ref":"#/components/schemas/Page_Note"}`},
		{[]string{"paths", "/notes", "get", "responses", "422", "content", "application/problem+json", "schema"}, `{"$ref":"#/components/schemas/Problem"}`},
		{[]string{"paths", "/notes/{id}", "patch", "operationId"}, `"change-note"`},
		{[]string{"paths", "/notes/{id}", "patch", "parameters"}, `[{"in":"path","name":"id","required":true,"schema":{"exclusiveMinimum":0,"format":"int64","type":"integer"}}]`},
		{append(body, "additionalProperties"), `false`},
		{append(body, "required"), `["mail"]`},
		{append(body, "properties", "text"), `{"maxLength":500,"type":["string","null"]}`},
		{append(body, "properties", "mail"), `{"format":"email","type":"string"}`},
		{append(body, "properties", "after"), `{"examples":["1h30m"],"type":"string"}`},
		{append(body, "properties", "owner"), `{"properties":{"name":{"type":"string"}},"required":["name"],"type":"object"}`},
		{append(body, "properties", "first"), `{"$ref":"#/components/schemas/NoteInput"}`},
		{[]string{"paths", "/notes/{id}", "get", "operationId"}, `"numbered"`},
		{[]string{"paths", "/notes/{name}", "get", "parameters", "0", "schema"}, `{"type":"string"}`},
		{[]string{"paths", "/notes/{id}-{key}", "get", "parameters", "1", "schema"}, `{"format":"uuid","type":"string"}`},
		{[]string{"paths", "/photos", "post", "requestBody"}, `{"content":{"multipart/form-data":{"schema":{"properties":{"file":{"contentMediaType":"application/octet-stream","type":"string"},"more":{"items":{"contentMediaType":"application/octet-stream","type":"string"},"type":["array","null"]},"title":{"maxLength":3,"minLength":3,"type":"string"}},"required":["title","file"],"type":"object"}}},"required":true}`},
		{[]string{"paths", "/photos", "post", "responses", "204", "description"}, `"Done."`},
		{[]string{"paths", "/admin/{lang}/x/{x}/{rest}", "delete", "operationId"}, `"admin.plain.delete"`},
		{[]string{"paths", "/admin/{lang}/x/{x}/{rest}", "get", "tags"}, `["admin"]`},
		{[]string{"paths", "/admin/{lang}/x/{x}/{rest}", "get", "parameters", "1", "schema"}, `{"type":"number"}`},
		{[]string{"paths", "/old"}, `null`},
		{[]string{"paths", "/files/{name}"}, `null`},
		{[]string{"components", "schemas", "Page_Note", "properties", "items"}, `{"items":{"$ref":"#/components/schemas/Note"},"type":["array","null"]}`},
		{[]string{"components", "schemas", "Note", "required"}, `["id","text","due","replies"]`},
		{[]string{"components", "schemas", "Note", "properties", "due"}, `{"format":"date-time","type":["string","null"]}`},
		{[]string{"components", "schemas", "Note", "properties", "replies", "items"}, `{"anyOf":[{"$ref":"#/components/schemas/Note"},{"type":"null"}]}`},
		{[]string{"components", "schemas", "Note", "properties", "Secret"}, `null`},
		{[]string{"components", "schemas", "NoteInput", "required"}, `["text"]`},
		{[]string{"components", "schemas", "NoteInput", "properties", "text"}, `{"maxLength":500,"minLength":1,"type":"string"}`},
		{[]string{"components", "schemas", "NoteInput", "properties", "tags"}, `{"items":{"maxLength":20,"pattern":"^[a-zA-Z]+$","type":"string"},"maxItems":5,"type":["array","null"]}`},
	} {
		if got := at(d, test.path...); got != test.want {
			t.Errorf("%s: %s\nwant %s", strings.Join(test.path, " "), got, test.want)
		}
	}
	login := at(d, "paths", "/login", "post", "requestBody", "content")
	if !strings.Contains(login, "application/x-www-form-urlencoded") || !strings.Contains(login, "multipart/form-data") {
		t.Errorf("a form may come in two ways: %s", login)
	}
}

// Every reference of a document leads to a schema, and no two types share one, as
// users of huma found (#213, #649, #894).
func TestNamesOfSchemas(t *testing.T) {
	type Problem struct { // like that of package framework
		Mine string `json:"mine"`
	}
	other := func() framework.Handler {
		type Problem struct {
			Other int `json:"other"`
		}
		return framework.Bind(func(*framework.Context, struct{}) (Problem, error) { return Problem{}, nil })
	}
	app := framework.New("names")
	app.Get("/a", framework.Bind(func(*framework.Context, struct{}) (Problem, error) { return Problem{}, nil })).Name("a")
	app.Get("/b", other()).Name("b")
	d := describe(t, app)
	schemas := d["components"].(map[string]any)["schemas"].(map[string]any)
	kinds := map[string]int{}
	for _, s := range schemas {
		for _, property := range []string{"mine", "other", "instance"} {
			if strings.Contains(at(s, "properties"), `"`+property+`":`) {
				kinds[property]++
			}
		}
	}
	if kinds["mine"] != 1 || kinds["other"] != 1 || kinds["instance"] != 1 {
		t.Errorf("three types are %v", kinds)
	}
	for _, document := range []map[string]any{d, describe(t, notes())} {
		schemas := document["components"].(map[string]any)["schemas"].(map[string]any)
		text, _ := json.Marshal(document)
		references := strings.Split(string(text), `"$ref":"#/components/schemas/`)
		if len(references) < 3 {
			t.Errorf("%d references", len(references)-1)
		}
		for _, after := range references[1:] {
			name, _, _ := strings.Cut(after, `"`)
			if schemas[name] == nil {
				t.Errorf("there is no schema %q", name)
			}
		}
	}
}

func TestHandler(t *testing.T) {
	app := notes()
	r := gatewaytest.Do(app, gatewaytest.Request{Target: "/openapi.json"})
	var d map[string]any
	if err := json.Unmarshal(r.Body, &d); err != nil || r.Status != 200 || r.Header.Value("Content-Type") != "application/json" {
		t.Fatalf("%d %s %v", r.Status, r.Header.Value("Content-Type"), err)
	}
	if got := at(d, "info") + at(d, "servers"); got != `{"title":"Notes","version":"1.4.0"}[{"url":"https://example.com"}]` {
		t.Error(got)
	}
	if _, err := openapi.Describe(framework.New("unfrozen"), openapi.Config{}); err == nil || !strings.Contains(err.Error(), "frozen") {
		t.Errorf("before the freeze: %v", err)
	}
}

// OperationIds are unique, and stay what they are when another rule comes.
func TestOperationIDs(t *testing.T) {
	app := notes()
	app.Get("/more", plain).Name("more")
	app.Get("/notes/page/<int:page>", framework.Bind(list)).Name("pages")
	app.Get("/notes/all", framework.Bind(list)).Name("pages")
	seen := map[string]bool{}
	for path, operations := range describe(t, app)["paths"].(map[string]any) {
		for method, o := range operations.(map[string]any) {
			id := o.(map[string]any)["operationId"].(string)
			if seen[id] {
				t.Errorf("%s %s: %s is there twice", method, path, id)
			}
			seen[id] = true
		}
	}
	if !seen["list"] || !seen["pages.get"] || !seen["pages.get2"] {
		t.Errorf("%v", seen)
	}
}

func Example() {
	type Greeting struct {
		Text string `json:"text"`
	}
	app := framework.New("greeter")
	app.Get("/hello/<name>", framework.Bind(func(c *framework.Context, in struct {
		Name string `path:"name"`
		Loud bool   `query:"loud"`
	}) (Greeting, error) {
		return Greeting{"Hello, " + in.Name}, nil
	})).Name("hello")
	app.Get("/openapi.json", openapi.Handler(openapi.Config{Title: "Greeter", Version: "1"})).Name("openapi")
	r := gatewaytest.Do(app, gatewaytest.Request{Target: "/openapi.json"})
	var document struct {
		Paths map[string]map[string]struct {
			OperationID string
			Parameters  []struct{ Name, In string }
		}
	}
	err := json.Unmarshal(r.Body, &document)
	fmt.Println(document.Paths["/hello/{name}"]["get"], err)
	// Output: {hello [{name path} {loud query}]} <nil>
}

// Input that is no struct is the content as a whole.
func TestWholeContent(t *testing.T) {
	app := framework.New("batch")
	app.Post("/notes", framework.Bind(func(*framework.Context, []Note) (int, error) { return 0, nil })).Name("notes")
	app.Post("/any", framework.Bind(func(*framework.Context, any) (int, error) { return 0, nil })).Name("any")
	d := describe(t, app)
	for path, want := range map[string]string{
		"/notes": `{"content":{"application/json":{"schema":{"items":{"$ref":"#/components/schemas/NoteInput"},"type":["array","null"]}}},"required":true}`,
		"/any":   `{"content":{"application/json":{"schema":{}}},"required":true}`,
	} {
		if got := at(d, "paths", path, "post", "requestBody"); got != want {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}
