package api

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"appname/notes"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
)

const token = "0123456789abcdef0123456789abcdef"

// client is one with the token, of an application with a database of its own.
func client(t *testing.T) *framework.TestClient {
	t.Helper()
	app, err := New(Settings{Token: token, Database: filepath.Join(t.TempDir(), "test.db")})
	if err != nil {
		t.Fatal(err)
	}
	c := app.TestClient(t)
	c.Header.Set("Authorization", "Bearer "+token)
	return c
}

func TestANoteFromBeginningToEnd(t *testing.T) {
	c := client(t)
	var note, changed notes.Note
	r := c.Post("/notes").JSON(map[string]any{"title": "Tea", "text": "Assam"}).Do().Is(201).JSON(&note)
	if note.Title != "Tea" || note.Text != "Assam" || note.Created.IsZero() || r.Header.Value("Location") != fmt.Sprint("/notes/", note.ID) {
		t.Errorf("made %+v at %s", note, r.Header.Value("Location"))
	}
	at := r.Header.Value("Location")
	c.Patch(at).JSON(map[string]any{"text": "Darjeeling"}).Do().Is(200).JSON(&changed)
	if changed.Title != "Tea" || changed.Text != "Darjeeling" || !changed.Created.Equal(note.Created) || changed.Changed.Before(note.Changed) {
		t.Errorf("changed %+v to %+v", note, changed)
	}
	c.Get(at).Do().Is(200).JSON(&note)
	if note != changed {
		t.Errorf("kept %+v instead of %+v", note, changed)
	}
	c.Delete(at).Do().Is(204)
	c.Get(at).Do().Is(404)
	c.Patch(at).JSON(map[string]any{}).Do().Is(404)
	c.Delete(at).Do().Is(404)
}

func TestPages(t *testing.T) {
	c := client(t)
	for i := range 5 {
		c.Post("/notes").JSON(map[string]any{"title": fmt.Sprintf("%d %%", i)}).Do().Is(201)
	}
	c.Post("/notes").JSON(map[string]any{"title": "another one"}).Do().Is(201)
	var titles []string
	pages := 0
	for next := "/notes?limit=2&title=%25"; next != ""; pages++ {
		var page notes.Page
		r := c.Get(next).Do().Is(200).JSON(&page)
		for _, n := range page.Items {
			titles = append(titles, n.Title)
		}
		if has := strings.Contains(r.Header.Value("Link"), `rel="next"`) || strings.Contains(r.Header.Value("Link"), "rel=next"); has != (page.Next != "") {
			t.Errorf("next is %q, and Link %q", page.Next, r.Header.Value("Link"))
		}
		next = page.Next
	}
	if got := strings.Join(titles, ", "); got != "0 %, 1 %, 2 %, 3 %, 4 %" || pages != 3 {
		t.Errorf("%d pages: %s", pages, got)
	}
	var none notes.Page
	if r := c.Get("/notes?after=100").Do().Is(200).JSON(&none); none.Items == nil || len(none.Items) != 0 {
		t.Errorf("an empty page is %s", r.Text())
	}
}

func TestProblems(t *testing.T) {
	c := client(t)
	for _, test := range []struct {
		name   string
		ask    *framework.TestRequest
		status int
		places string // of the mistakes
	}{
		{"no title", c.Post("/notes").JSON(map[string]any{}), 422, "/title"},
		{"too long", c.Post("/notes").JSON(map[string]any{"title": strings.Repeat("x", 201), "text": strings.Repeat("x", 10001)}), 422, "/title /text"},
		{"of another type", c.Post("/notes").JSON(map[string]any{"title": 7}), 422, "/title"},
		{"no JSON", c.Post("/notes").Body("application/json", []byte("{")), 400, "*"},
		{"a form", c.Post("/notes").Form("title", "x"), 415, "*"},
		{"an empty title", c.Patch("/notes/1").JSON(map[string]any{"title": ""}), 422, "/title"},
		{"a title of null", c.Patch("/notes/1").JSON(map[string]any{"title": nil}), 422, "*"},
		{"limits", c.Get("/notes?limit=101&after=-1"), 422, "after limit"},
		{"a limit that is no number", c.Get("/notes?limit=many"), 422, "limit"},
		{"no such note", c.Get("/notes/1"), 404, ""},
		{"no such address", c.Get("/nothing"), 404, ""},
		{"a method", c.Put("/notes/1"), 405, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			var p framework.Problem
			r := test.ask.Do().Is(test.status).JSON(&p)
			if r.Header.Value("Content-Type") != "application/problem+json" || p.Status != test.status || p.Title == "" {
				t.Errorf("%v %s", r.Header, r.Text())
			}
			var places []string
			for _, m := range p.Errors {
				places = append(places, m.Pointer+m.Parameter)
			}
			if got := strings.Join(places, " "); test.places != "*" && got != test.places {
				t.Errorf("the mistakes are at %q, want %q:\n%s", got, test.places, r.Text())
			}
		})
	}
}

func TestToken(t *testing.T) {
	c := client(t)
	for given, challenge := range map[string]string{
		"":                          `Bearer realm="appname"`,
		"Basic eDp4":                `Bearer realm="appname"`,
		"Bearer " + token[1:] + "x": `error="invalid_token"`,
	} {
		c.Header.Set("Authorization", given)
		r := c.Get("/notes").Do().Is(401)
		if !strings.Contains(r.Header.Value("WWW-Authenticate"), challenge) {
			t.Errorf("%q: %v", given, r.Header)
		}
	}
	c.Header.Del("Authorization")
	if got := c.Get("/").Do().Is(200).Text(); !strings.Contains(got, `"notes":"/notes/"`) {
		t.Errorf("the index is %s", got)
	}
	c.Get("/livez").Do().Is(200)
	c.Get("/readyz").Do().Is(200)
}

func TestSettings(t *testing.T) {
	t.Setenv("DEWAR_DEBUG", "1")
	t.Setenv("APPNAME_TOKEN", "short")
	if _, err := LoadSettings(); err == nil || !strings.Contains(err.Error(), "too short") || strings.Contains(err.Error(), `"short"`) {
		t.Errorf("got %v", err)
	}
	t.Setenv("APPNAME_TOKEN", token)
	s, err := LoadSettings()
	if want := (Settings{Debug: true, Token: config.Secret(token), Database: "appname.db"}); err != nil || s != want {
		t.Errorf("%+v, %v; want %+v", s, err, want)
	}
}
