// Package store opens the application's database, a file of SQLite, and keeps its tables
// up to date.
//
// Migrations are files of SQL, applied in order of their names, each once. To change the
// tables add another one; one that was applied somewhere is never changed.
package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"net/url"

	_ "modernc.org/sqlite" // the driver "sqlite", in pure Go
)

//go:embed migrations/*.sql
var migrations embed.FS

// maxConnections bounds how many queries run at once; the others wait.
const maxConnections = 16

// Open returns the database in a file, which is opened or made by the first query. Readers
// do not wait for the writer (WAL); writers wait for each other up to five seconds.
func Open(file string) (*sql.DB, error) {
	options := url.Values{"_txlock": {"immediate"}, "_pragma": {
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)",
	}}
	db, err := sql.Open("sqlite", file+"?"+options.Encode())
	if err != nil {
		return nil, fmt.Errorf("store: %w", err)
	}
	db.SetMaxOpenConns(maxConnections)
	return db, nil
}

// Migrate applies the migrations that the database lacks, all or none. Of several
// processes that start at once the first does it, and the others wait.
func Migrate(ctx context.Context, db *sql.DB) error {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	defer tx.Rollback() // nothing, once it is committed
	if _, err := tx.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS migrations (name TEXT PRIMARY KEY, applied TEXT NOT NULL)`); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	files, err := fs.Glob(migrations, "migrations/*.sql") // sorted
	if err != nil {
		return fmt.Errorf("store: %w", err)
	}
	for _, file := range files {
		if err := apply(ctx, tx, file); err != nil {
			return fmt.Errorf("store: %s: %w", file, err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("store: %w", err)
	}
	return nil
}

// apply applies one migration, unless it was before.
func apply(ctx context.Context, tx *sql.Tx, file string) error {
	done, err := tx.ExecContext(ctx, `INSERT INTO migrations VALUES (?, datetime('now')) ON CONFLICT DO NOTHING`, file)
	if err != nil {
		return err
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return err
	}
	statements, err := migrations.ReadFile(file)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, string(statements))
	return err
}
