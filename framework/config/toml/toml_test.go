package toml_test

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/framework/config"
	"github.com/dewar-go/dewar/framework/config/toml"
)

type settings struct {
	Debug    bool
	Secret   config.Secret
	Started  time.Time
	Timeout  time.Duration `default:"5s"`
	Hosts    []string
	Database struct {
		Pool  int
		Ratio float64
	}
}

func write(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notes.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestFile(t *testing.T) {
	path := write(t, `
debug = true
secret = "s3cret"
started = 2024-05-06T07:08:09Z
hosts = ["a.example", "b.example"]
[database]
pool = 20
ratio = 0.5
`)
	t.Setenv("NOTES_DATABASE__POOL", "30")
	var s settings
	if err := config.Load(&s, toml.File(path), config.Env("NOTES_")); err != nil {
		t.Fatal(err)
	}
	if !s.Debug || s.Secret.Reveal() != "s3cret" || !s.Started.Equal(time.Date(2024, 5, 6, 7, 8, 9, 0, time.UTC)) || s.Timeout != 5*time.Second ||
		strings.Join(s.Hosts, " ") != "a.example b.example" || s.Database.Pool != 30 || s.Database.Ratio != 0.5 {
		t.Errorf("%+v", s)
	}
}

func TestFileMistakes(t *testing.T) {
	for text, want := range map[string][]string{
		"debug = true\nsecret = hunter2":                     {"line 2", "is no TOML"},
		"[database]\npol = 1\nratio = \"x\"\n[unknown]":      {"database.pol", "did you mean pool", "database.ratio", "unknown: there is no such setting"},
		"debug = 7\n[database]\npool = 99999999999999999999": {"line 3"},
	} {
		var s settings
		err := config.Load(&s, toml.File(write(t, text)))
		for _, w := range want {
			if err == nil || !strings.Contains(err.Error(), w) || strings.Contains(err.Error(), "hunter2") {
				t.Errorf("%q gave %v, want %q", text, err, w)
			}
		}
	}
	var s settings
	if err := config.Load(&s, toml.File("missing.toml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := config.Load(&s, config.Optional(toml.File("missing.toml"))); err != nil {
		t.Errorf("an optional file: %v", err)
	}
}

func ExampleFile() {
	dir, _ := os.MkdirTemp("", "")
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "notes.toml")
	os.WriteFile(path, []byte("[database]\npool = 20\n"), 0o600)

	var s settings
	err := config.Load(&s, toml.File(path))
	fmt.Println(s.Database.Pool, s.Timeout, err)
	// Output: 20 5s <nil>
}
