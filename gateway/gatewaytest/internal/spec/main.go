// Spec writes gateway/SPEC.md from the //spec: comments that stand beside the
// checks of Lint and the rules of Suite, so that contract, checker and prose
// cannot diverge (Rack's SPEC is made so from its Lint).
//
//	//spec:application One sentence of the contract, with its source.
//
// The word after the colon is the section. go generate runs it in gatewaytest.
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// introduction is the hand-written part: what no check can say.
//
//go:embed introduction.md
var introduction string

// A section of the document, in its order.
type section struct{ name, title string }

var sections = []section{
	{"application", "For authors of applications"},
	{"server", "For authors of servers"},
	{"middleware", "For authors of middleware that filters the stream"},
}

// A sentence is one comment.
type sentence struct {
	section, text string
	at            token.Position
}

func main() {
	out := flag.String("o", "../SPEC.md", "file to write")
	dir := flag.String("dir", ".", "folder of the package gatewaytest")
	flag.Parse()
	doc, err := generate(*dir)
	if err == nil {
		err = os.WriteFile(*out, doc, 0o644)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "spec:", err)
		os.Exit(1)
	}
}

// generate returns the document for the sources in dir.
func generate(dir string) ([]byte, error) {
	found, err := sentences(dir)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString(introduction)
	for _, s := range sections {
		fmt.Fprintf(&b, "\n## %s\n\n", s.title)
		n := 0
		for _, f := range found {
			if f.section == s.name {
				n++
				fmt.Fprintf(&b, "%d. %s\n", n, f.text)
			}
		}
		if n == 0 {
			return nil, fmt.Errorf("no //spec:%s comment in %s", s.name, dir)
		}
	}
	return b.Bytes(), nil
}

// sentences collects the comments of all files but tests, by file and line: Lint's
// files come first by name, and within a file the order is the reader's.
func sentences(dir string) ([]sentence, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	var all []sentence
	fset := token.NewFileSet()
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(fset, name, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, group := range file.Comments {
			for _, comment := range group.List {
				s, ok, err := parse(comment, fset.Position(comment.Pos()))
				if err != nil {
					return nil, err
				}
				if ok {
					all = append(all, s)
				}
			}
		}
	}
	slices.SortStableFunc(all, func(a, b sentence) int { return cmp.Compare(rank(a), rank(b)) })
	return all, nil
}

// rank puts data before behaviour: what Lint checks of a message before what Suite
// checks of a server.
func rank(s sentence) int {
	order := []string{"lint_request.go", "lint_response.go", "lint.go", "lint_transport.go",
		"suite_request.go", "suite_body.go", "suite_response.go", "suite_length.go", "suite_error.go",
		"suite_file.go", "suite_wrap.go", "suite_connection.go", "suite_disconnect.go", "suite_finish.go", "suite_lifespan.go"}
	if i := slices.Index(order, filepath.Base(s.at.Filename)); i >= 0 {
		return i
	}
	return len(order)
}

// parse takes a comment apart. Others than //spec: are none of ours.
func parse(c *ast.Comment, at token.Position) (s sentence, ok bool, err error) {
	rest, ok := strings.CutPrefix(c.Text, "//spec:")
	if !ok {
		return s, false, nil
	}
	name, text, _ := strings.Cut(rest, " ")
	if !slices.ContainsFunc(sections, func(s section) bool { return s.name == name }) {
		return s, false, fmt.Errorf("%v: no section %q", at, name)
	}
	if !strings.HasSuffix(text, ".") {
		return s, false, fmt.Errorf("%v: %q does not end with a full stop", at, text)
	}
	return sentence{name, text, at}, true, nil
}
