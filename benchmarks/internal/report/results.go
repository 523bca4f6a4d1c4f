package report

import (
	"bufio"
	"fmt"
	"io"
	"os"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

// WriteResults writes the report as Markdown to the named file.
func WriteResults(name string, r *record.Run) error {
	f, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	err = Markdown(f, r)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// Markdown writes the report as Markdown. w is borrowed until it returns.
func Markdown(w io.Writer, r *record.Run) error {
	out := bufio.NewWriter(w)
	title, lines := verdict(r)
	fmt.Fprintf(out, "# Results\n\n**%s**\n\n", title)
	list(out, lines)
	fmt.Fprintf(out, "This file is written by the suite: `go run -C benchmarks .`\n\n")
	fmt.Fprintf(out, "## Overview\n\nIn brackets Dewar's figure over the server's: below 1 Dewar is better. ~ marks noise.\n\n")
	figures(r).markdown(out)
	fmt.Fprintf(out, "## Conditions\n\n")
	for _, f := range facts(r) {
		fmt.Fprintf(out, "- %s: %s\n", f[0], f[1])
	}
	fmt.Fprintln(out)
	if apart := differing(r.Repeats()); len(apart) > 0 {
		fmt.Fprintf(out, "Ratios that differ from the earlier run:\n\n")
		list(out, apart)
	}
	peers(r).markdown(out)
	fmt.Fprintf(out, "## How to read it\n\n")
	list(out, method)
	fmt.Fprintf(out, "## What it does not show\n\n")
	list(out, limits)
	fmt.Fprintf(out, "## Workloads\n\n")
	for _, load := range r.Workloads {
		t, notes := details(r, load)
		fmt.Fprintf(out, "### %s\n\n%s First figure: %s.\n\n", heading(load), setting(load), r.Metric(load).Name)
		t.markdown(out)
		list(out, notes)
	}
	return out.Flush()
}

func list(w io.Writer, lines []string) {
	for _, line := range lines {
		fmt.Fprintf(w, "- %s\n", line)
	}
	if len(lines) > 0 {
		fmt.Fprintln(w)
	}
}
