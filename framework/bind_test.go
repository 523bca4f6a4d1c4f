package framework_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-playground/validator/v10"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/gateway"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

var update = flag.Bool("update", false, "write the golden files anew; read them before you commit them")

type orderItem struct {
	Article string `json:"article" validate:"required,alphanum,len=6"`
	Qty     int8   `json:"qty" validate:"required,min=1,max=100"`
}

type order struct {
	Team     string            `path:"team" validate:"required,lowercase"`
	Notify   bool              `query:"notify" default:"true"`
	Trace    string            `header:"X-Trace" validate:"uuid"`
	Theme    string            `cookie:"theme" validate:"oneof=light dark"`
	Name     string            `json:"name" validate:"required,max=20"`
	Email    string            `json:"email" validate:"required,email"`
	Phone    string            `json:"phone" validate:"e164"`
	Born     time.Time         `json:"born" layout:"2006-01-02"`
	Password string            `json:"password" validate:"required,min=8" secret:""`
	Again    string            `json:"again" validate:"eqfield=Password" secret:""`
	Items    []orderItem       `json:"items" validate:"required,min=1,max=3"`
	Tags     []string          `json:"tags" validate:"max=5,dive,lowercase"`
	Labels   map[string]string `json:"labels"`
	Paid     bool              `json:"paid" validate:"required"`
	Discount float64           `json:"discount" validate:"gte=0,lt=1"`
	Lucky    int               `json:"lucky" validate:"even"`
	Kind     string            `json:"kind" validate:"oneof=private company"`
	VAT      string            `json:"vat" validate:"required_if=Kind company"`
	Admin    bool              // no tag: never bound
}

type signUp struct {
	binding.Strict
	Name    string `form:"name" validate:"required,max=20"`
	Age     int    `form:"age" validate:"min=18"`
	Address struct {
		Street string `form:"street" validate:"required"`
		Zip    string `form:"zip" validate:"len=5,numeric"`
	} `form:"address"`
	Colors []string `form:"color" validate:"max=2"`
}

const goodOrder = `{"name":"Ada","email":"ada@example.com","password":"correct horse","again":"correct horse","items":[{"article":"ABC123","qty":1}],"paid":false}`

// bindApp is what the golden files were asked of.
func bindApp(t testing.TB) *framework.App {
	app, _ := newApp(t)
	app.Input.MaxBody = 2000
	app.Input.MaxFields = 6
	app.Input.Rules = map[string]binding.Rule{"even": {
		Check:   func(fl validator.FieldLevel) bool { return fl.Field().Int()%2 == 0 },
		Message: "must be an even number",
	}}
	app.Post("/<team>/orders", framework.Bind(placeOrder))
	app.Post("/sign-up", framework.Bind(func(c *framework.Context, in signUp) (signUp, error) { return in, nil }))
	return app
}

func placeOrder(c *framework.Context, in order) (map[string]any, error) {
	c.Status(201)
	return map[string]any{"team": in.Team, "name": in.Name, "notify": in.Notify, "paid": in.Paid, "items": len(in.Items), "admin": in.Admin}, nil
}

// send asks an application with content.
func send(t testing.TB, h gateway.Handler, q gatewaytest.Request, contentType, body string) *gatewaytest.Result {
	t.Helper()
	if q.Method == "" {
		q.Method = "POST"
	}
	if contentType != "" {
		q.Header = append(q.Header, gateway.Field{Name: "Content-Type", Value: contentType})
	}
	q.Body = []byte(body)
	return gatewaytest.Do(gatewaytest.Lint(func(err error) { t.Error(err) })(h), q)
}

func TestBindAnswers(t *testing.T) {
	r := send(t, bindApp(t), gatewaytest.Request{Target: "/core/orders?notify=0"}, "application/json; charset=utf-8",
		strings.Replace(goodOrder, `"paid"`, `"Admin":true,"paid"`, 1))
	want := `{"admin":false,"items":1,"name":"Ada","notify":false,"paid":false,"team":"core"}`
	if r.Status != 201 || string(r.Body) != want {
		t.Fatalf("%d %s, want 201 %s", r.Status, r.Body, want)
	}
	r = send(t, bindApp(t), gatewaytest.Request{Target: "/core/orders"}, "application/vnd.order+json", goodOrder)
	if r.Status != 201 || !strings.Contains(string(r.Body), `"notify":true`) {
		t.Fatalf("%d %s", r.Status, r.Body)
	}
}

// with changes the good order: pairs of what stands there and what shall.
func with(pairs ...string) string {
	return strings.NewReplacer(pairs...).Replace(goodOrder)
}

// TestProblems compares the answers to typical mistakes with golden files: a
// person has to be able to mend the request from the answer alone.
func TestProblems(t *testing.T) {
	const jsonType, formType = "application/json", "application/x-www-form-urlencoded"
	app := bindApp(t)
	for i, test := range []struct {
		name, target, contentType, body string
		header                          gateway.Header
	}{
		{name: "missing members", body: `{"name":"Ada"}`},
		{name: "wrong types", body: with(`"Ada"`, `7`, `false`, `"no"`, `[{"article":"ABC123","qty":1}]`, `{}`)},
		{name: "nested", body: with(`{"article":"ABC123","qty":1}`, `{"article":"ABC123","qty":1},{"article":"A-1","qty":0},{"qty":"two"}`)},
		{name: "overflow", body: with(`"qty":1`, `"qty":300`)},
		{name: "fraction for an integer", body: with(`"qty":1`, `"qty":1.5`)},
		{name: "rules", body: with(`ada@example.com`, `ada`, `"Ada"`, `"Ada Augusta King, Countess of Lovelace"`, `"paid"`, `"discount":1.5,"lucky":3,"kind":"alien","paid"`)},
		{name: "other field", body: with(`"again":"correct horse"`, `"again":"wrong"`, `"paid"`, `"kind":"company","paid"`)},
		{name: "secret is not shown", body: with(`"password":"correct horse"`, `"password":["hunter2"]`, `"again":"correct horse"`, `"again":12345`)},
		{name: "null", body: with(`"Ada"`, `null`)},
		{name: "bad time", body: with(`"paid"`, `"born":"10.12.1815","paid"`)},
		{name: "bad element", body: with(`"paid"`, `"tags":["a","B"],"labels":{"a/b":1},"paid"`)},
		{name: "too many elements", body: with(`[{"article":"ABC123","qty":1}]`, `[]`)},
		{name: "duplicate member", body: with(`"paid"`, `"name":"Bob","paid"`)},
		{name: "malformed", body: "{\n  \"name\": \"Ada\",\n  \"email\": ada\n}"},
		{name: "trailing data", body: goodOrder + "\n{}"},
		{name: "no content", body: ""},
		{name: "not an object", body: `["Ada"]`},
		{name: "wrong media type", contentType: "text/plain", body: goodOrder},
		{name: "no media type", contentType: "-", body: goodOrder},
		{name: "too large", body: goodOrder + strings.Repeat(" ", 2000)},
		{name: "parameters", target: "/Core/orders?notify=maybe", body: goodOrder, header: gateway.Header{{Name: "X-Trace", Value: "7"}, {Name: "Cookie", Value: "theme=blue"}}},
		{name: "not acceptable", body: goodOrder, header: gateway.Header{{Name: "Accept", Value: "application/xml, application/json;q=0"}}},
		{name: "form", target: "/sign-up", contentType: formType, body: "name=&age=twelve&address.zip=123&colour=red"},
		{name: "form with rules", target: "/sign-up", contentType: formType, body: "name=Ada&age=12&address.street=a&color=a&color=b&color=c"},
		{name: "form with too many fields", target: "/sign-up", contentType: formType, body: strings.Repeat("a=b&", 7)},
		{name: "multipart", target: "/sign-up", contentType: "multipart/form-data; boundary=x", body: "--x--"},
		{name: "browser", target: "/sign-up", contentType: formType, body: "name=%3Cb%3E&age=<i>", header: gateway.Header{{Name: "Accept", Value: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}}},
	} {
		t.Run(test.name, func(t *testing.T) {
			target, contentType := "/core/orders", jsonType
			if test.target != "" {
				target = test.target
			}
			if test.contentType != "" {
				contentType = strings.TrimPrefix(test.contentType, "-")
			}
			r := send(t, app, gatewaytest.Request{Target: target, Header: test.header}, contentType, test.body)
			got := golden(target, contentType, test.header, test.body, r)
			file := filepath.Join("testdata", "problems", fmt.Sprintf("%02d-%s.txt", i+1, strings.ReplaceAll(test.name, " ", "-")))
			if *update {
				if err := os.WriteFile(file, got, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%s:\ngot\n%s\nwant\n%s", file, got, want)
			}
			if bytes.Contains(r.Body, []byte("hunter2")) || bytes.Contains(r.Body, []byte("12345")) {
				t.Error("a secret is shown")
			}
		})
	}
}

// golden writes request and answer down as a person reads them.
func golden(target, contentType string, header gateway.Header, body string, r *gatewaytest.Result) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "POST %s\n", target)
	if contentType != "" {
		fmt.Fprintf(&b, "Content-Type: %s\n", contentType)
	}
	for _, f := range header {
		fmt.Fprintf(&b, "%s: %s\n", f.Name, f.Value)
	}
	if len(body) > 1000 {
		body = body[:60] + fmt.Sprintf("... (%d bytes)", len(body))
	}
	fmt.Fprintf(&b, "\n%s\n\n---\n\n%d\nContent-Type: %s\n", body, r.Status, r.Header.Value("Content-Type"))
	if accept := r.Header.Value("Accept"); accept != "" {
		fmt.Fprintf(&b, "Accept: %s\n", accept)
	}
	b.WriteByte('\n')
	if json.Indent(&b, r.Body, "", "  ") != nil {
		b.Write(r.Body)
	}
	return append(b.Bytes(), '\n')
}

type badInput struct {
	ID    int    `path:"id" validate:"required"`
	Name  string `json:"name" validate:"requierd"`
	Photo []byte `file:"photo"`
}

func bad(*framework.Context, badInput) (struct{}, error) { return struct{}{}, nil }

// Mistakes in tags are told at the freeze, each with the line of its Bind, together
// with all others.
func TestBindMistakesAtFreeze(t *testing.T) {
	type idle struct {
		ID   int    `path:"id"`
		Slug string `path:"slug"`
	}
	app, _ := newApp(t)
	app.Post("/bad/<id>", framework.Bind(bad))
	app.Post("/path/<int:id>", framework.Bind(func(*framework.Context, idle) (struct{}, error) { return struct{}{}, nil })).Name("path")
	app.Post("/nil", framework.Bind[idle, int](nil)).Name("nil")
	app.Post("/wrapped", logged(framework.Bind(func(*framework.Context, struct {
		A int `json:"a" query:"a"`
	}) (int, error) {
		return 0, nil
	})))
	app.Get("/<", hello)
	err := app.Freeze()
	if err == nil {
		t.Fatal("no mistake")
	}
	for _, want := range []string{
		"bind_test.go:%d: Bind: framework_test.badInput.Name: has validate:\"requierd\": undefined validation function 'requierd'",
		"bind_test.go:%d: Bind: framework_test.badInput.Photo: has a file tag but is a []uint8; files are *framework.Upload, or []*framework.Upload",
		"bind_test.go:%d: Bind: framework_test.idle has a field for path variable \"slug\", which the rule \"/path/<int:id>\" does not have; it has id",
		"bind_test.go:%d: Bind was given nil",
		".A: has two sources, query and json; a field has one",
	} {
		before, after, _ := strings.Cut(want, "%d")
		found := false
		for _, m := range strings.Split(err.Error(), "\n\t") {
			at := strings.TrimLeft(strings.TrimPrefix(m, before), "0123456789")
			found = found || strings.HasPrefix(m, before) && after != "" && strings.HasPrefix(at, after) || after == "" && strings.Contains(m, before)
		}
		if !found {
			t.Errorf("lacks %s:\n%v", want, err)
		}
	}
	if n := strings.Count(err.Error(), "\n\t"); n != 6 {
		t.Errorf("%d mistakes, want 6:\n%v", n, err)
	}
}

func logged(h framework.Handler) framework.Handler {
	return func(c *framework.Context) error { return h(c) }
}

func TestBindNamesEndpoint(t *testing.T) {
	app := bindApp(t)
	app.Route("/again/<team>", "PUT")(logged(framework.Bind(placeOrder)))
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	if url, err := app.URL("placeOrder", "team", "core", "_external", false); err != nil || url != "/core/orders" {
		t.Errorf("%s %v", url, err)
	}
}

// gin#439, #4110: the body is gone at the second bind.
func TestBindTwice(t *testing.T) {
	app, _ := newApp(t)
	app.Post("/", func(c *framework.Context) error {
		var a struct {
			A int `json:"a"`
		}
		var b struct {
			B string `json:"b"`
		}
		if err := c.Bind(&a); err != nil {
			return err
		}
		if err := c.Bind(&b); err != nil {
			return err
		}
		return c.Text(fmt.Sprint(a.A, b.B))
	})
	if r := send(t, app, gatewaytest.Request{Target: "/"}, "application/json", `{"a":1,"b":"x"}`); string(r.Body) != "1x" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
	r := send(t, app, gatewaytest.Request{Target: "/"}, "application/json", `{"a":"1"}`)
	if r.Status != 422 {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestBindRefusesWhatIsNoStruct(t *testing.T) {
	app, log := newApp(t)
	app.Post("/value", func(c *framework.Context) error { return c.Bind(order{}) })
	app.Post("/nil", func(c *framework.Context) error { return c.Bind((*order)(nil)) })
	app.Post("/bad", func(c *framework.Context) error { return c.Bind(&badInput{}) })
	for path, want := range map[string]string{"/value": "not a framework_test.order", "/nil": "not a *framework_test.order", "/bad": "requierd"} {
		log.Reset()
		if r := send(t, app, gatewaytest.Request{Target: path}, "", ""); r.Status != 500 || !strings.Contains(log.String(), want) {
			t.Errorf("%s: %d %s", path, r.Status, log)
		}
	}
}

// JSON that is no object, and JSON that does not say so: Flask's get_json, and its force.
func TestBindWholeContent(t *testing.T) {
	type line struct {
		Article string `json:"article" validate:"required"`
	}
	app, _ := newApp(t)
	app.Post("/lines", framework.Bind(func(c *framework.Context, in []line) (int, error) { return len(in), nil }))
	app.Post("/any", func(c *framework.Context) error {
		var v any
		if err := c.Bind(&v); err != nil {
			return err
		}
		return c.JSON(v)
	})
	app.Post("/forced", func(c *framework.Context) error {
		var v struct {
			N int `json:"n"`
		}
		if err := c.BindJSON(&v); err != nil {
			return err
		}
		return c.JSON(v)
	})
	for _, test := range []struct{ path, media, body, want string }{
		{"/lines", "application/json", `[{"article":"a"},{"article":"b"}]`, "200 2"},
		{"/lines", "application/json", `[{"article":"a"},{}]`, `422 {"pointer":"/1/article"`},
		{"/lines", "application/json", `{}`, `422 expected an array, got an object`},
		{"/any", "application/json", `[1, {"a": null}]`, `200 [1,{"a":null}]`},
		{"/any", "text/plain", `[1]`, `415 the Content-Type is text/plain`},
		{"/any", "application/json", `[1,]`, `400 line 1, column 4`},
		{"/forced", "text/plain", `{"n":7}`, `200 {"n":7}`},
		{"/forced", "", `{"n":7}`, `200 {"n":7}`},
		{"/forced", "text/plain", `{"n":x}`, `400 line 1, column 6`},
	} {
		r := send(t, app, gatewaytest.Request{Target: test.path}, test.media, test.body)
		status, text, _ := strings.Cut(test.want, " ")
		if fmt.Sprint(r.Status) != status || !strings.Contains(string(r.Body), text) {
			t.Errorf("%s %s: %d %s, want %s", test.path, test.body, r.Status, r.Body, test.want)
		}
	}
}

// A form that was filled in wrongly is shown again, with what was typed.
func TestBindShowsFormAgain(t *testing.T) {
	app, _ := newApp(t)
	app.Post("/", func(c *framework.Context) error {
		var in struct {
			Age  int    `form:"age"`
			Code string `form:"code" validate:"min=8" secret:""`
		}
		var wrong *binding.Error
		if err := c.Bind(&in); errors.As(err, &wrong) {
			return c.Status(wrong.Status).Text(wrong.Value("age") + "|" + wrong.Message("age") + "|" + wrong.Value("code") + "|" + wrong.Message("code") + "|" + wrong.Message("none"))
		}
		return c.NoContent()
	})
	r := send(t, app, gatewaytest.Request{Target: "/"}, "application/x-www-form-urlencoded", "age=ten&code=abc")
	if want := `ten|expected an integer, got "ten"||must have at least 8 characters|`; r.Status != 422 || string(r.Body) != want {
		t.Errorf("%d %s, want %s", r.Status, r.Body, want)
	}
}

func TestBindErrorsReachHandlers(t *testing.T) {
	app := bindApp(t)
	framework.HandleAs(app, func(c *framework.Context, err *binding.Error) error {
		return c.Status(err.Status).Text(err.Mistakes[0].String())
	})
	r := send(t, app, gatewaytest.Request{Target: "/core/orders"}, "application/json", "7")
	if r.Status != 422 || string(r.Body) != "body expected an object, got 7" {
		t.Errorf("%d %s", r.Status, r.Body)
	}
}

func TestBindAnswerOfItsOwn(t *testing.T) {
	type none struct{}
	app, _ := newApp(t)
	app.Post("/silent", framework.Bind(func(*framework.Context, none) (struct{}, error) { return struct{}{}, nil }))
	app.Post("/away", framework.Bind(func(c *framework.Context, _ none) (struct{}, error) { return struct{}{}, c.Redirect("/x") }))
	app.Post("/page", framework.Bind(func(c *framework.Context, _ none) (int, error) { return 0, c.HTML("<p>") }))
	app.Post("/elsewhere", framework.Bind(func(c *framework.Context, _ none) (int, error) { return 0, c.Redirect("/x") }))
	app.Post("/nothing", framework.Bind(func(c *framework.Context, _ none) (int, error) { return 0, c.NoContent() }))
	app.Post("/error", framework.Bind(func(*framework.Context, none) (int, error) { return 0, framework.Abort(409) }))
	app.Post("/problem", func(c *framework.Context) error {
		return c.Problem(framework.Problem{Type: "https://example.com/full", Status: 507, Detail: "no room"})
	})
	for path, want := range map[string]string{
		"/silent": "204 ", "/away": "303 ", "/elsewhere": "303 ", "/nothing": "204 ", "/page": "200 <p>", "/error": "409 ",
		"/problem": `507 {"type":"https://example.com/full","title":"Insufficient Storage","status":507,"detail":"no room","instance":"/problem"}`,
	} {
		r := send(t, app, gatewaytest.Request{Target: path}, "", "")
		if got := fmt.Sprint(r.Status, " ", string(r.Body)); got != want && (path != "/error" || !strings.HasPrefix(got, want)) {
			t.Errorf("%s: %s, want %s", path, got, want)
		}
	}
}

func TestBindStreamedBody(t *testing.T) {
	app := bindApp(t)
	for n, status := range map[int]int{2000: 201, 2001: 413} {
		body := goodOrder + strings.Repeat(" ", n-len(goodOrder))
		for _, stream := range []bool{false, true} {
			q := gatewaytest.Request{Method: "POST", Target: "/core/orders", Header: gateway.Header{{Name: "Content-Type", Value: "application/json"}}}
			if stream {
				q.Stream = strings.NewReader(body)
			} else {
				q.Body = []byte(body)
			}
			if r := gatewaytest.Do(app, q); r.Status != status {
				t.Errorf("%d bytes, streamed %v: %d, want %d", n, stream, r.Status, status)
			}
		}
	}
}
