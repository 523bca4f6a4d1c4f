package main

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/dewar-go/dewar/framework"
)

// A post is what somebody wrote.
type post struct {
	ID       int
	AuthorID int
	Author   string
	Created  time.Time
	Title    string
	Body     string
}

// A draft is what the form of a post has.
type draft struct {
	Title string `form:"title" validate:"required,filled,nozero,max=200"`
	Body  string `form:"body" validate:"required,filled,nozero,max=100000"`
}

// blog is the part of the application with the posts.
type blog struct {
	db   *database
	auth *auth
}

func newBlog(db *database, a *auth) *blog { return &blog{db, a} }

func (b *blog) blueprint() *framework.Blueprint {
	bp := framework.NewBlueprint("blog", "")
	bp.Get("/", b.index)
	bp.Get("/create", b.createPage, b.auth.required).Name("create")
	bp.Post("/create", b.create, b.auth.required)
	bp.Get("/<int:id>/update", b.updatePage, b.auth.required).Name("update")
	bp.Post("/<int:id>/update", b.update, b.auth.required)
	bp.Post("/<int:id>/delete", b.delete, b.auth.required)
	return bp
}

const (
	perPage  = 10
	lastPage = 1 << 20 // what no blog has, and every database can count
)

func (b *blog) index(c *framework.Context) error {
	page := min(max(framework.Get(c.Query(), "page", 1), 1), lastPage)
	posts, err := b.db.posts(c, perPage+1, (page-1)*perPage) // one more, to see whether there are more
	if err != nil {
		return err
	}
	return c.Render("blog/index.html", map[string]any{
		"posts": posts[:min(len(posts), perPage)], "page": page, "more": len(posts) > perPage,
	})
}

func (b *blog) createPage(c *framework.Context) error {
	return b.showForm(c, nil, draft{}, map[string]string{})
}

// showForm shows the form of a new post, or that of p.
func (b *blog) showForm(c *framework.Context, p *post, in draft, wrong map[string]string) error {
	return c.Render("blog/form.html", map[string]any{"post": p, "form": in, "wrong": wrong})
}

func (b *blog) create(c *framework.Context) error {
	var in draft
	wrong, err := bind(c, &in)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return b.showForm(c.Status(422), nil, in, wrong)
	}
	u, err := b.auth.user.Of(c)
	if err != nil {
		return err
	}
	if err := b.db.addPost(c, u.ID, in); err != nil {
		return err
	}
	return b.toIndex(c, "Published.")
}

// toIndex goes back to all posts, with a message.
func (b *blog) toIndex(c *framework.Context, message string) error {
	c.Flash(message)
	url, err := c.URL(".index")
	if err != nil {
		return err
	}
	return c.Redirect(url)
}

// own is the post of the request, for its author: others get 403.
func (b *blog) own(c *framework.Context) (*post, error) {
	u, err := b.auth.user.Of(c)
	if err != nil {
		return nil, err
	}
	p, err := b.db.post(c, c.Int("id"))
	switch {
	case err != nil:
		return nil, err
	case p == nil:
		return nil, framework.Abort(404, "There is no such post.")
	case p.AuthorID != u.ID:
		return nil, framework.Abort(403, "Only its author may change a post.")
	}
	return p, nil
}

func (b *blog) updatePage(c *framework.Context) error {
	p, err := b.own(c)
	if err != nil {
		return err
	}
	return b.showForm(c, p, draft{p.Title, p.Body}, map[string]string{})
}

func (b *blog) update(c *framework.Context) error {
	p, err := b.own(c)
	if err != nil {
		return err
	}
	var in draft
	wrong, err := bind(c, &in)
	if err != nil {
		return err
	}
	if len(wrong) > 0 {
		return b.showForm(c.Status(422), p, in, wrong)
	}
	if err := b.db.changePost(c, p.ID, in); err != nil {
		return err
	}
	return b.toIndex(c, "Saved.")
}

func (b *blog) delete(c *framework.Context) error {
	p, err := b.own(c)
	if err != nil {
		return err
	}
	if err := b.db.removePost(c, p.ID); err != nil {
		return err
	}
	return b.toIndex(c, "Deleted.")
}

const selectPost = `SELECT p.id, p.author_id, u.username, p.created, p.title, p.body
	FROM posts p JOIN users u ON u.id = p.author_id `

// posts returns at most n posts, the newest first, after skipping some.
func (db *database) posts(ctx context.Context, n, skip int) ([]*post, error) {
	rows, err := db.QueryContext(ctx, selectPost+"ORDER BY p.created DESC, p.id DESC LIMIT $1 OFFSET $2", n, skip)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var list []*post
	for rows.Next() {
		p, err := scanPost(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, p)
	}
	return list, rows.Err()
}

// post returns one post, nil where there is none.
func (db *database) post(ctx context.Context, id int) (*post, error) {
	p, err := scanPost(db.QueryRowContext(ctx, selectPost+"WHERE p.id = $1", id))
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return p, err
}

// scanPost reads what selectPost selects, from a row or rows.
func scanPost(row interface{ Scan(...any) error }) (*post, error) {
	var p post
	err := row.Scan(&p.ID, &p.AuthorID, &p.Author, &p.Created, &p.Title, &p.Body)
	p.Created = p.Created.UTC()
	return &p, err
}

func (db *database) addPost(ctx context.Context, author int, d draft) error {
	_, err := db.ExecContext(ctx, "INSERT INTO posts (author_id, title, body) VALUES ($1, $2, $3)", author, d.Title, d.Body)
	return err
}

func (db *database) changePost(ctx context.Context, id int, d draft) error {
	_, err := db.ExecContext(ctx, "UPDATE posts SET title = $1, body = $2 WHERE id = $3", d.Title, d.Body, id)
	return err
}

func (db *database) removePost(ctx context.Context, id int) error {
	_, err := db.ExecContext(ctx, "DELETE FROM posts WHERE id = $1", id)
	return err
}
