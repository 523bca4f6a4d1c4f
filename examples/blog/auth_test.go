package main

import (
	"strings"
	"testing"

	"github.com/dewar-go/dewar/framework/session"
	"github.com/dewar-go/dewar/gateway/client"
	"github.com/dewar-go/dewar/gateway/server"
)

func TestRegister(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		r := v.submit("/auth/register", "/auth/register", "username", " grace ", "password", "a long password")
		leadsTo(t, r, "/auth/login")
		shows(t, v.Get("/auth/login").Do().Is(200), "Welcome, grace.")
		if n := v.count("SELECT count(*) FROM users WHERE username = 'grace'"); n != 1 {
			t.Errorf("%d users are called grace", n)
		}
		if n := v.count("SELECT count(*) FROM users WHERE password LIKE '%a long password%'"); n != 0 {
			t.Error("the password is kept as it is")
		}
		leadsTo(t, v.submit("/auth/login", "/auth/login", "username", "grace", "password", "a long password"), "/")
	})
}

func TestRegisterChecksItsInput(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		for _, c := range []struct{ username, password, message string }{
			{"", password, "Username is missing."},
			{"  ", password, "Username is missing."},
			{"grace", "", "Password is missing."},
			{"grace", "1234567", "Password must have at least 8 characters."},
			{"grace", strings.Repeat("x", 201), "Password must have at most 200 characters."},
			{strings.Repeat("x", 41), password, "Username must have at most 40 characters."},
			{"gr\x00ace", password, "Username has a character that cannot be kept."},
			{"ada", password, "Username is taken: ada is already registered."},
			{" ada ", password, "Username is taken: ada is already registered."},
		} {
			r := v.submit("/auth/register", "/auth/register", "username", c.username, "password", c.password).Is(422)
			shows(t, r, c.message)
			if c.password != "" && strings.Contains(r.Text(), c.password) {
				t.Errorf("the page repeats the password %q", c.password)
			}
		}
		r := v.submit("/auth/register", "/auth/register", "username", `"><script>`, "password", "")
		shows(t, r.Is(422), `value="&#34;&gt;&lt;script&gt;"`) // shown again, and no markup
		if n := v.count("SELECT count(*) FROM users"); n != 2 {
			t.Errorf("%d users", n)
		}
	})
}

func TestLogin(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		shows(t, v.Get("/").Do(), "Log in", "Register")
		v.Session(func(s *session.Session) { s.Set("planted", "before") })
		before, _ := v.Cookie("/", "csrf")
		leadsTo(t, v.submit("/auth/login", "/auth/login", "username", "ada", "password", password), "/")
		v.Session(func(s *session.Session) {
			if s.Int("user_id") != 1 || s.Has("planted") {
				t.Errorf("the session has %v", s.Keys())
			}
		})
		if after, _ := v.Cookie("/", "csrf"); after == before {
			t.Error("tokens from before the login are still good")
		}
		shows(t, v.Get("/").Do(), "Log out", "ada", "Write")

		c := v.app.TestContext(t, client.Request{Target: "/", Header: v.cookies()})
		a := newAuth(v.db)
		first, err := a.user.Of(c)
		if err != nil || first == nil || first.Username != "ada" {
			t.Fatalf("%v, %v", first, err)
		}
		if again, err := a.user.Of(c); err != nil || again != first {
			t.Error("the user was loaded twice")
		}
	})
}

func TestLoginChecksItsInput(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		for _, c := range []struct{ username, password, message string }{
			{"nobody", password, "Incorrect username or password."},
			{"ada", "wrong", "Incorrect username or password."}, // the same: who is registered is not told
			{"", "", "Username is missing."},
			{"ada", "", "Password is missing."},
			{"a\x00da", password, "Username has a character that cannot be kept."},
		} {
			shows(t, v.submit("/auth/login", "/auth/login", "username", c.username, "password", c.password).Is(422), c.message)
			v.Session(func(s *session.Session) {
				if s.Has("user_id") {
					t.Errorf("%q and %q are logged in", c.username, c.password)
				}
			})
		}
	})
}

// A login leads back to the page that asked for it, if that is one of ours.
func TestNext(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		leadsTo(t, v.Get("/1/update?a=b").Do(), "/auth/login?next=%2F1%2Fupdate%3Fa%3Db")
		for next, want := range map[string]string{
			"%2F1%2Fupdate%3Fa%3Db": "/1/update?a=b", "https://evil.example/": "/", "//evil.example": "/", `/\evil.example`: "/", "": "/",
		} {
			page := "/auth/login?next=" + next
			leadsTo(t, v.submit(page, page, "username", "ada", "password", password), want)
			v.ClearCookies()
		}
	})
}

func TestLogout(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("ada")
		leadsTo(t, v.submit("/", "/auth/logout"), "/")
		v.Session(func(s *session.Session) {
			if s.Len() != 0 {
				t.Errorf("the session has %v", s.Keys())
			}
		})
		shows(t, v.Get("/").Do(), "Log in")
		v.Get("/auth/logout").Do().Is(405) // or any page with a picture could log people out
	})
}

func TestRemovedUser(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("bob")
		if _, err := v.db.Exec("DELETE FROM users WHERE username = 'bob'"); err != nil {
			t.Fatal(err)
		}
		shows(t, v.Get("/").Do().Is(200), "Log in")
		leadsTo(t, v.Get("/create").Do(), "/auth/login?next=%2Fcreate")
	})
}

// Of one address 20 attempts in a minute are answered, whatever they are about.
func TestAttempts(t *testing.T) {
	v := visit(t, sqliteFile(t))
	v.TestClient = v.app.TestClientOn(t, server.New(server.Config{Addr: "127.0.0.1:0"}))
	for range 10 {
		v.submit("/auth/login", "/auth/login", "username", "", "password", "").Is(422)
		v.submit("/auth/register", "/auth/%72egister", "username", "", "password", "").Is(422)
	}
	r := v.submit("/auth/login", "/auth/login", "username", "ada", "password", password).Is(429)
	shows(t, r, "Too Many Requests")
	if !r.Header.Has("Retry-After") {
		t.Error("it is not said when to come back")
	}
	v.Get("/auth/login").Do().Is(200)
}
