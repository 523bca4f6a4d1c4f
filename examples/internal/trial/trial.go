// Package trial runs an example as its user does: started as a process of its own,
// asked over a real socket, and ended with SIGTERM. The process is the test's own
// binary, so that nothing is built twice and the race detector sees it.
//
//	func TestMain(m *testing.M) { trial.Main(m, main) }
//
//	func TestPage(t *testing.T) {
//		p := trial.Start(t, "-addr", "127.0.0.1:0")
//		res, err := http.Get(p.URL + "/")
package trial

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"regexp"
	"syscall"
	"testing"
)

// variable tells the test's binary that it is the program now.
const variable = "DEWAR_TRIAL"

// Main runs the tests, or the program where Start has started the binary.
func Main(m *testing.M, program func()) {
	if os.Getenv(variable) != "" {
		program()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A Program is a process that Start has started.
type Program struct {
	URL string // that it printed first

	t      *testing.T
	cmd    *exec.Cmd
	output *os.File
	lines  *bufio.Reader
	told   bool // to end
	ended  bool
}

// Start starts the program with args and waits for the URL that it prints. At the
// end of the test it gets SIGTERM, and must exit with status 0.
func Start(t *testing.T, args ...string) *Program {
	t.Helper()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary, args...)
	cmd.Env = append(os.Environ(), variable+"=1")
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = input, input
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = input.Close()
	p := &Program{t: t, cmd: cmd, output: output, lines: bufio.NewReader(output)}
	t.Cleanup(p.Stop)
	p.URL = p.ReadURL()
	return p
}

// Terminate sends SIGTERM, once: a second one would end the program at once. It does
// not wait.
func (p *Program) Terminate() {
	if !p.told {
		p.told = true
		_ = p.cmd.Process.Signal(syscall.SIGTERM)
	}
}

// Stop sends SIGTERM and waits for the program, which must exit with status 0. The
// end of the test does the same, where the test did not.
func (p *Program) Stop() {
	p.t.Helper()
	if p.ended {
		return
	}
	p.ended = true
	p.Terminate()
	rest, _ := io.ReadAll(p.lines) // until the program has closed its end
	if err := p.cmd.Wait(); err != nil {
		p.t.Errorf("the program ended with %v after\n%s", err, rest)
	}
	_ = p.output.Close()
}

var address = regexp.MustCompile(`https?://[^\s]+`)

// ReadURL reads the next line that the program prints, and returns the URL in it.
func (p *Program) ReadURL() string {
	p.t.Helper()
	line, err := p.lines.ReadString('\n')
	if err != nil {
		p.t.Fatalf("the program printed no line: %q, %v", line, err)
	}
	url := address.FindString(line)
	if url == "" {
		p.t.Fatalf("no address in %q", line)
	}
	return url
}
