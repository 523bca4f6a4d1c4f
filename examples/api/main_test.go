package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dewar-go/dewar/examples/internal/trial"
	"github.com/dewar-go/dewar/gateway"
)

func TestMain(m *testing.M) { trial.Main(m, main) }

// A service is the program as its client sees it.
type service struct {
	*testing.T
	url string
}

// start runs the program over the three books of classics.
func start(t *testing.T) service {
	t.Helper()
	return service{t, trial.Start(t, "-addr", "127.0.0.1:0").URL}
}

type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends content as JSON, with fields as name and value in turns.
func (s service) ask(method, path, content string, fields ...string) answer {
	s.Helper()
	req, err := http.NewRequest(method, s.url+path, strings.NewReader(content))
	if err != nil {
		s.Error(err) // and not Fatal: several goroutines ask
		return answer{}
	}
	if content != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(fields); i += 2 {
		req.Header.Set(fields[i], fields[i+1])
	}
	res, err := (&http.Client{Timeout: 20 * time.Second}).Do(req)
	if err != nil {
		s.Error(err)
		return answer{}
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		s.Error(err)
		return answer{}
	}
	return answer{res.StatusCode, res.Header, string(body)}
}

// into decodes an answer.
func into[T any](s service, a answer) (v T) {
	s.Helper()
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		s.Fatalf("%v in %+v", err, a)
	}
	return v
}

const emma = `{"title": "Emma", "author": "Jane Austen", "year": 1815, "tags": ["novel"]}`

func TestABookFromBeginningToEnd(t *testing.T) {
	s := start(t)
	if root := s.ask("GET", "/", ""); root.status != 200 || root.body != `{"books":"/v1/books"}` {
		t.Errorf("%+v", root)
	}
	made := s.ask("POST", "/v1/books", emma)
	if made.status != 201 || made.header.Get("Location") != "/v1/books/4" || made.header.Get("ETag") != `"1"` ||
		made.body != `{"id":4,"version":1,"title":"Emma","author":"Jane Austen","year":1815,"tags":["novel"]}` {
		t.Fatalf("%+v", made)
	}
	seen := s.ask("GET", "/v1/books/4", "")
	if seen.status != 200 || seen.body != made.body || seen.header.Get("ETag") != `"1"` {
		t.Errorf("%+v", seen)
	}
	if again := s.ask("GET", "/v1/books/4", "", "If-None-Match", `"1"`); again.status != 304 || again.body != "" {
		t.Errorf("%+v", again)
	}
	changed := s.ask("PATCH", "/v1/books/4", `{"year": 1816, "tags": []}`, "If-Match", `"1"`)
	if changed.status != 200 || changed.header.Get("ETag") != `"2"` ||
		changed.body != `{"id":4,"version":2,"title":"Emma","author":"Jane Austen","year":1816,"tags":[]}` {
		t.Errorf("%+v", changed)
	}
	if gone := s.ask("DELETE", "/v1/books/4", ""); gone.status != 204 || gone.body != "" {
		t.Errorf("%+v", gone)
	}
	if none := s.ask("GET", "/v1/books/4", ""); none.status != 404 || !strings.Contains(none.body, "There is no such book.") {
		t.Errorf("%+v", none)
	}
}

// Everything that is wrong is said at once, as a problem document, also to a client
// that names no type.
func TestProblems(t *testing.T) {
	s := start(t)
	for name, c := range map[string]struct {
		method, path, content string
		fields                []string
		status                int
		want                  []string
	}{
		"missing and out of range": {"POST", "/v1/books", `{"title": "", "year": 12}`, nil, 422,
			[]string{`"pointer":"/title"`, `"pointer":"/author","location":"body","code":"required"`, `"pointer":"/year"`}},
		"an unknown name":         {"POST", "/v1/books", `{"titel": "x"}`, nil, 422, []string{`"pointer":"/titel"`, `"code":"unknown"`}},
		"a tag that is empty":     {"POST", "/v1/books", `{"title": "x", "author": "x", "year": 1900, "tags": [""]}`, nil, 422, []string{`"pointer":"/tags/0"`}},
		"no JSON":                 {"POST", "/v1/books", `{"title": `, nil, 400, nil},
		"another type":            {"POST", "/v1/books", "title=x", []string{"Content-Type", "text/plain"}, 415, nil},
		"a limit beyond the most": {"GET", "/v1/books?limit=101", "", nil, 422, []string{`"parameter":"limit","location":"query"`}},
		"a limit that is none":    {"GET", "/v1/books?limit=many", "", nil, 422, []string{`"parameter":"limit"`}},
		"no such book":            {"GET", "/v1/books/99", "", nil, 404, []string{"There is no such book."}},
		"no such address":         {"GET", "/v2", "", nil, 404, nil},
		"no such method":          {"PUT", "/v1/books", "", nil, 405, nil},
		"a change of what":        {"PATCH", "/v1/books/1", `{"year": 1900}`, nil, 428, []string{"If-Match"}},
		"a change of the past":    {"PATCH", "/v1/books/1", `{"year": 1900}`, []string{"If-Match", `"9"`}, 412, nil},
		"a change to nonsense":    {"PATCH", "/v1/books/1", `{"year": 3000}`, []string{"If-Match", `"1"`}, 422, []string{`"pointer":"/year"`}},
		"an HTML reader":          {"GET", "/v1/books", "", []string{"Accept", "text/html"}, 406, nil},
	} {
		a := s.ask(c.method, c.path, c.content, c.fields...)
		if a.status != c.status || a.header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: %+v, want %d", name, a, c.status)
			continue
		}
		if p := into[struct{ Type, Title, Instance string }](s, a); p.Type != "about:blank" || p.Title != gateway.StatusText(c.status) || p.Instance == "" {
			t.Errorf("%s: %+v", name, p)
		}
		for _, want := range c.want {
			if !strings.Contains(a.body, want) {
				t.Errorf("%s: %s lacks %s", name, a.body, want)
			}
		}
	}
	if a := s.ask("PUT", "/v1/books", ""); a.header.Get("Allow") != "GET, HEAD, OPTIONS, POST" {
		t.Errorf("Allow is %q", a.header.Get("Allow"))
	}
}

// Following the links shows every book once, though one goes and one comes meanwhile.
func TestPagesHideAndRepeatNothing(t *testing.T) {
	s := start(t)
	for i := range 9 {
		s.ask("POST", "/v1/books", fmt.Sprintf(`{"title": "Volume %d", "author": "A Writer", "year": 2000}`, i))
	}
	var titles []string
	next := "/v1/books?author=A+Writer&limit=4"
	for pages := 0; next != ""; pages++ {
		a := s.ask("GET", next, "")
		p := into[Page](s, a)
		for _, b := range p.Books {
			titles = append(titles, strings.TrimPrefix(b.Title, "Volume "))
		}
		if link := a.header.Get("Link"); (p.Next != "") != strings.Contains(link, "rel=next") && !strings.Contains(link, `rel="next"`) {
			t.Errorf("next is %q, Link %q", p.Next, link)
		}
		if pages == 0 {
			s.ask("DELETE", "/v1/books/4", "") // Volume 0, which was shown
			s.ask("POST", "/v1/books", `{"title": "Volume 9", "author": "A Writer", "year": 2000}`)
		}
		next = p.Next
	}
	if got := strings.Join(titles, " "); got != "0 1 2 3 4 5 6 7 8 9" {
		t.Errorf("the pages showed %s", got)
	}
	if p := into[Page](s, s.ask("GET", "/v1/books?after=1000", "")); p.Books == nil || len(p.Books) != 0 || p.Next != "" {
		t.Errorf("behind the end: %+v", p)
	}
}

// Of many who change the same book at the same time one wins, and the others are told.
func TestNoUpdateIsLost(t *testing.T) {
	s := start(t)
	var mu sync.Mutex
	count := map[int]int{}
	var all sync.WaitGroup
	for i := range 10 {
		all.Go(func() {
			a := s.ask("PATCH", "/v1/books/1", fmt.Sprintf(`{"year": %d}`, 1600+i), "If-Match", `"1"`)
			mu.Lock()
			defer mu.Unlock()
			count[a.status]++
		})
	}
	all.Wait()
	if count[200] != 1 || count[412] != 9 {
		t.Errorf("statuses: %v", count)
	}
	if b := into[Book](s, s.ask("GET", "/v1/books/1", "")); b.Version != 2 {
		t.Errorf("%+v", b)
	}
}

func TestTheLibraryIsBounded(t *testing.T) {
	l := new(library)
	for range maxBooks {
		if _, err := l.add(Book{}); err != nil {
			t.Fatal(err)
		}
	}
	r := newApp(l).TestClient(t).Post("/v1/books").Body("application/json", []byte(emma)).Do()
	if r.Status != 507 || !strings.Contains(r.Text(), "full") {
		t.Errorf("%d %s", r.Status, r.Text())
	}
}
