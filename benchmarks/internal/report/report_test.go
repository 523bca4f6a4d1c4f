package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/dewar-go/dewar/benchmarks/internal/record"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before committing it")

// run is a small run with everything that a report has to cope with: a loss, a
// noisy cell, a failure, a missing peer, a workload that a peer lacks, a rate
// that one cannot keep, names that want escaping, and an earlier run in which one
// peer did better.
func run() *record.Run {
	r := measured()
	earlier := measured()
	earlier.Started, earlier.Conditions.Commit = r.Started.Add(-time.Hour), "0123abc"
	for i := range earlier.Samples {
		if s := &earlier.Samples[i]; s.Workload == "W1" && s.Peer == "gin" {
			s.CPU *= 0.8
		}
	}
	r.Against(earlier)
	return r
}

func measured() *record.Run {
	r := &record.Run{
		Started: time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC), Took: 90 * time.Second,
		Conditions: record.Conditions{
			Commit: "abc1234", Go: "go1.26.8", OS: "linux/amd64", Kernel: "Linux 6.18", Processor: "Test <CPU>", Cores: 2,
			Placement: "server on core 0", Generator: "wrk 4.1.0", Rounds: 3, Duration: 2 * time.Second, Load: 0.25, CPU: true,
		},
		Peers: []record.Peer{
			{Name: "dewar", Title: "Dewar", Kind: record.Dewar, Version: "this commit", Binary: 10 << 20},
			{Name: "gin", Title: "gin", Kind: record.Go, Version: "v1.12.0", Binary: 20 << 20},
			{Name: "fast", Title: "fast & <loose>", Kind: record.Go, Version: "v1.0.0", Binary: 12 << 20},
			{Name: "snake", Title: "Snake", Kind: record.Installed, Version: "3.0", Lacks: map[string]string{"W7": "closes its connections"}},
			{Name: "away", Title: "Away", Kind: record.Installed, Missing: "away is not installed"},
			{Name: "floor", Title: "floor", Kind: record.Floor, Binary: 3 << 20},
		},
		Workloads: []record.Workload{
			{ID: "W1", Title: "plaintext", About: "GET of a constant text.", Kind: record.Load, Connections: 64, Pipeline: 1, Rate: 20000},
			{ID: "W2", Title: "pipelined", About: "Many at once.", Kind: record.Load, Connections: 64, Pipeline: 16},
			{ID: "W7", Title: "idle connections", About: "Kept connections.", Kind: record.Idle, Connections: 10000, Pipeline: 1},
			{ID: "start", Title: "of the process", About: "To the first answer.", Kind: record.Start, Connections: 1, Pipeline: 1},
		},
	}
	base := map[string]float64{"dewar": 8, "gin": 16.5, "fast": 10, "snake": 172, "floor": 7}
	for round := range 3 {
		for _, p := range r.Peers {
			cpu, ok := base[p.Name]
			if !ok {
				continue
			}
			for _, w := range r.Workloads {
				if p.Lacks[w.ID] == "" {
					r.Samples = append(r.Samples, sampleOf(w, p, round, cpu))
				}
			}
		}
	}
	return r
}

func sampleOf(w record.Workload, p record.Peer, round int, cpu float64) record.Sample {
	s := record.Sample{Workload: w.ID, Peer: p.Name, Round: round, Start: cpu * 2, Memory: 10 << 20, Connection: cpu * 1024}
	if w.Kind != record.Load {
		return s
	}
	s.Requests, s.Seconds, s.CPU, s.System = 200_000, 2, cpu*(1+float64(round)/100), cpu/2
	s.Saturated = record.Latency{P50: 500, P99: 900, P999: 1500}
	if w.Rate > 0 {
		s.Rated = &record.Rated{Latency: record.Latency{P50: 50, P99: 100, P999: 250}, Requests: 40_000}
		if p.Kind == record.Installed {
			s.Rated.Missed = 30_000
		}
	}
	switch {
	case w.ID == "W2" && p.Name == "fast":
		s.CPU = 4 // ahead
	case w.ID == "W2" && p.Name == "gin":
		s.CPU *= 1 + float64(round) // noisy
	case w.ID == "W2" && p.Name == "snake":
		s = record.Sample{Workload: w.ID, Peer: p.Name, Round: round, Failed: "wrong answer: status is 500\na trace"}
	}
	return s
}

func TestGolden(t *testing.T) {
	for name, write := range map[string]func(io.Writer, *record.Run) error{
		"report.txt": Terminal, "RESULTS.md": Markdown, "report.html": Page,
	} {
		var got bytes.Buffer
		if err := write(&got, run()); err != nil {
			t.Fatal(err)
		}
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Bytes(), want) {
			at := difference(got.Bytes(), want)
			t.Errorf("%s differs from the golden file at byte %d: %.60q, want %.60q", name, at, got.Bytes()[at:], want[at:])
		}
	}
}

func difference(a, b []byte) int {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return i
		}
	}
	return min(len(a), len(b))
}

// Where a peer beats Dewar, the report says so in its first lines.
func TestLossesComeFirst(t *testing.T) {
	var text, markdown bytes.Buffer
	if err := errors.Join(Terminal(&text, run()), Markdown(&markdown, run())); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"terminal": text.String(), "Markdown": markdown.String()} {
		at := strings.Index(out, "W2 pipelined, server CPU time per request: fast & <loose> 2.03.")
		if at < 0 || strings.Count(out[:at], "\n") > 5 {
			t.Errorf("%s does not begin with the loss: %.200s", name, out)
		}
	}
}

// What came of the comparison with an earlier run is said, cell by cell where it
// disagrees, and such a cell is marked.
func TestReportSaysHowFarTheEarlierRunAgrees(t *testing.T) {
	var text, markdown, page bytes.Buffer
	if err := errors.Join(Terminal(&text, run()), Markdown(&markdown, run()), Page(&page, run())); err != nil {
		t.Fatal(err)
	}
	for name, out := range map[string]string{"terminal": text.String(), "Markdown": markdown.String(), "page": page.String()} {
		for _, want := range []string{
			"13 of 14 ratios are within 10 % of those of the run begun Sun, 22 Nov 2026 07:00:00 UTC at commit 0123abc; the rest, 1, is marked ~",
			"W1 plaintext, gin: 0.49, before 0.61",
			"0.49~",
		} {
			if !strings.Contains(out, want) {
				t.Errorf("%s lacks %q", name, want)
			}
		}
	}
	if lines := repeated(measured()); lines != "compared with no other run" {
		t.Errorf("without an earlier run: %q", lines)
	}
}

func TestVerdictNamesFailuresOfDewar(t *testing.T) {
	r := run()
	for i := range r.Samples {
		if s := &r.Samples[i]; s.Peer == record.Reference && s.Workload == "W1" {
			s.Failed = "it ended"
		}
	}
	if _, lines := verdict(r); len(lines) == 0 || lines[0] != "W1 plaintext: Dewar failed: it ended." {
		t.Errorf("verdict %q", lines)
	}
}

func TestChartsAreWellFormedAlone(t *testing.T) {
	r := run()
	for _, w := range r.Workloads {
		decoder := xml.NewDecoder(strings.NewReader(chartOf(r, w).standalone(label(r, w))))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", w.ID, err)
			}
		}
	}
}

func TestWriteMakesEveryFile(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "new", "out")
	names, err := Write(folder, run())
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(names, filepath.Join(folder, "W2.svg")) {
		if info, err := os.Stat(name); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	again, err := Read(names[1])
	if err != nil || !reflect.DeepEqual(again, run()) {
		t.Errorf("Read(Write(run)) differs from run: %v", err)
	}
	// The page needs nothing else.
	page, err := os.ReadFile(names[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, outside := range []string{"<link", "<script", "src=", "@import", "url("} {
		if bytes.Contains(page, []byte(outside)) {
			t.Errorf("the page refers to something outside: %s", outside)
		}
	}
}
