package main

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
	"github.com/dewar-go/dewar/gateway/middleware/ratelimit"
)

// A user is somebody who has registered.
type user struct {
	ID       int
	Username string
}

// auth is the part of the application that knows who somebody is.
type auth struct {
	db   *database
	user *framework.Dependency[*user] // who is logged in; nil: nobody
}

func newAuth(db *database) *auth {
	a := &auth{db: db}
	a.user = framework.NewDependency("user", a.load)
	return a
}

func (a *auth) blueprint() *framework.Blueprint {
	attempts := framework.Wrap(ratelimit.New(ratelimit.Config{
		Policy: ratelimit.Policy{Name: "attempts", Requests: 20, Window: time.Minute},
	}))
	b := framework.NewBlueprint("auth", "/auth")
	b.Get("/register", a.registerPage).Name("register")
	b.Post("/register", a.register, attempts)
	b.Get("/login", a.loginPage).Name("login")
	b.Post("/login", a.login, attempts)
	b.Post("/logout", a.logout)
	return b
}

// load finds out who is logged in. It is asked at most once in a request, and not at
// all where nobody wants to know.
func (a *auth) load(c *framework.Context) (*user, error) {
	id := c.Session().Int("user_id")
	if id == 0 {
		return nil, nil
	}
	u := &user{ID: id}
	err := a.db.QueryRowContext(c, "SELECT username FROM users WHERE id = $1", id).Scan(&u.Username)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil // since removed
	}
	return u, err
}

// variables are for every template. Where the database is away the page of the error
// still has to be shown, as to somebody who is not logged in.
func (a *auth) variables(c *framework.Context) map[string]any {
	u, err := a.user.Of(c)
	if err != nil {
		u = nil
	}
	return map[string]any{"user": u}
}

// required is a decorator for what only users may do: others log in first, and come
// back to the page that they asked for.
func (a *auth) required(next framework.Handler) framework.Handler {
	return func(c *framework.Context) error {
		u, err := a.user.Of(c)
		if err != nil {
			return err
		}
		if u != nil {
			return next(c)
		}
		var back any // to a form that was sent there is no way back
		if r := c.Request(); r.Method == "GET" {
			back = strings.TrimSuffix(r.Root+r.Path+"?"+r.Query, "?")
		}
		login, err := c.URL("auth.login", "next", back)
		if err != nil {
			return err
		}
		return c.Redirect(login)
	}
}

type registration struct {
	Username string `form:"username" validate:"required,filled,nozero,max=40"`
	Password string `form:"password" validate:"required,filled,min=8,max=200" secret:""`
}

func (a *auth) registerPage(c *framework.Context) error {
	return a.showRegister(c, registration{}, map[string]string{})
}

func (a *auth) showRegister(c *framework.Context, in registration, wrong map[string]string) error {
	return c.Render("auth/register.html", map[string]any{"form": in, "wrong": wrong})
}

func (a *auth) register(c *framework.Context) error {
	var in registration
	wrong, err := bind(c, &in)
	if err != nil {
		return err
	}
	if len(wrong) == 0 {
		in.Username = strings.TrimSpace(in.Username)
		free, err := a.db.addUser(c, in.Username, hashPassword(in.Password))
		if err != nil {
			return err
		}
		if free {
			c.Flash("Welcome, " + in.Username + ". Now log in with your new password.")
			return a.redirect(c, ".login")
		}
		wrong = map[string]string{"username": "is taken: " + in.Username + " is already registered"}
	}
	return a.showRegister(c.Status(422), in, wrong)
}

type credentials struct {
	Username string `form:"username" validate:"required,filled,nozero"`
	Password string `form:"password" validate:"required,filled,max=200" secret:""`
}

func (a *auth) loginPage(c *framework.Context) error {
	return a.showLogin(c, credentials{}, map[string]string{})
}

func (a *auth) showLogin(c *framework.Context, in credentials, wrong map[string]string) error {
	return c.Render("auth/login.html", map[string]any{"form": in, "wrong": wrong})
}

func (a *auth) login(c *framework.Context) error {
	var in credentials
	wrong, err := bind(c, &in)
	if err != nil {
		return err
	}
	if len(wrong) == 0 {
		id, err := a.db.authenticate(c, strings.TrimSpace(in.Username), in.Password)
		if err != nil {
			return err
		}
		if id != 0 {
			return a.enter(c, id)
		}
		c.Flash("Incorrect username or password.", "error") // not which: that would tell who is registered
	}
	return a.showLogin(c.Status(422), in, wrong)
}

// enter begins a session of that user. Nothing that was there before the login counts
// after it: neither the session nor the token of a form.
func (a *auth) enter(c *framework.Context, id int) error {
	s := c.Session()
	s.Clear()
	s.Regenerate()
	s.Set("user_id", id)
	if err := csrf.Rotate(c.Exchange()); err != nil {
		return err
	}
	index, err := c.URL("blog.index")
	if err != nil {
		return err
	}
	return c.SafeRedirect(c.Query().Value("next"), index)
}

func (a *auth) logout(c *framework.Context) error {
	c.Session().Clear()
	return a.redirect(c, "blog.index")
}

func (a *auth) redirect(c *framework.Context, endpoint string) error {
	url, err := c.URL(endpoint)
	if err != nil {
		return err
	}
	return c.Redirect(url)
}

// addUser reports whether the name was free.
func (db *database) addUser(ctx context.Context, username, hash string) (bool, error) {
	result, err := db.ExecContext(ctx,
		"INSERT INTO users (username, password) VALUES ($1, $2) ON CONFLICT (username) DO NOTHING", username, hash)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n == 1, err
}

// authenticate returns the user's id, 0 where name and password are not those of one.
// It takes as long for a name that nobody has.
func (db *database) authenticate(ctx context.Context, username, password string) (int, error) {
	id, hash := 0, nobody
	err := db.QueryRowContext(ctx, "SELECT id, password FROM users WHERE username = $1", username).Scan(&id, &hash)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return 0, err
	}
	if ok, err := checkPassword(hash, password); err != nil || !ok {
		return 0, err
	}
	return id, nil
}
