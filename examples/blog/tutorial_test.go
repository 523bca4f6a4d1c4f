//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// TestTutorial follows docs/tutorial to the letter, from page to page in one folder
// beside this repository. What the comments before blocks mean stands in
// docs_blocks_test.go at the root. A file in an early state has lines of the example's
// file in their order, and no others; in the end every file is the example's.
func TestTutorial(t *testing.T) {
	pages, err := filepath.Glob("../../docs/tutorial/[0-9]*.md") // in the order of their numbers
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages: %v", err)
	}
	f := follow(t)
	for _, page := range pages {
		f.page(page)
		f.sh("go vet .", "")
	}
	f.compare()
}

// TestTutorialIndex does what the first page says, in this repository.
func TestTutorialIndex(t *testing.T) {
	f := follow(t)
	f.env = append(f.env, "BLOG_DATABASE="+sqliteFile(t))
	f.sh("cd -P dewar", "")
	f.page("../../docs/tutorial/README.md")
}

// A follower is a reader who does what pages say.
type follower struct {
	t       *testing.T
	folder  string // where the next command is done
	env     []string
	serving *exec.Cmd
	url     string // of what is served
}

// follow begins in a folder that has nothing but a clone.
func follow(t *testing.T) *follower {
	t.Helper()
	f := &follower{t: t, folder: t.TempDir(), env: append(os.Environ(), "GOWORK=off", "DEWAR_SERVER_ADDR=127.0.0.1:0")}
	root, err := filepath.Abs("../..")
	if err == nil {
		err = os.Symlink(root, filepath.Join(f.folder, "dewar"))
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.stop)
	return f
}

var fenced = regexp.MustCompile("(?ms)^(?:<!-- (file|serves|not run|from)(?:: (\\S+).*?)? -->\n)?```(\\w+)\n(.*?)^```\n(?:```output\n(.*?)^```\n)?")

func (f *follower) page(name string) {
	f.t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, m := range fenced.FindAllStringSubmatch(string(text), -1) {
		marker, file, language, text, output := m[1], m[2], m[3], m[4], m[5]
		switch {
		case marker == "file":
			f.write(file, text)
		case marker == "serves":
			f.serve(text)
		case marker == "" && language == "sh":
			f.sh(text, output)
		}
	}
}

// write makes a file, whose lines must be in that order in the example's. White space
// does not count: gofmt lines up what stands together.
func (f *follower) write(name, text string) {
	f.t.Helper()
	example, err := os.ReadFile(name)
	if err != nil {
		f.t.Fatal(err)
	}
	rest := strings.Split(string(example), "\n")
	for line := range strings.SplitSeq(text, "\n") {
		at := slices.IndexFunc(rest, func(l string) bool { return slices.Equal(strings.Fields(l), strings.Fields(line)) })
		if at < 0 {
			f.t.Fatalf("the example's %s has no line %q there", name, line)
		}
		rest = rest[at+1:]
	}
	path := filepath.Join(f.folder, name)
	if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o777), os.WriteFile(path, []byte(text), 0o666)); err != nil {
		f.t.Fatal(err)
	}
}

func (f *follower) command(text string) *exec.Cmd {
	cmd := exec.Command("bash", "-euo", "pipefail", "-c", strings.ReplaceAll(text, "http://127.0.0.1:5000", f.url))
	cmd.Dir, cmd.Env = f.folder, f.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // so that all of it can be stopped
	return cmd
}

// clones is the one command that is not done: the clone is there.
var clones = regexp.MustCompile(`(?m)^git clone .*\n`)

// sh does commands, which print output if that is not "".
func (f *follower) sh(text, output string) {
	f.t.Helper()
	where := filepath.Join(f.t.TempDir(), "where")
	cmd := f.command(clones.ReplaceAllString(text, "") + "\npwd >" + where)
	var said bytes.Buffer
	cmd.Stderr = &said
	out, err := cmd.Output()
	if err != nil {
		f.t.Fatalf("%v\n%s\n%s%s", err, text, out, &said)
	}
	if output != "" && strings.TrimSpace(string(out)) != strings.TrimSpace(output) {
		f.t.Errorf("%s\nprinted\n%s\nand not\n%s", text, out, output)
	}
	folder, err := os.ReadFile(where)
	if err != nil {
		f.t.Fatal(err)
	}
	f.folder = strings.TrimSpace(string(folder))
}

// serve runs what serves, until something else does.
func (f *follower) serve(text string) {
	f.t.Helper()
	f.stop()
	cmd := f.command(text)
	stderr, err := cmd.StderrPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		f.t.Fatal(err)
	}
	f.serving, f.url = cmd, ""
	lines := bufio.NewReader(stderr)
	for f.url == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			f.t.Fatalf("%s\nprinted %q, %v", text, line, err)
		}
		f.url = regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(line)
	}
	go io.Copy(io.Discard, lines) // until the program ends
}

// stop is Ctrl-C where something is served.
func (f *follower) stop() {
	if f.serving == nil {
		return
	}
	err := syscall.Kill(-f.serving.Process.Pid, syscall.SIGINT)
	_ = f.serving.Wait() // go run and bash report the signal
	if err != nil {
		f.t.Error(err)
	}
	f.serving = nil
}

// compare compares what came out with what is here.
func (f *follower) compare() {
	f.t.Helper()
	own := []string{".gitignore", "go.mod", "go.sum", "go.work", "tutorial_test.go"} // of a folder within Dewar
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || slices.Contains(own, name) || strings.HasPrefix(name, "blog.db") {
			return err
		}
		want, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		if got, err := os.ReadFile(filepath.Join(f.folder, name)); err != nil {
			f.t.Errorf("after the tutorial there is no %s: %v", name, err)
		} else if string(got) != string(want) {
			f.t.Errorf("after the tutorial %s is not the example's", name)
		}
		return nil
	})
	if err != nil {
		f.t.Error(err)
	}
}
