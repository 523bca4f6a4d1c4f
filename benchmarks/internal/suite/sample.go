package suite

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/load"
	"github.com/dewar-go/dewar/benchmarks/internal/peer"
	"github.com/dewar-go/dewar/benchmarks/internal/proc"
	"github.com/dewar-go/dewar/benchmarks/internal/record"
	"github.com/dewar-go/dewar/benchmarks/internal/workload"
)

// sample makes a measurement on a fresh process.
func (b *bench) sample(ctx context.Context, c cell) record.Sample {
	s := record.Sample{Workload: c.workload.ID, Peer: c.peer.Name, Round: c.round}
	if err := b.fill(ctx, c, &s); err != nil {
		s.Failed = err.Error()
	}
	return s
}

func (b *bench) fill(ctx context.Context, c cell, s *record.Sample) error {
	if c.workload.Kind == workload.Micro {
		return b.micro(ctx, c, s)
	}
	place := b.place
	if c.workload.Database {
		place = withDatabase(place)
	}
	if !c.workload.TLS {
		place.Certificate = ""
	}
	process, err := c.peer.Start(ctx, place)
	if err != nil {
		return err
	}
	defer process.Stop()
	w, err := c.workload.Begin(process.Address)
	if err == nil {
		err = w.Check(process.Address)
	}
	if err != nil {
		return fmt.Errorf("wrong answer: %w%s", err, process.Complaint())
	}
	s.Start = milliseconds(time.Since(process.Begun))
	switch w.Kind {
	case workload.Start:
		return nil
	case workload.Idle:
		return b.idle(w, process, s)
	}
	// Installed servers differ by factors, so that the first requests weigh nothing;
	// some leave connections waiting, and a warm-up would wait for them.
	warm := w.Warm && c.peer.Kind != peer.Installed
	if err := b.load(ctx, w, process, s, warm, c.round < fewRounds); err != nil {
		return fmt.Errorf("%w%s", err, process.Complaint())
	}
	return nil
}

// load measures a workload under load: saturated first, then at its fixed rate.
func (b *bench) load(ctx context.Context, w workload.Workload, p *peer.Process, s *record.Sample, warm, rated bool) error {
	plan := load.Plan{Address: p.Address, Requests: w.Requests, Connections: w.Connections, Pipeline: w.Pipeline, TLS: w.TLS, Streams: w.Streams}
	if warm && b.options.Warm > 0 {
		plan.Duration = b.options.Warm // in which pools fill and the heap finds its size
		if _, err := b.generator.Run(ctx, plan); err != nil {
			return err
		}
	}
	plan.Duration = b.options.duration(w)
	result, used, err := b.measured(ctx, plan, p.PID)
	if err != nil {
		return err
	}
	if result.Requests == 0 {
		return fmt.Errorf("no request was answered: %d errors, the first: %s", result.Errors, result.Example)
	}
	s.Requests, s.Errors, s.Example = result.Requests, result.Errors, result.Example
	s.Seconds = result.Elapsed.Seconds()
	s.Saturated = latency(result)
	s.CPU = microseconds(used.Total) / float64(result.Requests)
	s.System = microseconds(min(used.System, used.Total)) / float64(result.Requests)
	s.Busy = used.Total.Seconds() / result.Elapsed.Seconds()
	if s.Memory, err = proc.Memory(p.PID); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	if w.Rate == 0 || !rated {
		return nil
	}
	// One in a thousand has to be some.
	plan.Rate, plan.Duration = w.Rate, 2*b.options.Duration
	return b.rated(ctx, plan, p, s)
}

// rated measures the workload at its fixed rate.
func (b *bench) rated(ctx context.Context, plan load.Plan, p *peer.Process, s *record.Sample) error {
	result, used, err := b.measured(ctx, plan, p.PID)
	if err != nil {
		return err
	}
	s.Rated = &record.Rated{Latency: latency(result), Requests: result.Requests, Errors: result.Errors, Missed: result.Missed}
	if result.Requests > 0 {
		s.Rated.CPU = microseconds(used.Total) / float64(result.Requests)
	}
	return nil
}

// measured runs a plan and returns the server's CPU time meanwhile.
func (b *bench) measured(ctx context.Context, plan load.Plan, pid int) (load.Result, proc.Usage, error) {
	before, err := usage(pid)
	if err != nil {
		return load.Result{}, proc.Usage{}, err
	}
	result, err := b.generator.Run(ctx, plan)
	if err != nil {
		return load.Result{}, proc.Usage{}, err
	}
	after, err := usage(pid)
	return result, after.Since(before), err
}

// usage is proc.Measure, and nothing where the system does not tell.
func usage(pid int) (proc.Usage, error) {
	u, err := proc.Measure(pid)
	if errors.Is(err, errors.ErrUnsupported) {
		return proc.Usage{}, nil
	}
	return u, err
}

func latency(r load.Result) record.Latency {
	return record.Latency{P50: microseconds(r.P50), P99: microseconds(r.P99), P999: microseconds(r.P999)}
}

func microseconds(d time.Duration) float64 { return float64(d) / float64(time.Microsecond) }

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }
