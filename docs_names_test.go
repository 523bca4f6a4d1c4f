package dewar

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// fromFlask are the rows of docs/from-flask.md, by cells.
func fromFlask(t *testing.T) (rows [][]string) {
	page, err := os.ReadFile(filepath.Join("docs", "from-flask.md"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(string(page), "\n") {
		if strings.HasPrefix(line, "| ") {
			rows = append(rows, strings.Split(strings.Trim(line, "| "), " | "))
		}
	}
	return rows
}

// codeSpans are what stands in backticks.
func codeSpans(text string) (spans []string) {
	for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(text, -1) {
		spans = append(spans, m[1])
	}
	return spans
}

// TestFromFlaskIsComplete looks for every public name of Flask 3.1 and Werkzeug in the
// first column of the table, those of their requests and responses included.
func TestFromFlaskIsComplete(t *testing.T) {
	known := map[string]bool{}
	for _, row := range fromFlask(t) {
		for _, span := range codeSpans(row[0]) {
			for _, word := range regexp.MustCompile(`\w+`).FindAllString(span, -1) {
				known[word] = true
			}
		}
	}
	for _, file := range []string{"flask-3.1.txt", "werkzeug-3.1.txt"} {
		names, err := os.ReadFile(filepath.Join("docs", "testdata", file))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range strings.Fields(string(names)) {
			if !known[name[strings.LastIndexByte(name, '.')+1:]] {
				t.Errorf("docs/from-flask.md says nothing of %s", name)
			}
		}
	}
}

// TestFromFlaskNamesWhatThereIs looks in the sources for every name that the other
// columns give: app.Get, framework.Abort, .Prefix, Save.
func TestFromFlaskNamesWhatThereIs(t *testing.T) {
	names := publicNames(t)
	qualified := regexp.MustCompile(`(\w*)\.([A-Z]\w*)`)
	alone := regexp.MustCompile(`^\.?[A-Z]\w*`)
	member := regexp.MustCompile(`^(\w+)\.([A-Z]\w*)\.([A-Z]\w*)`)
	checked := 0
	for _, row := range fromFlask(t) {
		for _, span := range codeSpans(strings.Join(row[1:], " ")) {
			if strings.Contains(span, "/") || strings.ToUpper(span) == span { // a path, a setting of Flask
				continue
			}
			found := qualified.FindAllStringSubmatch(span, -1)
			if word := alone.FindString(span); word != "" {
				found = append(found, []string{word, "", strings.TrimPrefix(word, ".")})
			}
			if m := member.FindStringSubmatch(span); m != nil && names["package "+m[1]] && owners[m[1]] == nil {
				found = append(found, []string{m[0], m[2], m[3]})
			}
			for _, m := range found {
				checked++
				if !names.has(m[1], m[2]) {
					t.Errorf("docs/from-flask.md names %s beside %s, which there is not", m[0], row[0])
				}
			}
		}
	}
	if checked < 300 {
		t.Errorf("%d names were found in the table, which has many more", checked)
	}
}

// publicNames are the names of the library by their packages, "framework.Abort", those
// of methods and fields by their types, "Context.JSON", and of any, ".JSON".
func publicNames(t *testing.T) nameSet {
	names := nameSet{}
	for file := range sources(t) {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			names.add(f.Name.Name, d)
		}
	}
	return names
}

type nameSet map[string]bool

// owners are the types of what the table calls by a short name; any other name is a
// package or a value of some type.
var owners = map[string][]string{
	"app": {"App", "scope"}, "bp": {"Blueprint", "scope"}, "c": {"Context"}, "client": {"TestClient", "client"}, "route": {"Route"},
}

// has looks for a name behind a short name, a package, or some value's name.
func (n nameSet) has(of, name string) bool {
	if types := owners[of]; types != nil {
		return slices.ContainsFunc(types, func(t string) bool { return n[t+"."+name] })
	}
	switch {
	case of == "":
		return n["any "+name]
	case n["package "+of], n["any "+of]: // a package or a type
		return n[of+"."+name]
	}
	return n["."+name] || slices.Contains(std, of)
}

// std are the packages of the standard library in the table, which are not looked into.
var std = []string{"fs", "embed", "html", "os", "httputil"}

// put adds a name under what it belongs to, and alone.
func (n nameSet) put(of, name string) { n[of+"."+name], n["any "+name] = true, true }

func (n nameSet) add(pkg string, d ast.Decl) {
	n["package "+pkg] = true
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			n.put(pkg, d.Name.Name)
			break
		}
		n.put("", d.Name.Name)
		n.put(typeName(d.Recv.List[0].Type), d.Name.Name)
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				n.put(pkg, s.Name.Name)
				n.fields(s)
			case *ast.ValueSpec:
				for _, name := range s.Names {
					n.put(pkg, name.Name)
				}
			}
		}
	}
}

// fields adds the fields of a struct or the methods of an interface.
func (n nameSet) fields(s *ast.TypeSpec) {
	var list *ast.FieldList
	switch of := s.Type.(type) {
	case *ast.StructType:
		list = of.Fields
	case *ast.InterfaceType:
		list = of.Methods
	default:
		return
	}
	for _, f := range list.List {
		for _, name := range f.Names {
			n.put("", name.Name)
			n.put(s.Name.Name, name.Name)
		}
	}
}

// typeName is the name of a receiver's type, without its parameters.
func typeName(receiver ast.Expr) string {
	switch r := receiver.(type) {
	case *ast.StarExpr:
		return typeName(r.X)
	case *ast.IndexExpr:
		return typeName(r.X)
	case *ast.IndexListExpr:
		return typeName(r.X)
	case *ast.Ident:
		return r.Name
	}
	return fmt.Sprint(receiver)
}
