// Command benchmarks measures Dewar and its peers side by side in one run: it
// builds and starts each server as a process of its own, checks its answers,
// loads it, and writes tables and a report.
//
//	go run -C benchmarks .          # everything
//	go run -C benchmarks . -runs 2  # twice: do the ratios agree?
//	go run -C benchmarks . -peers dewar,fasthttp -workloads W1,W2 -rounds 3
//	go run -C benchmarks . -smoke   # within a minute: does all of it work?
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
	"github.com/dewar-go/dewar/benchmarks/internal/report"
	"github.com/dewar-go/dewar/benchmarks/internal/suite"
)

func main() {
	options, mode, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2) // the flag set has said why
	}
	if err := run(options, mode); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// A mode is what the command does beside a measurement of all.
type mode struct {
	smoke   bool
	runs    int    // one after another, each compared with the one before
	against string // results.json of the run to compare the first with; "": with none
	from    string // results.json of a run to report again; "": measure
}

// run measures and reports, as often as it is told to.
func run(o suite.Options, m mode) error {
	var earlier *record.Run
	if m.against != "" {
		var err error
		if earlier, err = report.Read(m.against); err != nil {
			return err
		}
	}
	if m.from != "" {
		return again(o, m.from, earlier)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for n := range m.runs {
		if m.runs > 1 {
			fmt.Fprintf(os.Stderr, "run %d of %d\n", n+1, m.runs)
		}
		r, err := suite.Run(ctx, o)
		if r == nil || len(r.Samples) == 0 {
			return err
		}
		if earlier != nil {
			r.Against(earlier)
		}
		if err != nil {
			stop() // from here on a Ctrl-C ends the program as usual
			fmt.Fprintln(os.Stderr, "interrupted: the report holds what was measured until then")
		}
		if err := errors.Join(err, tell(o, m, r)); err != nil {
			return err
		}
		earlier = r
	}
	return nil
}

// tell reports a run. Only in a smoke run is a sample that failed a failure of the
// command: elsewhere it is part of the report.
func tell(o suite.Options, m mode, r *record.Run) error {
	if !m.smoke {
		if err := report.Terminal(os.Stdout, r); err != nil {
			return err
		}
	}
	files, err := report.Write(o.Folder, r)
	if err != nil {
		return err
	}
	if r.Complete {
		if err := report.WriteResults("RESULTS.md", r); err != nil {
			return err
		}
		files = append(files, "RESULTS.md")
	}
	fmt.Printf("\nwritten: %s\n", strings.Join(files, ", "))
	if m.smoke {
		return suite.Failures(r)
	}
	return nil
}

// again makes the report of a run anew from its results, compared with earlier
// where that is not nil.
func again(o suite.Options, name string, earlier *record.Run) error {
	r, err := report.Read(name)
	if err != nil {
		return err
	}
	if earlier != nil {
		r.Against(earlier)
	}
	if err := report.Terminal(os.Stdout, r); err != nil {
		return err
	}
	_, err = report.Write(o.Folder, r)
	return err
}

// parse reads the flags over the defaults, which -smoke changes.
func parse(arguments []string) (suite.Options, mode, error) {
	o := suite.Defaults()
	flags := flag.NewFlagSet("benchmarks", flag.ContinueOnError)
	var m mode
	flags.BoolVar(&m.smoke, "smoke", false, "check within a minute that every Go peer builds, answers rightly and bears a short load; measures nothing")
	if has(arguments, "smoke") {
		o = suite.Smoke()
	}
	flags.Func("peers", "`names` to measure, separated by commas, or kinds: go, installed, floor, library (default all)", list(&o.Peers))
	flags.Func("workloads", "`names` of the workloads to run, separated by commas (default all)", list(&o.Workloads))
	flags.Func("connections", "`numbers` of connections of W1, separated by commas, the first for the other workloads too (default 64,512)", numbers(&o.Connections))
	flags.IntVar(&m.runs, "runs", 1, "how often to measure all; each run is compared with the one before")
	flags.StringVar(&m.against, "against", "", "results.json `file` of an earlier run to compare with")
	flags.IntVar(&o.Rounds, "rounds", o.Rounds, "how often each Go peer is measured at the workloads where they lie close; elsewhere as often or less")
	flags.DurationVar(&o.Duration, "duration", o.Duration, "of each load")
	flags.Float64Var(&o.Rate, "rate", o.Rate, "requests a second of the second run of W1; 0: none")
	flags.IntVar(&o.Idle, "idle", o.Idle, "number of idle connections of W7")
	flags.BoolVar(&o.Own, "own", o.Own, "use the suite's own generator even where wrk is installed")
	flags.StringVar(&o.Folder, "out", o.Folder, "`folder` for binaries and results")
	flags.StringVar(&m.from, "from", "", "results.json `file` of a run whose report to make anew; nothing is measured")
	if err := flags.Parse(arguments); err != nil {
		return o, m, err
	}
	if flags.NArg() > 0 {
		err := fmt.Errorf("benchmarks: unexpected argument %q", flags.Arg(0))
		fmt.Fprintln(os.Stderr, err)
		return o, m, err
	}
	if m.runs < 1 {
		err := fmt.Errorf("benchmarks: -runs is %d, want 1 or more", m.runs)
		fmt.Fprintln(os.Stderr, err)
		return o, m, err
	}
	o.Folder = filepath.Clean(o.Folder)
	o.Progress, o.Terminal = os.Stderr, terminal(os.Stderr)
	return o, m, nil
}

// has reports whether a boolean flag is among the arguments.
func has(arguments []string, name string) bool {
	for _, a := range arguments {
		if a == "-"+name || a == "--"+name {
			return true
		}
	}
	return false
}

func list(to *[]string) func(string) error {
	return func(text string) error {
		*to = strings.Split(text, ",")
		return nil
	}
}

func numbers(to *[]int) func(string) error {
	return func(text string) error {
		*to = nil
		for part := range strings.SplitSeq(text, ",") {
			n, err := strconv.Atoi(part)
			if err != nil {
				return fmt.Errorf("%q is not a number", part)
			}
			*to = append(*to, n)
		}
		return nil
	}
}

// terminal reports whether f is a terminal, where a line can be rewritten.
func terminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
