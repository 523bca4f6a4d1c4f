package dewar

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// lattice says who may import whom, outside of tests. It is the architecture: a
// change to it is a decision, not a way to make a build pass.
//
// A line is a package and what it may import: "std" is the standard library
// without net/http, other words are packages of this module or of others. A
// package that is not named may import nothing but what its parent may, and its
// parent may import it.
const lattice = `
templates:               std internal/poison
gateway:                 std gateway/internal/octet
internal/descriptor:     std
internal/poison:         std
gateway/internal/listen: std internal/descriptor
gateway/semantics:       std gateway
gateway/middleware:      std gateway gateway/semantics
gateway/middleware/cors: std gateway gateway/semantics golang.org/x/net/publicsuffix
gateway/static:          std gateway gateway/semantics internal/poison
gateway/process:         std gateway gateway/internal/listen
gateway/accesslog:       std gateway internal/poison
gateway/internal/octet:  std
gateway/http1:           std gateway gateway/internal/octet
gateway/client:          std gateway
gateway/gatewaytest:     std gateway gateway/client
gateway/internal/http2client: std gateway gateway/client net/http
gateway/forwarded:       std gateway
gateway/nethttp:         std gateway gateway/internal/listen internal/poison net/http
gateway/server:          std gateway gateway/accesslog gateway/forwarded gateway/http1 gateway/nethttp gateway/internal/listen internal/poison
framework:               std gateway gateway/middleware/crossorigin gateway/middleware/csrf gateway/middleware/hosts gateway/middleware/requestid gateway/semantics gateway/static golang.org/x/text/unicode/norm gateway/client internal/poison github.com/goccy/go-json github.com/go-playground/validator/v10
framework/cli:           std framework framework/config framework/debug framework/openapi framework/routing gateway gateway/forwarded gateway/nethttp gateway/process gateway/server templates github.com/spf13/cobra github.com/spf13/pflag
cmd/dewar:               std net/http internal/descriptor framework framework/cli framework/debug gateway gateway/server github.com/spf13/cobra github.com/fsnotify/fsnotify
framework/debug:         std gateway gateway/semantics framework framework/config framework/session
examples:                std gateway gateway/http1 gateway/server gateway/nethttp gateway/process framework templates
examples/adapter:        std gateway framework net/http
examples/api:            std gateway/server gateway/semantics gateway/middleware/secure framework framework/binding
examples/mounted:        std gateway gateway/server gateway/nethttp gateway/middleware/secure framework templates net/http
examples/production:     std gateway/process gateway/server gateway/middleware/health gateway/middleware/requestid gateway/middleware/secure framework
examples/stream:         std gateway/server gateway/middleware/secure framework templates
examples/upload:         std gateway/server gateway/static gateway/middleware/crossorigin gateway/middleware/secure framework templates
`

const module = "github.com/dewar-go/dewar"

// The vacuum between framework and server is real only as long as nothing crosses it.
func TestImportsFollowTheLattice(t *testing.T) {
	allowed := parseLattice(t)
	seen := make(map[string]bool)
	for file, imports := range sources(t) {
		pkg := path.Dir(file)
		owner := governing(allowed, pkg)
		if owner == "" {
			t.Errorf("%s: package %s is not in the lattice", file, pkg)
			continue
		}
		seen[owner] = true
		for _, imported := range imports {
			if !permits(allowed[owner], owner, imported) {
				t.Errorf("%s: %s may not import %s", file, owner, imported)
			}
		}
	}
	for pkg := range allowed {
		if !seen[pkg] {
			t.Errorf("the lattice names %s, which has no source", pkg)
		}
	}
}

func parseLattice(t *testing.T) map[string][]string {
	allowed := make(map[string][]string)
	for line := range strings.SplitSeq(strings.TrimSpace(lattice), "\n") {
		pkg, imports, ok := strings.Cut(line, ":")
		if !ok {
			t.Fatalf("lattice: %q has no colon", line)
		}
		allowed[pkg] = strings.Fields(imports)
	}
	return allowed
}

// governing is the named package that pkg is, or lies below.
func governing(allowed map[string][]string, pkg string) string {
	for ; pkg != "."; pkg = path.Dir(pkg) {
		if _, ok := allowed[pkg]; ok {
			return pkg
		}
	}
	return ""
}

func permits(allowed []string, owner, imported string) bool {
	if local, ok := strings.CutPrefix(imported, module+"/"); ok {
		return local == owner || strings.HasPrefix(local, owner+"/") || slices.Contains(allowed, local)
	}
	first, _, _ := strings.Cut(imported, "/")
	if std := !strings.Contains(first, "."); !std || imported == "net/http" || strings.HasPrefix(imported, "net/http/") {
		return slices.ContainsFunc(allowed, func(a string) bool {
			return imported == a || strings.HasPrefix(imported, a+"/")
		})
	}
	return slices.Contains(allowed, "std")
}

// within are the modules of their own that the lattice holds, too.
var within = []string{"examples", "framework/cli", "cmd/dewar"}

// sources maps every Go file that is no test, in the root module and those within, to
// its imports.
func sources(t *testing.T) map[string][]string {
	found := make(map[string][]string)
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return enter(name)
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports := make([]string, 0, len(f.Imports))
		for _, spec := range f.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported)
		}
		found[filepath.ToSlash(name)] = imports
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// enter skips what the go command skips, and other modules but those within.
func enter(dir string) error {
	base := filepath.Base(dir)
	if dir == "." || slices.Contains(within, filepath.ToSlash(dir)) {
		return nil
	}
	if base == "testdata" || base == "vendor" || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}
