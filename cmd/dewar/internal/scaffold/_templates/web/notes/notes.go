// Package notes is a page of a user's own: what most parts of an application look like.
package notes

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"appname/auth"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/framework/binding"
)

// A Note is a line of text.
type Note struct {
	ID      int64
	Text    string
	Created time.Time
}

// most is how many notes the page shows.
const most = 100

// Blueprint returns the pages below /notes.
func Blueprint(db *sql.DB) *framework.Blueprint {
	n := pages{db}
	bp := framework.NewBlueprint("notes", "/notes")
	bp.Get("/", n.list, auth.Required).Name("list")
	bp.Post("/", n.add, auth.Required).Name("add")
	bp.Post("/<int:id>/delete", n.remove, auth.Required).Name("remove")
	return bp
}

type pages struct{ db *sql.DB }

func (p pages) list(c *framework.Context) error { return p.show(c, "", "") }

// show shows the page, with the text that was typed and what is wrong with it.
func (p pages) show(c *framework.Context, text, wrong string) error {
	user, err := auth.Current(c)
	if err != nil {
		return err
	}
	notes, err := p.of(c, user.ID)
	if err != nil {
		return err
	}
	return c.Render("notes/list.html", map[string]any{"notes": notes, "text": text, "wrong": wrong})
}

// of returns a user's notes, the newest first.
func (p pages) of(ctx context.Context, user int64) ([]Note, error) {
	rows, err := p.db.QueryContext(ctx, `SELECT id, text, created FROM notes WHERE owner = ? ORDER BY id DESC LIMIT ?`, user, most)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []Note
	for rows.Next() {
		var n Note
		var created string
		if err := rows.Scan(&n.ID, &n.Text, &created); err != nil {
			return nil, err
		}
		if n.Created, err = time.Parse(time.DateTime, created); err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

// New is the form of a note.
type New struct {
	Text string `form:"text" validate:"required,min=1,max=500"`
}

func (p pages) add(c *framework.Context) error {
	user, err := auth.Current(c)
	if err != nil {
		return err
	}
	var in New
	if err := c.Bind(&in); err != nil {
		var wrong *binding.Error
		if !errors.As(err, &wrong) {
			return err
		}
		c.Status(422)
		return p.show(c, wrong.Value("text"), wrong.Message("text"))
	}
	if _, err := p.db.ExecContext(c, `INSERT INTO notes (owner, text) VALUES (?, ?)`, user.ID, in.Text); err != nil {
		return err
	}
	c.Flash("Noted.")
	return back(c)
}

func (p pages) remove(c *framework.Context) error {
	user, err := auth.Current(c)
	if err != nil {
		return err
	}
	done, err := p.db.ExecContext(c, `DELETE FROM notes WHERE id = ? AND owner = ?`, c.Int("id"), user.ID)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil {
		return err
	} else if n == 0 {
		return framework.Abort(404, "There is no such note.")
	}
	c.Flash("Deleted.")
	return back(c)
}

func back(c *framework.Context) error {
	url, err := c.URL(".list")
	if err != nil {
		return err
	}
	return c.Redirect(url)
}
