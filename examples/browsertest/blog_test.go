package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

const password = "correct horse battery"

func startBlog(t *testing.T) string {
	t.Helper()
	database := filepath.Join(t.TempDir(), "blog.db")
	run(t, "blog", "-database", database, "init-db")
	return start(t, "blog", "-database", database)
}

// submit fills in the form with that button and sends it: name and value in turns.
func (b *browser) submit(button string, fields ...string) (int, string) {
	b.t.Helper()
	for i := 0; i < len(fields); i += 2 {
		field := fmt.Sprintf("main [name=%s]", fields[i])
		b.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).value = ''", field)),
			chromedp.SendKeys(chromedp.CSS(field), fields[i+1]))
	}
	return b.navigate(chromedp.Click(fmt.Sprintf("//button[starts-with(normalize-space(), %q)]", button)))
}

func (b *browser) is(status int, path string) func(int, string) {
	return func(s int, p string) {
		b.t.Helper()
		if s != status || p != path {
			b.t.Errorf("%d at %s, want %d at %s; the page is\n%s", s, p, status, path, b.text())
		}
	}
}

// One visitor's whole way: register, log in, write, edit, delete, log out.
func TestBlog(t *testing.T) {
	b := browse(t, "blog", startBlog(t))
	b.open("/")
	b.shows("Nobody has written anything yet.", "Log in", "Register")
	b.picture("empty")

	b.expected = "status of 4" // pages that are refused, which the browser reports
	b.open("/auth/register")
	b.picture("register")
	b.is(422, "/auth/register")(b.submit("Register", "username", "ada", "password", "short"))
	b.shows("Password must have at least 8 characters.")
	b.picture("register-wrong")
	b.is(200, "/auth/login")(b.submit("Register", "username", "ada", "password", password))
	b.shows("Welcome, ada.")
	b.picture("registered")

	b.is(422, "/auth/login")(b.submit("Log in", "username", "ada", "password", "a wrong password"))
	b.shows("Incorrect username or password.")
	b.picture("login-wrong")
	b.is(200, "/")(b.submit("Log in", "username", "ada", "password", password))
	b.shows("ada", "Log out")

	b.open("/create")
	b.picture("create")
	b.is(200, "/")(b.submit("Publish", "title", "On <b>vacuum</b> flasks", "body", article))
	b.shows("Published.", "On <b>vacuum</b> flasks", "by ada on", "James Dewar")
	b.is(200, "/")(b.write("Tea, still hot after a night", "The kettle went at ten.\n\nAt seven it was drinkable."))
	b.picture("index")

	b.is(200, "/1/update")(b.navigate(chromedp.Click(chromedp.CSS(`a[href="/1/update"]`))))
	b.picture("update")
	b.is(200, "/")(b.submit("Save", "title", "On vacuum flasks", "body", article))
	b.shows("Saved.", "On vacuum flasks")

	b.open("/1/update")
	b.run(chromedp.Click(chromedp.CSS("summary")), chromedp.WaitVisible(chromedp.CSS(".danger .button")))
	b.picture("delete")
	b.is(200, "/")(b.submit("Delete it"))
	b.shows("Deleted.")
	if strings.Contains(b.text(), "On vacuum flasks") {
		t.Error("the post is still there")
	}

	b.is(200, "/")(b.submit("Log out"))
	b.shows("Log in", "Register")
	b.is(200, "/auth/login")(b.navigate(chromedp.Navigate(b.url + "/2/update")))
	b.is(200, "/2/update")(b.submit("Log in", "username", "ada", "password", password))

	b.is(404, "/nowhere")(b.navigate(chromedp.Navigate(b.url + "/nowhere")))
	b.picture("error")
}

func (b *browser) write(title, body string) (int, string) {
	b.t.Helper()
	b.open("/create")
	return b.submit("Publish", "title", title, "body", body)
}

const article = `In 1892 James Dewar put one flask into another and took away the air between them. What is inside hardly feels what is outside.

He never patented it. Two glassblowers did, and called it Thermos.`

// Somebody else's post cannot be edited, and a script in a post is text.
func TestBlogOfTwo(t *testing.T) {
	b := browse(t, "blog", startBlog(t))
	b.expected = "status of 4"
	for _, name := range []string{"ada", "bob"} {
		b.open("/auth/register")
		b.is(200, "/auth/login")(b.submit("Register", "username", name, "password", password))
	}
	b.is(200, "/")(b.submit("Log in", "username", "ada", "password", password))
	b.is(200, "/")(b.write("<script>document.title = 'taken'</script>", "<img src=x onerror=\"document.title = 'taken'\">"))
	b.shows("<script>document.title = 'taken'</script>", "<img src=x onerror=")
	b.submit("Log out")

	b.open("/auth/login")
	b.is(200, "/")(b.submit("Log in", "username", "bob", "password", password))
	if strings.Contains(b.text(), "Edit") {
		t.Error("bob is offered to edit ada's post")
	}
	if title := ask[string](b, "document.title"); title != "Posts · The Inner Flask" {
		t.Errorf("the title is %q", title)
	}
	b.is(403, "/1/update")(b.navigate(chromedp.Navigate(b.url + "/1/update")))
	b.shows("Only its author may change a post.")
}

// Pages elsewhere send forms to the blog in the name of who is logged in: one of
// another site, whose forms come without cookies, and one of the same host, whose forms
// come with them.
func TestBlogRefusesForgedForms(t *testing.T) {
	b := browse(t, "blog", startBlog(t))
	b.expected = "status of 4"
	b.open("/auth/register")
	b.submit("Register", "username", "ada", "password", password)
	b.is(200, "/")(b.submit("Log in", "username", "ada", "password", password))

	forger := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprintf(w, `<!doctype html><link rel="icon" href="data:,"><form method="post" action="%s/create">
			<input name="title" value="Forged"><input name="body" value="Forged"><input name="csrf_token" value="AAAA">
			<button>Win a prize</button></form>`, b.url)
	}))
	defer forger.Close()
	for site, origin := range map[string]string{
		"another site":  strings.Replace(forger.URL, "127.0.0.1", "localhost", 1),
		"the same host": forger.URL,
	} {
		b.run(chromedp.Navigate(origin))
		status, path := b.navigate(chromedp.Click(chromedp.CSS("button")))
		if status != 403 || path != "/create" {
			t.Errorf("%s: %d at %s\n%s", site, status, path, b.text())
		}
	}
	b.picture("forged")
	b.open("/")
	b.shows("Log out", "Nobody has written anything yet.")
}
