package browsertest

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"sync"
	"syscall"
	"testing"
)

func TestMain(m *testing.M) {
	code := m.Run()
	if built.folder != "" {
		os.RemoveAll(built.folder)
	}
	os.Exit(code)
}

// built are the programs that this run has made, by name.
var built struct {
	mu      sync.Mutex
	folder  string
	program map[string]string
}

// build makes an example, once in a run.
func build(t *testing.T, name string) string {
	t.Helper()
	built.mu.Lock()
	defer built.mu.Unlock()
	if file := built.program[name]; file != "" {
		return file
	}
	if built.folder == "" {
		folder, err := os.MkdirTemp("", "examples")
		if err != nil {
			t.Fatal(err)
		}
		built.folder, built.program = folder, map[string]string{}
	}
	file := filepath.Join(built.folder, name)
	cmd := exec.Command("go", "build", "-o", file, ".")
	cmd.Dir = filepath.Join("..", name)
	cmd.Env = append(os.Environ(), "GOWORK=off")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("building %s: %v\n%s", name, err, out)
	}
	built.program[name] = file
	return file
}

// run runs an example to its end.
func run(t *testing.T, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(build(t, name), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
}

var address = regexp.MustCompile(`https?://[^\s]+`)

// start starts an example on a free port, ends it with the test, and returns the URL
// that it prints.
func start(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.Command(build(t, name), append(args, "-addr", "127.0.0.1:0")...)
	cmd.Dir = t.TempDir()
	output, input, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = input, input
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = input.Close()
	lines := bufio.NewReader(output)
	line, err := lines.ReadString('\n')
	rest := make(chan string, 1)
	go func() { // until the program has closed its end
		all, _ := io.ReadAll(lines)
		rest <- string(all)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		said := <-rest
		if err := cmd.Wait(); err != nil || said != "" {
			t.Errorf("%s ended with %v after %s", name, err, said)
		}
		_ = output.Close()
	})
	url := address.FindString(line)
	if err != nil || url == "" {
		t.Fatalf("%s printed %q, %v", name, line, err)
	}
	return url
}

// picture keeps a picture where DEWAR_SCREENSHOTS says, if it does.
func picture(t *testing.T, name string, png []byte) {
	t.Helper()
	folder := os.Getenv("DEWAR_SCREENSHOTS")
	if folder == "" {
		return
	}
	err := os.MkdirAll(folder, 0o777)
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, fmt.Sprintf("%s.png", name)), png, 0o666)
	}
	if err != nil {
		t.Error(err)
	}
}
