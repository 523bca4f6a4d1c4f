package load

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/proc"
)

// A Generator runs plans in a process of its own, on one core.
type Generator struct {
	Own  string    // the binary of cmd/load
	Wrk  string    // the binary of wrk; "": everything is done by Own
	Core proc.Core // where both run
}

// Name says which program loads.
func (g Generator) Name() string {
	if g.Wrk == "" {
		return "the suite's own"
	}
	// wrk -v prints its version on the first line and exits with 1.
	out, _ := exec.Command(g.Wrk, "-v").CombinedOutput()
	first, _, _ := strings.Cut(string(out), " [")
	return first + "; under a fixed rate and over HTTP/2 the suite's own"
}

// Run runs the plan: with wrk where there is one, except that only the own
// generator keeps a fixed rate, speaks HTTP/2 and runs for less than shortest.
func (g Generator) Run(ctx context.Context, p Plan) (Result, error) {
	if err := p.validate(); err != nil {
		return Result{}, err
	}
	if g.Wrk != "" && p.Rate == 0 && p.Streams == 0 && p.Duration >= shortest {
		return g.wrk(ctx, p)
	}
	return g.own(ctx, p)
}

// shortest is what wrk can be asked for: it begins late, after compiling its
// script, and looks but every 100 ms whether it is to end.
const shortest = 300 * time.Millisecond

// own runs cmd/load: the plan goes in as JSON, the result comes out as JSON.
func (g Generator) own(ctx context.Context, p Plan) (Result, error) {
	in, err := json.Marshal(p)
	if err != nil {
		return Result{}, fmt.Errorf("load: %w", err)
	}
	cmd := exec.CommandContext(ctx, g.Own)
	cmd.Env = append(cmd.Environ(), "GOMAXPROCS=1")
	cmd.Stdin = bytes.NewReader(in)
	out, err := g.output(cmd, 0)
	if err != nil {
		return Result{}, err
	}
	var r Result
	if err := json.Unmarshal(out, &r); err != nil {
		return Result{}, fmt.Errorf("load: result of %s: %w", g.Own, err)
	}
	return r, nil
}

// output runs cmd on the generator's core and returns what it prints. Where end is
// not 0, cmd is interrupted after that long.
func (g Generator) output(cmd *exec.Cmd, end time.Duration) ([]byte, error) {
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := proc.Start(cmd, g.Core); err != nil {
		return nil, fmt.Errorf("load: %w", err)
	}
	if end > 0 {
		timer := time.AfterFunc(end, func() { _ = cmd.Process.Signal(os.Interrupt) })
		defer timer.Stop()
	}
	if err := cmd.Wait(); err != nil {
		return nil, fmt.Errorf("load: %s: %w: %s%s", cmd.Path, err, &complaint, &out)
	}
	return out.Bytes(), nil
}
