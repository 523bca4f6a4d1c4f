//go:build unix

package dev_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/cmd/dewar/internal/dev"
)

// TestTimeToSee prints how long it takes from the saving of a file to the changed page,
// and looks that it comes. With DEWAR_MEASURE=10 it makes ten changes of each kind, else
// one; DEWAR_MEASURE_APP is the folder of another application than the test's, which is
// changed. No limit is set here: how fast it is depends on who else needs the machine.
//
//	DEWAR_MEASURE=10 go test ./internal/dev -run TimeToSee -v
func TestTimeToSee(t *testing.T) {
	changes := 1
	if text := os.Getenv("DEWAR_MEASURE"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			t.Fatal(err)
		}
		changes = n
	}
	p := start(t, func(c *dev.Config) {
		if app := os.Getenv("DEWAR_MEASURE_APP"); app != "" {
			c.Dir = app
		}
	})
	if app := os.Getenv("DEWAR_MEASURE_APP"); app != "" {
		p.dir = app
	}
	defer os.Remove(filepath.Join(p.dir, "measured.go"))
	var source, content []time.Duration
	page := p.template()
	before, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	defer os.WriteFile(page, before, 0o644)
	for i := range changes {
		old := p.program()
		began := time.Now()
		p.write("measured.go", fmt.Sprintf("package main\n\nfunc init() { println(\"change\", %d) }\n", i))
		p.await("building") // from now on the old program accepts nothing
		for p.program() == old {
			if time.Since(began) > patience {
				t.Fatal("the changed page never comes")
			}
		}
		source = append(source, time.Since(began))
		p.await("ready")
		mark := fmt.Sprintf("changed %d times", i)
		began = time.Now()
		if err := os.WriteFile(page, slices.Concat(before, []byte("<!-- "+mark+" -->")), 0o644); err != nil {
			t.Fatal(err)
		}
		for _, body := p.ask("/"); !strings.Contains(body, mark); _, body = p.ask("/") {
			if time.Since(began) > patience {
				t.Fatal("the changed template never comes")
			}
		}
		content = append(content, time.Since(began))
		p.await("told")
	}
	for name, d := range map[string][]time.Duration{"a Go file": source, "a template": content} {
		slices.Sort(d)
		t.Logf("%s: median %v, worst %v of %d changes", name, d[len(d)/2].Round(time.Millisecond), d[len(d)-1].Round(time.Millisecond), len(d))
	}
}

var stateOf = regexp.MustCompile(`data-state="([0-9a-f]+)\.`)

// program is the number of the program that answers.
func (p *project) program() string {
	p.t.Helper()
	_, body := p.ask("/")
	m := stateOf.FindStringSubmatch(body)
	if m == nil {
		p.t.Fatalf("the page has no state: %.500s", body)
	}
	return m[1]
}

// template is the file whose end every page shows.
func (p *project) template() string {
	p.t.Helper()
	for _, name := range []string{"base.html", "layout.html"} {
		for _, folder := range []string{"templates", "*/templates"} {
			if found, _ := filepath.Glob(filepath.Join(p.dir, folder, name)); len(found) > 0 {
				return found[0]
			}
		}
	}
	p.t.Fatal("no base.html or layout.html in templates")
	return ""
}
