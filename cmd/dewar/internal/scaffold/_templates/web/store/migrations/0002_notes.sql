CREATE TABLE notes (
	id      INTEGER PRIMARY KEY AUTOINCREMENT,
	owner   INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
	text    TEXT NOT NULL,
	created TEXT NOT NULL DEFAULT (datetime('now'))
);

CREATE INDEX notes_by_owner ON notes (owner, id);
