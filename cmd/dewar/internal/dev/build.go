package dev

import (
	"bytes"
	"context"
	"errors"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/dewar-go/dewar/framework/debug"
)

// A build is one call of go build.
type build struct {
	number  int
	program string // the file that it makes
	took    time.Duration
	report  *debug.Report // why there is none; nil: there is one
}

// buildFlags leave out what a loop has no use for: the tables of a debugger, which take
// half of the linker's time, and the state of the repository.
var buildFlags = []string{"build", "-ldflags=-s -w", "-buildvcs=false"}

// run builds, until ctx ends.
func (b *build) run(ctx context.Context, c *Config) {
	began := time.Now()
	args := append(append(buildFlags[:len(buildFlags):len(buildFlags)], c.Flags...), "-o", b.program, c.Package)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = c.Dir
	group(cmd)
	cmd.Cancel = func() error { return killGroup(cmd.Process.Pid) }
	cmd.WaitDelay = time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err := cmd.Run()
	b.took = time.Since(began)
	if err == nil {
		return
	}
	b.report = &debug.Report{
		Title:   "The program does not build",
		Command: "go build " + strings.Join(append(c.Flags[:len(c.Flags):len(c.Flags)], c.Package), " "),
		Output:  plain(output.Bytes()),
		Note:    "Mend it and save: the page will load itself anew.",
	}
	b.report.Finds = places(c.Dir, b.report.Output)
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		b.report.Output += err.Error() + "\n" // no go command, for one
	}
}

// maxFinds bounds the places on a page; the compiler itself stops at ten of a package.
const maxFinds = 20

// placed is a line of the compiler's, the linker's, or a program's that names a place:
//
//	./main.go:12:4: undefined: x
var placed = regexp.MustCompile(`^\s*((?:[A-Za-z]:)?[^\s:][^:\n]*\.(?:go|html|mod|work)):(\d+)(?::(\d+))?:\s+(.*)$`)

// called is a line of a stack, as a program prints it that panics.
var called = regexp.MustCompile(`^\t(/[^:]+\.go):(\d+)(?: \+0x[0-9a-f]+)?$`)

// callsOf finds the places of a stack that are the application's own, after what it
// panicked with.
func callsOf(dir, output string) (finds []debug.Find) {
	message := ""
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		if message == "" && (strings.HasPrefix(line, "panic: ") || strings.HasPrefix(line, "fatal error: ")) {
			message = line
		}
		m := called.FindStringSubmatch(line)
		if m == nil || message == "" || !below(m[1], dir) || len(finds) == maxFinds {
			continue
		}
		number, _ := strconv.Atoi(m[2]) // digits, as above
		finds = append(finds, debug.Find{Message: message, Source: debug.SourceOf(m[1], number, 0)})
		message = "called from"
	}
	return finds
}

// places finds them; indented lines behind one belong to it.
func places(dir, output string) (finds []debug.Find) {
	for line := range strings.Lines(output) {
		line = strings.TrimRight(line, "\r\n")
		m := placed.FindStringSubmatch(line)
		if m == nil {
			if n := len(finds); n > 0 && strings.HasPrefix(line, "\t") {
				finds[n-1].Message += "\n" + line
			}
			continue
		}
		if len(finds) == maxFinds {
			break
		}
		number, _ := strconv.Atoi(m[2]) // digits; too many are line 0, which has no source
		column, _ := strconv.Atoi(m[3])
		file := filepath.FromSlash(m[1])
		if !filepath.IsAbs(file) {
			file = filepath.Join(dir, file)
		}
		finds = append(finds, debug.Find{Message: m[4], Source: debug.SourceOf(file, number, column)})
	}
	return finds
}

// control are a terminal's control sequences (ECMA-48 §5.4), and what of the other
// control characters could do harm on a page or a terminal.
var control = regexp.MustCompile("\x1b\\[[0-?]*[ -/]*[@-~]|\x1b\\][^\x07\x1b]*(?:\x07|\x1b\\\\)|[\x00-\x08\x0b-\x1f\x7f]")

// plain is output as text alone.
func plain(output []byte) string {
	return control.ReplaceAllString(strings.ReplaceAll(strings.ToValidUTF8(string(output), "\uFFFD"), "\r\n", "\n"), "")
}
