package auth

import (
	"errors"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
)

// SignUp is the form of that page.
type SignUp struct {
	Email    string `form:"email" validate:"required,email,max=254"`
	Password string `form:"password" validate:"required,min=10,max=200" secret:""`
}

func (a *Accounts) signUpPage(c *framework.Context) error {
	return page(c, "auth/signup.html", "", map[string]string{})
}

func (a *Accounts) signUp(c *framework.Context) error {
	var in SignUp
	if err := c.Bind(&in); err != nil {
		return again(c, "auth/signup.html", err)
	}
	user, err := a.users.add(c, in.Email, in.Password)
	if errors.Is(err, errTaken) {
		c.Status(409)
		return page(c, "auth/signup.html", in.Email, map[string]string{"email": "belongs to an account already"})
	}
	if err != nil {
		return err
	}
	if err := enter(c, user); err != nil {
		return err
	}
	c.Flash("Welcome!")
	return home(c)
}

// LogIn is the form of that page.
type LogIn struct {
	Email    string `form:"email" validate:"required,max=254"`
	Password string `form:"password" validate:"required,max=200" secret:""`
	Next     string `query:"next"` // the page to return to
}

func (a *Accounts) logInPage(c *framework.Context) error {
	return page(c, "auth/login.html", "", map[string]string{})
}

func (a *Accounts) logIn(c *framework.Context) error {
	var in LogIn
	if err := c.Bind(&in); err != nil {
		return again(c, "auth/login.html", err)
	}
	user, err := a.users.check(c, in.Email, in.Password)
	if errors.Is(err, errWrong) {
		c.Status(422)
		return page(c, "auth/login.html", in.Email, map[string]string{"password": "or e-mail address is wrong"})
	}
	if err != nil {
		return err
	}
	if err := enter(c, user); err != nil {
		return err
	}
	c.Flash("Welcome back.")
	fallback, err := c.URL("index")
	if err != nil {
		return err
	}
	return c.SafeRedirect(in.Next, fallback)
}

func (a *Accounts) logOut(c *framework.Context) error {
	c.Session().Clear()
	c.Flash("You are logged out.")
	return home(c)
}

func home(c *framework.Context) error {
	url, err := c.URL("index")
	if err != nil {
		return err
	}
	return c.Redirect(url)
}

// page shows a form, with the address that was typed and what is wrong with which field.
func page(c *framework.Context, name, email string, wrong map[string]string) error {
	return c.Render(name, map[string]any{"email": email, "wrong": wrong, "next": c.Query().Value("next")})
}

// again shows a form with what is wrong with the input.
func again(c *framework.Context, name string, err error) error {
	var wrong *binding.Error
	if !errors.As(err, &wrong) {
		return err
	}
	messages := map[string]string{}
	for _, m := range wrong.Mistakes {
		messages[m.Parameter] = m.Message
	}
	c.Status(422)
	return page(c, name, wrong.Value("email"), messages)
}
