// Package fortune is the site's page of fortunes: twelve rows of a database,
// sorted by the application and printed in a template that has to escape them.
//
// Its law: what is the database's part is the same code for every Go peer; what
// is the framework's part, the template and the answer, is the peer's own.
package fortune

import (
	"cmp"
	"context"
	"database/sql"
	"embed"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
)

// A Fortune is one row.
type Fortune struct {
	ID      int    `json:"id"`
	Message string `json:"message"`
}

// Pages holds go.html for html/template, which is given a []Fortune, and
// jinja.html, which is given the same under the name fortunes.
//
//go:embed go.html jinja.html
var Pages embed.FS

// Variable names the environment variable with the database's file.
const Variable = "BENCHMARKS_DATABASE"

// rows are what the database holds. Two of them hurt where they are not escaped.
var rows = []Fortune{
	{1, "A watched server never fails."},
	{2, "Any answer is shorter than its explanation."},
	{3, "<script>alert(\"This must never run.\");</script>"},
	{4, "Every cache is a bet that the world stands still."},
	{5, "Nobody reads the log that nobody reads."},
	{6, "The fastest request is the one that is not made."},
	{7, "速いサーバーは静かに動く。"},
	{8, "Two timeouts walk into a bar. One of them later."},
	{9, "Tom & Jerry's \"quoted\" fortune <b>is not bold</b>"},
	{10, "What has no limit has found it already."},
	{11, "Yesterday's workaround is today's interface."},
	{12, "If it was never measured, it was never fast."},
}

// Sorted is what the page has to show.
func Sorted() []Fortune {
	sorted := slices.Clone(rows)
	sort(sorted)
	return sorted
}

func sort(all []Fortune) {
	slices.SortFunc(all, func(a, b Fortune) int { return cmp.Or(strings.Compare(a.Message, b.Message), a.ID-b.ID) })
}

// query is the prepared statement, opened by the first request.
var query = sync.OnceValues(func() (*sql.Stmt, error) {
	db, err := sql.Open("sqlite", os.Getenv(Variable))
	if err != nil {
		return nil, err
	}
	// One core: more connections would only wait for each other.
	const connections = 4
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db.Prepare("SELECT id, message FROM fortune")
})

// All reads the rows and sorts them. The peer must be built with the tag
// database, or there is no driver.
func All(ctx context.Context) ([]Fortune, error) {
	statement, err := query()
	if err != nil {
		return nil, fmt.Errorf("fortune: %w", err)
	}
	found, err := statement.QueryContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("fortune: %w", err)
	}
	defer found.Close()
	all := make([]Fortune, 0, len(rows))
	for found.Next() {
		var f Fortune
		if err := found.Scan(&f.ID, &f.Message); err != nil {
			return nil, fmt.Errorf("fortune: %w", err)
		}
		all = append(all, f)
	}
	sort(all)
	return all, found.Err()
}

// Write makes the database anew.
func Write(name string) error {
	if err := os.Remove(name); err != nil && !os.IsNotExist(err) {
		return fmt.Errorf("fortune: %w", err)
	}
	db, err := sql.Open("sqlite", name)
	if err != nil {
		return fmt.Errorf("fortune: %w", err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE fortune (id INTEGER PRIMARY KEY, message TEXT NOT NULL)"); err != nil {
		return fmt.Errorf("fortune: %w", err)
	}
	for _, f := range rows {
		if _, err := db.Exec("INSERT INTO fortune VALUES (?, ?)", f.ID, f.Message); err != nil {
			return fmt.Errorf("fortune: %w", err)
		}
	}
	return nil
}
