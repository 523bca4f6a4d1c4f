package peer

import (
	"context"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// Build compiles the packages of the benchmarks module, given as "./peers/gin",
// with the build tags, separated by commas, and puts the binaries into folder.
func Build(ctx context.Context, folder, tags string, packages ...string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return fmt.Errorf("peer: %w", err)
	}
	// The separator at the end makes go build take the name for a folder.
	arguments := append([]string{"build", "-tags", tags, "-o", folder + string(filepath.Separator)}, packages...)
	out, err := exec.CommandContext(ctx, "go", arguments...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("peer: go build %s: %w\n%s", strings.Join(packages, " "), err, out)
	}
	return nil
}

// Package is what Build takes to build the peer.
func (p Peer) Package() string { return "./peers/" + p.Name }

// Binary is the peer's binary after Build; "" for one that is not built.
func (p Peer) Binary(folder string) string {
	if p.installed != nil || p.Kind == Library {
		return ""
	}
	return Executable(folder, p.Name)
}

// Executable is the name under which Build leaves a binary.
func Executable(folder, name string) string {
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	return filepath.Join(folder, name)
}

// BuiltVersion reads from a binary which version of the peer's module is in it.
func (p Peer) BuiltVersion(folder string) (string, error) {
	info, err := buildinfo.ReadFile(p.Binary(folder))
	if err != nil {
		return "", fmt.Errorf("peer: %w", err)
	}
	if p.Module == "" {
		return info.GoVersion, nil
	}
	for _, m := range info.Deps {
		if m.Path != p.Module {
			continue
		}
		if m.Replace != nil {
			return "this commit", nil
		}
		return m.Version, nil
	}
	return "", fmt.Errorf("peer: %s is not in %s", p.Module, p.Binary(folder))
}
