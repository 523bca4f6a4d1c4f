package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// writePID writes this process's number, so that whoever reads the file sees all of it
// or what was there before. A file that is left from elsewhere is replaced: that two
// servers run at once is for their addresses to prevent.
func writePID(name string) error {
	if name == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(name), "."+filepath.Base(name)+"-*")
	if err != nil {
		return fmt.Errorf("PID file: %w", err)
	}
	_, err = fmt.Fprintln(f, os.Getpid())
	if err == nil {
		err = f.Chmod(0o644)
	}
	if failed := f.Close(); err == nil {
		err = failed
	}
	if err == nil {
		err = os.Rename(f.Name(), name)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("PID file: %w", err)
	}
	return nil
}

// removePID removes the file unless it names another process: a successor.
func removePID(name string) error {
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil || strings.TrimSpace(string(text)) != strconv.Itoa(os.Getpid()) {
		return nil
	}
	return os.Remove(name)
}
