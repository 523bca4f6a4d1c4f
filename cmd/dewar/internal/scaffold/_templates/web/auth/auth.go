// Package auth lets people sign up, log in and log out.
package auth

import (
	"database/sql"
	"time"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway/middleware/csrf"
	"github.com/dewar-go/dewar/gateway/middleware/ratelimit"
)

// Accounts are an extension of the application: pages, and who is logged in.
type Accounts struct{ users users }

// New returns the accounts of a database.
func New(db *sql.DB) *Accounts { return &Accounts{users{db}} }

// attempts are how many passwords one address may try.
var attempts = ratelimit.Policy{Name: "passwords", Requests: 20, Window: time.Minute}

// About names the extension.
func (a *Accounts) About() framework.ExtensionInfo { return framework.ExtensionInfo{Name: "accounts"} }

// Init adds the pages and the command, and gives every template the variable user: none where nobody is
// logged in.
func (a *Accounts) Init(app *framework.App) error {
	limit := framework.Wrap(ratelimit.New(ratelimit.Config{Policy: attempts}))
	bp := framework.NewBlueprint("auth", "")
	bp.Get("/signup", a.signUpPage).Name("signup")
	bp.Post("/signup", a.signUp, limit).Name("signup_form")
	bp.Get("/login", a.logInPage).Name("login")
	bp.Post("/login", a.logIn, limit).Name("login_form")
	bp.Post("/logout", a.logOut).Name("logout")
	app.Register(bp)
	app.Command(framework.Command{
		Name: "add-user", Args: "EMAIL", Short: "Add a user, whose password is read from standard input", Run: a.addUser,
	})
	app.ContextProcessor(func(c *framework.Context) map[string]any {
		user, err := Current(c)
		if err != nil {
			c.Logger().Error("the page is shown as if nobody were logged in", "error", err)
		}
		return map[string]any{"user": user}
	})
	return nil
}

// current is the user of the request, asked for once.
var current = framework.NewDependency("user", func(c *framework.Context) (*User, error) {
	accounts, ok := framework.Ext[*Accounts](c.App())
	id := c.Session().Int("user")
	if !ok || id == 0 {
		return nil, nil
	}
	return accounts.users.byID(c, int64(id))
})

// Current returns the user who is logged in, nil where nobody is.
func Current(c *framework.Context) (*User, error) { return current.Of(c) }

// Required lets only users in; others are sent to the login, and come back.
func Required(h framework.Handler) framework.Handler {
	return func(c *framework.Context) error {
		user, err := Current(c)
		if err != nil {
			return err
		}
		if user != nil {
			return h(c)
		}
		c.Flash("Log in to see that page.")
		var query []any
		if c.Request().Method == "GET" {
			query = []any{"next", c.Request().Path}
		}
		login, err := c.URL("auth.login", query...)
		if err != nil {
			return err
		}
		return c.Redirect(login)
	}
}

// enter makes the visitor a user. What was known of the visitor before, by whoever, is
// worth nothing from now on.
func enter(c *framework.Context, user *User) error {
	s := c.Session()
	s.Regenerate()
	s.SetPermanent(true)
	s.Set("user", user.ID)
	return csrf.Rotate(c.Exchange())
}
