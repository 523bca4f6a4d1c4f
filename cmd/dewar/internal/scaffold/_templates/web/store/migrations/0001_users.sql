CREATE TABLE users (
	id       INTEGER PRIMARY KEY AUTOINCREMENT, -- never given twice: a session may outlive its user
	email    TEXT NOT NULL UNIQUE COLLATE NOCASE,
	password TEXT NOT NULL,                     -- hashed: see auth/password.go
	created  TEXT NOT NULL DEFAULT (datetime('now'))
);
