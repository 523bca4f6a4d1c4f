package peer

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dewar-go/dewar/benchmarks/internal/proc"
)

// place builds the named peers into a folder of the test.
func place(t *testing.T, names ...string) Place {
	t.Helper()
	t.Chdir(filepath.Join("..", ".."))
	at := Place{Binaries: t.TempDir(), Static: t.TempDir(), Sources: "peers", Core: proc.Anywhere}
	for i, name := range names {
		names[i] = Peer{Name: name}.Package()
	}
	if err := Build(t.Context(), at.Binaries, "", names...); err != nil {
		t.Fatal(err)
	}
	return at
}

func TestProcessServesUntilItIsStopped(t *testing.T) {
	at := place(t, "floor")
	r, err := Peer{Name: "floor"}.Start(t.Context(), at)
	if err != nil {
		t.Fatal(err)
	}
	c, err := net.Dial("tcp", r.Address)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r.Stop()
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the server goes on after Stop")
	}
	if _, err := os.Stat(r.folder); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("its folder is left behind: %v", err)
	}
}

// What a server has to say when it fails is in the error.
func TestStartFailsWithTheServersWords(t *testing.T) {
	failing := Peer{Name: "failing", installed: &program{command: func(setting) (*exec.Cmd, error) {
		return exec.Command("sh", "-c", "echo no such module >&2; exit 1"), nil
	}}}
	_, err := failing.Start(t.Context(), Place{Core: proc.Anywhere})
	if err == nil || !strings.Contains(err.Error(), "no such module") || !strings.Contains(err.Error(), "failing did not start") {
		t.Errorf("Start = %v", err)
	}
	if _, err := (Peer{Name: "absent"}).Start(t.Context(), Place{Binaries: t.TempDir(), Core: proc.Anywhere}); err == nil {
		t.Error("a binary that does not exist was started")
	}
}

func TestBuiltVersionReadsTheBinary(t *testing.T) {
	at := place(t, "chi")
	version, err := Peer{Name: "chi", Module: "github.com/go-chi/chi/v5"}.BuiltVersion(at.Binaries)
	if err != nil || !strings.HasPrefix(version, "v5.") {
		t.Errorf("version %q, %v", version, err)
	}
	if _, err := (Peer{Name: "chi", Module: "example.org/none"}).BuiltVersion(at.Binaries); err == nil {
		t.Error("found a module that is not in the binary")
	}
}

func TestNamesAreUnique(t *testing.T) {
	seen := make(map[string]bool)
	for _, p := range All() {
		if seen[p.Name] {
			t.Errorf("two peers are called %s", p.Name)
		}
		seen[p.Name] = true
	}
}
