// Package notes is the part of the interface that is about notes, below /notes.
package notes

import (
	"database/sql"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
	"github.com/dewar-go/dewar/gateway/semantics"
)

// Blueprint returns the routes.
func Blueprint(db *sql.DB) *framework.Blueprint {
	n := resource{table{db}}
	bp := framework.NewBlueprint("notes", "/notes")
	bp.Get("/", framework.Bind(n.list)).Name("list").StrictSlashes(false)
	bp.Post("/", framework.Bind(n.create)).Name("create").StrictSlashes(false)
	bp.Get("/<int:id>", framework.Bind(n.show)).Name("show")
	bp.Patch("/<int:id>", framework.Bind(n.change)).Name("change")
	bp.Delete("/<int:id>", framework.Bind(n.remove)).Name("remove")
	return bp
}

// A resource is the notes as clients see them.
type resource struct{ table table }

// Query is what a list is asked with.
type Query struct {
	After int64  `query:"after" validate:"min=0"`
	Limit int    `query:"limit" default:"20" validate:"min=1,max=100"`
	Title string `query:"title" validate:"max=200"` // that the title holds
}

// A Page is a part of the list.
type Page struct {
	Items []Note `json:"items"`
	Next  string `json:"next,omitempty"` // the URL of the next page, where there is one
}

// list goes from page to page by the last ID rather than by a number of rows to pass over:
// what is added or removed meanwhile moves nothing, and no page costs more than the first.
func (n resource) list(c *framework.Context, in Query) (Page, error) {
	items, err := n.table.page(c, in.After, in.Title, in.Limit+1) // one more tells whether there is a next page
	if err != nil || len(items) <= in.Limit {
		return Page{Items: items}, err
	}
	items = items[:in.Limit]
	query := []any{"after", items[len(items)-1].ID, "limit", in.Limit}
	if in.Title != "" {
		query = append(query, "title", in.Title)
	}
	next, err := c.URL(".list", query...)
	if err != nil {
		return Page{}, err
	}
	c.AddHeader("Link", semantics.Link{URL: next, Rel: "next"}.String()) // RFC 8288
	return Page{Items: items, Next: next}, nil
}

// New is a note that is to be.
type New struct {
	Title string `json:"title" validate:"required,min=1,max=200"`
	Text  string `json:"text" validate:"max=10000"`
}

func (n resource) create(c *framework.Context, in New) (Note, error) {
	note, err := n.table.insert(c, in.Title, in.Text)
	if err != nil {
		return note, err
	}
	location, err := c.URL(".show", "id", note.ID)
	if err != nil {
		return note, err
	}
	c.SetHeader("Location", location)
	c.Status(201)
	return note, nil
}

// ID names a note.
type ID struct {
	ID int64 `path:"id"`
}

func (n resource) show(c *framework.Context, in ID) (Note, error) { return n.table.find(c, in.ID) }

// A Change says what is to be otherwise; what is absent stays (RFC 5789).
type Change struct {
	ID
	Title binding.Opt[string] `json:"title" validate:"min=1,max=200"`
	Text  binding.Opt[string] `json:"text" validate:"max=10000"`
}

func (n resource) change(c *framework.Context, in Change) (Note, error) {
	if in.Title.Null || in.Text.Null {
		return Note{}, framework.Abort(422, "A title or text can be changed, and not be null.")
	}
	return n.table.update(c, in.ID.ID, given(in.Title), given(in.Text))
}

// given is a value that came, or nil.
func given(o binding.Opt[string]) *string {
	if !o.Set {
		return nil
	}
	return &o.Value
}

func (n resource) remove(c *framework.Context, in ID) (struct{}, error) {
	return struct{}{}, n.table.delete(c, in.ID)
}
