package suite

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/fortune"
	"github.com/dewar-go/dewar/benchmarks/internal/load"
	"github.com/dewar-go/dewar/benchmarks/internal/micro"
	"github.com/dewar-go/dewar/benchmarks/internal/peer"
	"github.com/dewar-go/dewar/benchmarks/internal/proc"
	"github.com/dewar-go/dewar/benchmarks/internal/record"
	"github.com/dewar-go/dewar/benchmarks/internal/site"
	"github.com/dewar-go/dewar/benchmarks/internal/workload"

	_ "modernc.org/sqlite" // to write the database of the fortunes
)

// A bench is one run of the suite.
type bench struct {
	options   Options
	peers     []peer.Peer
	workloads []workload.Workload
	place     peer.Place
	generator load.Generator
	progress  *progress
	run       *record.Run
}

// Run measures what o says. It must run in the folder of the benchmarks module,
// where it builds the peers. When ctx ends it returns what was measured so far,
// together with the context's error.
func Run(ctx context.Context, o Options) (*record.Run, error) {
	b, err := prepare(o)
	if err != nil {
		return nil, err
	}
	if err := b.build(ctx); err != nil {
		return nil, err
	}
	err = b.measure(ctx)
	b.run.Took = time.Since(b.run.Started)
	b.run.Complete = err == nil && o.Complete()
	return b.run, err
}

func prepare(o Options) (*bench, error) {
	if err := o.validate(); err != nil {
		return nil, err
	}
	peers, err := o.peers()
	if err != nil {
		return nil, err
	}
	workloads, err := o.workloads()
	if err != nil {
		return nil, err
	}
	folder, err := filepath.Abs(o.Folder)
	if err != nil {
		return nil, fmt.Errorf("suite: %w", err)
	}
	sources, err := filepath.Abs("peers")
	if err != nil {
		return nil, fmt.Errorf("suite: %w", err)
	}
	if _, err := os.Stat(sources); err != nil {
		return nil, fmt.Errorf("suite: it must run in the folder of the benchmarks module, as in go run -C benchmarks . : %w", err)
	}
	b := &bench{options: o, peers: peers, workloads: workloads, progress: &progress{out: o.Progress, terminal: o.Terminal}}
	b.place = peer.Place{Binaries: filepath.Join(folder, "bin"), Static: filepath.Join(folder, "static"), Sources: sources}
	b.place.Certificate = filepath.Join(folder, "certificate")
	b.place.Database = filepath.Join(folder, "fortunes.db")
	b.place.Core, b.generator.Core = proc.Pair()
	b.generator.Own = peer.Executable(b.place.Binaries, "load")
	if wrk, err := exec.LookPath("wrk"); err == nil && !o.Own {
		b.generator.Wrk = wrk
	}
	return b, nil
}

// build makes the binaries, finds the installed peers and begins the record.
func (b *bench) build(ctx context.Context) error {
	if err := workload.WriteFiles(b.place.Static); err != nil {
		return err
	}
	if err := site.WriteCertificate(b.place.Certificate); err != nil {
		return err
	}
	b.run = &record.Run{Started: time.Now(), Conditions: b.conditions()}
	packages := []string{"./cmd/load", "./cmd/micro"}
	for _, p := range b.peers {
		if p.Binary("") != "" {
			packages = append(packages, p.Package())
		}
	}
	b.progress.say("building %d servers", len(packages)-2)
	if err := peer.Build(ctx, b.place.Binaries, "", packages...); err != nil {
		return err
	}
	if err := b.buildDatabase(ctx, packages[2:]); err != nil {
		return err
	}
	for _, p := range b.peers {
		known, err := b.describe(p)
		if err != nil {
			return err
		}
		if known.Missing != "" {
			b.progress.say("%s is left out: %s", p.Name, known.Missing)
		}
		b.run.Peers = append(b.run.Peers, known)
	}
	for _, w := range b.workloads {
		b.run.Workloads = append(b.run.Workloads, record.Workload{
			ID: w.ID, Title: w.Title, About: w.About, Kind: string(w.Kind),
			Connections: w.Connections, Pipeline: w.Pipeline, Rate: w.Rate,
		})
	}
	return nil
}

// buildDatabase makes the database and the peers that read it, where a workload
// asks for them.
func (b *bench) buildDatabase(ctx context.Context, packages []string) error {
	if !slices.ContainsFunc(b.workloads, func(w workload.Workload) bool { return w.Database }) {
		return nil
	}
	if err := fortune.Write(b.place.Database); err != nil {
		return err
	}
	if len(packages) == 0 {
		return nil
	}
	return peer.Build(ctx, withDatabase(b.place).Binaries, "database", packages...)
}

// withDatabase is the place with the binaries that have a database driver.
func withDatabase(p peer.Place) peer.Place {
	p.Binaries = filepath.Join(p.Binaries, "database")
	return p
}

// describe is the peer as the record names it.
func (b *bench) describe(p peer.Peer) (record.Peer, error) {
	known := record.Peer{Name: p.Name, Title: p.Title, Kind: string(p.Kind), Lacks: lacks(p, b.workloads)}
	binary := p.Binary(b.place.Binaries)
	if binary == "" {
		version, err := p.Find()
		if err != nil {
			known.Missing = err.Error()
		}
		known.Version = version
		return known, nil
	}
	info, err := os.Stat(binary)
	if err != nil {
		return known, fmt.Errorf("suite: %w", err)
	}
	known.Binary = info.Size()
	if p.Kind != peer.Floor {
		known.Version, err = p.BuiltVersion(b.place.Binaries)
	}
	return known, err
}

// lacks is what the peer lacks, and the benchmarks in process in which it has no
// part; a library has part in no others.
func lacks(p peer.Peer, workloads []workload.Workload) map[string]string {
	all := make(map[string]string)
	maps.Copy(all, p.Lacks)
	for _, w := range workloads {
		switch {
		case w.Kind == workload.Micro && !slices.Contains(micro.Peers(w.ID), p.Name):
			all[w.ID] = "has no part of its own in it"
		case w.Kind != workload.Micro && p.Kind == peer.Library:
			all[w.ID] = "is no server"
		}
	}
	return all
}

// measure makes all measurements, one after another.
func (b *bench) measure(ctx context.Context) error {
	cells := b.options.cells(b.peers, b.workloads, func(p peer.Peer, w workload.Workload) bool {
		known := b.run.Peers[slices.IndexFunc(b.peers, func(one peer.Peer) bool { return one.Name == p.Name })]
		return known.Missing == "" && known.Lacks[w.ID] == ""
	})
	b.progress.begin(len(cells))
	defer b.progress.end()
	for _, c := range cells {
		if err := ctx.Err(); err != nil {
			return err
		}
		b.progress.step(fmt.Sprintf("%-5s round %d/%d  %s", c.workload.ID, c.round+1, b.options.rounds(c.peer, c.workload), c.peer.Name))
		s := b.sample(ctx, c)
		if ctx.Err() != nil && s.Failed != "" {
			return ctx.Err() // the interruption is no failure of the peer
		}
		b.run.Samples = append(b.run.Samples, s)
		b.progress.tell(s)
	}
	return nil
}

// Failures are the samples that have no figure or saw errors.
func Failures(r *record.Run) error {
	var errs []error
	for _, s := range r.Samples {
		switch {
		case s.Failed != "":
			errs = append(errs, fmt.Errorf("%s at %s: %s", s.Peer, s.Workload, s.Failed))
		case s.Errors > 0:
			errs = append(errs, fmt.Errorf("%s at %s: %d requests failed, the first: %s", s.Peer, s.Workload, s.Errors, s.Example))
		case s.Rated != nil && s.Rated.Errors > 0:
			errs = append(errs, fmt.Errorf("%s at %s under the fixed rate: %d requests failed", s.Peer, s.Workload, s.Rated.Errors))
		}
	}
	return errors.Join(errs...)
}
