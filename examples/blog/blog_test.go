package main

import (
	"strconv"
	"strings"
	"testing"
)

func TestIndex(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		r := v.Get("/").Do().Is(200)
		shows(t, r, "Log in", "Register", "On vacuum", "by ada on", `datetime="2026-01-02T03:04:05+00:00"`, "2 January 2026", "It keeps\ntea hot.")
		v.login("ada")
		shows(t, v.Get("/").Do(), "Log out", `href="/1/update"`)
		v.ClearCookies()
		v.login("bob")
		if r := v.Get("/").Do(); strings.Contains(r.Text(), "/1/update") {
			t.Error("bob is offered to edit ada's post")
		}
	})
}

func TestPages(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		for i := range perPage {
			if err := v.db.addPost(t.Context(), 1, draft{"Post " + strconv.Itoa(i), "x"}); err != nil {
				t.Fatal(err)
			}
		}
		first := v.Get("/").Do().Is(200)
		shows(t, first, "Post 9", "Post 0", `href="/?page=2"`)
		if n := strings.Count(first.Text(), "<article>"); n != perPage {
			t.Errorf("%d posts on the first page", n)
		}
		if strings.Index(first.Text(), "Post 9") > strings.Index(first.Text(), "Post 8") {
			t.Error("the newest post is not the first")
		}
		second := v.Get("/?page=2").Do().Is(200)
		shows(t, second, "On vacuum", `href="/?page=1"`)
		if strings.Contains(second.Text(), "page=3") {
			t.Error("there is a third page")
		}
		for _, page := range []string{"0", "-1", "x"} {
			shows(t, v.Get("/?page="+page).Do().Is(200), "Post 9")
		}
		shows(t, v.Get("/?page=9223372036854775807").Do().Is(200), "There is nothing on this page.")
	})
}

func TestEmpty(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		if err := v.db.removePost(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		shows(t, v.Get("/").Do().Is(200), "Nobody has written anything yet.")
	})
}

func TestLoginRequired(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		leadsTo(t, v.Get("/create").Do(), "/auth/login?next=%2Fcreate")
		for _, path := range []string{"/create", "/1/update", "/1/delete"} {
			leadsTo(t, v.submit("/auth/login", path, "title", "x", "body", "x"), "/auth/login")
		}
		if n := v.count("SELECT count(*) FROM posts WHERE title = 'On vacuum'"); n != 1 {
			t.Errorf("%d posts are as they were", n)
		}
	})
}

func TestAuthorRequired(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("bob")
		shows(t, v.Get("/1/update").Do().Is(403), "Only its author may change a post.")
		v.submit("/create", "/1/update", "title", "x", "body", "x").Is(403)
		v.submit("/create", "/1/delete").Is(403)
		if n := v.count("SELECT count(*) FROM posts WHERE title = 'On vacuum'"); n != 1 {
			t.Errorf("%d posts are as they were", n)
		}
	})
}

func TestExistsRequired(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("ada")
		for _, id := range []string{"2", "0", "4294967297", "9223372036854775807", "9223372036854775808"} {
			v.Get("/" + id + "/update").Do().Is(404)
			v.submit("/create", "/"+id+"/update", "title", "x", "body", "x").Is(404)
			v.submit("/create", "/"+id+"/delete").Is(404)
		}
	})
}

func TestCreate(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("bob")
		r := v.submit("/create", "/create", "title", "<b>New</b>", "body", "Lines\r\nand “signs” 🫖")
		leadsTo(t, r, "/")
		shows(t, v.Get("/").Do(), "Published.", "&lt;b&gt;New&lt;/b&gt;", "by bob on", "and “signs” 🫖")
		if n := v.count("SELECT count(*) FROM posts WHERE author_id = 2"); n != 1 {
			t.Errorf("bob has %d posts", n)
		}
	})
}

func TestUpdate(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("ada")
		shows(t, v.Get("/1/update").Do().Is(200), `value="On vacuum"`, ">\nIt keeps\ntea hot.</textarea>", "Delete this post")
		leadsTo(t, v.submit("/1/update", "/1/update", "title", "Updated", "body", "anew"), "/")
		if n := v.count("SELECT count(*) FROM posts WHERE title = 'Updated' AND body = 'anew' AND author_id = 1"); n != 1 {
			t.Errorf("%d posts are updated", n)
		}
		shows(t, v.Get("/").Do(), "Saved.", "2 January 2026")
	})
}

func TestFormChecksItsInput(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("ada")
		for _, page := range []string{"/create", "/1/update"} {
			for _, c := range []struct{ title, body, message string }{
				{"", "kept", "Title is missing."},
				{"kept", "", "Body is missing."},
				{strings.Repeat("x", 201), "kept", "Title must have at most 200 characters."},
				{"kept", "a\x00b", "Body has a character that cannot be kept."},
			} {
				shows(t, v.submit(page, page, "title", c.title, "body", c.body).Is(422), c.message, "kept")
			}
			v.submit(page, page).Is(422)
		}
		shows(t, v.submit("/create", "/create", "title", "x", "body", strings.Repeat("x", 100_001)).Is(422), "Body must have at most 100000 characters.")
		v.submit("/create", "/create", "title", "x", "body", strings.Repeat("x", 2<<20)).Is(413)
		if n := v.count("SELECT count(*) FROM posts WHERE title = 'On vacuum'"); n != 1 {
			t.Errorf("%d posts are as they were", n)
		}
	})
}

func TestDelete(t *testing.T) {
	each(t, func(t *testing.T, v *visitor) {
		v.login("ada")
		leadsTo(t, v.submit("/1/update", "/1/delete"), "/")
		if n := v.count("SELECT count(*) FROM posts"); n != 0 {
			t.Errorf("%d posts", n)
		}
		shows(t, v.Get("/").Do(), "Deleted.", "Nobody has written anything yet.")
		v.Get("/1/delete").Do().Is(405)
	})
}
