// Package program looks at the folder of a program before the go command is asked to
// build it, whose messages would not help who stands in the wrong folder.
package program

import (
	"fmt"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// Module is the folder of the module or workspace around dir.
func Module(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for at := dir; ; at = filepath.Dir(at) {
		for _, name := range []string{"go.mod", "go.work"} {
			if _, err := os.Stat(filepath.Join(at, name)); err == nil {
				return at, nil
			}
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("%s is in no application: there is no go.mod here, nor above", dir)
		}
	}
}

// Check returns an error where dir can hold no program. Source that does not parse may
// become one: the compiler tells what is wrong with it.
func Check(dir string) error {
	root, err := Module(dir)
	if err != nil {
		return err
	}
	if _, err := Module("."); err != nil { // the go command looks from there
		return fmt.Errorf("%w; run this in %s", err, root)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	library := ""
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.PackageClauseOnly)
		if err != nil || f.Name.Name == "main" {
			return nil
		}
		library = f.Name.Name
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return err
	}
	why, above := "no Go files", ""
	if library != "" {
		why = "package " + library + " is a library"
	}
	if dir != root {
		above = "; its module begins in " + root
	}
	return fmt.Errorf("there is no program in %s: %s%s", dir, why, above)
}
