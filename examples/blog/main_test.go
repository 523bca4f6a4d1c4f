package main

import (
	"context"
	"html"
	"log/slog"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/dewar-go/dewar/framework"
	"github.com/dewar-go/dewar/gateway"
)

// each runs a test on every database, with an application of its own.
func each(t *testing.T, test func(t *testing.T, v *visitor)) {
	t.Run("sqlite", func(t *testing.T) { test(t, visit(t, sqliteFile(t))) })
	t.Run("postgres", func(t *testing.T) { test(t, visit(t, postgresURL(t))) })
}

func sqliteFile(t *testing.T) string { return filepath.Join(t.TempDir(), "blog.db") }

// A visitor is a browser without a screen, and the database behind what it sees.
type visitor struct {
	*framework.TestClient
	t       *testing.T
	address string // of the database
	db      *database
	app     *framework.App
}

// visit makes an application whose database has two users, ada and bob, and a post of
// ada's.
func visit(t *testing.T, address string) *visitor {
	t.Helper()
	db, err := openDatabase(address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	if err := db.init(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"ada", "bob"} {
		if _, err := db.Exec("INSERT INTO users (username, password) VALUES ($1, $2)", name, hashed()); err != nil {
			t.Fatal(err)
		}
	}
	_, err = db.Exec("INSERT INTO posts (title, body, author_id, created) VALUES ($1, $2, 1, $3)",
		"On vacuum", "It keeps\ntea hot.", "2026-01-02 03:04:05")
	if err != nil {
		t.Fatal(err)
	}
	app, err := newApp(Settings{Title: "Test", Database: address, Secret: "a secret of the tests"})
	if err != nil {
		t.Fatal(err)
	}
	app.Logger = slog.New(slog.DiscardHandler) // an error fails the test by itself
	return &visitor{app.TestClient(t), t, address, db, app}
}

const password = "correct horse"

var hashed = sync.OnceValue(func() string { return hashPassword(password) })

var tokenField = regexp.MustCompile(`name="csrf_token" value="([^"]*)"`)

// submit fills in the form of a page and sends it to action, as a browser does: with
// the token of the page.
func (v *visitor) submit(page, action string, fields ...any) *framework.TestResponse {
	v.t.Helper()
	token := tokenField.FindStringSubmatch(v.Get(page).Do().Is(200).Text())
	if token == nil {
		v.t.Fatalf("%s has no form", page)
	}
	return v.Post(action).Form("csrf_token", html.UnescapeString(token[1])).Form(fields...).Do()
}

func (v *visitor) login(name string) {
	v.t.Helper()
	v.submit("/auth/login", "/auth/login", "username", name, "password", password).Is(303)
}

// cookies are what the visitor's browser sends.
func (v *visitor) cookies() gateway.Header {
	session, _ := v.Cookie("/", "session")
	return gateway.Header{{Name: "Cookie", Value: "session=" + session}}
}

// count is the number that a query selects.
func (v *visitor) count(query string, args ...any) (n int) {
	v.t.Helper()
	if err := v.db.QueryRow(query, args...).Scan(&n); err != nil {
		v.t.Fatal(err)
	}
	return n
}

// shows fails the test unless the answer has all the texts.
func shows(t *testing.T, r *framework.TestResponse, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(r.Text(), text) {
			t.Errorf("%s lacks %q:\n%s", r.URL, text, r.Text())
		}
	}
}

func leadsTo(t *testing.T, r *framework.TestResponse, location string) {
	t.Helper()
	if got := r.Header.Value("Location"); r.Status != 303 || got != location {
		t.Errorf("%s: %d to %q, want 303 to %q", r.URL, r.Status, got, location)
	}
}
