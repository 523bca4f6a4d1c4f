package main

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
	"net/url"
	"strings"

	"github.com/dewar-go/dewar/framework"
	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

var (
	//go:embed schema/sqlite.sql
	sqliteSchema string
	//go:embed schema/postgres.sql
	postgresSchema string
)

// A database is where users and posts are kept. SQLite and PostgreSQL both know $1,
// RETURNING and ON CONFLICT, so that the statements are the same for both; only the
// tables are declared in two ways. It is safe for concurrent use.
type database struct {
	*sql.DB
	schema string
}

// openDatabase opens a file of SQLite, or a PostgreSQL where address is its URL. It
// connects when it is first used.
func openDatabase(address string) (*database, error) {
	driver, source, schema := "sqlite", sqliteSource(address), sqliteSchema
	if strings.HasPrefix(address, "postgres://") || strings.HasPrefix(address, "postgresql://") {
		driver, source, schema = "pgx", address, postgresSchema
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return nil, fmt.Errorf("opening the database: %w", err)
	}
	return &database{db, schema}, nil
}

// sqliteSource is the URI of a file (sqlite.org/uri.html). A writer waits for another
// one, 5 s at most, instead of failing at once, and readers wait for nobody (WAL).
func sqliteSource(file string) string {
	return "file:" + (&url.URL{Path: file}).EscapedPath() +
		"?_txlock=immediate&_pragma=busy_timeout(5000)&_pragma=journal_mode(WAL)&_pragma=foreign_keys(1)"
}

// init removes what there is and makes empty tables.
func (db *database) init(ctx context.Context) error {
	if _, err := db.ExecContext(ctx, db.schema); err != nil {
		return fmt.Errorf("making the tables: %w", err)
	}
	return nil
}

// command is init-db, on the command line. It begins without the application, which does
// not start without tables.
func (db *database) command() framework.Command {
	return framework.Command{
		Name: "init-db", Short: "Remove what there is and make empty tables", WithoutStartup: true,
		Run: func(ctx context.Context, call *framework.Call) error {
			if err := db.init(ctx); err != nil {
				return err
			}
			_, err := fmt.Fprintln(call.Stdout, "Initialized the database.")
			return err
		},
	}
}

// ready reports an error unless the tables are there.
func (db *database) ready(ctx context.Context) error {
	if _, err := db.ExecContext(ctx, "SELECT 1 FROM users, posts LIMIT 1"); err != nil {
		return fmt.Errorf("the database has no tables, which the command init-db makes: %w", err)
	}
	return nil
}
