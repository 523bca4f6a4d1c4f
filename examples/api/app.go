package main

import (
	"errors"
	"strconv"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/gateway/middleware/secure"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// newApp puts the application together around a library.
func newApp(l *library) *framework.App {
	app := framework.New("api")
	app.Use(secure.New(secure.Config{Policy: "default-src 'none'; frame-ancestors 'none'"}))

	v1 := framework.NewBlueprint("v1", "/v1")
	v1.Get("/books", framework.Bind(l.list)).Name("books")
	v1.Post("/books", framework.Bind(l.create))
	v1.Get("/books/<int:id>", l.show).Name("book")
	v1.Patch("/books/<int:id>", l.update)
	v1.Delete("/books/<int:id>", l.drop)
	app.Register(v1)
	app.Get("/", index)

	// A program is who asks: every error is a problem document, whatever Accept says.
	framework.HandleAs(app, problem)
	app.HandleStatus(500, func(c *framework.Context, _ error) error {
		return c.Problem(framework.Problem{Status: 500, Detail: "Something went wrong on this side. It was noted."})
	})
	app.HandleError(errNoBook, func(c *framework.Context, _ error) error {
		return c.Problem(framework.Problem{Status: 404, Detail: "There is no such book."})
	})
	app.HandleError(errFull, func(c *framework.Context, _ error) error {
		return c.Problem(framework.Problem{Status: 507, Detail: "The library is full."})
	})
	app.HandleError(errChanged, func(c *framework.Context, _ error) error {
		return c.Problem(framework.Problem{Status: 412, Detail: "The book has been changed meanwhile. Fetch it again."})
	})
	return app
}

// index says where things are, to whoever opens the address to look.
func index(c *framework.Context) error {
	books, err := c.URL("v1.books")
	if err != nil {
		return err
	}
	return c.JSON(map[string]string{"books": books})
}

// problem answers an error that names its status, with all that is wrong with the
// input where that is the reason.
func problem(c *framework.Context, err *framework.Error) error {
	p := framework.Problem{Status: err.Status, Detail: err.Text()}
	var wrong *binding.Error
	if errors.As(err, &wrong) {
		p.Errors = wrong.Mistakes
	}
	return c.Problem(p)
}

// A Listing is what list may be asked.
type Listing struct {
	Author string `query:"author" validate:"max=100"`
	After  int    `query:"after" validate:"min=0"` // the ID behind which the page begins
	Limit  int    `query:"limit" default:"20" validate:"min=1,max=100"`
}

// A Page is a part of a list.
type Page struct {
	Books []Book `json:"books"`
	Next  string `json:"next,omitempty"` // URL of the next page; absent on the last one
}

// list answers with a page. A cursor stands still where pages are counted: what is
// added or removed meanwhile shows no book twice and hides none.
func (l *library) list(c *framework.Context, in Listing) (Page, error) {
	books, more := l.page(in.Author, in.After, in.Limit)
	p := Page{Books: books}
	if !more {
		return p, nil
	}
	arguments := []any{"after", books[len(books)-1].ID, "limit", in.Limit}
	if in.Author != "" {
		arguments = append(arguments, "author", in.Author)
	}
	next, err := c.URL(".books", arguments...)
	if err != nil {
		return Page{}, err
	}
	p.Next = next
	c.SetHeader("Link", semantics.Link{URL: next, Rel: "next"}.String())
	return p, nil
}

// A NewBook is what create takes, and nothing else.
type NewBook struct {
	binding.Strict
	Title  string   `json:"title" validate:"required,min=1,max=200"`
	Author string   `json:"author" validate:"required,min=1,max=100"`
	Year   int      `json:"year" validate:"required,min=1450,max=2100"`
	Tags   []string `json:"tags" validate:"max=10,unique,dive,min=1,max=30"`
}

// create keeps a book, and says where it is.
func (l *library) create(c *framework.Context, in NewBook) (Book, error) {
	b, err := l.add(Book{Title: in.Title, Author: in.Author, Year: in.Year, Tags: tags(in.Tags)})
	if err != nil {
		return Book{}, err
	}
	url, err := c.URL(".book", "id", b.ID)
	if err != nil {
		return Book{}, err
	}
	c.SetHeader("Location", url)
	c.ETag(tag(b))
	c.Status(201)
	return b, nil
}

// tags is a list that is never null in JSON.
func tags(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// tag tells the states of a book from each other.
func tag(b Book) semantics.ETag { return semantics.StrongETag(strconv.Itoa(b.Version)) }

// show answers with a book, or with 304 where the client has it as it is.
func (l *library) show(c *framework.Context) error {
	b, err := l.get(c.Int("id"))
	if err != nil {
		return err
	}
	if done, err := c.Conditional(semantics.Validators{ETag: tag(b)}); done {
		return err
	}
	return c.JSON(b)
}

// A Change is what update takes: what is absent stays as it is.
type Change struct {
	binding.Strict
	Title  binding.Opt[string]   `json:"title" validate:"omitempty,min=1,max=200"`
	Author binding.Opt[string]   `json:"author" validate:"omitempty,min=1,max=100"`
	Year   binding.Opt[int]      `json:"year" validate:"omitempty,min=1450,max=2100"`
	Tags   binding.Opt[[]string] `json:"tags" validate:"omitempty,max=10,unique,dive,min=1,max=30"`
}

// update changes a book that is still as the client saw it. It must say which state
// that was: of two who change the same one at the same time, the second would undo
// what the first did (RFC 6585 §3, the lost update).
func (l *library) update(c *framework.Context) error {
	if !c.Request().Header.Has("If-Match") {
		return framework.Abort(428, "Send If-Match with the ETag of the book that you change.")
	}
	var in Change
	if err := c.Bind(&in); err != nil {
		return err
	}
	b, err := l.get(c.Int("id"))
	if err != nil {
		return err
	}
	if done, err := c.Conditional(semantics.Validators{ETag: tag(b)}); done {
		return err
	}
	b, err = l.change(b.ID, b.Version, func(b *Book) {
		b.Title, b.Author, b.Year = in.Title.Or(b.Title), in.Author.Or(b.Author), in.Year.Or(b.Year)
		b.Tags = tags(in.Tags.Or(b.Tags))
	})
	if err != nil {
		return err
	}
	c.ETag(tag(b))
	return c.JSON(b)
}

func (l *library) drop(c *framework.Context) error {
	if err := l.remove(c.Int("id")); err != nil {
		return err
	}
	return c.NoContent()
}
