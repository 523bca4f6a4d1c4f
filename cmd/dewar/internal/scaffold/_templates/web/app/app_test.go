package app

import (
	"fmt"
	"html"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/config"
)

const secret = "0123456789abcdef0123456789abcdef"

// visitor is a browser, and submit a form in it.
type visitor struct {
	*framework.TestClient
	t *testing.T
}

// with makes an application with its database in a file.
func with(t *testing.T, database string) *framework.App {
	t.Helper()
	app, err := New(Settings{Secret: secret, Database: database})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// visit starts an application with a database of its own.
func visit(t *testing.T) visitor {
	t.Helper()
	return visitor{with(t, filepath.Join(t.TempDir(), "test.db")).TestClient(t), t}
}

var token = regexp.MustCompile(`name="csrf_token" value="([^"]+)"`)

// submit opens a page and sends a form of it, with its token.
func (v visitor) submit(page, action string, fields ...any) *framework.TestRequest {
	v.t.Helper()
	found := token.FindStringSubmatch(v.Get(page).Do().Is(200).Text())
	if found == nil {
		v.t.Fatalf("%s has no form with a token", page)
	}
	return v.Post(action).Form(append(fields, "csrf_token", html.UnescapeString(found[1]))...)
}

// signUp makes the visitor a user.
func (v visitor) signUp(email string) {
	v.t.Helper()
	v.submit("/signup", "/signup", "email", email, "password", "correct horse").Do().Is(303)
}

func (v visitor) sees(page string, want ...string) {
	v.t.Helper()
	text := v.Get(page).Do().Is(200).Text()
	for _, w := range want {
		if !strings.Contains(text, w) {
			v.t.Errorf("%s lacks %q:\n%s", page, w, text)
		}
	}
}

func TestAnAccount(t *testing.T) {
	v := visit(t)
	v.sees("/", "Log in", "Sign up")
	v.signUp("ada@example.com")
	v.sees("/", "Hello, ada@example.com.", "Log out")
	v.submit("/", "/logout").Do().Is(303)
	v.sees("/", "You are logged out.", "Log in")

	wrong := v.submit("/login", "/login", "email", "ada@example.com", "password", "battery staple").Do().Is(422).Text()
	unknown := v.submit("/login", "/login", "email", "bob@example.com", "password", "battery staple").Do().Is(422).Text()
	for _, page := range []string{wrong, unknown} {
		if !strings.Contains(page, "Password or e-mail address is wrong.") || strings.Contains(page, "battery") {
			t.Errorf("a wrong password is answered\n%s", page)
		}
	}
	v.submit("/login", "/login", "email", "ADA@example.com", "password", "correct horse").Do().Is(303)
	v.sees("/", "Welcome back.", "Hello, ada@example.com.")
}

func TestSigningUpWithMistakes(t *testing.T) {
	v := visit(t)
	v.signUp("ada@example.com")
	v.ClearCookies()
	for _, test := range []struct {
		email, password string
		status          int
		want            string
	}{
		{"ada@example.com", "correct horse", 409, "belongs to an account already"},
		{"ada", "correct horse", 422, "E-mail address must be"},
		{"bob@example.com", "short", 422, "Password must"},
	} {
		page := v.submit("/signup", "/signup", "email", test.email, "password", test.password).Do().Is(test.status).Text()
		if !strings.Contains(page, test.want) || !strings.Contains(page, fmt.Sprintf("value=%q", test.email)) || strings.Contains(page, test.password) {
			t.Errorf("%s, %s: want %q in\n%s", test.email, test.password, test.want, page)
		}
	}
}

func TestLoginReturnsToThePageAndLeavesNotTheSite(t *testing.T) {
	v := visit(t)
	v.signUp("ada@example.com")
	v.submit("/", "/logout").Do().Is(303)
	login := v.Get("/notes/").Do().Is(303).Header.Value("Location")
	if login != "/login?next=%2Fnotes%2F" && login != "/login?next=/notes/" {
		t.Errorf("a page for users leads to %s", login)
	}
	for next, want := range map[string]string{login: "/notes/", "/login?next=https://evil.example/": "/"} {
		r := v.submit(next, next, "email", "ada@example.com", "password", "correct horse").Do().Is(303)
		if got := r.Header.Value("Location"); got != want {
			t.Errorf("%s leads to %s, want %s", next, got, want)
		}
		v.submit("/", "/logout").Do().Is(303)
	}
}

func TestNotesBelongToTheirUser(t *testing.T) {
	v := visit(t)
	v.signUp("ada@example.com")
	v.sees("/notes/", "Nothing is noted yet.")
	v.submit("/notes/", "/notes/", "text", "").Do().Is(422)
	v.submit("/notes/", "/notes/", "text", "<b>milk</b>").Do().Is(303)
	v.sees("/notes/", "Noted.", "&lt;b&gt;milk&lt;/b&gt;", `action="/notes/1/delete"`)

	v.submit("/", "/logout").Do().Is(303)
	v.signUp("bob@example.com")
	v.sees("/notes/", "Nothing is noted yet.")
	v.submit("/notes/", "/notes/1/delete").Do().Is(404)

	v.submit("/", "/logout").Do().Is(303)
	v.submit("/login", "/login", "email", "ada@example.com", "password", "correct horse").Do().Is(303)
	v.submit("/notes/", "/notes/1/delete").Do().Is(303)
	v.sees("/notes/", "Deleted.", "Nothing is noted yet.")
}

func TestAddingAUserByCommand(t *testing.T) {
	database := filepath.Join(t.TempDir(), "test.db")
	for _, test := range []struct {
		email, password string
		code            int
		want            string
	}{
		{"ada", "correct horse\n", 1, `"ada" is no e-mail address`},
		{"ada@example.com", "short\n", 1, "has 5 characters, and needs ten"},
		{"ada@example.com", "correct horse\n", 0, "ada@example.com is user 1"},
		{"Ada@example.com", "correct horse\n", 1, "has an account already"},
	} {
		run := with(t, database).TestCommand(t, "add-user", test.email).Stdin(test.password).Run().Is(test.code)
		if told := fmt.Sprint(run.Stdout, run.Err); !strings.Contains(told, test.want) {
			t.Errorf("%s: %s, want %q", test.email, told, test.want)
		}
	}
	v := visitor{with(t, database).TestClient(t), t}
	v.submit("/login", "/login", "email", "ada@example.com", "password", "correct horse").Do().Is(303)
}

func TestFormsNeedTheirToken(t *testing.T) {
	v := visit(t)
	v.Post("/signup").Form("email", "ada@example.com", "password", "correct horse").Do().Is(403)
	v.sees("/", "Sign up")
}

func TestAssetsAreKeptUntilTheyChange(t *testing.T) {
	v := visit(t)
	found := regexp.MustCompile(`href="(/static/app\.[0-9a-f]+\.css)"`).FindStringSubmatch(v.Get("/").Do().Is(200).Text())
	if found == nil {
		t.Fatal("the page has no stylesheet with a hash in its name")
	}
	r := v.Get(found[1]).Do().Is(200)
	if got := r.Header.Value("Cache-Control"); !strings.Contains(got, "immutable") || !strings.HasPrefix(r.Header.Value("Content-Type"), "text/css") {
		t.Errorf("%s: %v", found[1], r.Header)
	}
}

func TestErrorPagesHealthAndFields(t *testing.T) {
	v := visit(t)
	r := v.Get("/nothing").Do().Is(404)
	if !strings.Contains(r.Text(), "<h1>There is nothing at this address.</h1>") || len(r.Templates) != 1 {
		t.Errorf("404 is\n%s", r.Text())
	}
	if policy := r.Header.Value("Content-Security-Policy"); !strings.Contains(policy, "script-src 'nonce-") {
		t.Errorf("the policy is %q", policy)
	}
	v.Get("/livez").Do().Is(200)
	v.Get("/readyz").Do().Is(200)
}

func TestSettings(t *testing.T) {
	t.Setenv("DEWAR_DEBUG", "1")
	t.Setenv("APPNAME_SECRET", "short")
	if _, err := LoadSettings(); err == nil || !strings.Contains(err.Error(), "too short") || strings.Contains(err.Error(), `"short"`) {
		t.Errorf("got %v", err)
	}
	t.Setenv("APPNAME_SECRET", secret)
	t.Setenv("APPNAME_OLD_SECRET", "old"+secret)
	s, err := LoadSettings()
	if want := (Settings{Debug: true, Secret: secret, OldSecret: config.Secret("old" + secret), Database: "appname.db"}); err != nil || s != want {
		t.Errorf("%+v, %v; want %+v", s, err, want)
	}
	if keys := s.keys(); len(keys) != 2 || keys[1] != secret {
		t.Errorf("keys %q", keys)
	}
}
