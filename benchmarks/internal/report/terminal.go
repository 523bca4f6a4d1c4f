package report

import (
	"bufio"
	"fmt"
	"io"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

// Terminal writes the report for people at a terminal. w is borrowed until it
// returns.
func Terminal(w io.Writer, r *record.Run) error {
	out := bufio.NewWriter(w)
	title, lines := verdict(r)
	fmt.Fprintf(out, "\n%s\n", title)
	for _, line := range lines {
		fmt.Fprintf(out, "  %s\n", line)
	}
	if r.Compared() {
		fmt.Fprintf(out, "\nDewar's figure over the server's: below 1 Dewar is better. ~ is noise.\n\n")
		ratios(r).text(out)
	}
	for _, load := range r.Workloads {
		t, notes := details(r, load)
		fmt.Fprintf(out, "\n%s: %s\n", heading(load), setting(load))
		t.text(out)
		for _, n := range notes {
			fmt.Fprintf(out, "  ! %s\n", n)
		}
	}
	fmt.Fprintln(out)
	for _, f := range facts(r) {
		fmt.Fprintf(out, "%-10s %s\n", f[0], f[1])
	}
	for _, line := range differing(r.Repeats()) {
		fmt.Fprintf(out, "           ! %s\n", line)
	}
	fmt.Fprintln(out)
	peers(r).text(out)
	return out.Flush()
}
