//go:build database

package fortune

// The driver makes a binary larger and its start slower, so that only the peers
// that are measured with the database have it. It is SQLite in Go: nothing has to
// be installed.
import _ "modernc.org/sqlite"
