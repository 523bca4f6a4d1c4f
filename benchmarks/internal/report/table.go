package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// A table is a heading and rows; the first column is text, the others are
// numbers.
type table struct {
	heading []string
	rows    [][]string
}

// text writes the table with aligned columns.
func (t table) text(w io.Writer) {
	widths := make([]int, len(t.heading))
	for _, row := range t.all() {
		for i, s := range row {
			widths[i] = max(widths[i], utf8.RuneCountInString(s))
		}
	}
	for _, row := range t.all() {
		var line strings.Builder
		for i, s := range row {
			pad := strings.Repeat(" ", widths[i]-utf8.RuneCountInString(s))
			if i == 0 {
				line.WriteString("  " + s + pad)
			} else {
				line.WriteString("  " + pad + s)
			}
		}
		fmt.Fprintln(w, strings.TrimRight(line.String(), " "))
	}
}

// markdown writes the table as GitHub reads it.
func (t table) markdown(w io.Writer) {
	line := func(row []string) { fmt.Fprintf(w, "| %s |\n", strings.Join(row, " | ")) }
	line(t.heading)
	marks := make([]string, len(t.heading))
	for i := range marks {
		marks[i] = "---:"
	}
	marks[0] = "---"
	line(marks)
	for _, row := range t.rows {
		line(row)
	}
	fmt.Fprintln(w)
}

func (t table) all() [][]string { return append([][]string{t.heading}, t.rows...) }
