package auth

import (
	"context"
	"database/sql"
	"errors"
)

// A User is somebody who has signed up.
type User struct {
	ID    int64
	Email string
}

var (
	errTaken = errors.New("auth: there is a user with that address")
	errWrong = errors.New("auth: wrong address or password")
)

// users are the table.
type users struct{ db *sql.DB }

// byID returns nil where there is no such user any more.
func (u users) byID(ctx context.Context, id int64) (*User, error) {
	user := &User{ID: id}
	err := u.db.QueryRowContext(ctx, `SELECT email FROM users WHERE id = ?`, id).Scan(&user.Email)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return user, err
}

// add makes a user; errTaken says that the address has one.
func (u users) add(ctx context.Context, email, password string) (*User, error) {
	hash, err := hashPassword(ctx, password)
	if err != nil {
		return nil, err
	}
	user := &User{Email: email}
	err = u.db.QueryRowContext(ctx, `INSERT INTO users (email, password) VALUES (?, ?) ON CONFLICT DO NOTHING RETURNING id`, email, hash).Scan(&user.ID)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errTaken
	}
	return user, err
}

// check returns the user with that password; errWrong says that there is none. It takes as
// long for an address that is unknown, so that nobody can find out which are known.
func (u users) check(ctx context.Context, email, password string) (*User, error) {
	user, hash := &User{}, ""
	err := u.db.QueryRowContext(ctx, `SELECT id, email, password FROM users WHERE email = ?`, email).Scan(&user.ID, &user.Email, &hash)
	if errors.Is(err, sql.ErrNoRows) {
		_, err := hashPassword(ctx, password)
		return nil, errors.Join(errWrong, err)
	}
	if err != nil {
		return nil, err
	}
	ok, err := verifyPassword(ctx, password, hash)
	if err == nil && !ok {
		err = errWrong
	}
	return user, err
}
