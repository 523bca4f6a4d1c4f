package workload

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"

	"github.com/dewar-go/dewar/benchmarks/internal/site"
)

// A file is a static file of the site. Its bytes are random, but always the same:
// a compressed copy would be no smaller, so that no server is tempted.
type file struct {
	name string
	size int
}

var (
	smallFile = file{"small.bin", 100 << 10}
	largeFile = file{"large.bin", 10 << 20}
)

func (f file) path() string { return site.StaticPath + "/" + f.name }

func (f file) content() []byte {
	p := make([]byte, f.size)
	_, _ = rand.NewChaCha8([32]byte{1: byte(len(f.name))}).Read(p) // never fails
	return p
}

func (f file) answer() Answer { return Answer{Body: hasSum(f.size, sha256.Sum256(f.content()))} }

// WriteFiles makes the folder that peers serve below site.StaticPath.
func WriteFiles(folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("workload: %w", err)
	}
	for _, f := range []file{smallFile, largeFile} {
		if err := os.WriteFile(filepath.Join(folder, f.name), f.content(), 0o644); err != nil {
			return fmt.Errorf("workload: %w", err)
		}
	}
	return nil
}
