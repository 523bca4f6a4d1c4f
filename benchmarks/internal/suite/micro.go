package suite

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os/exec"

	"github.com/dewar-go/dewar/benchmarks/internal/micro"
	"github.com/dewar-go/dewar/benchmarks/internal/peer"
	"github.com/dewar-go/dewar/benchmarks/internal/proc"
	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

// micro measures a benchmark in process, in a process of its own on the server's
// core.
func (b *bench) micro(ctx context.Context, c cell, s *record.Sample) error {
	// A loop in process is steady: half the time tells as much.
	cmd := exec.CommandContext(ctx, peer.Executable(b.place.Binaries, "micro"),
		"-benchmark", c.workload.ID, "-peer", c.peer.Name, "-duration", (b.options.Duration / 2).String())
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS=1")
	if err := proc.Start(cmd, b.place.Core); err != nil {
		return fmt.Errorf("suite: %w", err)
	}
	if err := cmd.Wait(); err != nil {
		return fmt.Errorf("suite: micro: %w: %s", err, &complaint)
	}
	var result micro.Result
	if err := json.Unmarshal(out.Bytes(), &result); err != nil {
		return fmt.Errorf("suite: result of micro: %w", err)
	}
	s.Call, s.Allocations, s.Allocated = result.Nanoseconds, result.Allocations, result.Bytes
	return nil
}
