package dewar

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// compiled are the pages under docs/ whose Go is compiled: every block that is fenced
// as go, but for those that are marked as something else. The blocks of a page are one
// package. One that is declarations stands as it is; any other one is the body of a function with app, c and t. What a page takes
// for granted, such as the names of its handlers, is in scenery.
var compiled = []string{"routing", "sessions", "errors", "testing", "configuration", "forms-and-validation", "from-gin-or-echo", "requests", "responses",
	"extensions", "openapi", "operations", "gateway", "middleware/README", "middleware/basicauth", "middleware/cache",
	"middleware/dispatch", "middleware/health", "middleware/inflight", "middleware/ratelimit", "middleware/static", "development"}

// scenery are declarations that the pages take for granted.
var scenery = map[string]string{
	"routing": `
		var index, show, notes, file, page, stats framework.Handler
		var signedIn framework.Decorator`,
	"errors": `
		type note struct{}
		type QuotaError struct{}
		func (*QuotaError) Error() string { return "" }
		func find(*framework.Context, int) (*note, error) { return nil, nil }`,
	"extensions": `
		var queue framework.Extension
		func newApp() *framework.App { return nil }`,
	"openapi": `
		type User struct{}`,
	"operations": `
		var ctx context.Context`,
	"middleware/README": `
		var log *accesslog.Log
		var probe *health.Probe
		var answers *cache.Cache
		var perMinute ratelimit.Config
		var staff basicauth.Config`,
	"middleware/dispatch": `
		var shop, admin, tenants gateway.Handler
		var signedIn gateway.Middleware
		var files fs.FS`,
	"middleware/health": `
		var db *sql.DB`,
	"testing": `
		type Note struct{ Text string }
		type Store interface{}
		type memory struct{}
		func newApp() *framework.App { return nil }
		func open(*framework.Context) (Store, error) { return nil, nil }
		func show(*framework.Context) error { return nil }`,
}

// imports are the packages that the pages use, by the names in their code.
var imports = map[string]string{
	"framework": module + "/framework", "debug": module + "/framework/debug", "routing": module + "/framework/routing", "session": module + "/framework/session",
	"openapi": module + "/framework/openapi", "config": module + "/framework/config", "binding": module + "/framework/binding", "gateway": module + "/gateway",
	"semantics": module + "/gateway/semantics", "static": module + "/gateway/static",
	"client": module + "/gateway/client", "server": module + "/gateway/server", "nethttp": module + "/gateway/nethttp",
	"context": "context", "flag": "flag", "strings": "strings", "filepath": "path/filepath", "process": module + "/gateway/process",
	"errors": "errors", "fmt": "fmt", "os": "os", "sql": "database/sql", "strconv": "strconv", "synctest": "testing/synctest",
	"testing": "testing", "time": "time", "fs": "io/fs", "accesslog": module + "/gateway/accesslog",
}

// init adds the middleware, each by the name of its folder.
func init() {
	for _, name := range strings.Fields(`basicauth cache compress cors crossorigin etag health hosts inflight methodoverride ratelimit recovery redirect requestid secure`) {
		imports[name] = module + "/gateway/middleware/" + name
	}
}

// TestDocsCompile keeps the pages true: a name that is changed breaks them. The
// packages lie beside the module as an overlay: nothing is written into it.
func TestDocsCompile(t *testing.T) {
	root, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	overlay := map[string]map[string]string{"Replace": {}}
	build := []string{"build", "-overlay", filepath.Join(t.TempDir(), "overlay.json")}
	for _, page := range compiled {
		blocks := slices.DeleteFunc(blocksOf(t, "docs/"+page+".md"), func(b block) bool { return b.language != "go" || b.marker != "" })
		if len(blocks) == 0 {
			t.Errorf("docs/%s.md has no Go", page)
		}
		source, err := assemble(blocks, scenery[page])
		if err != nil {
			t.Errorf("docs/%s.md: %v", page, err)
			continue
		}
		file := filepath.Join(t.TempDir(), "page.go")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay["Replace"][filepath.Join(root, "docs", page, "page.go")] = file
		build = append(build, "./docs/"+page)
	}
	list, err := json.Marshal(overlay)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(build[2], list, 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("go", build...).CombinedOutput(); err != nil {
		t.Errorf("the pages do not compile: %v\n%s", err, out)
	}
}

// assemble makes a file of a page's blocks.
func assemble(blocks []block, scenery string) (string, error) {
	var body strings.Builder
	body.WriteString(scenery + "\n")
	for _, b := range blocks {
		code := b.text
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+code, 0); err != nil {
			code = "func _(app *framework.App, c *framework.Context, t *testing.T) error {\n" + code + "\nreturn nil\n}\n"
		}
		if _, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+code, 0); err != nil {
			return "", fmt.Errorf("%s is neither declarations nor statements: %w", b.place, err)
		}
		body.WriteString(code + "\n")
	}
	used, err := parser.ParseFile(token.NewFileSet(), "", "package p\n"+body.String(), 0)
	if err != nil {
		return "", err
	}
	var paths []string
	ast.Inspect(used, func(n ast.Node) bool {
		if s, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := s.X.(*ast.Ident); ok && x.Obj == nil && imports[x.Name] != "" {
				paths = append(paths, fmt.Sprintf("%q", imports[x.Name]))
			}
		}
		return true
	})
	slices.Sort(paths)
	return "package page\n\nimport (\n" + strings.Join(slices.Compact(paths), "\n") + "\n)\n\n" + body.String(), nil
}

// TestComplaintsHaveTests looks for each test that docs/never-again.md names in the
// package that it names.
func TestComplaintsHaveTests(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("docs", "never-again.md"))
	if err != nil {
		t.Fatal(err)
	}
	rows := 0
	for line := range strings.SplitSeq(string(page), "\n") {
		if !strings.HasPrefix(line, "| ") || strings.HasPrefix(line, "| Complaint") {
			continue
		}
		rows++
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		tests := regexp.MustCompile("`([a-z0-9/]+)\\.((?:Test|Fuzz)\\w+)`").FindAllStringSubmatch(cells[len(cells)-1], -1)
		if len(tests) == 0 {
			t.Errorf("%.40s... has no test", line)
		}
		for _, test := range tests {
			if !declares(t, test[1], test[2]) {
				t.Errorf("package %s has no %s", test[1], test[2])
			}
		}
	}
	if rows != 27 {
		t.Errorf("%d rows, want 27", rows)
	}
}

// declares looks for a test in the files of a package.
func declares(t *testing.T, pkg, test string) bool {
	files, err := filepath.Glob(filepath.Join(filepath.FromSlash(pkg), "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(source), "\nfunc "+test+"(") {
			return true
		}
	}
	return false
}

// TestFieldsOfAppAreListed looks for every field of framework.App in the table of
// docs/configuration.md, and for those of the table in it.
func TestFieldsOfAppAreListed(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(page), "| Field of `App` |")
	table, _, _ = strings.Cut(table, "\n\n")
	listed := map[string]bool{}
	for row := range strings.SplitSeq(table, "\n") {
		cell, _, _ := strings.Cut(strings.TrimPrefix(row, "| "), " | ")
		for _, name := range regexp.MustCompile("`(\\w+)`").FindAllStringSubmatch(cell, -1) {
			listed[name[1]] = true
		}
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join("framework", "app.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	app := file.Scope.Lookup("App").Decl.(*ast.TypeSpec).Type.(*ast.StructType)
	for _, f := range app.Fields.List {
		for _, name := range f.Names {
			if name.IsExported() && !listed[name.Name] {
				t.Errorf("docs/configuration.md does not list App.%s", name.Name)
			}
			delete(listed, name.Name)
		}
	}
	for name := range listed {
		t.Errorf("docs/configuration.md lists %s, which App has not", name)
	}
}

// TestPublicNamesAreExplained looks for the comment of every name that users see.
func TestPublicNamesAreExplained(t *testing.T) {
	explained := map[string]bool{} // packages
	for file := range sources(t) {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		if f.Name.Name == "main" { // the smallest example shall stay that
			continue
		}
		pkg := filepath.Dir(file)
		explained[pkg] = explained[pkg] || f.Doc.Text() != ""
		if strings.Contains(file, "internal/") {
			continue
		}
		for _, d := range f.Decls {
			for _, name := range unexplained(d) {
				t.Errorf("%s: %s has no comment", file, name)
			}
		}
	}
	for pkg, ok := range explained {
		if !ok {
			t.Errorf("package %s has no comment", pkg)
		}
	}
}

// unexplained are the exported names of a declaration without a comment, neither of
// their own nor of the group.
func unexplained(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Name.IsExported() && d.Doc.Text() == "" && (d.Recv == nil || visible(d.Recv.List[0].Type)) {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch s := spec.(type) {
			case *ast.TypeSpec:
				if s.Name.IsExported() && s.Doc.Text()+d.Doc.Text() == "" {
					names = append(names, s.Name.Name)
				}
			case *ast.ValueSpec:
				for _, name := range s.Names {
					if name.IsExported() && s.Doc.Text()+s.Comment.Text()+d.Doc.Text() == "" {
						names = append(names, name.Name)
					}
				}
			}
		}
	}
	return names
}

// visible reports whether the type of a receiver is exported.
func visible(receiver ast.Expr) bool {
	switch r := receiver.(type) {
	case *ast.StarExpr:
		return visible(r.X)
	case *ast.IndexExpr:
		return visible(r.X)
	case *ast.IndexListExpr:
		return visible(r.X)
	case *ast.Ident:
		return r.IsExported()
	}
	return false
}
