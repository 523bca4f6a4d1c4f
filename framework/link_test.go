package framework_test

import (
	"bytes"
	"fmt"
	"go/format"
	"os"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/routing"
	"github.com/dewar-go/dewar/framework/testdata/links"
	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

func TestLinks(t *testing.T) {
	app, _ := newApp(t)
	notes := framework.NewBlueprint("notes", "/notes")
	index := notes.Get("/", hello).Name("index").Link()
	part := framework.Link2[int, string](notes.Get("/<int:id>/<name>", hello).Name("part"), "id", "name")
	three := framework.Link3[float64, string, string](notes.Get("/<float:a>/<any(x, y):b>/<path:c>", hello).Name("three"), "a", "b", "c")
	four := framework.Link4[uint8, int, fmt.Stringer, any](notes.Get("/<int:a>-<int:b>/<c>/<uuid:d>", hello).Name("four"), "a", "b", "c", "d")
	app.Register(notes)
	home := app.Get("/", hello).Name("home").Link()
	note := framework.Link1[int](app.Get("/n/<int:id>", hello).Name("note"), "id")
	if _, err := home.URL(app); err == nil || !strings.Contains(err.Error(), "frozen") {
		t.Errorf("before the freeze: %v", err)
	}
	if err := app.Freeze(); err != nil {
		t.Fatal(err)
	}
	c := app.TestContext(t, gatewaytest.Request{Target: "/notes/"})
	id := "01234567-89ab-cdef-0123-456789abcdef"
	for want, l := range map[string]framework.Link{
		"/": home, "/notes/": index, "/notes/?page=2#end": index.With("page", 2).With("_anchor", "end"),
		"/n/7": note(7), "/notes/7/a%20b": part(7, "a b"), "/notes/0.5/y/p/q": three(0.5, "y", "p/q"),
		"/notes/7-8/" + "v/" + id: four(7, 8, word("v"), id), "/n/9?x=1": framework.LinkTo("note", "id", 9, "x", 1),
	} {
		if got, err := l.URL(c); err != nil || got != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
		if got, err := l.With("_external", false).URL(app); err != nil || got != want {
			t.Errorf("outside of a request: %s %v, want %s", got, err, want)
		}
	}
	for want, l := range map[string]framework.Link{
		`"z" is not one of x, y`: three(1, "z", "p"), `no URL for endpoint ""`: {},
		"names and values stand in turns": home.With("page"), `did you mean "note"`: framework.LinkTo("node", "id", 1),
	} {
		if got, err := l.URL(c); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
}

type word string

func (w word) String() string { return string(w) }

// A link of a blueprint that is there twice leads into the registration that was asked.
func TestLinksOfABlueprintThatIsThereTwice(t *testing.T) {
	app, _ := newApp(t)
	shop, inner := framework.NewBlueprint("shop", "/shop"), framework.NewBlueprint("inner", "/inner")
	link := shop.Get("/cart", hello).Name("cart").Link()
	where := func(c *framework.Context) error { return link.Redirect(c.Status(307)) }
	shop.Get("/", where).Name("index")
	inner.Get("/", where).Name("index")
	shop.Register(inner)
	app.Register(shop)
	app.Register(shop).Name("outlet").Prefix("/outlet")
	app.Get("/", where).Name("home")
	for target, want := range map[string]string{
		"/shop/": "/shop/cart", "/outlet/": "/outlet/cart", "/outlet/inner/": "/outlet/cart", "/": "/shop/cart",
	} {
		if r := ask(t, app, "GET", target); r.Status != 307 || r.Header.Value("Location") != want {
			t.Errorf("%s: %d %s, want %s", target, r.Status, r.Header.Value("Location"), want)
		}
	}
	other, _ := newApp(t)
	if err := other.Freeze(); err != nil {
		t.Fatal(err)
	}
	if _, err := link.URL(other); err == nil || !strings.Contains(err.Error(), `link to "/cart", declared at link_test.go:`) {
		t.Errorf("a route of no blueprint of the application: %v", err)
	}
}

func TestLinkMistakes(t *testing.T) {
	app, _ := newApp(t)
	app.Converters = map[string]routing.ConverterFunc{"own": func(routing.Args) (routing.Converter, error) { return routing.Converter{}, nil }}
	site := framework.NewBlueprint("site", "/<lang>")
	site.URLDefaults(func(*framework.Context, string) []any { return []any{"lang", "de"} })
	bare := framework.NewBlueprint("bare", "/bare/<lang>")
	app.Register(site)
	app.Register(bare)
	framework.Link1[int](site.Get("/good/<int:id>", hello).Name("good"), "id")
	framework.Link2[string, int](site.Get("/better/<int:id>", hello).Name("better"), "lang", "id")
	framework.Link1[chan int](site.Get("/own/<own:x>", hello).Name("own"), "x") // its converter decides
	framework.Link1[string](app.Get("/a/<int:id>", hello).Name("a"), "id")
	framework.Link1[int](app.Get("/b/<int:id>", hello).Name("b"), "ident")
	framework.Link1[[]string](app.Get("/c/<name>", hello).Name("c"), "name")
	framework.Link1[string](app.Get("/d/<float:x>", hello).Name("d"), "x")
	framework.Link1[int](app.Get("/e/<uuid:x>", hello).Name("e"), "x")
	framework.Link1[int](bare.Get("/f/<int:id>", hello).Name("f"), "id")
	err := app.Freeze()
	for _, want := range []string{
		`link_test.go:`, `link to "/a/<int:id>": <int:id> is not built from a string`,
		`link to "/b/<int:id>": the rule has no variable "ident"`, `link to "/b/<int:id>": nothing gives <int:id> a value`,
		`<string:name> is not built from a []string`, `<float:x> is not built from a string`, `<uuid:x> is not built from a int`,
		`link to "/bare/<lang>/f/<int:id>": nothing gives <string:lang> a value`,
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the report lacks %q:\n%v", want, err)
		}
	}
	if n := strings.Count(fmt.Sprint(err), "link to "); n != 7 {
		t.Errorf("%d mistakes, want 7:\n%v", n, err)
	}
}

// linkedApp is what testdata/links was written from.
func linkedApp(t *testing.T) *framework.App {
	app, _ := newApp(t)
	app.Converters = map[string]routing.ConverterFunc{"own": func(routing.Args) (routing.Converter, error) { return routing.Converter{}, nil }}
	admin := framework.NewBlueprint("admin", "/<lang>/admin")
	admin.URLDefaults(func(*framework.Context, string) []any { return []any{"lang", "de"} })
	admin.Get("/stats/<float:since>", hello).Name("stat-list")
	app.Register(admin)
	app.Get("/notes/", hello).Name("notes").Defaults("page", 1)
	app.Get("/notes/page/<int:page>", hello).Name("notes")
	app.Get("/all", hello).Name("notes").Alias()
	app.Route("/notes/<int:id>/<type>", "GET", "POST")(hello)
	app.Get("/files/<path:_>", nil).Name("2nd").BuildOnly()
	app.Get("/own/<own:x>", hello).Name("own")
	app.Get("/unnamed", func(c *framework.Context) error { return hello(c) })
	return app
}

// UPDATE_LINKS=1 go test -run TestWriteLinks ./framework writes the file.
func TestWriteLinks(t *testing.T) {
	var got bytes.Buffer
	if err := linkedApp(t).WriteLinks(&got, "links"); err != nil {
		t.Fatal(err)
	}
	const file = "testdata/links/links.go"
	if os.Getenv("UPDATE_LINKS") != "" {
		if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil || got.String() != string(want) {
		t.Errorf("%v, wrote\n%s", err, &got)
	}
	if formatted, err := format.Source(want); err != nil || !bytes.Equal(formatted, want) {
		t.Errorf("gofmt: %v", err)
	}
	app := linkedApp(t)
	links.CheckLinks(app)
	c := app.TestContext(t, gatewaytest.Request{Target: "/notes/"})
	for want, l := range map[string]framework.Link{
		"/notes/": links.Notes(), "/notes/page/3": links.NotesByPage(3), "/notes/7/x": links.Hello(7, "x"),
		"/de/admin/stats/1.5": links.AdminStatList(1.5), "/fr/admin/stats/1.5": links.AdminStatList(1.5).With("lang", "fr"),
		"/files/a/b": links.X2nd("a/b"), "/own/z": links.Own("z"),
	} {
		if got, err := l.URL(c); err != nil || got != want {
			t.Errorf("%s %v, want %s", got, err, want)
		}
	}
}

func TestOldLinks(t *testing.T) {
	app, _ := newApp(t)
	app.Get("/notes/", hello).Name("notes").Defaults("page", 1)
	links.CheckLinks(app)
	err := app.Freeze()
	if err == nil || !strings.Contains(err.Error(), `links.go:`) || !strings.Contains(err.Error(), `endpoint "notes" is expected to have the rule "/notes/page/<int:page>" and has not`) {
		t.Errorf("%v", err)
	}
	if err := app.WriteLinks(&bytes.Buffer{}, "links"); err != nil {
		t.Errorf("old links keep new ones from being written: %v", err)
	}
	clash, _ := newApp(t)
	clash.Get("/a", hello).Name("note-list")
	clash.Get("/b", hello).Name("noteList")
	if err := clash.WriteLinks(&bytes.Buffer{}, "links"); err == nil || !strings.Contains(err.Error(), `endpoint "note-list" and endpoint "noteList" are both called NoteList`) {
		t.Errorf("%v", err)
	}
}

func ExampleLink1() {
	app := framework.New("notes")
	note := framework.Link1[int](app.Get("/notes/<int:id>", hello).Name("note"), "id")
	app.Get("/latest", func(c *framework.Context) error { return note(7).Redirect(c) })
	if err := app.Freeze(); err != nil { // a link that does not suit the rule
		fmt.Println(err)
	}
	u, err := note(7).With("page", 2, "_external", false).URL(app)
	fmt.Println(u, err)
	// Output: /notes/7?page=2 <nil>
}
