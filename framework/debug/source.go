package debug

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
)

// A Line is a line of source.
type Line struct {
	Number int
	Text   string
	Here   bool // it is the one that is meant
}

// Source is a place in a file with what stands around it.
type Source struct {
	File   string // as it is known to the program; "" where there is no file
	Name   string // for people: below the working folder, or of a library with its version
	Line   int
	Column int // 0: unknown
	Lines  []Line
}

// SourceOf reads what stands around a line of a file; there is a place without lines
// where it cannot be read. The file is one that the program was built from: it never
// comes from a client.
func SourceOf(file string, line, column int) Source {
	return quote(file, line, column, around, around)
}

// quote is SourceOf with so many lines before and after the one that is meant.
func quote(file string, line, column, before, after int) Source {
	s := Source{File: file, Name: friendly(file), Line: line, Column: column}
	if !filepath.IsAbs(file) {
		if path, err := filepath.Abs(file); err == nil {
			s.File = path
		}
	}
	info, err := os.Stat(s.File)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxSource {
		return s
	}
	if text, err := os.ReadFile(s.File); err == nil {
		s.Lines = linesAround(text, line, before, after)
	}
	return s
}

// linesAround cuts a few lines out of a text.
func linesAround(text []byte, line, before, after int) []Line {
	var lines []Line
	more := len(text) > 0
	for number := 1; more && number <= line+after; number++ {
		var row []byte
		row, text, more = bytes.Cut(text, []byte("\n"))
		if !more && len(row) == 0 && number != line { // the end of the file, unless it is what is meant: something is missing there
			break
		}
		if number >= line-before {
			shown := strings.ToValidUTF8(strings.TrimRight(string(row[:min(len(row), maxValue)]), "\r"), "\uFFFD")
			lines = append(lines, Line{number, strings.ReplaceAll(shown, "\t", "    "), number == line})
		}
	}
	if n := len(lines); n == 0 || lines[n-1].Number < line {
		return nil // the file has changed since
	}
	return lines
}

var workingFolder, _ = os.Getwd()

// standard is the folder of the standard library's source when the program was built.
var standard = func() string {
	f := runtime.FuncForPC(reflect.ValueOf(os.Getwd).Pointer())
	file, _ := f.FileLine(f.Entry())
	folder, _, _ := strings.Cut(filepath.ToSlash(file), "os/getwd.go")
	return folder
}()

// friendly is a file's name as somebody says it.
func friendly(file string) string {
	slashed := filepath.ToSlash(file)
	if _, module, ok := strings.Cut(slashed, "/pkg/mod/"); ok {
		return module
	}
	if rel, ok := strings.CutPrefix(slashed, standard); ok && standard != "" {
		return rel
	}
	if rel, err := filepath.Rel(workingFolder, file); err == nil && !strings.HasPrefix(rel, "..") {
		return filepath.ToSlash(rel)
	}
	return slashed
}
