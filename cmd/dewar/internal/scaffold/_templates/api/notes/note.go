package notes

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"time"

	"github.com/dewar-go/dewar/framework"
)

// A Note is what the interface keeps.
type Note struct {
	ID      int64     `json:"id"`
	Title   string    `json:"title"`
	Text    string    `json:"text"`
	Created time.Time `json:"created"`
	Changed time.Time `json:"changed"`
}

// errNone says that there is no such note.
var errNone = framework.Abort(404, "There is no such note.")

const columns = `id, title, text, created, changed`

// table is where the notes are.
type table struct{ db *sql.DB }

// page returns up to limit notes behind the one with that ID whose title holds the text
// sought, in order of ID.
func (t table) page(ctx context.Context, after int64, sought string, limit int) ([]Note, error) {
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(sought) + "%"
	rows, err := t.db.QueryContext(ctx, `SELECT `+columns+` FROM notes WHERE id > ? AND title LIKE ? ESCAPE '\' ORDER BY id LIMIT ?`, after, pattern, limit)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	list := []Note{} // rather than null in JSON
	for rows.Next() {
		n, err := scan(rows)
		if err != nil {
			return nil, err
		}
		list = append(list, n)
	}
	return list, rows.Err()
}

func (t table) find(ctx context.Context, id int64) (Note, error) {
	return scan(t.db.QueryRowContext(ctx, `SELECT `+columns+` FROM notes WHERE id = ?`, id))
}

func (t table) insert(ctx context.Context, title, text string) (Note, error) {
	now := stamp(time.Now())
	return scan(t.db.QueryRowContext(ctx, `INSERT INTO notes (title, text, created, changed) VALUES (?, ?, ?, ?) RETURNING `+columns, title, text, now, now))
}

// update changes what is not nil, in one statement, so that two clients that change
// different things lose nothing.
func (t table) update(ctx context.Context, id int64, title, text *string) (Note, error) {
	return scan(t.db.QueryRowContext(ctx, `UPDATE notes SET title = coalesce(?, title), text = coalesce(?, text), changed = ? WHERE id = ? RETURNING `+columns,
		title, text, stamp(time.Now()), id))
}

func (t table) delete(ctx context.Context, id int64) error {
	done, err := t.db.ExecContext(ctx, `DELETE FROM notes WHERE id = ?`, id)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return errNone
}

// scan reads a row.
func scan(row interface{ Scan(...any) error }) (Note, error) {
	var n Note
	var created, changed string
	err := row.Scan(&n.ID, &n.Title, &n.Text, &created, &changed)
	if errors.Is(err, sql.ErrNoRows) {
		return n, errNone
	}
	if err == nil {
		n.Created, err = time.Parse(time.RFC3339Nano, created)
	}
	if err == nil {
		n.Changed, err = time.Parse(time.RFC3339Nano, changed)
	}
	return n, err
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }
