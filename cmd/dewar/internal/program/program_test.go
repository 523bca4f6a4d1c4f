package program

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCheck(t *testing.T) {
	for name, test := range map[string]struct {
		files map[string]string
		want  string // "": a program may be there
	}{
		"a program":        {map[string]string{"go.mod": "module x", "main.go": "package main"}, ""},
		"in a workspace":   {map[string]string{"go.work": "go 1.26", "main.go": "package main"}, ""},
		"no source yet":    {map[string]string{"go.mod": "module x", "main.go": "packag main"}, ""},
		"beside generator": {map[string]string{"go.mod": "module x", "a.go": "//go:build ignore\n\npackage other", "b.go": "package main"}, ""},
		"a library":        {map[string]string{"go.mod": "module x", "x.go": "package shelves"}, "package shelves is a library"},
		"tests alone":      {map[string]string{"go.mod": "module x", "x_test.go": "package main"}, "no Go files"},
		"nothing":          {map[string]string{"go.mod": "module x"}, "no Go files"},
		"no module":        {map[string]string{"main.go": "package main"}, "there is no go.mod"},
	} {
		dir := t.TempDir()
		for file, text := range test.files {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := Check(dir)
		if (err == nil) != (test.want == "") || err != nil && !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Who stands above or below the application is told where it is.
func TestCheckFromElsewhere(t *testing.T) {
	top := t.TempDir()
	t.Chdir(top)
	if err := os.MkdirAll("shop/notes", 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"shop/go.mod": "module shop", "shop/main.go": "package main", "shop/notes/notes.go": "package notes"} {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	shop := filepath.Join(top, "shop")
	if err := Check("shop"); err == nil || !strings.HasSuffix(err.Error(), "; run this in "+shop) {
		t.Errorf("from above: %v", err)
	}
	t.Chdir("shop/notes")
	if err := Check("."); err == nil || !strings.HasSuffix(err.Error(), "package notes is a library; its module begins in "+shop) {
		t.Errorf("from below: %v", err)
	}
	if err := Check(".."); err != nil {
		t.Errorf("the application: %v", err)
	}
}
