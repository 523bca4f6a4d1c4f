//go:build unix

package static

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/dewar-go/dewar/gateway/gatewaytest"
)

// A pipe is no file, and does not make a request wait for its other end.
func TestPipesAreNotOpened(t *testing.T) {
	dir := t.TempDir()
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r := gatewaytest.Do(New(os.DirFS(dir), Config{}), gatewaytest.Request{Target: "/pipe"}); r.Status != 404 {
		t.Errorf("%d", r.Status)
	}
}
