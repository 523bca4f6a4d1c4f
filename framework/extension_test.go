package framework_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// A part is an extension that notes when it was initialised, started and stopped.
type part struct {
	info  framework.ExtensionInfo
	order *[]string
	fail  error
}

func (p *part) About() framework.ExtensionInfo { return p.info }

func (p *part) Init(app *framework.App) error {
	if p.fail != nil {
		return p.fail
	}
	note := func(what string) func(context.Context) error {
		return func(context.Context) error { *p.order = append(*p.order, what+p.info.Name); return nil }
	}
	app.OnStartup(note("+"))
	app.OnShutdown(note("-"))
	return note("")(context.Background())
}

// Types of their own, so that they can be needed.
type (
	storage struct{ part }
	mailer  struct{ part }
	letters struct{ part }
)

func about(name, version string, needs ...framework.Need) part {
	return part{info: framework.ExtensionInfo{Name: name, Version: version, Needs: needs}}
}

// extend gives the parts to one call of Extend, or to one each.
func extend(app *framework.App, order *[]string, atOnce bool, parts ...framework.Extension) {
	for _, e := range parts {
		switch e := e.(type) {
		case *storage:
			e.order = order
		case *mailer:
			e.order = order
		case *letters:
			e.order = order
		}
	}
	if atOnce {
		app.Extend(parts...)
		return
	}
	for _, e := range parts {
		app.Extend(e)
	}
}

func TestExtensionsInOrderOfTheirNeeds(t *testing.T) {
	for _, once := range []bool{true, false} {
		for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
			parts := []framework.Extension{
				&storage{about("storage", "v1.4.0")},
				&mailer{about("mailer", "v2.0.1", framework.Needs[*storage]("v1.2"))},
				&letters{about("letters", "", framework.Needs[*mailer](""), framework.Needs[*storage]("v1"))},
			}
			app, _ := newApp(t)
			var happened []string
			extend(app, &happened, once, parts[order[0]], parts[order[1]], parts[order[2]])
			if err := app.Freeze(); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(app.Startup(t.Context(), gateway.ServerInfo{}), app.Shutdown(t.Context())); err != nil {
				t.Error(err)
			}
			want := "storage mailer letters +storage +mailer +letters -letters -mailer -storage"
			if got := strings.Join(happened, " "); got != want {
				t.Errorf("extended in order %v, at once %v: %s, want %s", order, once, got, want)
			}
			if e, ok := framework.Ext[*mailer](app); !ok || e != parts[1] {
				t.Errorf("Ext gives %v, %v", e, ok)
			}
			if list := app.Extensions(); len(list) != 3 || list[1].Version != "v2.0.1" {
				t.Errorf("%v", list)
			}
		}
	}
}

// An extension may bring another one with it, and is initialised in its place.
type bundle struct {
	part
	with framework.Extension
}

func (b *bundle) Init(app *framework.App) error {
	app.Extend(b.with)
	return b.part.Init(app)
}

func TestExtensionThatExtends(t *testing.T) {
	app, _ := newApp(t)
	var order []string
	inner := &storage{about("storage", "")}
	inner.order = &order
	outer := &bundle{about("bundle", ""), inner}
	outer.order = &order
	needy := &mailer{about("mailer", "", framework.Needs[*storage](""), framework.Needs[*bundle](""))}
	needy.order = &order
	app.Extend(needy, outer)
	if err := app.Freeze(); err != nil || strings.Join(order, " ") != "storage bundle mailer" {
		t.Errorf("%v after %v", err, order)
	}
}

func TestExtensionMistakes(t *testing.T) {
	broken := &storage{about("storage", "v1.4.0")}
	broken.fail = errors.New("no such folder")
	for _, test := range []struct {
		name  string
		parts []framework.Extension
		want  []string
	}{
		{"missing", []framework.Extension{&mailer{about("mailer", "", framework.Needs[*storage]("v1.2"))}},
			[]string{"extension_test.go:", "extension mailer needs *framework_test.storage v1.2, which the application is not extended by"}},
		{"too old", []framework.Extension{&storage{about("storage", "v1.1.9")}, &mailer{about("mailer", "", framework.Needs[*storage]("v1.2"))}},
			[]string{"needs *framework_test.storage v1.2, and storage is v1.1.9"}},
		{"too new", []framework.Extension{&storage{about("storage", "v2.0.0")}, &mailer{about("mailer", "", framework.Needs[*storage]("v1.2"))}},
			[]string{"needs *framework_test.storage v1.2, and storage is v2.0.0"}},
		{"no version", []framework.Extension{&storage{about("storage", "")}, &mailer{about("mailer", "", framework.Needs[*storage]("v1.2"))}},
			[]string{"and storage is of no version"}},
		{"failed", []framework.Extension{broken, &mailer{about("mailer", "", framework.Needs[*storage]("v1.2"))}},
			[]string{"extension storage: no such folder", "needs *framework_test.storage v1.2, and storage has failed"}},
		{"circle", []framework.Extension{&storage{about("storage", "", framework.Needs[*mailer](""))}, &mailer{about("mailer", "", framework.Needs[*storage](""))}},
			[]string{"storage needs *framework_test.mailer, and mailer waits for what it needs itself", "mailer needs *framework_test.storage, and storage waits for what it needs itself"}},
		{"twice", []framework.Extension{&storage{about("storage", "")}, &mailer{about("storage", "")}},
			[]string{"extension storage is there already, since extension_test.go:"}},
		{"bad versions", []framework.Extension{&storage{about("storage", "1.4")}, &mailer{about("mailer", "", framework.Needs[*storage]("latest"))}},
			[]string{`extension storage has version "1.4", which is none like v1.4.2`, `extension mailer needs *framework_test.storage of version "latest", which is none like v1.4.2`}},
		{"nil", []framework.Extension{nil}, []string{"Extend was given nil"}},
	} {
		app, _ := newApp(t)
		extend(app, new([]string), true, test.parts...)
		err := app.Freeze()
		for _, want := range test.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the report lacks %q:\n%v", test.name, want, err)
			}
		}
	}
}

func TestVersionsOfNeeds(t *testing.T) {
	for _, test := range []struct {
		has, wanted string
		suits       bool
	}{
		{"v1.2.0", "v1.2", true}, {"v1.2.0", "v1.2.0", true}, {"v1.2.1", "v1.2.0", true}, {"v1.10.0", "v1.9.9", true}, {"v1", "v1.0.0", true},
		{"v1.2.0-rc.1", "v1.2", true}, {"v1.2.0+build", "v1.2.0", true}, {"v0.3.0", "v0.2.5", true},
		{"v1.1.9", "v1.2", false}, {"v1.2.0", "v1.2.1", false}, {"v2.0.0", "v1.9", false}, {"v1.9", "v2", false},
	} {
		app, _ := newApp(t)
		extend(app, new([]string), true, &storage{about("storage", test.has)}, &mailer{about("mailer", "", framework.Needs[*storage](test.wanted))})
		if err := app.Freeze(); (err == nil) != test.suits {
			t.Errorf("%s for %s: %v", test.has, test.wanted, err)
		}
	}
}

// A clock is an extension, and counter needs one of any make.
type clock interface{ Now() int }

type stopped struct{}

func (stopped) Now() int { return 12 }
func (stopped) About() framework.ExtensionInfo {
	return framework.ExtensionInfo{Name: "stopped clock", Version: "v1.0.0"}
}
func (stopped) Init(*framework.App) error { return nil }

type chime struct{}

func (chime) About() framework.ExtensionInfo {
	return framework.ExtensionInfo{Name: "chime", Needs: []framework.Need{framework.Needs[clock]("v1")}}
}

func (chime) Init(app *framework.App) error {
	c, _ := framework.Ext[clock](app)
	app.Get("/chime", func(ctx *framework.Context) error { return ctx.Text(strings.Repeat("bim ", c.Now())) })
	return nil
}

func ExampleExtension() {
	app := framework.New("tower")
	app.Extend(chime{}, stopped{}) // in any order: chime needs a clock
	show(app, "GET", "/chime")
	for _, e := range app.Extensions() {
		fmt.Println(e.Name, e.Version, e.Needs)
	}
	// Output:
	// 200 bim bim bim bim bim bim bim bim bim bim bim bim
	// stopped clock v1.0.0 []
	// chime  [framework_test.clock v1]
}
