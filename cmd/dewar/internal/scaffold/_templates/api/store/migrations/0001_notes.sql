CREATE TABLE notes (
	id      INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice, so that pages stay right
	title   TEXT NOT NULL,
	text    TEXT NOT NULL DEFAULT '',
	created TEXT NOT NULL,                     -- RFC 3339, UTC
	changed TEXT NOT NULL
);
